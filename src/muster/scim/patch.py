"""Understanding a PATCH message (RFC 7644 §3.5.2).

Law: everything that can be refused without the resource is refused here, before one is loaded; what remains is a plan
whose paths and values are bound to the schema. Members become steps on rows, so that no group is ever loaded.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from muster.scim.apply import is_read_only, patched
from muster.scim.characteristics import Type
from muster.scim.dialect import Dialect, Notes
from muster.scim.effort import Allowance, Effort
from muster.scim.envelope import check_known, urn_list
from muster.scim.errors import InvalidPath, InvalidSyntax, InvalidValue, NoTarget, PayloadTooLarge
from muster.scim.errors import Mutability as NotMutable
from muster.scim.expression import Path
from muster.scim.limits import MAX_PATCH_OPERATIONS
from muster.scim.member_patch import member_steps
from muster.scim.members import MEMBERS, MemberStep, merged_steps
from muster.scim.message import PATCH_OP
from muster.scim.operation import Kind, Operation, numbered
from muster.scim.path import parse_path
from muster.scim.plain import PASSWORD
from muster.scim.read import Reader, refuse_twins
from muster.scim.schema import Attribute, ResourceType
from muster.scim.validate import SCHEMAS


@dataclass(frozen=True, slots=True)
class PatchPlan:
    """What a PATCH message asks for: `operations` on the document, and `members`, steps on a group's rows.

    The two do not meet: they may be carried out in either order, in one transaction.
    """

    resource_type: ResourceType
    operations: tuple[Operation, ...]
    members: tuple[MemberStep, ...]
    touched: frozenset[str]
    reader: Reader

    @property
    def is_members_only(self) -> bool:
        """Whether the plan is about members alone, so that the document need not be loaded."""
        return bool(self.members) and not self.operations

    def apply(
        self, document: Mapping[str, object], resource_id: str, allowance: Allowance | None = None
    ) -> dict[str, object]:
        """Return the document after the operations; the one given stays as it is.

        `allowance` is what is shared with the other PATCHes of a bulk request. Raises `Mutability`, `NoTarget`,
        `InvalidValue` or `PayloadTooLarge`; then nothing has happened (R205).
        """
        effort = Effort(allowance)
        return patched(self.operations, document, resource_id, self.resource_type, self.reader, effort)


def parse_patch(body: object, resource_type: ResourceType, dialect: Dialect, notes: Notes) -> PatchPlan:
    """Return the plan of a PATCH body (R203 to R233).

    Raises `InvalidSyntax` for a body that is no PatchOp message, `PayloadTooLarge` for too many operations or member
    values, and for one operation, by its number, `InvalidPath`, `InvalidFilter`, `InvalidValue`, `NoTarget` or
    `Mutability`.
    """
    reader = Reader(dialect, notes)
    parser = _Parser(resource_type, reader)
    for number, operation in enumerate(_operations_of(body, reader), start=1):
        with numbered(number):
            parser.read(number, operation)
    steps = merged_steps(parser.steps)
    touched = frozenset(_touched(parser.operations, resource_type)) | ({MEMBERS} if steps else set())
    return PatchPlan(resource_type, tuple(parser.operations), steps, touched, reader)


def _touched(operations: Iterable[Operation], resource_type: ResourceType) -> Iterable[str]:
    for operation in operations:
        if operation.path.attribute is not None:
            yield operation.path.attribute.path
        elif schema := resource_type.extension(operation.path.extension or ""):
            yield from (attribute.path for attribute in schema.attributes.values())


def _operations_of(body: object, reader: Reader) -> list[object]:
    if not isinstance(body, dict):
        raise InvalidSyntax("The body: expected a PatchOp message as a JSON object")
    refuse_twins(body, "The body")
    fields = {name.lower(): value for name, value in body.items()}
    _check_message(fields.get(SCHEMAS), reader)
    operations = fields.get("operations")
    if not isinstance(operations, list) or not operations:
        raise InvalidSyntax("Operations: expected a list of at least one operation")
    if len(operations) > MAX_PATCH_OPERATIONS:
        raise PayloadTooLarge(f"Operations: at most {MAX_PATCH_OPERATIONS} in one request")
    return operations


def _check_message(listed: object, reader: Reader) -> None:
    if listed is None and reader.dialect.missing_schemas:
        reader.notes.add("missing_schemas", SCHEMAS)
    elif listed is None or PATCH_OP.lower() not in urn_list(listed):
        raise InvalidSyntax(f"schemas: expected {PATCH_OP}", code="schemas-wrong")


class _Parser:
    """Reads one operation after the other; they gather in `operations` and `steps`."""

    __slots__ = ("_number", "_reader", "_resource_type", "operations", "steps")

    def __init__(self, resource_type: ResourceType, reader: Reader) -> None:
        self._number = 0
        self._reader = reader
        self._resource_type = resource_type
        self.operations: list[Operation] = []
        self.steps: list[MemberStep] = []

    def read(self, number: int, operation: object) -> None:
        """Read one element of `Operations`, the `number`th; names that it does not need are ignored."""
        self._number = number
        if not isinstance(operation, dict):
            raise InvalidSyntax("expected an object with op, path and value")
        refuse_twins(operation, "the operation")
        fields = {name.lower(): value for name, value in operation.items()}
        kind = _kind(fields.get("op"))
        path = fields.get("path")
        if kind is Kind.REMOVE and path is None:
            raise NoTarget("a remove needs a path")
        if kind is not Kind.REMOVE and "value" not in fields:
            raise InvalidValue(f"an operation with op {kind} needs a value")
        value = fields.get("value")
        if path is None:
            self._without_path(kind, value)
        elif isinstance(path, str) and path:
            self._target(kind, self._path(path), path, value)
        else:
            raise InvalidPath("path: expected a string that is not empty")

    # --- paths -----------------------------------------------------------------------------------------------------

    def _path(self, text: str) -> Path:
        attribute = self._resource_type.attribute(text)
        if attribute is not None:
            return Path(attribute)
        return parse_path(text, self._resource_type, self._reader.dialect, self._reader.notes)

    def _without_path(self, kind: Kind, value: object) -> None:
        """Read an operation without path: each name in its value is a path (R228)."""
        if not isinstance(value, dict):
            raise InvalidValue("value: expected an object with attributes, as there is no path")
        refuse_twins(value, "value")
        for name, part in value.items():
            path = self._key(name)
            if path is not None:
                self._target(kind, path, name, part)

    def _key(self, name: str) -> Path | None:
        """Return the path that a name in a value is, None for an unknown attribute that the dialect ignores."""
        if "[" in name:
            if not self._reader.dialect.path_keys:
                raise InvalidPath("value: a filter cannot be part of a name in the value; put it into path")
            self._reader.notes.add("path_keys", name)
            return self._path(name)
        try:
            return self._path(name)
        except InvalidPath:
            self._reader.unknown(name)
            return None

    # --- targets ---------------------------------------------------------------------------------------------------

    def _target(self, kind: Kind, path: Path, where: str, value: object) -> None:
        attribute = path.attribute
        if attribute is None:
            self._extension(kind, path, where, value)
        elif attribute.path == SCHEMAS:
            self._schemas(kind, path, value)
        elif attribute.path == MEMBERS:
            self.steps.extend(member_steps(kind, path, where, value, self._reader))
        elif is_read_only(operation := Operation(self._number, kind, path, where, value)):
            if kind is Kind.REMOVE or path.filter is not None:
                raise NotMutable(f"{where}: it is readOnly")
            self.operations.append(operation)
        elif kind is Kind.REMOVE:
            self._remove(operation, attribute, value)
        else:
            self._write(operation, attribute, value)

    def _schemas(self, kind: Kind, path: Path, value: object) -> None:
        """Check a list of schemas, which follows from the data and is not written (R208)."""
        if kind is Kind.REMOVE or path.filter is not None:
            raise NotMutable(f"{SCHEMAS}: it follows from the attributes that the resource has")
        check_known(urn_list(value), self._resource_type, self._reader.dialect, self._reader.notes)

    def _extension(self, kind: Kind, path: Path, where: str, value: object) -> None:
        """Read an operation on a whole extension, which is no value of its own: its attributes are (R224)."""
        if kind is Kind.REMOVE or (kind is Kind.REPLACE and value in (None, {})):
            self.operations.append(Operation(self._number, Kind.REMOVE, path, where))
            return
        if not isinstance(value, dict):
            raise InvalidValue(f"{where}: expected an object with the extension's attributes")
        refuse_twins(value, where)
        for name, part in value.items():
            inner = self._key(f"{path.extension}:{name}")
            if inner is not None:
                self._target(kind, inner, f"{where}:{name}", part)

    def _remove(self, operation: Operation, attribute: Attribute, value: object) -> None:
        path, where = operation.path, operation.where
        target = path.sub or attribute
        if target.required and (path.sub is not None or path.filter is None):
            raise NotMutable(f"{where}: it is required and cannot be removed", code="attribute-required")
        listed = attribute.multi_valued and target is attribute and path.filter is None and value is not None
        if listed:
            value = self._listed(attribute, value, where)
        elif attribute.path == PASSWORD:
            return
        self.operations.append(replace(operation, value=value if listed else None, listed=listed))

    def _listed(self, attribute: Attribute, value: object, where: str) -> object:
        if not self._reader.dialect.remove_listed_values:
            raise InvalidValue(
                f"{where}: a remove has no value; select what to remove by a filter in the path"
            )
        self._reader.notes.add("remove_listed_values", where)
        return self._reader.value(attribute, value, where)

    def _write(self, operation: Operation, attribute: Attribute, value: object) -> None:
        path = self._element_path(operation, attribute, value)
        read = self._value(operation.kind, path, operation.where, value)
        if attribute.path == PASSWORD:
            self._reader.notes.add("password_discarded", PASSWORD)
        elif read == {} or (read is None and operation.kind is Kind.ADD and _is_list_of_values(path)):
            return
        else:
            self.operations.append(Operation(operation.number, operation.kind, path, operation.where, read))

    def _element_path(self, operation: Operation, attribute: Attribute, value: object) -> Path:
        """Return the path, on to `value` where a filter selects elements and the value is a bare string (Entra)."""
        path = operation.path
        bare = isinstance(value, str) and value and attribute.value_attribute is not None
        if not bare or path.sub is not None:
            return path
        if path.filter is None:
            if operation.kind is Kind.REPLACE and attribute.multi_valued:
                raise InvalidValue(f"{operation.where}: expected a list of objects, not a string")
            return path
        if not self._reader.dialect.bare_values:
            raise InvalidValue(f"{operation.where}: expected an object, not a string")
        self._reader.notes.add("bare_values", operation.where)
        return replace(path, sub=attribute.value_attribute)

    def _value(self, kind: Kind, path: Path, where: str, value: object) -> object | None:
        """Return the value as it will be used; {} when nothing of it is known, so that nothing is to be done."""
        target = path.sub or path.attribute
        assert target is not None
        if target is path.sub or target.type is not Type.COMPLEX or _is_list_of_values(path):
            single = path.filter is not None and path.sub is None
            return (
                self._reader.single(target, value, where)
                if single
                else self._reader.value(target, value, where)
            )
        if kind is Kind.REPLACE and value == {}:
            return None
        return self._reader.parts(target, value, where)


def _is_list_of_values(path: Path) -> bool:
    """Whether the path means all values of a multi-valued attribute."""
    target = path.sub or path.attribute
    return target is not None and target.multi_valued and (path.filter is None or path.sub is not None)


def _kind(op: object) -> Kind:
    try:
        return Kind(op.lower() if isinstance(op, str) else "")
    except ValueError:
        raise InvalidSyntax("op: expected add, remove or replace") from None
