"""One person: who it is, which roles and why, what changed, what was asked for; and what may be done about it.

Law: what an IdP owns is only read here, and the page says so; whatever cannot be undone says first what becomes of it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final, NamedTuple

import orjson
from starlette.responses import Response
from starlette.routing import Route

from muster.console.difference import Difference, differences
from muster.console.person_form import FIELDS, Told, filled, shown
from muster.console.position import position
from muster.console.views.organization import organization_of_page
from muster.console.views.people import BASE, show_form, told_of
from muster.console.visit import WRITERS, NotHere, Visit, page
from muster.directory.accounts import Person, account_of_user, revoke_account, unknown_account
from muster.directory.joining import join_accounts
from muster.directory.local_users import activate_local_user, delete_local_user, replace_local_user
from muster.directory.makers import ids_in
from muster.directory.organizations import Refused
from muster.directory.people import biography
from muster.directory.purge import purge
from muster.directory.registers.changes import Numbered
from muster.directory.restore import CANDIDATE
from muster.directory.sources import LOCAL
from muster.directory.users import user

_LIMIT: Final = 20


class Event(NamedTuple):
    """A change of a person; `candidate` is the id of a deleted user who was called the same."""

    number: Numbered
    changed: list[Difference]
    candidate: str | None


async def person(visit: Visit) -> Response:
    """Show a person."""
    organization = await organization_of_page(visit)
    before = position(visit.asked("before"), int)
    found = await biography(
        visit.database,
        visit.bound,
        _id(visit),
        visit.world.clock(),
        before[0] if before else None,
        _LIMIT + 1,
    )
    return visit.page(
        "person.html",
        organization=organization,
        section="/users",
        found=found,
        name=_name(found.person),
        candidates=[(one, _name(one)) for one in found.candidates],
        local=found.person.source == LOCAL,
        there=found.attributes is not None,
        attributes=orjson.dumps(found.attributes or {}, option=orjson.OPT_INDENT_2).decode(),
        purged=found.person.account.document is None,
        events=[_event(one) for one in found.changes[:_LIMIT]],
        makers=await visit.makers(ids_in(found.changes)),
        following=found.changes[_LIMIT - 1].sequence if len(found.changes) > _LIMIT else None,
        requests=found.requests[:_LIMIT],
        more_requests=len(found.requests) > _LIMIT,
    )


def _name(person: Person) -> str:
    """Return what somebody is called, by whatever the profile has; the user's id where it has nothing."""
    fields = person.profile.fields
    whole = " ".join(part for part in (fields.get("first_name"), fields.get("last_name")) if part)
    return fields.get("display_name") or whole or fields.get("username") or person.account.user


def _event(found: Numbered) -> Event:
    after = orjson.loads(found.change.after or b"{}")
    candidate = after.get(CANDIDATE) if isinstance(after, dict) else None
    return Event(found, differences(found.change.before, found.change.after), candidate)


async def edit(visit: Visit) -> Response:
    """Ask what a local person is to be; change it."""
    organization = await organization_of_page(visit)
    known = await user(visit.database, visit.bound, _id(visit))
    if known.source != LOCAL:
        raise NotHere
    problem: Told | None = None
    form = shown(known.attributes)
    if visit.request.method == "POST":
        form = {name: visit.sent(name) for name in FIELDS}
        attributes = filled(known.attributes, form)
        try:
            await replace_local_user(visit.database, visit.world, visit.bound, known.user.id, attributes)
        except Refused as error:
            problem = told_of(error)
        else:
            return visit.go(visit.request.url.path.removesuffix("/edit"))
    return show_form(visit, organization, form, problem, known.user.id)


async def act(visit: Visit) -> Response:
    """Do one thing to a person, and show it again."""
    work = _ACTS.get(visit.request.path_params["act"])
    if work is None:
        raise NotHere
    await work(visit)
    return visit.go(visit.request.url.path.rpartition("/")[0])


async def _deactivate(visit: Visit) -> None:
    await activate_local_user(visit.database, visit.world, visit.bound, _id(visit), active=False)


async def _reactivate(visit: Visit) -> None:
    await activate_local_user(visit.database, visit.world, visit.bound, _id(visit), active=True)


async def _delete(visit: Visit) -> None:
    await delete_local_user(visit.database, visit.world, visit.bound, _id(visit))


async def _purge(visit: Visit) -> None:
    await purge(visit.database, visit.world, visit.bound, _id(visit))


async def _revoke(visit: Visit) -> None:
    found = await _found(visit)
    await revoke_account(visit.database, visit.world, visit.bound, found.account.id)


async def _join(visit: Visit) -> None:
    found = await _found(visit)
    await join_accounts(visit.database, visit.world, visit.bound, found.account.id, visit.sent("earlier"))


async def _found(visit: Visit) -> Person:
    """Return the person of the page. Raises Missing."""
    found = await account_of_user(visit.database, visit.bound, _id(visit))
    if found is None:
        raise unknown_account()
    return found


_ACTS: Final[dict[str, Callable[[Visit], Awaitable[None]]]] = {
    "deactivate": _deactivate,
    "reactivate": _reactivate,
    "delete": _delete,
    "purge": _purge,
    "revoke": _revoke,
    "join": _join,
}


def _id(visit: Visit) -> str:
    id: str = visit.request.path_params["user"]
    return id


ROUTES: Final = [
    Route(f"{BASE}/{{user}}", page(person), name="person"),
    Route(f"{BASE}/{{user}}/edit", page(edit, WRITERS), methods=["GET", "POST"], name="edit-person"),
    Route(f"{BASE}/{{user}}/{{act}}", page(act, WRITERS), methods=["POST"], name="act-on-person"),
]
