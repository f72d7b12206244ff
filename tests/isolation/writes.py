"""Attempts that write: at another's path, and with another's ids in what is written."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from tests.conformance.bodies import GROUP, USER, enterprise_user, group, operation, user
from tests.isolation.attempt import MANAGER, NAME, Attempt, Build, patch
from tests.isolation.world import Call, Identity, Side

ABSOLUTE = "https://scim.example.com/scim/v2"


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

            def delete(_: Side, it: Identity, path: Any = path) -> Call:
                return Call("DELETE", path(it))

            template = f"/{name}/{{id}}"
            yield Attempt(("GET", template), place, lambda _, it, path=path: Call("GET", path(it)))  # type: ignore[misc]
            for method, build in (("PUT", put), ("PATCH", modify), ("DELETE", delete)):
                yield Attempt((method, template), place, build)
                for version in ("*", 'W/"1"', 'W/"2"'):
                    yield Attempt((method, template), f"{place}, If-Match {version}", _if(build, version))


def _if(build: Build, version: str) -> Build:
    """The same request on the condition that the resource has a version."""

    def conditional(mine: Side, it: Identity) -> Call:
        return build(mine, it)._replace(headers=((b"if-match", version.encode()),))

    return conditional


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


# Paths into the members of my group, with what may be sent there beside a value that is refused.
MEMBER_PATHS: dict[str, Callable[[Identity], Any] | None] = {
    'members[value eq "{0.user}"]': lambda it: {"value": it.user},
    'members[value eq "{0.user}"].value': lambda it: it.user,
    'members[value eq "{0.user}"].display': None,
    'members[value eq "{0.group}"]': lambda it: {"value": it.group},
    'members[value eq "{0.user}" or value eq "{0.group}"]': None,
    'members[not (value ne "{0.user}")]': None,
    'members[value sw "{0.user}"]': None,
}


def selections() -> Iterator[Attempt]:
    """The id in the path of a PATCH operation, and in what is sent there."""
    for text, right in MEMBER_PATHS.items():
        for op in ("remove", "replace", "add"):

            def build(mine: Side, it: Identity, text: str = text, op: str = op) -> Call:
                value = () if op == "remove" else ("x",)
                return patch(f"/Groups/{mine.crowd()}", operation(op, text.format(it), *value))

            def same(mine: Side, it: Identity, text: str = text, op: str = op, right: Any = right) -> Call:
                return patch(f"/Groups/{mine.crowd()}", operation(op, text.format(it), right(it)))

            yield Attempt(("PATCH", "/groups/{id}"), f"{op} at {text}", build)
            if right is not None:
                yield Attempt(("PATCH", "/groups/{id}"), f"{op} the same at {text}", same)


def _manager(mine: Side, it: Identity, value: Any) -> Call:
    return patch(f"/Users/{mine.person()}", operation("replace", MANAGER, value))


def references() -> Iterator[Attempt]:
    """The id as a manager; the name of a schema or a resource type."""
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
    yield Attempt(("GET", "/schemas/{id}"), "path", lambda _, it: Call("GET", f"/Schemas/{it.schema}"))
    yield Attempt(
        ("GET", "/resourcetypes/{id}"), "path", lambda _, it: Call("GET", f"/ResourceTypes/{it.user}")
    )


# What a body says beside what it is about: of a user, of a group.
BESIDE: dict[str, dict[str, Callable[[Identity], dict[str, Any]]]] = {
    "users": {
        "id": lambda it: {"id": it.user},
        "meta": lambda it: {"meta": {"resourceType": "User", "location": f"{ABSOLUTE}/Users/{it.user}"}},
        "groups": lambda it: {"groups": [{"value": it.group, "$ref": f"../Groups/{it.group}"}]},
        "userName": lambda it: {"userName": it.user_name},
        "externalId": lambda it: {"externalId": it.external_id},
        "externalId, their id": lambda it: {"externalId": it.user},
        "custom schema": lambda it: {it.schema: {"shade": "red"}},
        "schemas": lambda it: {"schemas": [USER, it.schema]},
    },
    "groups": {
        "id": lambda it: {"id": it.group},
        "meta": lambda it: {"meta": {"resourceType": "Group", "location": f"{ABSOLUTE}/Groups/{it.group}"}},
        "displayName": lambda it: {"displayName": it.display_name},
        "externalId": lambda it: {"externalId": it.external_id},
        "externalId, their id": lambda it: {"externalId": it.group},
        "custom schema": lambda it: {it.schema: {"shade": "red"}},
        "schemas": lambda it: {"schemas": [GROUP, it.schema]},
    },
}


def besides() -> Iterator[Attempt]:
    """Another's id, name, groups or schema in a body that is about a resource of mine: created, put, patched."""
    for name, parts in BESIDE.items():
        resource, whole = name.capitalize(), user if name == "users" else group
        for place, part in parts.items():

            def create(_: Side, it: Identity, part: Any = part, r: str = resource, w: Any = whole) -> Call:
                return Call("POST", f"/{r}", w() | part(it))

            def put(mine: Side, it: Identity, part: Any = part, r: str = resource, w: Any = whole) -> Call:
                return Call("PUT", _own(mine, r), w() | part(it))

            def modify(mine: Side, it: Identity, part: Any = part, r: str = resource) -> Call:
                return patch(_own(mine, r), operation("replace", value=part(it)))

            def at_path(mine: Side, it: Identity, part: Any = part, r: str = resource) -> Call:
                ((path, value),) = part(it).items()
                return patch(_own(mine, r), operation("add", path, value))

            yield Attempt(("POST", f"/{name}"), f"{place} in the body", create)
            yield Attempt(("PUT", f"/{name}/{{id}}"), f"{place} in the body", put)
            yield Attempt(("PATCH", f"/{name}/{{id}}"), f"{place} in a value", modify)
            yield Attempt(("PATCH", f"/{name}/{{id}}"), f"{place} at a path", at_path)


def _own(mine: Side, resource: str) -> str:
    return f"/{resource}/{mine.person() if resource == 'Users' else mine.crowd()}"


def answers() -> Iterator[Attempt]:
    """Another's schema where a write says what of the result it wants to see."""
    asked = {"attributes": "{0.schema}:shade", "excludedAttributes": "{0.schema}"}
    for name, whole in (("users", user), ("groups", group)):
        for place, text in asked.items():

            def create(
                _: Side, it: Identity, n: str = name, w: Any = whole, p: str = place, t: str = text
            ) -> Call:
                return Call("POST", f"/{n.capitalize()}", w(), {p: t.format(it)})

            def put(
                mine: Side, it: Identity, n: str = name, w: Any = whole, p: str = place, t: str = text
            ) -> Call:
                return Call("PUT", _own(mine, n.capitalize()), w(), {p: t.format(it)})

            def modify(mine: Side, it: Identity, n: str = name, p: str = place, t: str = text) -> Call:
                call = patch(_own(mine, n.capitalize()), operation("replace", "displayName", NAME))
                return call._replace(query={p: t.format(it)})

            def retrieve(mine: Side, it: Identity, n: str = name, p: str = place, t: str = text) -> Call:
                return Call("GET", _own(mine, n.capitalize()), query={p: t.format(it)})

            yield Attempt(("POST", f"/{name}"), place, create)
            for method, build in (("PUT", put), ("PATCH", modify), ("GET", retrieve)):
                yield Attempt((method, f"/{name}/{{id}}"), place, build)
