"""Setup links: made, listed and revoked by those who are signed in, and followed by whom they were sent to."""

from __future__ import annotations

from typing import Final

from starlette.responses import Response
from starlette.routing import Route

from muster.console import cookies
from muster.console.setting import link_over
from muster.console.views.around import connection_id, connection_page, looked_at
from muster.console.visit import READERS, WRITERS, NotHere, Visit, arrive, open_page, page
from muster.directory.credentials import connection_of
from muster.directory.lifetime import LINK_LIFE, lifetime
from muster.directory.records import Connection
from muster.directory.registers.setup_links import SetupLink
from muster.directory.sessions import From, begin_setup
from muster.directory.setting_up import LinkOver, link_with
from muster.directory.setup_links import (
    address,
    create_setup_link,
    follow_setup_link,
    link_status,
    list_setup_links,
    revoke_setup_link,
    setup_link_by_id,
)

_LIVES: Final = ("1d", "7d", "30d")
_MOST: Final = 200
_MICROSECONDS: Final = 1_000_000


async def links(visit: Visit) -> Response:
    """Show the setup links of a connection."""
    return await _links(visit)


async def create(visit: Visit) -> Response:
    """Make a setup link, and show its address this once."""
    connection = await _connection(visit)
    life = lifetime(visit.sent("ttl") or _LIVES[1], LINK_LIFE)
    once = bool(visit.sent("once"))
    link, made = await create_setup_link(visit.database, visit.world, connection, life, once=once)
    return await _links(visit, made=link, url=address(visit.house.surroundings.public_url, made))


async def revoke(visit: Visit) -> Response:
    """Revoke a setup link: whoever came with it is out at the next request."""
    connection = await _connection(visit)
    link = await setup_link_by_id(visit.database, visit.bound, visit.sent("link"))
    if link.connection != connection.id:
        raise NotHere
    await revoke_setup_link(visit.database, visit.world, visit.bound, link.id)
    return visit.go(_address(connection))


async def arrival(visit: Visit) -> Response:
    """Greet who has a setup link; nothing is used up by looking, since mail scanners look too."""
    secret = visit.request.path_params["secret"]
    if await _has_begun(visit, secret):
        return visit.go("/setup")
    try:
        link = await link_with(visit.database, visit.world, secret)
    except LinkOver as over:
        return link_over(visit, over)
    return visit.page("setup_arrival.html", link=link)


async def begin(visit: Visit) -> Response:
    """Begin the session of a setup link; one that is for once is used up with it."""
    secret = visit.request.path_params["secret"]
    link = await follow_setup_link(visit.database, visit.world, secret)
    if link is None:
        return await _why(visit, secret)
    where = From(visit.address, visit.request.headers.get("user-agent", "")[:500])
    session, key = await begin_setup(
        visit.database, visit.world, link.organization, link.id, link.expires, where
    )
    response = visit.go("/setup")
    seconds = max(1, (session.expires - session.created) // _MICROSECONDS)
    cookies.give(response, cookies.SETTING_UP, key, seconds)
    return response


async def _why(visit: Visit, secret: str) -> Response:
    """Return the page that says why a link opens nothing."""
    try:
        await link_with(visit.database, visit.world, secret)
    except LinkOver as over:
        return link_over(visit, over)
    return link_over(visit, LinkOver("unknown"))  # its organization is disabled, or the connection gone


async def _has_begun(visit: Visit, secret: str) -> bool:
    """Whether the browser has a session of this very link already."""
    known = (await arrive(visit.request, cookies.SETTING_UP)).visitor
    if known is None or known.session.setup_link is None:
        return False
    try:
        link = await link_with(visit.database, visit.world, secret)
    except LinkOver as over:
        return over.ending == "used" and over.link is not None and over.link.id == known.session.setup_link
    return link.id == known.session.setup_link


async def _connection(visit: Visit) -> Connection:
    return await connection_of(visit.database, visit.bound, visit.request.path_params["connection"])


async def _links(visit: Visit, made: SetupLink | None = None, url: str | None = None) -> Response:
    seen = await looked_at(visit)
    found = await list_setup_links(visit.database, visit.bound, connection_id(visit), None, _MOST)
    now = visit.world.clock()
    links = [(link, link_status(link, now)) for link in reversed(found)]
    return connection_page(visit, "setup_links.html", seen, links=links, lives=_LIVES, made=made, url=url)


def _address(connection: Connection) -> str:
    return f"/console/connections/{connection.id}/setup-links"


_LINKS: Final = "/console/connections/{connection}/setup-links"
ROUTES: Final = [
    Route(_LINKS, page(links, READERS), name="setup-links"),
    Route(_LINKS, page(create, WRITERS), methods=["POST"]),
    Route(f"{_LINKS}/revoke", page(revoke, WRITERS), methods=["POST"]),
    Route("/setup/{secret}", open_page(arrival), name="setup-link"),
    Route("/setup/{secret}", open_page(begin), methods=["POST"]),
]
