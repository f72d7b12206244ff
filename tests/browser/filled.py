"""An organization with something of everything: on it all pages are tried, and the tour is taken.

Law: it is filled through the SCIM endpoint and the management API alone, so that it can be one of any server.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, NamedTuple

from muster.scim.schema import CORE_GROUP, CORE_USER
from tests.harness.client import PATCH_OP

Send = Callable[[str, str, Any], Any]
"""Sends method, path and body; returns the JSON of the answer, a refusal's too."""
Say = Callable[[str], str]
"""Makes what is sent of a plain word: the word itself, or something that would like to be a script."""

PEOPLE: Final = (
    ("Ada", "Lovelace", "Head of Engineering"),
    ("Grace", "Hopper", "Compiler Engineer"),
    ("Katherine", "Johnson", "Analyst"),
    ("Hedy", "Lamarr", "Radio Engineer"),
    ("Alan", "Turing", "Research Fellow"),
    ("Mary", "Jackson", "Wind Tunnel Engineer"),
    ("Edsger", "Dijkstra", "Architect"),
    ("Radia", "Perlman", "Network Engineer"),
    ("Barbara", "Liskov", "Principal Engineer"),
    ("Tony", "Hoare", "Quality Lead"),
)
_URN: Final = "urn:example:schemas:acme:{}:User"


class Ends(NamedTuple):
    """A new organization with one connection for Okta, as its IdP and as its platform reach it."""

    organization: str
    connection: str
    idp: Send
    platform: Send


class Filled(NamedTuple):
    """Where everything is: the ids that stand in addresses."""

    organization: str
    connection: str
    user: str
    local: str
    role: str
    request: str
    sequence: int
    alert: str


def fill(ends: Ends, say: Say = str, name: Say = str) -> Filled:
    """Send and settle one of everything; four people are deactivated at once, and three of them held.

    `say` makes what the IdP sends; `name` what the platform calls things, which is shorter and printable.
    """
    settle(ends, name)
    users = [ends.idp("POST", "/Users", person(place, say))["id"] for place in range(len(PEOPLE))]
    inner = group(ends, say("Engineering"), *users[:5])
    role = group(ends, say("Everybody"), inner, *users[5:])
    group(ends, say("Support"))
    ends.platform("POST", f"/roles/{inner}/permissions", {"permissions": ["code.write", "deploy.start"]})
    ends.platform("POST", f"/roles/{role}/permissions", {"permissions": ["wiki.read"]})
    title = {"op": "replace", "path": "title", "value": say("Principal")}
    ends.idp("PATCH", f"/Users/{users[0]}", patch(title))
    ends.idp("POST", "/Users", person(0, say) | {"externalId": say("00u0099")})  # the name is taken
    ends.idp(
        "POST", "/Groups", {"schemas": [CORE_GROUP], "displayName": say("Lab"), "members": [{"value": "x"}]}
    )
    for user in users[5:9]:
        ends.idp("PATCH", f"/Users/{user}", patch({"op": "replace", "path": "active", "value": False}))
    ends.idp("DELETE", f"/Users/{users[9]}", None)
    attributes = {"userName": say("guest@acme.example"), "displayName": say("Guest"), "title": say("Auditor")}
    local = ends.platform("POST", "/users", {"attributes": attributes})["id"]
    changes = ends.platform("GET", f"/changes?resource={users[0]}&limit=200", None)["items"]
    return Filled(
        ends.organization, ends.connection, users[0], local, inner, a_refusal(ends), changes[-1]["sequence"],
        ends.platform("GET", "/alerts", None)["items"][0]["id"],
    )  # fmt: skip


def settle(ends: Ends, name: Say) -> None:
    """Settle what only the platform can: names, keys, a domain, a schema, and when deactivations are too many."""
    held = {"users": 1, "percent": 0, "minutes": 10, "hold": True}
    of = {"connection": ends.connection}
    for method, path, body in (
        ("PATCH", f"/connections/{ends.connection}", {"name": name("Production"), "switches": {"guard": held}}),
        ("PATCH", f"/organizations/{ends.organization}", {"redacted": ["phoneNumbers.value"], "administrators": "all"}),
        ("POST", "/connections", {"provider": "entra", "name": name("Contractors")}),
        ("POST", "/schemas", schema(name("Badge"), "2.0")),
        ("POST", "/domains", {"name": "acme.example.org"}),
        ("POST", "/api-keys", {"name": name("Deploys"), "scopes": ["read"]}),
        ("POST", "/service-accounts", {**of, "name": name("Deploys"), "description": name("Badge")}),
        ("POST", "/credentials", {**of, "ttl": "90d"}),
        ("POST", "/setup-links", {**of, "once": True}),
    ):  # fmt: skip
        ends.platform(method, path, body)


def crowd(ends: Ends, count: int) -> None:
    """Let more come of everything that there can be many of, and more than that many requests be refused."""
    of = {"connection": ends.connection}
    users = [
        ends.idp("POST", "/Users", person(place, f"{place} {{}}".format))["id"] for place in range(count)
    ]
    for place in range(count):
        role = group(ends, f"Group {place}", *users)
        ends.platform("POST", f"/roles/{role}/permissions", {"permissions": [f"p{place}.read"]})
        ends.idp("POST", "/Users", {"schemas": [CORE_USER], "userName": PEOPLE[0][0]})
        ends.platform("POST", "/connections", {"provider": "okta"})
        ends.platform("POST", "/schemas", schema("More", f"1.{place}"))
        ends.platform("POST", "/domains", {"name": f"d{place}.example.org"})
        ends.platform("POST", "/api-keys", {"name": f"key {place}"})
        ends.platform("POST", "/service-accounts", {**of, "name": f"account {place}"})
        ends.platform("POST", "/credentials", of)
        ends.platform("POST", "/setup-links", of)
        ends.platform("POST", "/users", {"attributes": {"userName": f"guest {place}"}})


def join(ends: Ends, filled: Filled, count: int) -> None:
    """Let people of a crowd join the role that has a page of its own, and be held by its alert; change one often."""
    listed = ends.idp("GET", f"/Users?startIndex=11&count={count}", None)["Resources"]
    values = [{"value": one["id"]} for one in listed]
    ends.idp("PATCH", f"/Groups/{filled.role}", patch({"op": "add", "path": "members", "value": values}))
    for place, one in enumerate(listed):
        ends.idp("PATCH", f"/Users/{one['id']}", patch({"op": "replace", "path": "active", "value": False}))
        ends.idp(
            "PATCH", f"/Users/{filled.user}", patch({"op": "replace", "path": "title", "value": str(place)})
        )
        own = [{"value": filled.user}]
        ends.idp(
            "PATCH",
            f"/Groups/{group(ends, f'Own {place}')}",
            patch({"op": "add", "path": "members", "value": own}),
        )


def person(place: int, say: Say) -> dict[str, Any]:
    """What an IdP sends of somebody."""
    given, family, title = PEOPLE[place % len(PEOPLE)]
    name = f"{given}.{family}@acme.example".lower()
    return {
        "schemas": [CORE_USER],
        "userName": say(name),
        "externalId": say(f"00u{place:04}"),
        "displayName": say(f"{given} {family}"),
        "nickName": say(given),
        "title": say(title),
        "userType": say("Employee"),
        "preferredLanguage": say("en-GB"),
        "name": {"givenName": say(given), "familyName": say(family), "formatted": say(f"{given} {family}")},
        "emails": [{"type": "work", "value": say(name), "primary": True}],
        "phoneNumbers": [{"type": "mobile", "value": say("+44 20 7946 0000")}],
        "addresses": [{"type": "work", "locality": say("London"), "country": say("GB")}],
    }


def group(ends: Ends, name: str, *members: str) -> str:
    """Create a group; its id."""
    listed = [{"value": one} for one in members]
    body = {"schemas": [CORE_GROUP], "displayName": name, "members": listed}
    return str(ends.idp("POST", "/Groups", body)["id"])


def schema(name: str, version: str) -> dict[str, Any]:
    """A schema document."""
    return {
        "id": _URN.format(version),
        "name": name,
        "description": name,
        "attributes": [{"name": "badge", "type": "string", "description": name}],
    }


def patch(operation: dict[str, Any]) -> dict[str, Any]:
    """A PATCH of one operation."""
    return {"schemas": [PATCH_OP], "Operations": [operation]}


def a_refusal(ends: Ends) -> str:
    """The id of the request that was refused because somebody is there already; it is in the log within a second."""
    for _ in range(1000):
        found = ends.platform("GET", "/requests?status=409", None)["items"]
        if found:
            return str(found[0]["id"])
    raise AssertionError("no refusal came into the log")
