"""What pages cost: as many statements in a large organization as in a small one, whichever page it is."""

from __future__ import annotations

from typing import Any

from muster.bootstrap import world
from muster.directory.credentials import connection_of
from muster.directory.lifetime import LINK_LIFE, lifetime
from muster.directory.setup_links import create_setup_link
from tests.api.idp import Idp
from tests.api.platform import Platform
from tests.browser.examples import EXAMPLES, MORE, TWINS, address
from tests.browser.filled import Ends, Filled, crowd, fill, join
from tests.console.visitor import Visitor

MOST = 40
TIMES = 10
OK = 200
LISTS = ("/roles", "/groups", "/users", "/accounts", "/requests", "/requests?user=ada", "/permissions")
FLEET = 20
"""How many organizations the first page of operators shows: each is read by itself, in a transaction of its own."""


def ends(acme: Platform, idp: Idp) -> Ends:
    """The organization as it is filled."""

    def send(method: str, path: str, body: Any) -> Any:
        answer = idp.send(method, path, body)
        return answer.json if answer.body else None

    def platform(method: str, path: str, body: Any) -> Any:
        return acme.get(path) if method == "GET" else acme.post(path, body, method=method)

    return Ends(acme.organization, idp.connection, send, platform)


def costs(operator: Visitor, filled: Filled) -> dict[str, int]:
    """The statements of each page that somebody has to be known for, in every state."""
    every = [
        example
        for example in (*EXAMPLES.values(), *TWINS.values(), *MORE)
        if example.who != "nobody" and example.status == OK and "{local_role}" not in example.address
    ]
    paths = [address(example, filled, {}) for example in every]
    return {path: operator.statements_at(path) for path in paths}


def costs_of_lists(acme: Platform) -> dict[str, int]:
    """The statements of the management API's lists over all sources: the fewest of three times, as with pages."""

    def counted(path: str) -> int:
        statements = acme.api.database.measures().statements
        before = statements.total()
        acme.get(path)
        return int(statements.total() - before)

    return {path: min(counted(path) for _ in range(3)) for path in LISTS}


def test_a_page_costs_the_same_whatever_the_size(acme: Platform, idp: Idp) -> None:
    """Ten times as many of everything: people, roles, permissions, keys, domains, connections, changes, requests."""
    operator = Visitor(acme.api, acme.organization, "operator")
    connection = acme.api.run(connection_of(acme.api.database, idp.number, idp.connection))
    link = create_setup_link(acme.api.database, world(), connection, lifetime("1d", LINK_LIFE), once=False)
    operator.follow(acme.api.run(link)[0])
    filling = ends(acme, idp)
    filled = fill(filling)
    before, lists = costs(operator, filled), costs_of_lists(acme)
    crowd(filling, TIMES)
    join(filling, filled, TIMES)
    after = costs(operator, filled)
    assert {path: cost - before[path] for path, cost in after.items() if cost != before[path]} == {}
    assert max(before.values()) < MOST
    assert costs_of_lists(acme) == lists


def test_the_fleet_costs_the_same_for_each_organization_on_it(acme: Platform) -> None:
    """As many statements for each, whatever is in it; and no more for those that are not on the page."""
    api, idps = acme.api, list[Idp]()
    operator = Visitor(api, acme.organization, "operator")

    def cost(organizations: int) -> int:
        while len(idps) < organizations - 1:
            idps.append(Idp(api, api.new_organization(f"beta {len(idps):02}") if idps else beta))
        return operator.statements_at("/console/organizations")

    one = cost(1)
    beta = api.new_organization("beta")
    two = cost(2)
    each = two - one
    crowd(ends(Platform(api, beta), idps[0]), TIMES)
    assert (cost(2), cost(3)) == (two, two + each)
    assert cost(FLEET) == cost(FLEET + 1) == one + (FLEET - 1) * each
    assert one < MOST / 2
