"""A real browser at a real server, on both stores."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.browser.chromium import chromium
from tests.browser.command import aside, command
from tests.browser.visitor import Visitor
from tests.harness.postgres import Cluster
from tests.harness.server import RunningServer


@pytest.fixture(scope="module")
def browser(cluster: Cluster) -> Iterator[Browser]:
    """A browser; PostgreSQL is there before it.

    Its driver has the thread's event loop, so it does not outlive the module: others want to have one.
    """
    with chromium() as running:
        yield running


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def pages(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningServer]:
    """A server of this module's own, on a new database of each store; a module may say by which `HOST` it is called."""
    folder = tmp_path_factory.mktemp("pages")
    running = RunningServer(getattr(request.module, "HOST", "127.0.0.1"))
    if request.param == "postgres":
        cluster: Cluster = request.getfixturevalue("cluster")
        running.start(aside(cluster.new_store), log=folder / "muster.log")
    else:
        running.start(folder / "muster.db")
    yield running
    running.stop()


@pytest.fixture
def visitor(browser: Browser, pages: RunningServer) -> Iterator[Visitor]:
    """Somebody with a browser that knows nothing yet, in a window of 1280 by 800."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    page = context.new_page()
    arriving = Visitor(page, pages)
    yield arriving
    context.close()
    assert arriving.complaints == []


@pytest.fixture
def operator(visitor: Visitor) -> Visitor:
    """The same, signed in as an operator of the platform."""
    invited = command(visitor.server, "console-user", "invite")
    visitor.accept(invited["url"])
    return visitor
