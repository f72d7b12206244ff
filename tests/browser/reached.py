"""A new organization of a running server, reached as by its IdP and by its platform; and three who open its pages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any, NamedTuple, get_args

import httpx2
from playwright.sync_api import Browser

from tests.browser.command import command
from tests.browser.examples import Example, Who, address
from tests.browser.filled import Ends, Filled, Say, fill
from tests.browser.visitor import Visitor
from tests.harness.client import ScimClient
from tests.harness.server import RunningServer


class Surrounded(NamedTuple):
    """A filled organization, the links that were sent to people, and who opens its pages."""

    filled: Filled
    links: Mapping[str, str]
    visitors: Mapping[Who, Visitor]

    def open(self, example: Example, *, unfold: bool = True) -> Visitor:
        """Open an example as whom it is for, with all that can be unfolded unfolded; who sees it."""
        visitor = self.visitors[example.who]
        path = address(example, self.filled, self.links)
        assert visitor.go(path).status == example.status, path
        if unfold:
            visitor.page.evaluate("for (const each of document.querySelectorAll('details')) each.open = true")
        return visitor


@contextmanager
def reached(server: RunningServer, name: str, agent: str) -> Iterator[Ends]:
    """Make an organization with a connection for an Okta that calls itself `agent`."""
    command(server, "organization", "create", name)
    id = command(server, "organization", "show", name)["id"]
    key = command(server, "api-key", "create", "all", "--organization", name, "--scope", "write")["api_key"]
    base, headers = f"{server.origin}/api/v1", {"authorization": f"Bearer {key}"}
    with ExitStack() as stack:
        client = stack.enter_context(
            httpx2.Client(base_url=base, headers=headers, timeout=30, trust_env=False)
        )

        def platform(method: str, path: str, body: Any) -> Any:
            answer = client.request(method, path, json=body) if body else client.request(method, path)
            assert answer.is_success, answer.text
            return answer.json() if answer.content else None

        made = platform("POST", "/connections", {"provider": "okta"})
        idp = stack.enter_context(ScimClient(made["base_url"], made["credential"]["api_key"]))

        def send(method: str, path: str, body: Any) -> Any:
            return idp.request(method, path, body, headers={"User-Agent": agent}).body

        yield Ends(id, made["id"], send, platform)


@contextmanager
def surrounded(
    browser: Browser, server: RunningServer, name: str, agent: str = "Okta SCIM Client 1.0.0",
    words: tuple[Say, Say] = (str, str), operator: str | None = None, browsing: str | None = None,
) -> Iterator[Surrounded]:  # fmt: skip
    """Fill a new organization, and let an operator, somebody with a setup link and a stranger open its pages."""
    with reached(server, name, agent) as ends:
        filled = fill(ends, *words)
    links = {
        "invitation": command(server, "console-user", "invite", "--organization", name)["url"],
        "setup_link": command(server, "setup-link", "create", "--connection", filled.connection)["url"],
    }
    with ExitStack() as stack:
        visitors: dict[Who, Visitor] = {}
        for who in get_args(Who):
            context = browser.new_context(viewport={"width": 1280, "height": 800}, user_agent=browsing)
            stack.callback(context.close)
            visitors[who] = Visitor(context.new_page(), server)
        visitors["operator"].name = operator or visitors["operator"].name
        visitors["operator"].accept(command(server, "console-user", "invite")["url"])
        visitors["invited"].go(links["setup_link"])
        visitors["invited"].page.get_by_role("button", name="Begin").click()
        visitors["invited"].page.wait_for_url("**/setup")
        links["local_role"] = local_role(visitors["operator"], filled, words)
        yield Surrounded(filled, links, visitors)


def local_role(operator: Visitor, filled: Filled, words: tuple[Say, Say]) -> str:
    """Make a role for people whom no IdP has, which only the console does, and put the guest in; its address."""
    say, name = words
    operator.go(f"/console/organizations/{filled.organization}/roles")
    operator.page.fill("#display_name", name("Visitors"))
    operator.page.get_by_role("button", name="Create").click()
    operator.page.fill("#user_name", say("guest@acme.example"))
    operator.page.get_by_role("button", name="Add member").click()
    operator.page.locator("tbody th").wait_for()
    return operator.page.url.removeprefix(operator.server.origin)
