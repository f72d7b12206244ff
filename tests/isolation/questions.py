"""Attempts that only ask: filters, projections, orders, cursors, versions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.conformance.bodies import SEARCH
from tests.isolation.attempt import MANAGER, Attempt
from tests.isolation.world import Call, Identity, Side

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


def projections() -> Iterator[Attempt]:
    """The URN of another's schema, and another's id, where the name of an attribute stands."""
    questions = {
        name: {name: f"{{0.schema}}{rest}"}
        for name, rest in (("attributes", ":shade"), ("excludedAttributes", ":shade"), ("sortBy", ":shade"))
    } | {
        "whole schema in attributes": {"attributes": "{0.schema}"},
        "id in attributes": {"attributes": "{0.user}"},
        "id in sortBy": {"sortBy": 'members[value eq "{0.user}"].display'},
        "filter": {"filter": '{0.schema}:shade eq "red"'},
        "filter, presence": {"filter": "{0.schema}:shade pr"},
    }
    for path, below in (("/Users", "/Users"), ("/Groups", "/Groups"), ("/", "")):
        for place, parts in questions.items():

            def query(_: Side, it: Identity, path: str = path, parts: Any = parts) -> Call:
                return Call("GET", path, query={"count": "3"} | _filled(parts, it))

            def search(_: Side, it: Identity, below: str = below, parts: Any = parts) -> Call:
                asked: dict[str, Any] = {"count": 3} | _filled(parts, it)
                for name in ("attributes", "excludedAttributes"):
                    if name in asked:
                        asked[name] = [asked[name]]
                return Call("POST", f"{below}/.search", {"schemas": [SEARCH]} | asked)

            yield Attempt(("GET", path.lower()), f"{place} by schema", query)
            yield Attempt(("POST", f"{below.lower()}/.search"), f"{place} by schema", search)


def _filled(parts: dict[str, str], it: Identity) -> dict[str, str]:
    return {name: text.format(it) for name, text in parts.items()}


def versions() -> Iterator[Attempt]:
    """The version that another's resource has, as a condition of a read and of each write."""
    reads = {"If-None-Match": b'W/"1"', "If-None-Match, any": b"*"}
    for name, attribute in (("users", "user"), ("groups", "group")):

        def path(it: Identity, name: str = name, attribute: str = attribute) -> str:
            return f"/{name.capitalize()}/{getattr(it, attribute)}"

        for place, value in reads.items():

            def read(_: Side, it: Identity, path: Any = path, value: bytes = value) -> Call:
                return Call("GET", path(it), headers=((b"if-none-match", value),))

            yield Attempt(("GET", f"/{name}/{{id}}"), place, read)

        def selected(_: Side, it: Identity, path: Any = path) -> Call:
            return Call("GET", path(it), query={"attributes": "id", "filter": f'id eq "{it.user}"'})

        def head(_: Side, it: Identity, path: Any = path) -> Call:
            return Call("HEAD", path(it))

        yield Attempt(("GET", f"/{name}/{{id}}"), "path, with a filter", selected)
        yield Attempt(("HEAD", f"/{name}/{{id}}"), "path", head)
        for method in ("POST", "OPTIONS"):

            def other(_: Side, it: Identity, path: Any = path, method: str = method) -> Call:
                return Call(method, path(it), {})

            yield Attempt((method, f"/{name}/{{id}}"), "path", other)
