"""The people of an organization, whichever source they came from: found, filtered, and made where they are local."""

from __future__ import annotations

from typing import Any, Final

from starlette.responses import Response
from starlette.routing import Route

from muster.console.person_form import FIELDS, Told, filled, told
from muster.console.position import Broken, position, positioned
from muster.console.views.organization import organization_of_page
from muster.console.visit import WRITERS, Visit, page
from muster.directory.accounts import STATUSES, Asked
from muster.directory.local_users import create_local_user
from muster.directory.organizations import Conflict, Refused
from muster.directory.people import People, list_people, list_people_by_id, people_with_id
from muster.directory.records import Connection
from muster.directory.registers.accounts import NamePlace
from muster.directory.sources import connections_by_id

LIMIT: Final = 50
BASE: Final = "/console/organizations/{organization}/users"
_MAYBE_GONE: Final = ("held", "removed")  # who has such a status may be no user any more, and so has no place
_ASKED: Final = ("name", "email", "id", "status", "source")


async def people(visit: Visit) -> Response:
    """Show people in the order of their userNames; those that are looked for."""
    organization = await organization_of_page(visit)
    asked = {name: visit.asked(name).strip() for name in _ASKED}
    problem, found = None, People((), ())
    try:
        found = await _found(visit, asked)
    except (Refused, Broken) as error:
        problem = str(error)
        found = People((), [*(await connections_by_id(visit.database, visit.bound)).values()])
    return visit.page(
        "people.html",
        422 if problem else 200,
        organization=organization,
        section="/users",
        asked=asked,
        statuses=STATUSES,
        limit=LIMIT,
        problem=problem,
        found=found.people,
        connections=by_id(found),
        following=_positioned(found.following),
        query=visit.query(*_ASKED),
    )


async def _found(visit: Visit, asked: dict[str, str]) -> People:
    if asked["id"]:
        return await people_with_id(visit.database, visit.bound, asked["id"][:200])
    if asked["status"] not in ("", *STATUSES):
        raise Refused(f"A status is one of {', '.join(STATUSES)}.")
    wanted = Asked(asked["source"] or None, asked["status"] or None, asked["name"], asked["email"])
    if asked["status"] in _MAYBE_GONE and not asked["name"] and not asked["email"]:
        after = position(visit.asked("after"), str)
        return await list_people_by_id(
            visit.database, visit.bound, wanted, after[0] if after else None, LIMIT
        )
    place = position(visit.asked("after"), bytes.fromhex, int, str)
    return await list_people(visit.database, visit.bound, wanted, NamePlace(*place) if place else None, LIMIT)


def _positioned(following: NamePlace | str | None) -> str | None:
    """Return what the next page begins behind, as it stands in an address."""
    if isinstance(following, NamePlace):
        return positioned((following.key.hex(), following.owner, following.user))
    return following


async def new_person(visit: Visit) -> Response:
    """Ask for a local person; make one."""
    organization = await organization_of_page(visit)
    problem: Told | None = None
    form = {name: visit.sent(name) for name in FIELDS}
    if visit.request.method == "POST":
        try:
            made = await create_local_user(visit.database, visit.world, visit.bound, filled({}, form))
        except Refused as error:
            problem = told_of(error)
        else:
            return visit.go(f"{visit.request.url.path.removesuffix('/new')}/{made.user.id}")
    return show_form(visit, organization, form, problem)


def told_of(error: Refused) -> Told:
    """Return what is wrong with the form of a person, at its field."""
    return Told("user_name", str(error)) if isinstance(error, Conflict) else told(str(error))


def show_form(
    visit: Visit, organization: Any, form: dict[str, str], problem: Told | None, person: str | None = None
) -> Response:
    """Return the form of a person with what was typed and is wrong; `person` is the user's id, None: a new one."""
    return visit.page(
        "person_form.html",
        422 if problem else 200,
        organization=organization,
        section="/users",
        form=form,
        problem=problem,
        person=person,
    )


def by_id(found: People) -> dict[str, Connection]:
    """Return the connections by their ids."""
    return {one.id: one for one in found.connections}


ROUTES: Final = [
    Route(BASE, page(people), name="people"),
    Route(f"{BASE}/new", page(new_person, WRITERS), methods=["GET", "POST"], name="new-person"),
]
