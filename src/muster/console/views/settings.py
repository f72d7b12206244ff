"""What is settled for an organization: its log, its administrators, its schemas, its keys, and who may sign in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final
from urllib.parse import quote

import orjson
from starlette.responses import Response
from starlette.routing import Route

from muster.console.number import number
from muster.console.views.organization import organization_of_page
from muster.console.visit import OPERATOR, READERS, WRITERS, NotHere, Visit, page
from muster.directory.api_keys import (
    create_api_key,
    list_every_api_key,
    revoke_api_key,
    rotate_api_key,
)
from muster.directory.console_users import console_users, invite
from muster.directory.disabling import revoke_invitation, set_disabled
from muster.directory.identifiers import PLATFORM, routing_part
from muster.directory.left_behind import Left, left_behind
from muster.directory.lifetime import lifetime
from muster.directory.organizations import Refused, Settling, settle_organization
from muster.directory.registers.api_keys import ManagementScope
from muster.directory.registers.console import ConsoleUser
from muster.directory.schemas import add_schema, list_every_schema

_SCOPES: Final[dict[str, Sequence[ManagementScope]]] = {"read": ("read",), "write": ("read", "write")}


async def settings(visit: Visit) -> Response:
    """Show what is settled."""
    return await _shown(visit)


async def settle(visit: Visit) -> Response:
    """Settle the log and the administrators anew."""
    try:
        settling = Settling(
            log_days=number(visit.sent("log_days").strip()) or 0,
            redacted=visit.sent("redacted").split(),
            administrators=visit.sent("administrators").strip(),
        )
        await settle_organization(visit.database, visit.world, visit.bound, settling)
    except Refused as error:
        return await _shown(visit, problem=str(error), typed=dict(visit.form))
    return visit.go(f"{_base(visit)}?saved=yes")


async def rename(visit: Visit) -> Response:
    """Call the organization otherwise."""
    try:
        settling = Settling(name=visit.sent("organization_name"))
        await settle_organization(visit.database, visit.world, visit.bound, settling)
    except Refused as error:
        return await _shown(visit, wrong_name=str(error), typed=dict(visit.form))
    return visit.go(_base(visit))


async def disable(visit: Visit) -> Response:
    """Disable the organization, or enable it."""
    settling = Settling(disabled=visit.sent("disabled") == "yes")
    await settle_organization(visit.database, visit.world, visit.bound, settling)
    return visit.go(_base(visit))


async def schema(visit: Visit) -> Response:
    """Add a custom schema, written as JSON."""
    text = visit.sent("document")
    try:
        await add_schema(visit.database, visit.world, visit.bound, _document(text))
    except Refused as error:
        return await _shown(visit, wrong_schema=str(error), document=text)
    return visit.go(f"{_base(visit)}#schemas")


def _document(text: str) -> dict[str, Any]:
    """Return a JSON object. Raises Refused: it is none."""
    try:
        document = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise Refused(f"This is not JSON: {error}.") from error
    if not isinstance(document, dict):
        raise Refused("A schema document is a JSON object.")
    return document


async def add_key(visit: Visit) -> Response:
    """Make a management key, which is in this answer and nowhere else."""
    try:
        scopes = _SCOPES[visit.sent("scope")]
        life = lifetime(visit.sent("ttl").strip())
        _, made = await create_api_key(
            visit.database, visit.world, visit.keys_of, visit.sent("name"), scopes, life
        )
    except KeyError as error:
        raise NotHere from error
    except Refused as error:
        return await _shown(visit, wrong_key=str(error), typed=dict(visit.form))
    return await _shown(visit, new_key=made.api_key)


async def rotate_key(visit: Visit) -> Response:
    """Put a new management key in the place of one."""
    _, made = await rotate_api_key(visit.database, visit.world, visit.keys_of, visit.sent("id"))
    return await _shown(visit, new_key=made.api_key)


async def revoke_key(visit: Visit) -> Response:
    """Revoke a management key."""
    await revoke_api_key(visit.database, visit.world, visit.keys_of, visit.sent("id"))
    return visit.go(f"{_base(visit)}#keys")


async def invite_somebody(visit: Visit) -> Response:
    """Make a link that lets somebody sign in; it is in this answer and nowhere else."""
    role = next((role for role in visit.roles_to_give if role == visit.sent("role")), None)
    if role is None:
        raise NotHere
    _, secret = await invite(visit.database, visit.world, visit.keys_of, role)
    return await _shown(visit, new_link=f"{visit.house.surroundings.public_url}/console/invitation/{secret}")


async def revoke_invited(visit: Visit) -> Response:
    """Revoke an invitation that nobody has used."""
    await revoke_invitation(visit.database, visit.world, visit.keys_of, visit.sent("id"))
    return visit.go(f"{_base(visit)}#people")


async def admit(visit: Visit) -> Response:
    """Let somebody sign in no more, and show what they have made and lives on; or let them in again."""
    id, disabled = visit.sent("id"), visit.sent("disabled") == "yes"
    await set_disabled(visit.database, visit.world, visit.keys_of, id, disabled=disabled)
    return visit.go(f"{_base(visit)}{f'?left={quote(id)}' if disabled else ''}#people")


async def _shown(visit: Visit, **more: Any) -> Response:
    """Return the page, with what is said once, or what is wrong."""
    platform = visit.keys_of == PLATFORM
    users, invitations = await console_users(visit.database, visit.world, visit.keys_of)
    keys = await list_every_api_key(visit.database, visit.keys_of)
    made_by = [*(key.created_by for key in keys), *(one.created_by for one in invitations)]
    gone = next((user for user in users if user.disabled and user.id == visit.asked("left")), None)
    shown: dict[str, Any] = {
        "section": "/settings",
        "keys": keys,
        "users": users,
        "makers": await visit.makers(made_by),
        "invitations": invitations,
        "gone": gone,
        "left": await _left(visit, gone) if gone else [],
        "roles": visit.roles_to_give,
        "base": _base(visit),
        "problem": None,
        "saved": visit.asked("saved") == "yes",
        "typed": {},
        "wrong_schema": None,
        "document": "",
        "wrong_key": None,
        "wrong_name": None,
        "new_key": None,
        "new_link": None,
    }
    if not platform:
        organization = await organization_of_page(visit)
        shown["organization"] = organization
        shown["redacted"] = orjson.loads(organization.redacted)
        shown["schemas"] = await list_every_schema(visit.database, visit.bound)
    wrong = any(more.get(name) for name in ("problem", "wrong_schema", "wrong_key", "wrong_name"))
    template = "platform.html" if platform else "settings.html"
    return visit.page(template, 422 if wrong else 200, **(shown | more))


async def _left(visit: Visit, user: ConsoleUser) -> list[tuple[Left, str]]:
    """Return what somebody has left behind, with the page that it is ended on."""
    return [(left, _where(left)) for left in await left_behind(visit.database, visit.world, user)]


def _where(left: Left) -> str:
    if left.connection:
        page = "credentials" if left.kind == "credential" else "setup-links"
        return f"/console/connections/{left.connection}/{page}"
    part = "people" if left.kind == "console user" else "keys"
    if left.organization == PLATFORM:
        return f"/console/platform#{part}"
    return f"/console/organizations/{routing_part(left.organization)}/settings#{part}"


def _base(visit: Visit) -> str:
    named = visit.request.path_params.get("organization")
    return f"/console/organizations/{named}/settings" if named else "/console/platform"


_BASE: Final = "/console/organizations/{organization}/settings"
_KEYS_AND_PEOPLE: Final = {
    "keys": add_key,
    "keys/rotate": rotate_key,
    "keys/revoke": revoke_key,
    "invitations": invite_somebody,
    "invitations/revoke": revoke_invited,
    "people": admit,
}
ROUTES: Final = [
    Route(_BASE, page(settings, READERS), methods=["GET"], name="settings"),
    Route(_BASE, page(settle, WRITERS), methods=["POST"], name="settle"),
    Route(f"{_BASE}/name", page(rename, OPERATOR), methods=["POST"], name="rename-organization"),
    Route(f"{_BASE}/disabled", page(disable, OPERATOR), methods=["POST"], name="disable-organization"),
    Route(f"{_BASE}/schemas", page(schema, WRITERS), methods=["POST"], name="add-schema"),
    Route("/console/platform", page(settings, OPERATOR), methods=["GET"], name="platform"),
    *(
        Route(f"{base}/{path}", page(view, roles), methods=["POST"])
        for base, roles in ((_BASE, WRITERS), ("/console/platform", OPERATOR))
        for path, view in _KEYS_AND_PEOPLE.items()
    ),
]
