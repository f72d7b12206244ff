"""Every route times every place where an id can stand: what somebody would send who knows another's ids.

Law: each attempt builds exactly one request from an identity; whatever it needs beside that is its own side's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from tests.conformance import bulking
from tests.conformance.bodies import ENTERPRISE, PATCH_OP, SEARCH, enterprise_user, group, operation, user
from tests.isolation.world import Call, Identity, Side

Route = tuple[str, str]
Build = Callable[[Side, Identity], Call]

MANAGER = f"{ENTERPRISE}:manager"
ABSOLUTE = "https://scim.example.com/scim/v2"
NAME = "name-of-mine"


class Attempt(NamedTuple):
    """A route, the place in the request where the other's id stands, and how the request is made."""

    route: Route
    place: str
    build: Build

    def __str__(self) -> str:
        return f"{self.route[0]} {self.route[1]}: {self.place}"


FILTERS = {
    "/Users": (
        'id eq "{0.user}"',
        'id sw "{0.user}"',
        'not (id ne "{0.user}")',
        'id eq "{0.user}" or id eq "{0.member}"',
        'userName eq "{0.user_name}"',
        'userName sw "{0.user_name}"',
        'externalId eq "{0.external_id}"',
        'groups.value eq "{0.group}"',
        'groups[value eq "{0.group}"]',
        'groups.display eq "{0.display_name}"',
        MANAGER + '.value eq "{0.user}"',
        'meta.location co "{0.user}"',
    ),
    "/Groups": (
        'id eq "{0.group}"',
        'id ge "{0.group}" and id le "{0.group}"',
        'displayName eq "{0.display_name}"',
        'externalId eq "{0.external_id}"',
        'members.value eq "{0.user}"',
        'members[value eq "{0.user}"]',
        'members.value eq "{0.group}"',
        'members[value eq "{0.user}" and type eq "User"]',
    ),
    "/": ('id eq "{0.user}"', 'id eq "{0.group}"', 'externalId eq "{0.external_id}"'),
}


def patch(path: str, *operations: dict[str, Any]) -> Call:
    """A PATCH."""
    return Call("PATCH", path, {"schemas": [PATCH_OP], "Operations": list(operations)})


def paths() -> Iterator[Attempt]:
    """The id in the path of each route that has one: of the right kind, of the other kind, with a condition."""
    for name, right, wrong in (("users", "user", "group"), ("groups", "group", "user")):
        resource, body = name.capitalize(), user if name == "users" else group
        field = "title" if name == "users" else "displayName"
        for place, attribute in (("path", right), ("path, of the other kind", wrong)):

            def path(it: Identity, resource: str = resource, attribute: str = attribute) -> str:
                return f"/{resource}/{getattr(it, attribute)}"

            def put(_: Side, it: Identity, path: Any = path, body: Any = body) -> Call:
                return Call("PUT", path(it), body())

            def modify(_: Side, it: Identity, path: Any = path, field: str = field) -> Call:
                return patch(path(it), operation("replace", field, NAME))

            def condition(_: Side, it: Identity, path: Any = path, field: str = field) -> Call:
                return patch(path(it), operation("replace", field, NAME))._replace(
                    headers=((b"if-match", b"*"),)
                )

            template = f"/{name}/{{id}}"
            yield Attempt(("GET", template), place, lambda _, it, path=path: Call("GET", path(it)))  # type: ignore[misc]
            yield Attempt(("DELETE", template), place, lambda _, it, path=path: Call("DELETE", path(it)))  # type: ignore[misc]
            yield Attempt(("PUT", template), place, put)
            yield Attempt(("PATCH", template), place, modify)
            yield Attempt(("PATCH", template), f"{place}, If-Match", condition)


def filters() -> Iterator[Attempt]:
    """The id in a filter, by GET and by POST."""
    for path, texts in FILTERS.items():
        below = "" if path == "/" else path
        for text in texts:

            def query(_: Side, it: Identity, path: str = path, text: str = text) -> Call:
                return Call("GET", path, query={"filter": text.format(it)})

            def search(_: Side, it: Identity, below: str = below, text: str = text) -> Call:
                return Call("POST", f"{below}/.search", {"schemas": [SEARCH], "filter": text.format(it)})

            yield Attempt(("GET", path.lower()), text, query)
            yield Attempt(("POST", f"{below.lower()}/.search"), text, search)


def members(value: Any) -> dict[str, dict[str, Any]]:
    """A member element in each form in which one can be named."""
    return {
        "value": {"value": value},
        "value and type": {"value": value, "type": "User"},
        "relative $ref": {"$ref": f"../Users/{value}"},
        "absolute $ref": {"$ref": f"{ABSOLUTE}/Users/{value}"},
        "value and $ref": {"value": value, "$ref": f"{ABSOLUTE}/Users/{value}"},
    }


def memberships() -> Iterator[Attempt]:
    """The id as a member: created with, put, added, replaced, removed; as a user, as a group, in each form."""
    for kind in ("user", "group"):
        for form in members(""):

            def element(it: Identity, kind: str = kind, form: str = form) -> dict[str, Any]:
                return members(getattr(it, kind))[form]

            def create(_: Side, it: Identity, element: Any = element) -> Call:
                return Call("POST", "/Groups", group(members=[element(it)]))

            def put(mine: Side, it: Identity, element: Any = element) -> Call:
                return Call("PUT", f"/Groups/{mine.crowd()}", group(members=[element(it)]))

            def add(mine: Side, it: Identity, element: Any = element) -> Call:
                return patch(f"/Groups/{mine.crowd()}", operation("add", "members", [element(it)]))

            def beside(mine: Side, it: Identity, element: Any = element) -> Call:
                own = {"value": mine.person()}
                return patch(f"/Groups/{mine.crowd()}", operation("add", "members", [own, element(it)]))

            def only(mine: Side, it: Identity, element: Any = element) -> Call:
                return patch(f"/Groups/{mine.crowd()}", operation("replace", "members", [element(it)]))

            def listed(mine: Side, it: Identity, element: Any = element) -> Call:
                return patch(f"/Groups/{mine.crowd()}", operation("remove", "members", [element(it)]))

            place = f"member, a {kind} by {form}"
            yield Attempt(("POST", "/groups"), place, create)
            yield Attempt(("PUT", "/groups/{id}"), place, put)
            for name, build in (
                ("add", add),
                ("add beside mine", beside),
                ("replace", only),
                ("remove", listed),
            ):
                yield Attempt(("PATCH", "/groups/{id}"), f"{name} {place}", build)


MEMBER_PATHS = (
    'members[value eq "{0.user}"]',
    'members[value eq "{0.user}"].display',
    'members[value eq "{0.group}"]',
)


def selections() -> Iterator[Attempt]:
    """The id in the path of a PATCH operation."""
    for text in MEMBER_PATHS:
        for op in ("remove", "replace", "add"):

            def build(mine: Side, it: Identity, text: str = text, op: str = op) -> Call:
                value = {} if op == "remove" else {"value": "x"}
                operations = {"op": op, "path": text.format(it)} | value
                return patch(f"/Groups/{mine.crowd()}", operations)

            yield Attempt(("PATCH", "/groups/{id}"), f"{op} at {text}", build)


def _manager(mine: Side, it: Identity, value: Any) -> Call:
    return patch(f"/Users/{mine.person()}", operation("replace", MANAGER, value))


def references() -> Iterator[Attempt]:
    """The id as a manager; names and identifiers that only another uses."""
    yield Attempt(
        ("POST", "/users"),
        "manager",
        lambda _, it: Call("POST", "/Users", enterprise_user(manager={"value": it.user})),
    )
    yield Attempt(
        ("PUT", "/users/{id}"),
        "manager",
        lambda mine, it: Call("PUT", f"/Users/{mine.person()}", enterprise_user(manager={"value": it.user})),
    )
    yield Attempt(
        ("PATCH", "/users/{id}"), "manager", lambda mine, it: _manager(mine, it, {"value": it.user})
    )
    yield Attempt(
        ("PATCH", "/users/{id}"), "manager as a string", lambda mine, it: _manager(mine, it, it.user)
    )
    yield Attempt(
        ("PATCH", "/users/{id}"),
        "manager by $ref",
        lambda mine, it: _manager(mine, it, {"value": it.user, "$ref": f"../Users/{it.user}"}),
    )
    yield Attempt(("POST", "/users"), "id", lambda _, it: Call("POST", "/Users", user(id=it.user)))
    yield Attempt(
        ("POST", "/users"), "userName", lambda _, it: Call("POST", "/Users", user(userName=it.user_name))
    )
    yield Attempt(
        ("POST", "/users"),
        "externalId",
        lambda _, it: Call("POST", "/Users", user(externalId=it.external_id)),
    )
    yield Attempt(
        ("POST", "/users"), "groups", lambda _, it: Call("POST", "/Users", user(groups=[{"value": it.group}]))
    )
    yield Attempt(
        ("POST", "/groups"),
        "displayName",
        lambda _, it: Call("POST", "/Groups", group(displayName=it.display_name)),
    )
    yield Attempt(
        ("POST", "/users"),
        "custom schema",
        lambda _, it: Call("POST", "/Users", user() | {it.schema: {"shade": "red"}}),
    )
    yield Attempt(("GET", "/schemas/{id}"), "path", lambda _, it: Call("GET", f"/Schemas/{it.schema}"))
    yield Attempt(
        ("GET", "/resourcetypes/{id}"), "path", lambda _, it: Call("GET", f"/ResourceTypes/{it.user}")
    )


def cursors() -> Iterator[Attempt]:
    """A cursor that another was given, with the question that it was given for."""
    for name in ("users", "groups"):
        field, path = f"{name}_cursor", f"/{name.capitalize()}"

        def query(_: Side, it: Identity, field: str = field, path: str = path) -> Call:
            return Call("GET", path, query={"cursor": getattr(it, field), "count": "1"})

        def search(_: Side, it: Identity, field: str = field, path: str = path) -> Call:
            body = {"schemas": [SEARCH], "cursor": getattr(it, field), "count": 1}
            return Call("POST", f"{path}/.search", body)

        yield Attempt(("GET", f"/{name}"), "cursor", query)
        yield Attempt(("POST", f"/{name}/.search"), "cursor", search)


BULK: dict[str, Callable[[Side, Identity], dict[str, Any]]] = {
    "PUT a user": lambda _, it: bulking.put(f"/Users/{it.user}", user()),
    "PATCH a user": lambda _, it: bulking.patch(f"/Users/{it.user}", operation("replace", "title", NAME)),
    "DELETE a user": lambda _, it: bulking.delete(f"/Users/{it.user}"),
    "PUT a group": lambda _, it: bulking.put(f"/Groups/{it.group}", group()),
    "PATCH a group": lambda _, it: bulking.rename(f"/Groups/{it.group}", NAME),
    "DELETE a group": lambda _, it: bulking.delete(f"/Groups/{it.group}"),
    "a member": lambda _, it: bulking.post("g", "/Groups", group(it.user)),
    "a group as a member": lambda _, it: bulking.post("g", "/Groups", group(it.group)),
    "a member by $ref": lambda _, it: bulking.post(
        "g", "/Groups", group(members=[{"$ref": f"../Users/{it.user}"}])
    ),
    "add a member": lambda mine, it: bulking.patch(
        f"/Groups/{mine.crowd()}", operation("add", "members", [{"value": it.user}])
    ),
    "remove a member": lambda mine, it: bulking.patch(
        f"/Groups/{mine.crowd()}", operation("remove", f'members[value eq "{it.user}"]')
    ),
    "a manager": lambda _, it: bulking.post("u", "/Users", enterprise_user(manager={"value": it.user})),
    "a userName": lambda _, it: bulking.post("u", "/Users", user(userName=it.user_name)),
}


def bulk() -> Iterator[Attempt]:
    """The id in an operation of a bulk request: its path, and its data."""
    for place, one in BULK.items():

        def build(mine: Side, it: Identity, one: Any = one) -> Call:
            return Call("POST", "/Bulk", bulking.request(one(mine, it)))

        yield Attempt(("POST", "/bulk"), place, build)


ATTEMPTS = [*paths(), *filters(), *memberships(), *selections(), *references(), *cursors(), *bulk()]

# Routes on which no id of a user or a group can stand anywhere; the connection in their URL still can.
WITHOUT_IDS: set[Route] = {
    ("GET", "/serviceproviderconfig"),
    ("GET", "/resourcetypes"),
    ("GET", "/schemas"),
    *(("GET", "/me"), ("POST", "/me"), ("PUT", "/me"), ("PATCH", "/me"), ("DELETE", "/me")),
}
