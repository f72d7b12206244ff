"""The roles of an organization: the groups of every source, who is in them, and the permissions that they give."""

from __future__ import annotations

from typing import Any, Final

from starlette.responses import Response
from starlette.routing import Route

from muster.console.position import Broken, position, positioned
from muster.console.views.organization import organization_of_page
from muster.console.visit import WRITERS, NotHere, Visit, page
from muster.directory.accounts import LONGEST_NAME
from muster.directory.organizations import Missing, Refused
from muster.directory.people import (
    AMONG,
    RoleList,
    RoleWithMembers,
    list_named_roles,
    role_with_members,
)
from muster.directory.registers.roles import Place
from muster.directory.roles import Giving, give_permissions
from muster.directory.sources import label_of, name_of

_LIMIT: Final = 50
_ASKED: Final = ("name", "source")
_BASE: Final = "/console/organizations/{organization}/roles"


async def roles(visit: Visit) -> Response:
    """Show the roles, source by source; those that are looked for."""
    organization = await organization_of_page(visit)
    asked = {name: visit.asked(name).strip() for name in _ASKED}
    try:
        after = position(visit.asked("after"), int, str)
    except Broken as error:
        raise NotHere from error
    problem, found = None, RoleList((), ())
    try:
        found = await _found(visit, asked, Place(*after) if after else None)
    except Refused as error:
        problem = str(error)
    rows = [(one, name_of(one.role.document)) for one in found.roles[:_LIMIT]]
    last = found.roles[_LIMIT - 1].role if len(found.roles) > _LIMIT else None
    return visit.page(
        "roles.html",
        422 if problem else 200,
        organization=organization,
        section="/roles",
        asked=asked,
        problem=problem,
        found=rows,
        connections={one.id: one for one in found.connections},
        following=positioned((last.owner, last.id)) if last else None,
        query=visit.query(*_ASKED),
    )


async def _found(visit: Visit, asked: dict[str, str], after: Place | None) -> RoleList:
    name, source = asked["name"], asked["source"]
    if len(name) > LONGEST_NAME:
        raise Refused(f"Look for at most {LONGEST_NAME} characters of a name.")
    return await list_named_roles(
        visit.database, visit.bound, source or None, name or None, after, _LIMIT + 1
    )


async def role(visit: Visit) -> Response:
    """Show a role: its permissions, and some of its members."""
    return await _show(visit)


async def _show(visit: Visit, problem: str | None = None) -> Response:
    organization = await organization_of_page(visit)
    name = visit.asked("member").strip()[:LONGEST_NAME]
    id = visit.request.path_params["role"]
    found: RoleWithMembers = await role_with_members(
        visit.database, visit.bound, id, name or None, visit.asked("after") or None, _LIMIT + 1
    )
    kept = found.members if name else found.members[:_LIMIT]
    return visit.page(
        "role.html",
        422 if problem else 200,
        organization=organization,
        section="/roles",
        found=found,
        name=name_of(found.role.role.document),
        members=[(one, label_of(one.document) if one.document else None) for one in kept],
        member=name,
        among=AMONG,
        following=found.members[_LIMIT - 1].id if not name and len(found.members) > _LIMIT else None,
        typed=visit.sent("permissions"),
        problem=problem,
    )


async def add(visit: Visit) -> Response:
    """Give a role permissions."""
    names = visit.sent("permissions").replace(",", " ").split()
    if not names:
        return await _show(visit, "Write the name of a permission, such as billing.read.")
    return await _given(visit, Giving(added=names))


async def take(visit: Visit) -> Response:
    """Take a permission from a role."""
    return await _given(visit, Giving(taken=[visit.sent("permission")]))


async def _given(visit: Visit, giving: Giving) -> Response:
    try:
        await give_permissions(
            visit.database, visit.world, visit.bound, visit.request.path_params["role"], giving
        )
    except Missing:
        raise
    except Refused as error:
        return await _show(visit, str(error))
    return visit.go(str(visit.request.url.path).rpartition("/")[0])


def _writing(view: Any, act: str) -> Route:
    return Route(f"{_BASE}/{{role}}/{act}", page(view, WRITERS), methods=["POST"], name=f"{act}-permission")


ROUTES: Final = [
    Route(_BASE, page(roles), name="roles"),
    Route(f"{_BASE}/{{role}}", page(role), name="role"),
    _writing(add, "give"),
    _writing(take, "take"),
]
