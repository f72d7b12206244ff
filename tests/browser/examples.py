"""Which addresses the console has: for each of its routes an example, as whom it is opened, and what stands there.

Law: a route without an example fails the tests; so whatever holds for all pages is tried on each.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal, NamedTuple

from starlette.routing import Route

from muster.console.application import _routes
from tests.browser.filled import Filled

Who = Literal["operator", "invited", "nobody"]


class Example(NamedTuple):
    """A page: its address with the ids of `Filled`, who opens it, and a word that was sent and stands on it.

    `shot` is its name in the tour; a page without is none of the tour's.
    """

    address: str
    shows: str = ""
    who: Who = "operator"
    shot: str = ""
    status: int = 200


_HOME: Final = "/console/organizations/{organization}"
_AT: Final = "/console/connections/{connection}"
_LOG: Final = f"{_HOME}/requests"

EXAMPLES: Final[dict[str, Example]] = {
    "/console/sign-in": Example("/console/sign-in", who="nobody", shot="sign-in"),
    "/console/invitation/{secret}": Example("{invitation}", who="nobody", shot="invitation"),
    "/console/organizations": Example("/console/organizations", "Production", shot="fleet"),
    _HOME: Example(_HOME, "Production", shot="connections"),
    f"{_HOME}/connections/new": Example(f"{_HOME}/connections/new", shot="new-connection"),
    _AT: Example(_AT, "Production", shot="connection"),
    f"{_AT}/credentials": Example(f"{_AT}/credentials?all=1", "Deploys", shot="credentials"),
    f"{_AT}/mapping": Example(f"{_AT}/mapping", shot="mapping"),
    f"{_AT}/switches": Example(f"{_AT}/switches", "Production", shot="switches"),
    f"{_AT}/alerts/{{alert}}": Example(f"{_AT}/alerts/{{alert}}", "radia.perlman@acme.example", shot="alert"),
    f"{_AT}/delete": Example(f"{_AT}/delete", "Production", shot="delete-connection"),
    f"{_AT}/setup-links": Example(f"{_AT}/setup-links", "Production", shot="setup-links"),
    f"{_AT}/simulation": Example(f"{_AT}/simulation", "Production", shot="simulation"),
    _LOG: Example(_LOG, shot="requests"),
    f"{_LOG}/{{request}}": Example(f"{_LOG}/{{request}}", "ada.lovelace@acme.example", shot="request"),
    f"{_HOME}/changes": Example(f"{_HOME}/changes", shot="changes"),
    f"{_HOME}/changes/{{sequence}}": Example(f"{_HOME}/changes/{{sequence}}", "Principal", shot="change"),
    f"{_HOME}/domains": Example(f"{_HOME}/domains", "guest@acme.example", shot="domains"),
    f"{_HOME}/settings": Example(f"{_HOME}/settings", "Deploys", shot="settings"),
    "/console/me": Example("/console/me", shot="me"),
    "/console/platform": Example("/console/platform", shot="platform"),
    f"{_HOME}/users": Example(f"{_HOME}/users", "ada.lovelace@acme.example", shot="people"),
    f"{_HOME}/users/new": Example(f"{_HOME}/users/new", shot="new-person"),
    f"{_HOME}/users/{{user}}": Example(f"{_HOME}/users/{{user}}", "Ada Lovelace", shot="person"),
    f"{_HOME}/users/{{user}}/edit": Example(f"{_HOME}/users/{{local}}/edit"),
    f"{_HOME}/roles": Example(f"{_HOME}/roles", "Engineering", shot="roles"),
    f"{_HOME}/roles/{{role}}": Example(f"{_HOME}/roles/{{role}}", "Engineering", shot="role"),
    "/setup/{secret}": Example("{setup_link}", who="nobody", shot="setup-arrival"),
    "/setup": Example("/setup", "Production", who="invited", shot="setup-welcome"),
    "/setup/provider": Example("/setup/provider", who="invited", shot="setup-provider"),
    "/setup/guide": Example("/setup/guide", who="invited", shot="setup-guide"),
    "/setup/listening": Example("/setup/listening", "Ada Lovelace", who="invited", shot="setup-listening"),
    "/setup/review": Example("/setup/review", "Ada Lovelace", who="invited", shot="setup-review"),
    "/setup/done": Example("/setup/done", who="invited", shot="setup-done"),
}
"""By the path of the route."""

TWINS: Final[dict[str, Example]] = {
    _AT + path: Example(_AT + path, example.shows)
    for path, example in EXAMPLES.items()
    if example.who == "invited"
}
"""The pages of a set-up once more, for those who are signed in."""

NO_PAGES: Final[dict[str, str]] = {
    "/": "leads to the first page",
    "/console": "leads to where somebody works",
    "/static/{mark}/{name}": "a file of ours, which the pages bring along",
    f"{_HOME}/changes.{{form}}": "a file to keep: see test_watching",
    f"{_AT}/simulation/part": "a part of the page of that name, which asks for it by itself",
    f"{_AT}/setup/listening/part": "the same",
    "/setup/listening/part": "the same",
}
"""What is got but is no page, and why."""

MORE: Final = (
    Example("/console/nowhere", status=404),
    Example(f"{_HOME}/users?name=%22%3E%3Csvg%20onload%3Dalert(3)%3E&id=&email=%3Cb%3E"),
    Example(f"{_HOME}/users/{{local}}", "guest@acme.example", shot="local-person"),
    Example(f"{_HOME}/roles/{{role}}?member=zz"),
    Example("{local_role}", "Guest", shot="local-role"),
    Example(f"{_LOG}?refused=yes&person=%3Cscript%3Ealert(1)%3C/script%3E"),
    Example(f"{_HOME}/changes?resource={{user}}"),
    Example(f"{_AT}/simulation?run=nothing", "Production"),
    Example("/setup/guide?way=nothing", who="invited"),
)
"""Pages in another state than their example."""


def pictured() -> list[Example]:
    """The pages of the tour, in its order."""
    return [example for example in (*EXAMPLES.values(), *MORE) if example.shot]


def got() -> list[str]:
    """The paths of all routes that are got."""
    return [route.path for route in _routes() if isinstance(route, Route) and "GET" in (route.methods or ())]


def address(example: Example, filled: Filled, links: Mapping[str, str]) -> str:
    """The address of an example; `links` are those of a browser's own making, or sent to people."""
    return example.address.format(**filled._asdict(), **links)
