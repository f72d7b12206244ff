"""What a connection is opened with: API keys, and service accounts with their keys.

Law: what proves a credential is in the answer to the very request that made it, and on no page after that.
"""

from __future__ import annotations

from typing import Any, Final

from starlette.responses import Response
from starlette.routing import Route

from muster.console.views.around import at, connection_id, connection_page, looked_at, named
from muster.console.visit import WRITERS, NotHere, Visit, page
from muster.directory.credentials import (
    create_credential,
    credential_by_id,
    prefix_of,
    revoke_credential,
    rotate_credential,
    status,
)
from muster.directory.identifiers import NewKey, NewPair
from muster.directory.lifetime import OVERLAP, lifetime
from muster.directory.organizations import Refused
from muster.directory.overview import Overview
from muster.directory.records import Credential
from muster.directory.registers.credentials import KnownCredential, Of
from muster.directory.registers.registers import Registers
from muster.directory.registers.service_accounts import ServiceAccount
from muster.directory.service_accounts import (
    create_service_account,
    create_service_account_key,
    delete_service_account,
    service_account_by_id,
)

_MOST: Final = 200
_BLANK: Final = {"ttl": "365d", "name": "", "description": "", "account_ttl": "365d"}


async def credentials(visit: Visit) -> Response:
    """Show the credentials, those that are dead when asked."""
    return await _listed(visit, await looked_at(visit))


async def create(visit: Visit) -> Response:
    """Create one more API key, and show it this once."""
    seen = await looked_at(visit)
    try:
        life = lifetime(visit.sent("ttl").strip())
        made = await create_credential(visit.database, visit.world, seen.used.connection, life)
    except Refused as error:
        return await _listed(visit, seen, problems={"ttl": str(error)}, typed={"ttl": visit.sent("ttl")})
    return _shown_once(visit, seen, *made)


async def rotate(visit: Visit) -> Response:
    """Put a new credential in the place of one, at once or with an overlap, and show it this once."""
    id = await _of_this_connection(visit)
    overlap = lifetime(visit.sent("overlap"), OVERLAP) if visit.sent("overlap") else None
    done = await rotate_credential(visit.database, visit.world, visit.bound, id, overlap)
    seen = await looked_at(visit)
    return _shown_once(visit, seen, done.credential, done.made, old_ends=done.old_ends, overlap=overlap)


async def revoke(visit: Visit) -> Response:
    """Revoke a credential."""
    await revoke_credential(visit.database, visit.world, visit.bound, await _of_this_connection(visit))
    return visit.go(at(visit, "/credentials"))


async def create_account(visit: Visit) -> Response:
    """Create a service account with its first key, and show that this once."""
    seen = await looked_at(visit)
    typed = {name: visit.sent(name) for name in ("name", "description", "account_ttl")}
    try:
        life = lifetime(typed["account_ttl"].strip())
    except Refused as error:
        return await _listed(visit, seen, problems={"account_ttl": str(error)}, typed=typed)
    try:
        account, credential, made = await create_service_account(
            visit.database, visit.world, seen.used.connection, typed["name"], typed["description"], life
        )
    except Refused as error:
        place = "description" if str(error).startswith("A description") else "name"
        return await _listed(visit, seen, problems={place: str(error)}, typed=typed)
    return _shown_once(visit, seen, credential, made, account=account)


async def create_account_key(visit: Visit) -> Response:
    """Create one more key of a service account, and show it this once."""
    account = await _account(visit)
    made = await create_service_account_key(
        visit.database, visit.world, visit.bound, account.id, lifetime(visit.sent("ttl"))
    )
    return _shown_once(visit, await looked_at(visit), *made, account=account)


async def delete_account(visit: Visit) -> Response:
    """Delete a service account with all its keys."""
    await delete_service_account(visit.database, visit.world, visit.bound, (await _account(visit)).id)
    return visit.go(at(visit, "/credentials"))


async def _listed(
    visit: Visit,
    seen: Overview,
    *,
    problems: dict[str, str] | None = None,
    typed: dict[str, str] | None = None,
) -> Response:
    now, connection = visit.world.clock(), seen.used.connection
    everything = bool(visit.asked("all"))

    async def operation(registers: Registers) -> tuple[list[ServiceAccount], list[KnownCredential]]:
        accounts = await registers.service_accounts.list(connection.id, None, _MOST)
        known = (
            await registers.credentials.latest(Of(connection.id), _MOST) if everything else seen.credentials
        )
        return [*accounts], [*known]

    accounts, known = await visit.database.consult(visit.bound, operation)
    return connection_page(
        visit,
        "connection_credentials.html",
        seen,
        422 if problems else 200,
        accounts=accounts,
        makers=await visit.makers(one.credential.created_by for one in known),
        names={account.id: account.name for account in accounts},
        credentials=[(one, status(one.credential, now), prefix_of(one.credential)) for one in known],
        everything=everything,
        problems=problems or {},
        typed=_BLANK | (typed or {}),
    )


def _shown_once(
    visit: Visit, seen: Overview, credential: Credential, made: NewKey | NewPair, **more: Any
) -> Response:
    shown = {"account": None, "old_ends": None, "overlap": None} | more
    api_key, secret = (made.api_key, None) if isinstance(made, NewKey) else (None, made.secret)
    return connection_page(
        visit, "connection_key.html", seen, credential=credential, api_key=api_key, secret=secret, **shown
    )


async def _of_this_connection(visit: Visit) -> str:
    """Return the credential that the address names. Raises NotHere: it is another connection's."""
    id = named(visit, "credential")
    if (await credential_by_id(visit.database, visit.bound, id)).credential.connection != connection_id(
        visit
    ):
        raise NotHere
    return id


async def _account(visit: Visit) -> ServiceAccount:
    found = await service_account_by_id(visit.database, visit.bound, named(visit, "service_account"))
    if found.connection != connection_id(visit):
        raise NotHere
    return found


_AT: Final = "/console/connections/{connection}"
_POSTED: Final = (
    ("/credentials", create),
    ("/credentials/{credential}/rotate", rotate),
    ("/credentials/{credential}/revoke", revoke),
    ("/service-accounts", create_account),
    ("/service-accounts/{service_account}/keys", create_account_key),
    ("/service-accounts/{service_account}/delete", delete_account),
)
ROUTES: Final = [
    Route(f"{_AT}/credentials", page(credentials), name="credentials"),
    *(Route(f"{_AT}{path}", page(view, WRITERS), methods=["POST"]) for path, view in _POSTED),
]
