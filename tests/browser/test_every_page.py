"""What holds for every page of the console, whatever it shows: the routes themselves say which pages there are."""

from __future__ import annotations

import json
from collections.abc import Iterator
from zlib import crc32

import pytest
from playwright.sync_api import Browser, Dialog

from tests.browser.examples import EXAMPLES, MORE, NO_PAGES, TWINS, got
from tests.browser.reached import Surrounded, surrounded
from tests.browser.visitor import Visitor
from tests.harness.server import RunningServer

HOSTILE = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(2)>",
    '"><svg onload=alert(3)>',
    "' autofocus onfocus=alert(4) x='",
    "javascript:alert(5)",
    "</title></textarea></pre><script>alert(6)</script>",
    "{{ 7*7 }}{% raw %}${7*7}",
    "<a href=javascript:alert(8) id=main hx-get=/console hx-trigger=load>x</a>",
    "&lt;script&gt;alert(9)&lt;/script&gt;\u202e\u2028",
)
"""What is planted in every attribute that is shown: all of it in what an IdP sends, one in what the platform names."""
FORBIDDEN = (
    "main script, main img, main [onerror], main [onload], main [onfocus], main [autofocus][x],"
    " main a[href^='javascript' i], main [id=main], a[hx-get]"
)
"""What stands on a page only if something of that was taken for more than text."""
EVERY = (*EXAMPLES.values(), *TWINS.values(), *MORE)
WEIGHT = 60_000  # bytes of a page that is opened first, with all that it brings along


def _turned(word: str) -> int:
    return crc32(word.encode()) % len(HOSTILE)


def say(word: str) -> str:
    """All of it before a word, beginning somewhere else for each."""
    return " ".join((*HOSTILE[_turned(word) :], *HOSTILE[: _turned(word)], word))


def name(word: str) -> str:
    """One of it before a word; what the platform names has to be printable."""
    return f"{HOSTILE[_turned(word) % (len(HOSTILE) - 1)]} {word}"


def in_json(word: str) -> str:
    """What the body of a request has of what was sent."""
    return json.dumps(say(word), ensure_ascii=False)[1:-1]


@pytest.fixture(scope="module")
def plain(browser: Browser, pages: RunningServer) -> Iterator[Surrounded]:
    """An organization as there are many."""
    with surrounded(browser, pages, "Acme") as made:
        yield made


def test_every_route_has_an_example() -> None:
    """A new page is added to tests/browser/examples.py, or said there not to be one; what is gone is taken out."""
    assert set(got()) == EXAMPLES.keys() | TWINS.keys() | NO_PAGES.keys()


def test_every_page_can_be_used_by_everybody(plain: Surrounded, request: pytest.FixtureRequest) -> None:
    """Axe finds nothing serious, in light and dark; 360 px are wide enough, and tables that are wider scroll by keyboard.

    Nothing is asked of a third party. What a page looks like is no matter of the store, nor of by which of two ways it is come to: axe looks once.
    """
    seen = {*TWINS.values()} if "sqlite" in request.node.callspec.id else {*EVERY}
    asked: set[str] = set()
    for visitor in plain.visitors.values():
        visitor.page.on("request", lambda sent: asked.add(sent.url))
    found: dict[str, list[str]] = {}
    for example in EVERY:
        visitor = plain.open(example)
        problems = [] if example in seen else _barriers(visitor)
        visitor.page.set_viewport_size({"width": 360, "height": 740})
        problems += ["wider than 360 px"] * visitor.is_wider_than_the_window()
        problems += [] if example in seen else visitor.barriers("scrollable-region-focusable")
        visitor.page.set_viewport_size({"width": 1280, "height": 800})
        if problems:
            found[visitor.page.url] = problems
    assert found == {}
    assert [url for url in asked if not url.startswith(plain.visitors["operator"].server.origin + "/")] == []
    assert [visitor.complaints for visitor in plain.visitors.values()] == [[], [], []]


def _barriers(visitor: Visitor) -> list[str]:
    """What is serious in light, and in dark as far as colours go."""
    light = visitor.barriers()
    visitor.page.emulate_media(color_scheme="dark")
    dark = visitor.barriers("color-contrast")
    visitor.page.emulate_media(color_scheme="light")
    return light + [f"dark: {each}" for each in dark]


def test_what_was_sent_is_text(browser: Browser, pages: RunningServer) -> None:
    """Planted wherever something is shown: no dialog, no script, no breach of the policy, and the text as it was sent."""
    dialogs: list[str] = []

    def dismiss(dialog: Dialog) -> None:
        dialogs.append(dialog.message)
        dialog.dismiss()

    with surrounded(
        browser, pages, name("Organization"), HOSTILE[1], (say, name), browsing=HOSTILE[0]
    ) as hostile:
        for visitor in hostile.visitors.values():
            visitor.page.on("dialog", dismiss)
        for example in EVERY:
            page = hostile.open(example).page
            shown = " ".join(page.inner_text("main").split())
            expected = [" ".join(each(example.shows).split()) for each in (say, name, in_json)]
            assert not example.shows or any(each in shown for each in expected), (page.url, shown)
            assert page.locator(FORBIDDEN).count() == 0, page.url
        assert [visitor.complaints for visitor in hostile.visitors.values()] == [[], [], []]
    assert dialogs == []


@pytest.mark.parametrize("first", ["/console/sign-in", "/console/connections/{connection}", "/setup/guide"])
def test_what_a_first_page_weighs(plain: Surrounded, browser: Browser, first: str) -> None:
    """Less than 60 kB are transferred when it is the first that a browser opens, with all that it brings along."""
    example = EXAMPLES[first]
    known = plain.visitors[example.who].page.context.storage_state()
    context = browser.new_context(storage_state=known)
    page = context.new_page()
    sizes: list[int] = []
    page.on(
        "requestfinished",
        lambda sent: sizes.append(
            sum(sent.sizes()[part] for part in ("responseBodySize", "responseHeadersSize"))
        ),
    )
    visitor = Visitor(page, plain.visitors[example.who].server)
    visitor.go(example.address.format(**plain.filled._asdict()))
    page.wait_for_load_state("networkidle")
    assert len(sizes) >= 4
    assert sum(sizes) < WEIGHT
    context.close()
