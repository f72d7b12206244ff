"""Chromium's own authenticator in software: a device with which a browser makes passkeys and signs in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Page, Request, Route

OPTIONS = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "automaticPresenceSimulation": True,
}


class Device:
    """The device of a browser's page, which knows its owner by finger or face."""

    def __init__(self, page: Page) -> None:
        self._cdp = page.context.new_cdp_session(page)
        self._cdp.send("WebAuthn.enable")
        added = self._cdp.send("WebAuthn.addVirtualAuthenticator", {"options": OPTIONS})
        self._id = {"authenticatorId": added["authenticatorId"]}
        self.knows_its_owner(True)

    def knows_its_owner(self, verified: bool) -> None:
        """Whether the next finger is the right one."""
        self._cdp.send("WebAuthn.setUserVerified", self._id | {"isUserVerified": verified})

    def passkeys(self) -> list[dict[str, Any]]:
        """What it holds."""
        found: list[dict[str, Any]] = self._cdp.send("WebAuthn.getCredentials", self._id)["credentials"]
        return found


@contextmanager
def held_back(page: Page) -> Iterator[list[Request]]:
    """Let no form of signing in through; what was to be sent."""
    held: list[Request] = []

    def hold(route: Route) -> None:
        held.append(route.request)
        route.fulfill(status=200, content_type="text/html", body="<p>held back")

    page.route("**/console/sign-in", hold)
    yield held
    page.unroute("**/console/sign-in")
