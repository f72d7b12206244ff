"""One request on its way to a page: who is there, for which organization, and what a page is made with.

Law: a page that is an organization's is opened for its own people and the platform's operators alone; for all others it
is not there. What changes something is asked by POST, from a form that this very session was given.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final
from urllib.parse import quote, urlencode

from jinja2 import Environment
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from muster.console import cookies
from muster.console.form import LARGEST, LARGEST_AT_THE_DOOR, read_form
from muster.console.limits import Attempts
from muster.console.runs import Runs
from muster.console.surroundings import Surroundings
from muster.directory.identifiers import PLATFORM, organization_of, organization_with, routing_part
from muster.directory.makers import makers_of
from muster.directory.ports import Database
from muster.directory.registers.console import ConsoleUser, Role
from muster.directory.registers.names import Maker
from muster.directory.sessions import Visitor, visitor_with
from muster.directory.world import World

OPERATOR: Final[tuple[Role, ...]] = ("operator",)
WRITERS: Final[tuple[Role, ...]] = ("operator", "admin")
READERS: Final[tuple[Role, ...]] = ("operator", "admin", "auditor")

_POLICY: Final = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self';"
    " font-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
HEADERS: Final = {
    "content-security-policy": _POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cache-control": "no-store",
}


class NotHere(Exception):
    """There is no such page, or not for this visitor: nobody is told which."""


class Forged(Exception):
    """What was sent does not come from a page of this session; the message says what to do."""


@dataclass(slots=True)
class House:
    """What all pages share: the outside, the templates, simulations, who tried to sign in, sessions that get a file."""

    surroundings: Surroundings
    templates: Environment
    runs: Runs
    attempts: Attempts = field(default_factory=Attempts)
    exporting: set[str] = field(default_factory=set)


@dataclass(slots=True)
class Visit:
    """A request to a page; `user` is None for who is not signed in, `organization` for pages that are of none."""

    request: Request
    house: House
    visitor: Visitor | None = None
    secret: str | None = None
    organization: int | None = None
    form: FormData = field(default_factory=FormData)

    @property
    def user(self) -> ConsoleUser | None:
        """Return who is signed in, or None."""
        return self.visitor.user if self.visitor else None

    @property
    def database(self) -> Database:
        """Return the database."""
        return self.house.surroundings.database

    @property
    def world(self) -> World:
        """Return the world of the use cases, whose actor is the visitor."""
        world = self.house.surroundings.world
        session = self.visitor.session if self.visitor else None
        return replace(world, console_user=(session.console_user or session.setup_link) if session else None)

    @property
    def bound(self) -> int:
        """Return the organization of the page. Raises NotHere: it is of none."""
        if self.organization is None:
            raise NotHere
        return self.organization

    @property
    def keys_of(self) -> int:
        """Return whose keys and people a page is about: the organization's, or the platform's where it is of none."""
        return PLATFORM if self.organization is None else self.organization

    @property
    def roles_to_give(self) -> tuple[Role, ...]:
        """Return what somebody may be invited as to the organization of the page, or to the platform."""
        return OPERATOR if self.organization is None else ("admin", "auditor")

    @property
    def address(self) -> str | None:
        """Return where the visitor is."""
        return self.house.surroundings.client(self.request.scope)

    @property
    def may_write(self) -> bool:
        """Whether the visitor may change what the page shows."""
        return self.user is not None and self.user.role in WRITERS

    async def makers(self, ids: Iterable[str | None]) -> Mapping[str, Maker]:
        """Return who has these ids, as far as the visitor may know."""
        operator = self.user is not None and self.user.role in OPERATOR
        return await makers_of(self.database, self.keys_of, ids, for_operator=operator)

    def sent(self, name: str) -> str:
        """Return a field of the form that was sent, or an empty text."""
        value = self.form.get(name, "")
        return value if isinstance(value, str) else ""

    def asked(self, name: str) -> str:
        """Return a parameter of the address, or an empty text."""
        return self.request.query_params.get(name, "")

    def query(self, *names: str) -> str:
        """Return those of the address' parameters that are not empty, as a query."""
        return urlencode([(name, self.asked(name)) for name in names if self.asked(name)])

    def page(self, template: str, status: int = 200, **shown: Any) -> Response:
        """Return a page."""
        html = self.house.templates.get_template(template).render(self._common() | shown)
        return HTMLResponse(html, status, HEADERS)

    def go(self, path: str) -> Response:
        """Return a redirection to a page of the console, to be got anew (RFC 9110 §15.4.4)."""
        return RedirectResponse(path, 303, HEADERS)

    def _common(self) -> dict[str, Any]:
        return {
            "user": self.user,
            "may_write": self.may_write,
            "form_key": cookies.form_key(self.secret) if self.secret else "",
            "routing": None if self.organization is None else routing_part(self.organization),
            "path": self.request.url.path,
            "now": self.house.surroundings.world.clock(),
            "public_url": self.house.surroundings.public_url,
            "passkeys_work": self.house.surroundings.relying_party is not None,
            "welcome": self.user is not None and self.asked("welcome") == "yes",
        }


View = Callable[[Visit], Awaitable[Response]]


def page(view: View, roles: tuple[Role, ...] = READERS) -> Callable[[Request], Awaitable[Response]]:
    """Return the endpoint of a page for who is signed in with one of these roles.

    A path with `organization` or an id of one (`connection`, …) binds the page to that organization.
    """

    async def endpoint(request: Request) -> Response:
        visit = await arrive(request, cookies.SIGNED_IN)
        if visit.user is None:
            sign_in = f"/console/sign-in?next={quote(_wanted(request), safe='')}"
            return reloaded(request) or visit.go(sign_in)
        if visit.user.role not in roles:
            raise NotHere
        visit.organization = _organization(request, visit.user)
        await received(visit)
        return await view(visit)

    return endpoint


def open_page(view: View) -> Callable[[Request], Awaitable[Response]]:
    """Return the endpoint of a page that anybody may open; who is signed in is known nevertheless."""

    async def endpoint(request: Request) -> Response:
        visit = await arrive(request, cookies.SIGNED_IN)
        await received(visit)
        return await view(visit)

    return endpoint


async def arrive(request: Request, cookie: str) -> Visit:
    """Return the visit of a request, with whose session its cookie is. Raises NotHere: no address has U+0000."""
    if "\0" in request.scope["path"] or b"%00" in request.scope["query_string"]:
        raise NotHere
    house: House = request.app.state.house
    secret = cookies.secret_in(request, cookie)
    visitor = None
    if secret:
        visitor = await visitor_with(house.surroundings.database, house.surroundings.world, secret)
    return Visit(request, house, visitor, secret if visitor else None)


def reloaded(request: Request) -> Response | None:
    """Return what has a page load itself anew that asks for a part of it; None: a whole page was asked for."""
    if "hx-request" not in request.headers:
        return None
    return Response(status_code=204, headers={**HEADERS, "hx-refresh": "true"})


async def received(visit: Visit) -> None:
    """Read the form that was sent, and make sure that it is one of this session's. Raises Forged."""
    if visit.request.method != "POST":
        return
    origin, expected = visit.request.headers.get("origin"), visit.house.surroundings.origin
    if origin != expected:
        raise Forged(f"This was not sent from the console; open it at {expected}, and do it there.")
    visit.form = await read_form(visit.request, LARGEST if visit.secret else LARGEST_AT_THE_DOOR)
    given = visit.sent("form_key") or visit.request.headers.get("x-form-key", "")
    if visit.secret is not None and not cookies.is_form_key(given, visit.secret):
        raise Forged("This page was open for a long time, or in another session; load it again.")


def _organization(request: Request, user: ConsoleUser) -> int | None:
    """Return the organization that a page is of. Raises NotHere: it is another's than the user's."""
    named = request.path_params.get("organization")
    found = organization_with(named) if named is not None else None
    ids = [value for name, value in request.path_params.items() if name in _WITH_ORGANIZATION]
    if ids:
        found = organization_of(ids[0])
    if found is None and (named is not None or ids):
        raise NotHere
    if found is not None and user.organization not in {PLATFORM, found}:
        raise NotHere
    return found if user.organization == PLATFORM else user.organization


_WITH_ORGANIZATION: Final = {"connection", "credential", "service_account", "setup_link", "api_key"}


def _wanted(request: Request) -> str:
    """Return where a visitor wanted to go, to be brought there after signing in."""
    return str(request.url.path) if request.method == "GET" else "/console"
