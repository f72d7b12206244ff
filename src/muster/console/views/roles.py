"""The roles of an organization: the groups of every source, who is in them, and the permissions that they give."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping
from typing import Final

from starlette.responses import Response
from starlette.routing import Route

from muster.console.position import position, positioned
from muster.console.views.organization import organization_of_page
from muster.console.visit import WRITERS, View, Visit, page
from muster.directory.accounts import LONGEST_NAME
from muster.directory.local_roles import (
    add_local_member,
    create_local_role,
    delete_local_role,
    remove_local_members,
    rename_local_role,
)
from muster.directory.organizations import Missing, Refused
from muster.directory.people import (
    AMONG,
    RoleList,
    RoleWithMembers,
    list_named_roles,
    role_with_members,
)
from muster.directory.registers.roles import Place
from muster.directory.roles import Giving, SourcedRole, give_permissions
from muster.directory.sources import label_of, name_of

_LIMIT: Final = 50
_ASKED: Final = ("name", "source")
_BASE: Final = "/console/organizations/{organization}/roles"


async def roles(visit: Visit) -> Response:
    """Show the roles, source by source; those that are looked for."""
    return await _show_all(visit)


async def new_role(visit: Visit) -> Response:
    """Create a local role."""
    name = visit.sent("display_name")
    try:
        made = await create_local_role(visit.database, visit.world, visit.bound, name)
    except Missing:
        raise
    except Refused as error:
        return await _show_all(visit, str(error))
    return visit.go(f"{_above(visit)}/{made.role.id}")


async def _show_all(visit: Visit, wrong_name: str | None = None) -> Response:
    organization = await organization_of_page(visit)
    asked = {name: visit.asked(name).strip() for name in _ASKED}
    after = position(visit.asked("after"), int, str)
    problem, found = None, RoleList((), ())
    try:
        found = await _found(visit, asked, Place(*after) if after else None)
    except Refused as error:
        problem = str(error)
    rows = [(one, name_of(one.role.document)) for one in found.roles[:_LIMIT]]
    last = found.roles[_LIMIT - 1].role if len(found.roles) > _LIMIT else None
    return visit.page(
        "roles.html",
        422 if problem or wrong_name else 200,
        organization=organization,
        section="/roles",
        asked=asked,
        wrong_name=wrong_name,
        typed=visit.sent("display_name"),
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


async def _show(visit: Visit, problems: Mapping[str, str] | None = None) -> Response:
    organization = await organization_of_page(visit)
    name = visit.asked("member").strip()[:LONGEST_NAME]
    id = visit.request.path_params["role"]
    found: RoleWithMembers = await role_with_members(
        visit.database, visit.bound, id, name or None, visit.asked("after") or None, _LIMIT
    )
    return visit.page(
        "role.html",
        422 if problems else 200,
        organization=organization,
        section="/roles",
        found=found,
        name=name_of(found.role.role.document),
        members=[(one, label_of(one.document) if one.document else None) for one in found.members],
        member=name,
        among=AMONG,
        limit=_LIMIT,
        typed={field: visit.sent(field) for field in ("permissions", "name", "user_name")},
        problems=problems or {},
    )


async def add(visit: Visit) -> Response:
    """Give a role permissions."""
    names = visit.sent("permissions").replace(",", " ").split()
    if not names:
        return await _show(visit, {"permissions": "Write the name of a permission, such as billing.read."})
    return await _given(visit, Giving(added=names))


async def take(visit: Visit) -> Response:
    """Take a permission from a role."""
    return await _given(visit, Giving(taken=[visit.sent("permission")]))


async def _given(visit: Visit, giving: Giving) -> Response:
    id = visit.request.path_params["role"]
    return await _done(
        visit, "permissions", give_permissions(visit.database, visit.world, visit.bound, id, giving)
    )


async def rename(visit: Visit) -> Response:
    """Call a local role otherwise."""
    id = visit.request.path_params["role"]
    return await _done(
        visit, "name", rename_local_role(visit.database, visit.world, visit.bound, id, visit.sent("name"))
    )


async def put_in(visit: Visit) -> Response:
    """Put a local person into a local role."""
    id, user_name = visit.request.path_params["role"], visit.sent("user_name")
    return await _done(
        visit, "user_name", add_local_member(visit.database, visit.world, visit.bound, id, user_name)
    )


async def take_out(visit: Visit) -> Response:
    """Take a member out of a local role."""
    id, members = visit.request.path_params["role"], [visit.sent("member")]
    await remove_local_members(visit.database, visit.world, visit.bound, id, members)
    return visit.go(_above(visit))


async def delete(visit: Visit) -> Response:
    """Delete a local role."""
    await delete_local_role(visit.database, visit.world, visit.bound, visit.request.path_params["role"])
    return visit.go(_above(visit).rpartition("/")[0])


async def _done(visit: Visit, field: str, work: Awaitable[SourcedRole]) -> Response:
    """Do something to a role and show it again; what is wrong is said at a field."""
    try:
        await work
    except Missing:
        raise
    except Refused as error:
        return await _show(visit, {field: str(error)})
    return visit.go(_above(visit))


def _above(visit: Visit) -> str:
    return visit.request.url.path.rpartition("/")[0]


def _writing(view: View, act: str) -> Route:
    return Route(f"{_BASE}/{{role}}/{act}", page(view, WRITERS), methods=["POST"], name=f"{act}-role")


ROUTES: Final = [
    Route(_BASE, page(roles), name="roles"),
    Route(f"{_BASE}/new", page(new_role, WRITERS), methods=["POST"], name="new-role"),
    Route(f"{_BASE}/{{role}}", page(role), name="role"),
    _writing(add, "give"),
    _writing(take, "take"),
    _writing(rename, "rename"),
    _writing(put_in, "put-in"),
    _writing(take_out, "take-out"),
    _writing(delete, "delete"),
]
