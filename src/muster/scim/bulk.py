"""A bulk request as a plan: its operations, what each refers to, and the order they are carried out in (RFC 7644 §3.7).

Law: only what concerns the request as a whole refuses it; what is wrong with one operation becomes that operation's
error. Ids are given out before anything is created, so a reference needs no second pass over what was written.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from muster.scim.dialect import Dialect
from muster.scim.envelope import urn_list
from muster.scim.errors import (
    GroupsSwitchedOff,
    InvalidSyntax,
    InvalidValue,
    NotFound,
    PayloadTooLarge,
    ScimError,
)
from muster.scim.limits import MAX_BULK_OPERATIONS
from muster.scim.message import BULK_REQUEST
from muster.scim.read import printable, refuse_twins
from muster.scim.schedule import Schedule, Task, schedule
from muster.scim.schema import ResourceType, SchemaSet

POST: Final = "POST"
_WITH_DATA: Final = frozenset({POST, "PUT", "PATCH"})
_METHODS: Final = _WITH_DATA | {"DELETE"}

_PREFIX: Final = "bulkId:"
# Within a longer text, a `$ref` or a filter, a reference stands after a slash or a quotation mark.
_EMBEDDED: Final = re.compile(r'(?<=[/"])bulkId:([^/"\s\]]+)')


@dataclass(frozen=True, slots=True)
class BulkStep:
    """One operation. `number` counts from 0; `error` says why it cannot be carried out whatever is stored.

    `id` is what its path names: an id, a reference such as `bulkId:x`, or "" for a collection; `refers` are the bulkIds
    that path and data refer to. What could not be understood is None or ""; `path` is as it was sent.
    """

    number: int
    method: str = ""
    bulk_id: str | None = None
    path: str = ""
    resource_type: ResourceType | None = None
    id: str = ""
    version: str | None = None
    data: Any = None
    refers: frozenset[str] = frozenset()
    error: ScimError | None = None

    @property
    def makes(self) -> str | None:
        """Return the bulkId by which others may name what this operation creates."""
        return self.bulk_id if self.method == POST else None

    def required(self) -> frozenset[str]:
        """Return what of `refers` has to exist first: what a path names, and members. A manager only needs an id."""
        is_user = self.resource_type is not None and self.resource_type.name == "User"
        return _references(self.id) if is_user else self.refers


@dataclass(frozen=True, slots=True)
class BulkPlan:
    """A whole request: `most_errors` is how many errors end it, None for as many as there are."""

    steps: tuple[BulkStep, ...]
    schedule: Schedule
    most_errors: int | None


def parse_bulk(body: object, schemas: SchemaSet, dialect: Dialect) -> BulkPlan:
    """Return the plan of a BulkRequest (R247 to R255).

    Raises InvalidSyntax for a body that is none, or has a bulkId twice; InvalidValue for failOnErrors that is no
    positive integer; PayloadTooLarge for more operations than `maxOperations`.
    """
    if not isinstance(body, dict):
        raise InvalidSyntax("The body: expected a BulkRequest as a JSON object")
    refuse_twins(body, "The body")
    fields = {name.lower(): value for name, value in body.items()}
    _check_schemas(fields.get("schemas"), dialect)
    most_errors = _most_errors(fields.get("failonerrors"))
    steps = tuple(_step(number, one, schemas) for number, one in enumerate(_operations(fields)))
    _refuse_repeated(steps)
    return BulkPlan(steps, _schedule(steps), most_errors)


def resolved(value: Any, ids: Mapping[str, str]) -> Any:
    """Return a JSON value with every reference `bulkId:x` replaced by the id of x. Raises InvalidValue for none."""
    match value:
        case str():
            if value.startswith(_PREFIX):
                return _id_of(value.removeprefix(_PREFIX), ids)
            return _EMBEDDED.sub(lambda found: _id_of(found[1], ids), value) if _PREFIX in value else value
        case dict():
            return {name: resolved(part, ids) for name, part in value.items()}
        case list():
            return [resolved(part, ids) for part in value]
    return value


def _id_of(name: str, ids: Mapping[str, str]) -> str:
    if name not in ids:
        raise InvalidValue(
            f"bulkId:{printable(name)} names no POST operation of this request.", code="bulk-id-unknown"
        )
    return ids[name]


def _references(*values: object) -> frozenset[str]:
    """Return the names of all references in JSON values, at any depth."""
    found: set[str] = set()
    waiting = list(values)
    while waiting:
        match waiting.pop():
            case str() as text:
                if text.startswith(_PREFIX):
                    found.add(text.removeprefix(_PREFIX))
                elif _PREFIX in text:
                    found.update(_EMBEDDED.findall(text))
            case dict() as members:
                waiting += members.values()
            case list() as elements:
                waiting += elements
    return frozenset(found)


def _check_schemas(listed: object, dialect: Dialect) -> None:
    if listed is None and dialect.missing_schemas:
        return
    if listed is None or BULK_REQUEST.lower() not in urn_list(listed):
        raise InvalidSyntax(f"schemas: expected {BULK_REQUEST}", code="schemas-wrong")


def _most_errors(value: object) -> int | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise InvalidValue("failOnErrors: expected an integer of at least 1")
    return value


def _operations(fields: Mapping[str, object]) -> list[object]:
    operations = fields.get("operations")
    if not isinstance(operations, list) or not operations:
        raise InvalidSyntax("Operations: expected a list of at least one operation")
    if len(operations) > MAX_BULK_OPERATIONS:
        raise PayloadTooLarge(
            f"Operations: {len(operations)} are more than maxOperations, {MAX_BULK_OPERATIONS}; nothing was done."
        )
    return operations


def _refuse_repeated(steps: Iterable[BulkStep]) -> None:
    for name, count in Counter(step.bulk_id for step in steps if step.bulk_id is not None).items():
        if count > 1:
            raise InvalidSyntax(
                f"bulkId: {printable(name)} stands in {count} operations; it has to be unique."
            )


def _step(number: int, operation: object, schemas: SchemaSet) -> BulkStep:
    """Read one operation: what can be understood of it, and the first thing that is wrong with it."""
    if not isinstance(operation, dict):
        return BulkStep(number, error=InvalidSyntax("expected an object with method, path and data"))
    fields = {name.lower(): value for name, value in operation.items()}
    bulk_id, path = fields.get("bulkid"), fields.get("path")
    seen = BulkStep(
        number,
        method=_method(fields.get("method")),
        bulk_id=bulk_id if isinstance(bulk_id, str) and bulk_id else None,
        path=path if isinstance(path, str) else "",
        data=fields.get("data"),
    )
    try:
        refuse_twins(operation, "the operation")
        return _understood(seen, fields, schemas)
    except ScimError as error:
        return _with_error(seen, error)


def _with_error(step: BulkStep, error: ScimError) -> BulkStep:
    return BulkStep(step.number, step.method, step.bulk_id, step.path, data=step.data, error=error)


def _understood(seen: BulkStep, fields: Mapping[str, object], schemas: SchemaSet) -> BulkStep:
    method, version = seen.method, fields.get("version")
    if not method:
        raise InvalidSyntax("method: expected POST, PUT, PATCH or DELETE")
    if seen.bulk_id is None and (method == POST or fields.get("bulkid") is not None):
        raise InvalidSyntax("bulkId: expected a string; a POST has to have one")
    if version is not None and not isinstance(version, str):
        raise InvalidSyntax("version: expected a string, an ETag")
    resource_type, id = _target(method, seen.path, schemas)
    if method in _WITH_DATA and not isinstance(seen.data, dict):
        raise InvalidSyntax(f"data: expected an object; a {method} has to have one")
    data = seen.data if method in _WITH_DATA else None
    refers = _references(id, data)
    return BulkStep(seen.number, method, seen.bulk_id, seen.path, resource_type, id, version, data, refers)


def _method(value: object) -> str:
    method = value.upper() if isinstance(value, str) else ""
    return method if method in _METHODS else ""


def _target(method: str, path: str, schemas: SchemaSet) -> tuple[ResourceType, str]:
    """Return what a path, relative to the base URL, names: `/Users` or `/Users/{id}` and the same of groups (R249)."""
    if not path.startswith("/") or "?" in path or "#" in path:
        raise InvalidSyntax("path: expected one relative to the base URL, such as /Users or /Users/{id}")
    name, *rest = [part for part in path.split("/") if part] or [""]
    found = [one for one in schemas.resource_types if one.endpoint.lower() == f"/{name.lower()}"]
    if name.lower() == "groups" and not schemas.groups:
        raise GroupsSwitchedOff
    if not found or len(rest) > 1:
        raise NotFound(f"path: there are no resources at {printable(path)}.")
    if (method == POST) == bool(rest):
        raise InvalidSyntax(
            "path: a POST goes to /Users or /Groups, PUT, PATCH and DELETE to a resource in them"
        )
    return found[0], rest[0] if rest else ""


def _schedule(steps: tuple[BulkStep, ...]) -> Schedule:
    made: dict[str, int] = {step.makes: step.number for step in steps if step.makes is not None}
    return schedule([_task(step, made) for step in steps])


def _task(step: BulkStep, made: Mapping[str, int]) -> Task:
    if step.resource_type is None:
        return Task(frozenset(), frozenset(), None)
    needs = frozenset(made[name] for name in step.required() if name in made)
    wishes = frozenset(made[name] for name in step.refers if name in made)
    return Task(needs, wishes, step.resource_type.name)
