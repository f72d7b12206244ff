"""Setting a connection up: who invited, which provider, the guide with this connection's own values, and its keys."""

from __future__ import annotations

from typing import Any, Final

from starlette.responses import Response

from muster.console.guides.drawing import drawn
from muster.console.guides.guide import PROVIDERS, filled, guide_for
from muster.console.setting import Desk, reading, writing
from muster.console.visit import NotHere
from muster.directory.connections import Settling, consequences, settle_connection
from muster.directory.credentials import (
    create_credential,
    credential_by_id,
    list_credentials,
    revoke_credential,
    rotate_credential,
    status,
)
from muster.directory.identifiers import NewKey
from muster.directory.lifetime import OVERLAP, lifetime
from muster.directory.records import Credential, Provider
from muster.directory.registers.credentials import KnownCredential, Of
from muster.directory.sessions import end_session
from muster.directory.setting_up import inviter_of

_LIVES: Final = ("90d", "180d", "365d")
_MOST_KEYS: Final = 200


async def welcome(desk: Desk) -> Response:
    """Say who invites, what will happen, and until when."""
    link = desk.setting.link
    inviter = await inviter_of(desk.visit.database, link) if link else None
    return desk.page("setup_welcome.html", step="", inviter=inviter)


async def provider(desk: Desk) -> Response:
    """Show the providers; one that is asked for and would change something, with what would follow."""
    asked = _provider(desk.visit.asked("to")) if desk.visit.asked("to") else None
    return desk.page(
        "setup_provider.html",
        step="/provider",
        guides=[guide_for(each) for each in PROVIDERS],
        asked=guide_for(asked) if asked else None,
        consequences=consequences(desk.connection, asked),
    )


async def choose(desk: Desk) -> Response:
    """Choose the provider: at once while nothing has arrived, and else when what follows was confirmed."""
    chosen = _provider(desk.visit.sent("provider"))
    confirmed = desk.activity is None or bool(desk.visit.sent("confirmed"))
    if consequences(desk.connection, chosen) and not confirmed:
        return desk.go(f"/provider?to={chosen}")
    await settle_connection(
        desk.visit.database,
        desk.visit.world,
        desk.connection.id,
        Settling(provider=chosen),
        confirmed=confirmed,
    )
    return desk.go("/guide")


async def guide(desk: Desk) -> Response:
    """Show the guide, with this connection's own values."""
    return await _guide(desk, desk.visit.asked("way"))


async def create_key(desk: Desk) -> Response:
    """Make a key, and show it with the guide, this once."""
    visit = desk.visit
    life = lifetime(visit.sent("ttl") or _LIVES[-1])
    made = await create_credential(visit.database, visit.world, desk.connection, life)
    return await _guide(desk, visit.sent("way"), made)


async def rotate_key(desk: Desk) -> Response:
    """Replace a key, at once or with two days in which both are good, and show the new one this once."""
    visit, id = desk.visit, desk.visit.sent("key")
    await _own_key(desk, id)
    overlap = lifetime(visit.sent("overlap"), OVERLAP) if visit.sent("overlap") else None
    made = await rotate_credential(visit.database, visit.world, visit.bound, id, overlap)
    assert isinstance(made.made, NewKey)  # of an API key it is one
    return await _guide(desk, visit.sent("way"), (made.credential, made.made))


async def revoke_key(desk: Desk) -> Response:
    """Revoke a key: it opens nothing from the next request on."""
    visit, id = desk.visit, desk.visit.sent("key")
    await _own_key(desk, id)
    await revoke_credential(visit.database, visit.world, visit.bound, id)
    return desk.go("/guide")


async def leave(desk: Desk) -> Response:
    """End the session of who came with a setup link."""
    visit = desk.visit
    if desk.setting.link is None or visit.visitor is None:
        raise NotHere
    await end_session(visit.database, visit.world, visit.visitor.session)
    return desk.page("setup_left.html")


async def _guide(desk: Desk, wanted: str, made: tuple[Credential, NewKey] | None = None) -> Response:
    way = desk.guide.way(wanted)
    shown: dict[str, Any] = {
        "way": way,
        "todo": [(step, step.picture and drawn(step.picture)) for step in filled(way, desk.base_url).steps],
        "lives": _LIVES,
        "keys": await _keys(desk),
        "made": made[0] if made else None,
        "key": made[1].api_key if made else None,
    }
    return desk.page("setup_guide.html", step="/guide", **shown)


async def _keys(desk: Desk) -> list[tuple[KnownCredential, str]]:
    """Return the API keys of the connection that open something, with their status, the newest first."""
    visit = desk.visit
    found = await list_credentials(visit.database, visit.bound, Of(desk.connection.id), None, _MOST_KEYS)
    now = visit.world.clock()
    known = [(one, status(one.credential, now)) for one in reversed(found)]
    return [(one, state) for one, state in known if _shown(one.credential) and state in {"live", "replaced"}]


async def _own_key(desk: Desk, id: str) -> None:
    """Raise NotHere for a key that is not the connection's, or is one of a service account."""
    found = (await credential_by_id(desk.visit.database, desk.visit.bound, id)).credential
    if found.connection != desk.connection.id or not _shown(found):
        raise NotHere


def _shown(credential: Credential) -> bool:
    return credential.kind == "api_key"


def _provider(name: str) -> Provider:
    for known in PROVIDERS:
        if known == name:
            return known
    raise NotHere


ROUTES: Final = [
    *reading("", welcome),
    *reading("/provider", provider),
    *writing("/provider", choose),
    *reading("/guide", guide),
    *writing("/keys", create_key),
    *writing("/keys/rotate", rotate_key),
    *writing("/keys/revoke", revoke_key),
    *writing("/leave", leave),
]
