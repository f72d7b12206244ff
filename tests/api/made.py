"""What every operation of the API is tried with: an id of each kind, and a body that is taken.

Whoever adds routes: a kind of thing that has an id gets an entry in `KINDS`; a body that `body_of` does not make well
gets one in `BODIES`. Everything else comes from the description.
"""

from __future__ import annotations

import os
import re
import uuid
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from muster.bootstrap import world
from muster.directory.connections import create_connection
from muster.directory.identifiers import new_public_id, organization_with
from muster.directory.ports import Administration, Transaction
from muster.directory.records import LOCAL_OWNER, Scope
from muster.directory.registers.alerts import Alert
from muster.directory.rows import new_row
from muster.scim.catalog import builtin
from muster.scim.keys import entries
from tests.api.asgi import Api
from tests.store.scene import change, group_document, log_entry

JSON = "application/json"
PARAMETER = re.compile(r"([^/]+)/\{(\w+)\}")


def _api_key(api: Api, organization: str) -> str:
    made = api.request("POST", f"/api-keys?organization={organization}", {"name": "x"})
    return str(made.json["id"])


def _domain(api: Api, organization: str) -> str:
    name = f"made-{uuid.uuid4().hex}.com"
    made = api.request("POST", f"/domains?organization={organization}", {"name": name})
    return str(made.json["name"])


def _schema(api: Api, organization: str) -> str:
    document = _extension(uuid.uuid4().hex)
    made = api.request("POST", f"/schemas?organization={organization}", document)
    return str(made.json["id"])


def _extension(name: str) -> Any:
    attributes = [{"name": "made", "type": "string", "multiValued": False}]
    return {"id": f"urn:example:scim:schemas:{name}:1.0:User", "name": "Made", "attributes": attributes}


def _request(api: Api, organization: str) -> str:
    number = organization_with(organization)
    assert number is not None
    entry = log_entry(number, uuid.uuid4().hex)._replace(connection="")

    async def keep(administration: Administration) -> None:
        await administration.registers.requests.keep(entry)

    api.run(api.database.administer(number, keep))
    return entry.request


def _connection(api: Api, organization: str) -> str:
    listed = api.request("GET", f"/organizations/{organization}").json["name"]
    made, *_ = api.run(create_connection(api.database, world(), listed, "generic", strict=False))
    return made.id


def _of_connection(path: str, *names: str) -> Callable[[Api, str], str]:
    """How to make what belongs to a connection; `names` lead to its id in the answer."""

    def make(api: Api, organization: str) -> str:
        body = {"connection": _connection(api, organization)}
        if path == "service-accounts":
            body["name"] = "x"
        found = api.request("POST", f"/{path}?organization={organization}", body).json
        for name in names:
            found = found[name]
        return str(found)

    return make


def _alert(api: Api, organization: str) -> str:
    number = organization_with(organization)
    assert number is not None
    id = new_public_id(number, os.urandom)
    made = Alert(id, "c", "mass_deactivation", 0, 0, 1)
    api.run(api.database.administer(number, lambda verbs: verbs.registers.alerts.add(made)))
    return id


def _user(api: Api, organization: str) -> str:
    made = api.request("POST", f"/users?organization={organization}", _person())
    return str(made.json["id"])


def _person() -> Any:
    return {"attributes": {"userName": f"made-{uuid.uuid4().hex}"}}


def _account(api: Api, organization: str) -> str:
    made = api.request("POST", f"/users?organization={organization}", _person())
    return str(made.json["account"])


def _group(api: Api, organization: str) -> str:
    number = organization_with(organization)
    assert number is not None
    document = group_document(f"made-{uuid.uuid4().hex}")
    row = new_row(builtin().group, str(uuid.uuid4()), document, 1)

    async def make(transaction: Transaction) -> None:
        await transaction.insert("Group", row, entries(builtin().group, document))
        await transaction.record(change(row.id))

    api.run(api.database.store(Scope(number, LOCAL_OWNER), nested=False).write(make))
    return row.id


def _permission(api: Api, organization: str) -> str:
    path, name = f"/roles/{_group(api, organization)}/permissions", f"made.{uuid.uuid4().hex}"
    made = api.request("POST", f"{path}?organization={organization}", {"permissions": [name]})
    return str(made.json["permissions"][0])


KINDS: Mapping[str, Callable[[Api, str], str]] = {
    "organizations": lambda _, organization: organization,
    "api-keys": _api_key,
    "domains": _domain,
    "schemas": _schema,
    "alerts": _alert,
    "requests": _request,
    "connections": _connection,
    "credentials": _of_connection("credentials", "id"),
    "setup-links": _of_connection("setup-links", "id"),
    "service-accounts": _of_connection("service-accounts", "service_account", "id"),
    "users": _user,
    "accounts": _account,
    "groups": _group,
    "roles": _group,
    "members": _user,
    "permissions": _permission,
    "changes": lambda _api, _organization: "1000000",  # a number that no organization has
}
"""How to make a thing of an organization, by the part of a path that its id follows; returns the id."""

BODIES: Mapping[str, Any] = {
    "claimDomain": {"name": "another-one.com"},
    "addSchema": _extension("another"),
    "createUser": _person(),
    "replaceUser": _person(),
}
"""Bodies by operationId, where one made from the description is not taken."""


class Operation(NamedTuple):
    """An operation as it is described."""

    method: str
    path: str
    document: Mapping[str, Any]

    @property
    def id(self) -> str:
        """Its name."""
        return str(self.document["operationId"])

    @property
    def kinds(self) -> Mapping[str, str]:
        """The kind of thing that each parameter of the path is an id of."""
        return {name: kind for kind, name in PARAMETER.findall(self.path)}

    @property
    def parameters(self) -> set[str]:
        """The query parameters that it takes."""
        return {one["name"] for one in self.document.get("parameters", ()) if one["in"] == "query"}

    def address(self, ids: Mapping[str, str], query: str = "") -> str:
        """Its path with an id of each kind in it."""
        names = {name: ids[kind] for name, kind in self.kinds.items()}
        return self.path.format(**names) + (f"?{query}" if query else "")

    def body(self, api: Api, ids: Mapping[str, str]) -> Any:
        """A body that it takes, which names things by these ids; None where it takes none."""
        if self.id in BODIES:
            return BODIES[self.id]
        content = self.document.get("requestBody", {}).get("content", {}).get(JSON)
        return None if content is None else _example(content["schema"], api.description, ids, "")


def operations(api: Api) -> Iterator[Operation]:
    """Every operation that is described."""
    for path, methods in api.description["paths"].items():
        for method, document in methods.items():
            yield Operation(method.upper(), path, document)


def ids_of(api: Api, organization: str) -> dict[str, str]:
    """A thing of each kind that a path of the API names, made in an organization."""
    kinds = {kind for one in operations(api) for kind in one.kinds.values()}
    assert kinds <= KINDS.keys(), "say in KINDS (tests/api/made.py) how to make one of each of these"
    return {kind: make(api, organization) for kind, make in KINDS.items()}


def named_by(field: str) -> str:
    """The kind of thing that a field or parameter of this name would be an id of."""
    return field.replace("_", "-") + "s"


def _example(schema: Any, description: Any, ids: Mapping[str, str], field: str) -> Any:
    """A value of a schema: of an object what is required, and what names a thing."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return _example(description["components"]["schemas"][name], description, ids, field)
    if "anyOf" in schema:
        return _example(schema["anyOf"][0], description, ids, field)
    if "enum" in schema or "const" in schema:
        return schema.get("const", schema.get("enum", [None])[0])
    match schema.get("type"):
        case "object":
            required = schema.get("required", ())
            return {
                name: _example(one, description, ids, name)
                for name, one in schema.get("properties", {}).items()
                if name in required or named_by(name) in ids
            }
        case "array":
            return [_example(schema["items"], description, ids, field)] if schema.get("minItems") else []
        case "string":
            return ids.get(named_by(field), "x" * schema.get("minLength", 1))
        case "integer" | "number":
            return schema.get("minimum", 1)
        case kind:
            return {"boolean": False, "null": None}[kind]
