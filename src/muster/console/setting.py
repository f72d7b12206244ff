"""A page of a set-up: one view, for who is signed in and for who came with a setup link.

Law: under /setup there is the one connection of the session's link, and no id in the address; without a session of a
link that still opens, each page says what has become of it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from muster.console import cookies
from muster.console.guides.guide import Guide, guide_for
from muster.console.visit import READERS, WRITERS, Visit, arrive, page, received, reloaded
from muster.directory.records import Connection
from muster.directory.registers.connections import Activity
from muster.directory.setting_up import LinkOver, Setting, setting_of, setting_with

SIGNED_IN: Final = "/console/connections/{connection}/setup"
BY_LINK: Final = "/setup"

STEPS: Final = ("", "/provider", "/guide", "/listening", "/review", "/done")
"""The steps in their order, as they end an address."""


@dataclass(slots=True)
class Desk:
    """A visit to the set-up of a connection; `base` is the address of its first page."""

    visit: Visit
    setting: Setting
    base: str

    @property
    def connection(self) -> Connection:
        """Return the connection that is set up."""
        return self.setting.connection

    @property
    def activity(self) -> Activity | None:
        """Return what came in through it, None before the first request."""
        return self.setting.activity

    @property
    def guide(self) -> Guide:
        """Return the guide of its provider."""
        return guide_for(self.connection.provider)

    @property
    def base_url(self) -> str:
        """Return the address that the IdP is given."""
        return self.visit.house.surroundings.scim_base(self.connection)

    def page(self, template: str, status: int = 200, **shown: Any) -> Response:
        """Return a page of the set-up."""
        setting = self.setting
        common = {
            "base": self.base,
            "steps": STEPS,
            "guide": self.guide,
            "base_url": self.base_url,
            "organization": setting.organization,
            "connection": setting.connection,
            "activity": setting.activity,
            "link": setting.link,
            "may_write": self.visit.may_write or setting.link is not None,
            "section": "",
            "home": self.base if setting.link else "/console",
        }
        return self.visit.page(template, status, **common, **shown)

    def go(self, step: str = "") -> Response:
        """Return a redirection to a step."""
        return self.visit.go(self.base + step)


View = Callable[[Desk], Awaitable[Response]]


def reading(step: str, view: View) -> list[Route]:
    """Return the routes of a page that shows something."""
    signed_in = page(_at_desk(view), READERS)
    return [Route(SIGNED_IN + step, signed_in), Route(BY_LINK + step, _by_link(view))]


def writing(step: str, view: View) -> list[Route]:
    """Return the routes of what changes something; auditors have none."""
    signed_in = page(_at_desk(view), WRITERS)
    return [
        Route(SIGNED_IN + step, signed_in, methods=["POST"]),
        Route(BY_LINK + step, _by_link(view), methods=["POST"]),
    ]


def link_over(visit: Visit, over: LinkOver) -> Response:
    """Return the page that says what has become of a setup link, and whom to ask."""
    return visit.page("setup_over.html", 403, ending=over.ending, link=over.link)


def _at_desk(view: View) -> Callable[[Visit], Awaitable[Response]]:
    async def endpoint(visit: Visit) -> Response:
        id = visit.request.path_params["connection"]
        setting = await setting_of(visit.database, visit.bound, id)
        return await view(Desk(visit, setting, SIGNED_IN.format(connection=id)))

    return endpoint


def _by_link(view: View) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        visit = await arrive(request, cookies.SETTING_UP)
        try:
            setting = await _followed(visit)
        except LinkOver as over:
            return reloaded(request) or link_over(visit, over)
        await received(visit)
        return await view(Desk(visit, setting, BY_LINK))

    return endpoint


async def _followed(visit: Visit) -> Setting:
    """Return the set-up of the session that a visitor has. Raises LinkOver."""
    session = visit.visitor.session if visit.visitor else None
    if session is None or session.setup_link is None:
        raise LinkOver("unknown")
    visit.organization = session.organization
    return await setting_with(visit.database, visit.world, session.organization, session.setup_link)
