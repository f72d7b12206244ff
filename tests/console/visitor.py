"""Somebody at the console within the test process: signed in, with a browser that runs no script."""

from __future__ import annotations

import html
import os
import re
from typing import Any, NamedTuple
from urllib.parse import unquote, urlencode

from muster.bootstrap import world
from muster.console import cookies
from muster.directory.identifiers import PLATFORM, new_public_id, organization_with
from muster.directory.ports import Administration
from muster.directory.registers.console import ConsoleUser, Role
from muster.directory.registers.setup_links import SetupLink
from muster.directory.sessions import From, begin_session, begin_setup
from muster.front import pages
from muster.settings import Settings
from tests.api.asgi import ORIGIN, Api

FORM = "application/x-www-form-urlencoded"
BASE = "/console/organizations/{}"


class Page(NamedTuple):
    """What came back; `text` is the page as it is read, without its tags."""

    status: int
    location: str
    html: str

    @property
    def text(self) -> str:
        """What stands on the page."""
        return html.unescape(re.sub(r"<[^>]*>", " ", self.html))


class Visitor:
    """A console user of an organization."""

    def __init__(self, api: Api, organization: str, role: Role) -> None:
        self.api = api
        self.base = BASE.format(organization)
        number = PLATFORM if role == "operator" else organization_with(organization)
        assert number is not None
        name = f"{os.urandom(4).hex()}@example.com"
        self.user = ConsoleUser(number, new_public_id(number, os.urandom), name, name, role, "none", 1)

        async def add(administration: Administration) -> None:
            assert await administration.registers.console_users.add(self.user)

        api.run(api.database.administer(number, add))
        _, self._secret = api.run(begin_session(api.database, world(), self.user, From(None, None)))
        self._cookies = {cookies.SIGNED_IN: self._secret}
        self._console = pages(api.database, world(), Settings(public_url=ORIGIN))

    def get(self, path: str) -> Page:
        """Open a page of the organization."""
        return self._ask("GET", self.base + path, b"")

    def post(self, path: str, **form: str) -> Page:
        """Send a form of this session."""
        return self._ask(
            "POST", self.base + path, urlencode({"form_key": cookies.form_key(self._secret), **form}).encode()
        )

    @classmethod
    def nobody(cls, api: Api) -> Visitor:
        """Somebody whom nobody knows."""
        visitor = cls.__new__(cls)
        visitor.api, visitor.base, visitor._cookies = api, "", {}
        visitor._console = pages(api.database, world(), Settings(public_url=ORIGIN))
        return visitor

    def send(self, address: str, body: bytes, content_type: str = FORM) -> Page:
        """Send something by POST that is none of our forms, perhaps."""
        return self._ask("POST", address, body, content_type)

    def follow(self, link: SetupLink) -> None:
        """Begin the set-up that a link is for, beside what this session is."""
        begun = begin_setup(
            self.api.database, world(), link.organization, link.id, link.expires, From(None, None)
        )
        self._cookies[cookies.SETTING_UP] = self.api.run(begun)[1]

    def statements(self, path: str) -> int:
        """How many statements a page takes: the fewest of three times, for others write to the request log meanwhile."""
        return min(self._counted(self.base + path) for _ in range(3))

    def statements_at(self, address: str) -> int:
        """Do the same for a page that is not under the organization's address."""
        return min(self._counted(address) for _ in range(3))

    def _counted(self, address: str) -> int:
        before = self.api.database.measures().statements.total()
        answer = self._ask("GET", address, b"")
        assert answer.status == 200, (address, answer.text)
        return int(self.api.database.measures().statements.total() - before)

    def _ask(self, method: str, address: str, body: bytes, content_type: str = FORM) -> Page:
        route, _, query = address.partition("?")
        sent: list[Any] = []
        scope = {
            "type": "http",
            "method": method,
            "path": unquote(route),
            "raw_path": route.encode(),
            "root_path": "",
            "scheme": "https",
            "server": ("muster.test", 443),
            "query_string": query.encode(),
            "headers": [
                (b"host", b"muster.test"),
                (b"origin", ORIGIN.encode()),
                (b"content-type", content_type.encode()),
                (b"cookie", "; ".join(f"{name}={key}" for name, key in self._cookies.items()).encode()),
            ],
        }

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: Any) -> None:
            sent.append(message)

        self.api.run(self._console(scope, receive, send))
        start, *rest = sent
        headers = {name.decode(): value.decode("latin-1") for name, value in start["headers"]}
        text = b"".join(part.get("body", b"") for part in rest).decode()
        return Page(start["status"], headers.get("location", ""), text)
