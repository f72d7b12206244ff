"""What is switched on and off at a connection, its name, its mode and its provider; each says what follows from it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import orjson
from starlette.responses import Response
from starlette.routing import Route

from muster.console.labels import PROVIDERS
from muster.console.number import number
from muster.console.views.around import at, connection_id, connection_page, looked_at
from muster.console.visit import WRITERS, NotHere, Visit, page
from muster.directory.connections import Settling, consequences, settle_connection
from muster.directory.organizations import Refused
from muster.directory.overview import Overview
from muster.directory.records import Provider
from muster.directory.switches import switches_of

_FLAGS: Final = ("group_management", "adopt", "verified_domains_only", "external_id_immutable")
_GUARD: Final = ("users", "percent", "minutes")
_PROVIDERS: Final[Mapping[str, Provider]] = {each: each for each in PROVIDERS}


async def switches(visit: Visit) -> Response:
    """Show the switches."""
    seen = await looked_at(visit)
    settled = _settled(seen)
    return _shown(visit, seen, settled, settled)


async def change(visit: Visit) -> Response:
    """Switch what was changed on the page; the rest stays, whoever has changed it meanwhile."""
    seen, typed, before = await looked_at(visit), _typed(visit), _before(visit)
    settling = _settling({name: value for name, value in typed.items() if value != before.get(name)})
    try:
        await settle_connection(visit.database, visit.world, connection_id(visit), settling)
    except Refused as error:
        return _shown(visit, seen, typed, before, problems=_placed(str(error)))
    return visit.go(at(visit, "/switches?saved=1"))


async def change_provider(visit: Visit) -> Response:
    """Say what follows from another provider; with `confirm` do it."""
    seen, provider = await looked_at(visit), _PROVIDERS.get(visit.sent("provider"))
    if provider is None:
        raise NotHere
    following = consequences(seen.used.connection, provider)
    if following and not visit.sent("confirm"):
        return connection_page(
            visit, "connection_provider.html", seen, provider=provider, consequences=following
        )
    settling = Settling(provider=provider)
    await settle_connection(visit.database, visit.world, connection_id(visit), settling, confirmed=True)
    return visit.go(at(visit, "/switches?saved=1"))


def _settled(seen: Overview) -> dict[str, Any]:
    """Return what the form shows of a connection, by the names of its fields."""
    connection = seen.used.connection
    now = switches_of(connection.provider, connection.switches)
    return {
        "name": connection.name,
        "strict": connection.strict,
        **{name: getattr(now, name) for name in _FLAGS},
        "purge_after_days": "" if now.purge_after_days is None else str(now.purge_after_days),
        "allowed_networks": "\n".join(map(str, now.allowed_networks)),
        **{f"guard_{name}": str(getattr(now.guard, name)) for name in _GUARD},
        "guard_hold": now.guard.hold,
    }


def _typed(visit: Visit) -> dict[str, Any]:
    """Return what was sent, by the names of the form's fields."""
    words = ("name", "purge_after_days", *(f"guard_{name}" for name in _GUARD))
    flags = ("strict", *_FLAGS, "guard_hold")
    return {
        **{name: visit.sent(name).strip() for name in words},
        **{name: visit.sent(name) == "on" for name in flags},
        "allowed_networks": "\n".join(visit.sent("allowed_networks").split()),
    }


def _before(visit: Visit) -> dict[str, Any]:
    """Return what the form showed before anything was typed into it."""
    try:
        shown = orjson.loads(visit.sent("before"))
    except orjson.JSONDecodeError:
        return {}
    return shown if isinstance(shown, dict) else {}


def _settling(changed: Mapping[str, Any]) -> Settling:
    """Return what is to be settled where these fields of the form were changed."""
    switches = {name: changed[name] for name in _FLAGS if name in changed}
    if "purge_after_days" in changed:
        days = changed["purge_after_days"]
        switches["purge_after_days"] = _number(days) if days else None
    if "allowed_networks" in changed:
        switches["allowed_networks"] = changed["allowed_networks"].split()
    guard = {name: _number(changed[f"guard_{name}"]) for name in _GUARD if f"guard_{name}" in changed}
    if "guard_hold" in changed:
        guard["hold"] = changed["guard_hold"]
    if guard:
        switches["guard"] = guard
    return Settling(name=changed.get("name"), strict=changed.get("strict"), switches=switches)


def _number(text: str) -> int | str:
    """Return the number that a text is, or the text, which is refused then."""
    found = number(text)
    return text if found is None else found


def _placed(problem: str) -> dict[str, str]:
    """Return a refusal at the field that it names, or at the name of the connection."""
    name, _, said = problem.partition(": ")
    if name == "guard":
        inner, _, rest = said.partition(": ")
        return {f"guard_{inner}" if rest else "guard_users": rest or said}
    fields = (*_FLAGS, "purge_after_days", "allowed_networks")
    return {name: said} if name in fields else {"name": problem}


def _shown(
    visit: Visit,
    seen: Overview,
    typed: Mapping[str, Any],
    before: Mapping[str, Any],
    *,
    problems: Mapping[str, str] | None = None,
) -> Response:
    addresses = {known.used.address for known in seen.credentials if known.used and known.used.address}
    return connection_page(
        visit,
        "connection_switches.html",
        seen,
        422 if problems else 200,
        typed=typed,
        before=orjson.dumps(before).decode(),
        problems=problems or {},
        addresses=sorted(addresses),
        saved=bool(visit.asked("saved")),
    )


_AT: Final = "/console/connections/{connection}"
ROUTES: Final = [
    Route(f"{_AT}/switches", page(switches), name="switches"),
    Route(f"{_AT}/switches", page(change, WRITERS), methods=["POST"]),
    Route(f"{_AT}/provider", page(change_provider, WRITERS), methods=["POST"]),
]
