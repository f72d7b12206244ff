"""A connection that is not there is a 404 wherever one can be named: in a path, a parameter or a body."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

import pytest

from tests.api.asgi import Api, assert_problem
from tests.api.idp import Idp
from tests.api.platform import Platform
from tests.harness.server import CommandFailed, muster

# What a request needs besides, so that nothing else is wrong with it.
BODIES: Final[Mapping[str, dict[str, Any]]] = {
    "createServiceAccount": {"name": "Sync"},
    "modifyConnection": {"name": "Sync"},
    "replaceMapping": {"mapping": None},
    "previewMapping": {"mapping": []},
}
QUERIES: Final[Mapping[str, str]] = {"deleteConnection": "users=deactivate"}


class Named(NamedTuple):
    """One way to name a connection."""

    operation: str
    method: str
    path: str
    where: str
    parameter: str

    def ask(self, platform: Platform, id: str) -> Any:
        """The answer to a request that names it so."""
        path, query = self.path, QUERIES.get(self.operation, "")
        body = BODIES.get(self.operation)
        match self.where:
            case "path":
                path = path.replace(f"{{{self.parameter}}}", id)
            case "query":
                query = f"{self.parameter}={id}"
            case _:
                body = {**(body or {}), self.parameter: id}
        return platform.send(self.method, f"{path}?{query}" if query else path, body)


def ways(description: dict[str, Any]) -> Iterator[Named]:
    """Every way that the description has."""
    for path, operations in description["paths"].items():
        for method, operation in operations.items():
            for where, name in (*parameters(operation), *fields(operation, description)):
                in_path = where == "path" and path.startswith(f"/connections/{{{name}}}")
                if in_path or (where != "path" and name in {"connection", "source"}):
                    yield Named(operation["operationId"], method.upper(), path, where, name)


def parameters(operation: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Where the parameters of an operation are, and what they are called."""
    for one in operation.get("parameters", ()):
        yield one["in"], one["name"]


def fields(operation: dict[str, Any], description: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """The same of the fields of its body."""
    content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    name = content.get("schema", {}).get("$ref", "").rpartition("/")[2]
    for field in description["components"]["schemas"].get(name, {}).get("properties", ()):
        yield "body", field


def test_a_connection_that_is_not_there_is_a_404(acme: Platform, api: Api) -> None:
    """Made up, another organization's, or no id at all: by every route in the same words, and never an empty list."""
    here, other = (Idp(api, id).connection for id in (acme.organization, api.new_organization("other")))
    made_up = here[:-8] + "".join("b" if letter == "a" else "a" for letter in here[-8:])
    found = sorted(ways(api.description), key=lambda one: one.operation == "deleteConnection")
    assert {one.where for one in found} == {"path", "query", "body"}
    details = set()
    for one in found:
        for id in (made_up, other, "nonsense"):
            details.add(assert_problem(one.ask(acme, id), 404, "not_found")["detail"])
        assert one.ask(acme, here).status < 400, one
    assert len(details) == 1


def test_nor_has_it_alerts_at_the_command_line(tmp_path: Path) -> None:
    """One line, whoever's alerts are asked for; one that was deleted has those that it had."""
    database = tmp_path / "muster.db"
    for name in ("acme", "other"):
        muster(database, "organization", "create", name)
    made = muster(database, "connection", "create", "--organization", "acme", "--provider", "okta")
    here = made["id"]
    assert muster(database, "alert", "list", "--connection", here) == []
    made_up = here[:-1] + ("b" if here[-1] == "a" else "a")
    for asked in ((made_up,), ("nonsense",), (here, "--organization", "other")):
        with pytest.raises(CommandFailed, match="no connection with this id"):
            muster(database, "alert", "list", "--connection", *asked)
    muster(database, "connection", "delete", here, "--deactivate-users", "--yes")
    assert muster(database, "alert", "list", "--connection", here) == []
