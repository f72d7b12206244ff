"""Somebody with a browser: what they do, what they see, and what the browser has to complain of."""

from __future__ import annotations

import uuid
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import ConsoleMessage, Page, Response

from tests.harness.server import RunningServer

PASSPHRASE = "correct horse battery staple"
_BAD = {"serious", "critical"}


class Visitor:
    """A page of a browser at a server. `complaints` are errors in the browser's console that no test expects."""

    def __init__(self, page: Page, server: RunningServer) -> None:
        self.page = page
        self.server = server
        self.name = f"{uuid.uuid4().hex[:8]}@example.com"
        self.complaints: list[str] = []
        page.set_default_timeout(10_000)
        page.on("console", self._heard)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def go(self, path: str) -> Response:
        """Open a page of the server, or an address."""
        response = self.page.goto(path if path.startswith("http") else self.server.origin + path)
        assert response is not None
        return response

    def accept(self, link: str) -> None:
        """Become a console user by an invitation."""
        self.go(link)
        self.page.fill("#name", self.name)
        self.page.fill("#passphrase", PASSPHRASE)
        self.page.fill("#again", PASSPHRASE)
        self.page.get_by_role("button", name="Begin").click()
        self.page.wait_for_url("**/console/organizations**")

    def sign_in(self, name: str, passphrase: str = PASSPHRASE) -> None:
        """Fill in the form of a sign-in page."""
        self.page.fill("#name", name)
        self.page.fill("#passphrase", passphrase)
        self.page.get_by_role("button", name="Sign in", exact=True).click()

    def barriers(self, *rules: str) -> list[str]:
        """What axe finds on the page that is serious, by all rules, or then by these: the rule, and where."""
        found: dict[str, Any]
        if rules:  # it is on the page already
            found = self.page.evaluate("(rules) => axe.run({ runOnly: rules })", rules)
        else:
            found = Axe().run(self.page, options={"resultTypes": ["violations"]}).response
        return [
            f"{each['id']}: {node['html'][:120]}"
            for each in found["violations"]
            if each["impact"] in _BAD
            for node in each["nodes"]
        ]

    def is_wider_than_the_window(self) -> bool:
        """Whether the page has to be scrolled sideways."""
        return bool(self.page.evaluate("document.documentElement.scrollWidth > window.innerWidth"))

    def _heard(self, message: ConsoleMessage) -> None:
        # A refusal that a test asks for is an error to the browser's console too.
        if message.type == "error" and "status of 4" not in message.text:
            self.complaints.append(message.text)
