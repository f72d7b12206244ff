"""Carrying out PATCH operations on a document (RFC 7644 §3.5.2.1 to §3.5.2.3).

Law: each operation sees the result of the one before; the document given is never changed, and after an error there is
no result (R205). Values are made anew, never altered in place.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from muster.scim.characteristics import Mutability, Type
from muster.scim.effort import Effort
from muster.scim.elements import (
    check_primary,
    distinct,
    identity,
    is_primary,
    said_beyond,
    same,
    with_one_primary,
    without,
)
from muster.scim.envelope import schemas_of
from muster.scim.errors import InvalidValue, NoTarget
from muster.scim.errors import Mutability as NotMutable
from muster.scim.evaluate import element_matches
from muster.scim.expression import And, Compare, Filter, Operator
from muster.scim.operation import Kind, Operation, numbered
from muster.scim.read import Reader, check_required_parts
from muster.scim.schema import Attribute, ResourceType
from muster.scim.size import check_count
from muster.scim.validate import SCHEMAS, check_required


def patched(
    operations: Iterable[Operation],
    document: Mapping[str, object],
    resource_id: str,
    resource_type: ResourceType,
    reader: Reader,
    effort: Effort,
) -> dict[str, object]:
    """Return the document after all operations, which spend of `effort`.

    Raises `Mutability`, `NoTarget`, `InvalidValue` or `PayloadTooLarge`, naming the operation or the attribute left
    without its value.
    """
    result = _Patched(document, resource_id, resource_type, reader, effort)
    for operation in operations:
        with numbered(operation.number):
            result.carry_out(operation)
    return result.finished()


class _Patched:
    """A document as the operations so far have left it."""

    __slots__ = ("_document", "_effort", "_id", "_reader", "_removed", "_resource_type", "_touched")

    def __init__(
        self,
        document: Mapping[str, object],
        resource_id: str,
        resource_type: ResourceType,
        reader: Reader,
        effort: Effort,
    ) -> None:
        self._document = dict(document)
        self._effort = effort
        self._id = resource_id
        self._reader = reader
        self._removed: dict[str, list[object]] = {}
        self._resource_type = resource_type
        self._touched: dict[str, Attribute] = {}

    def carry_out(self, operation: Operation) -> None:
        """Change the document by one operation."""
        attribute = operation.path.attribute
        if attribute is None:
            self._clear_extension(operation)
        elif is_read_only(operation):
            self._expect_equal(operation, attribute)
        else:
            before = self._get(attribute)
            self._effort.spend(operation, before, self._removed.get(attribute.path, ()))
            self._put(attribute, before, self._changed(operation, attribute, before), operation.where)

    def finished(self) -> dict[str, object]:
        """Return the document once what the operations touched has been checked as a whole."""
        for attribute in self._touched.values():
            self._check(attribute)
        schemas = schemas_of(self._resource_type, self._document)
        if schemas != self._document.get(SCHEMAS):
            self._document[SCHEMAS] = schemas
        return self._document

    def _check(self, attribute: Attribute) -> None:
        value = self._get(attribute)
        if attribute.extension is not None:
            schema = self._resource_type.extension(attribute.extension)
            values = self._document.get(attribute.extension)
            if schema is not None and isinstance(values, Mapping):
                check_required(schema, values)
        elif attribute.required and value is None:
            raise InvalidValue(f"{attribute.path}: a value is required", code="attribute-required")
        if attribute.type is Type.COMPLEX and value is not None:
            elements = value if isinstance(value, list) else [value]
            check_primary(elements, attribute.path)
            for element in elements:
                assert isinstance(element, Mapping)
                check_required_parts(attribute, element, attribute.path)

    # --- where values are kept -----------------------------------------------------------------------------------

    def _get(self, attribute: Attribute) -> object | None:
        holder: object = self._document
        if attribute.extension is not None:
            holder = self._document.get(attribute.extension)
        return holder.get(attribute.name) if isinstance(holder, Mapping) else None

    def _put(self, attribute: Attribute, before: object | None, value: object | None, where: str) -> None:
        if attribute.mutability is Mutability.IMMUTABLE and before is not None:
            if not same(attribute, before, value):
                raise NotMutable(
                    f"{where}: it is immutable and has a value already", code="attribute-immutable"
                )
            return
        if attribute.multi_valued:
            check_count(_listed(value), where, len(_listed(before)))
        self._touched[attribute.path] = attribute
        if attribute.extension is None:
            _assign(self._document, attribute.name, value)
        else:
            holder = self._document.get(attribute.extension)
            values = dict(holder) if isinstance(holder, Mapping) else {}
            _assign(values, attribute.name, value)
            _assign(self._document, attribute.extension, values)

    def _clear_extension(self, operation: Operation) -> None:
        schema = self._resource_type.extension(operation.path.extension or "")
        for attribute in schema.attributes.values() if schema is not None else ():
            before = self._get(attribute)
            if before is not None and attribute.mutability is not Mutability.READ_ONLY:
                self._put(attribute, before, None, f"{operation.where}: {attribute.name}")

    def _expect_equal(self, operation: Operation, attribute: Attribute) -> None:
        stored = self._id if attribute.path == "id" else self._get(attribute)
        if operation.kind is Kind.REMOVE or operation.path.sub is not None or operation.value != stored:
            raise NotMutable(f"{operation.where}: it is readOnly")
        self._reader.notes.add("no_change", operation.where)

    # --- one attribute -------------------------------------------------------------------------------------------

    def _changed(self, operation: Operation, attribute: Attribute, before: object | None) -> object | None:
        sub = operation.path.sub
        if operation.path.filter is not None or (sub is not None and attribute.multi_valued):
            return self._changed_elements(operation, attribute, _listed(before))
        if sub is not None:
            return _merged(attribute, before, _sub_change(operation, sub, before), operation.where)
        if operation.kind is Kind.REMOVE:
            return self._without(operation, attribute, before)
        if operation.value is None or (attribute.multi_valued and operation.kind is Kind.REPLACE):
            return operation.value
        if attribute.multi_valued:
            return _added(attribute, _listed(before), _listed(operation.value), operation.where)
        if isinstance(operation.value, Mapping):
            return _merged(attribute, before, operation.value, operation.where)
        return operation.value

    def _without(self, operation: Operation, attribute: Attribute, before: object | None) -> object | None:
        if operation.listed:
            return without(attribute, _listed(before), _listed(operation.value))
        self._removed.setdefault(attribute.path, []).extend(_listed(before))
        return None

    # --- elements of a multi-valued attribute that a filter selects --------------------------------------------------

    def _changed_elements(
        self, operation: Operation, attribute: Attribute, elements: Sequence[object]
    ) -> list[object]:
        matched = {i for i, element in enumerate(elements) if _selects(operation.path.filter, element)}
        if not matched:
            return self._created(operation, attribute, elements)
        if operation.kind is Kind.REMOVE and operation.path.sub is None:
            self._removed.setdefault(attribute.path, []).extend(elements[i] for i in sorted(matched))
            return [element for i, element in enumerate(elements) if i not in matched]
        changed = [
            _changed_element(operation, attribute, element) if i in matched else element
            for i, element in enumerate(elements)
        ]
        if _sets_primary(operation):
            if len(matched) > 1:
                raise InvalidValue(f"{operation.where}: more than one value would have primary true")
            changed = with_one_primary(changed, *matched)
        return distinct(attribute, [element for element in changed if element is not None])

    def _created(
        self, operation: Operation, attribute: Attribute, elements: Sequence[object]
    ) -> list[object]:
        """Return the elements with the one that an add or replace asked for and did not find (R217, R227)."""
        if operation.kind is Kind.REMOVE:
            return list(elements)
        terms: dict[str, object] | None = {}
        if operation.path.filter is not None:
            terms = self._terms(operation, attribute)
        if terms is None:
            raise NoTarget(f"{operation.where}: no value of {attribute.path} matches the filter")
        value = operation.value
        if value is None:
            return list(elements)
        if attribute.type is Type.COMPLEX:
            sub = operation.path.sub
            changes = {sub.name: value} if sub is not None else value
            assert isinstance(changes, Mapping)
            value = _merged(attribute, terms, changes, operation.where)
        return _added(attribute, elements, [] if value is None else [value], operation.where)

    def _terms(self, operation: Operation, attribute: Attribute) -> dict[str, object] | None:
        """Return what the filter says of the missing element; None when it may not be created."""
        condition = operation.path.filter
        if condition is None or not self._reader.dialect.create_missing_element:
            return None
        gone = self._removed.get(attribute.path, ())
        if operation.kind is Kind.REPLACE and any(_selects(condition, element) for element in gone):
            # The tolerance is for clients that do not know what is there; this one has just removed it.
            return None
        terms: dict[str, object] = {}
        for operand in condition.operands if isinstance(condition, And) else (condition,):
            if (
                not isinstance(operand, Compare)
                or operand.operator is not Operator.EQ
                or operand.literal is None
            ):
                return None
            if operand.attribute.mutability is Mutability.READ_ONLY or operand.attribute.name in terms:
                return None
            read = self._reader.value(operand.attribute, operand.literal, operation.where)
            if read is not None:
                terms[operand.attribute.name] = read
        self._reader.notes.add("create_missing_element", operation.where)
        return terms


def is_read_only(operation: Operation) -> bool:
    """Whether the operation's target is not the client's to write."""
    targets = (operation.path.attribute, operation.path.sub)
    return any(target is not None and target.mutability is Mutability.READ_ONLY for target in targets)


def _assign(values: dict[str, object], name: str, value: object | None) -> None:
    if value is None or value in ([], {}):
        values.pop(name, None)
    else:
        values[name] = value


def _listed(value: object | None) -> list[object]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _selects(condition: Filter | None, element: object) -> bool:
    return condition is None or element_matches(condition, element)


def _sets_primary(operation: Operation) -> bool:
    if operation.path.sub is not None:
        return operation.path.sub.name == "primary" and operation.value is True
    return is_primary(operation.value)


def _sub_change(operation: Operation, sub: Attribute, holder: object | None) -> dict[str, object | None]:
    if operation.kind is Kind.REMOVE:
        return {sub.name: None}
    value = operation.value
    if sub.multi_valued and operation.kind is Kind.ADD and isinstance(holder, Mapping):
        present = _listed(holder.get(sub.name))
        value = _added(sub, present, _listed(value), operation.where)
        check_count(value, operation.where, len(present))
    return {sub.name: value}


def _changed_element(operation: Operation, attribute: Attribute, element: object) -> object | None:
    value = operation.value
    if operation.path.sub is not None:
        change = _sub_change(operation, operation.path.sub, element)
        return _merged(attribute, element, change, operation.where)
    if value is None:
        return element if operation.kind is Kind.ADD else None
    if not isinstance(value, Mapping) or not isinstance(element, Mapping):
        return value
    if operation.kind is Kind.REPLACE:
        # All of the element is replaced (R227): what is not given is unassigned.
        value = {**dict.fromkeys(element), **value}
    return _merged(attribute, element, value, operation.where)


def _merged(
    attribute: Attribute, holder: object | None, changes: Mapping[str, object | None], where: str
) -> dict[str, object] | None:
    """Return a complex value with some sub-attributes changed (R226), None when none is left."""
    before = dict(holder) if isinstance(holder, Mapping) else {}
    merged = dict(before)
    for name, part in changes.items():
        sub = attribute.sub(name)
        if sub is not None and sub.mutability is Mutability.IMMUTABLE and name in before:
            if not same(sub, before[name], part):
                raise NotMutable(
                    f"{where}: {sub.name} is immutable and has a value already", code="attribute-immutable"
                )
        else:
            _assign(merged, name, part)
    if merged.get("value") != before.get("value") and "$ref" not in changes:
        # The address of what was referred to before says nothing about what is referred to now.
        merged.pop("$ref", None)
    return merged or None


def _added(
    attribute: Attribute, elements: Sequence[object], values: Iterable[object], where: str
) -> list[object]:
    """Return the elements with `values` appended, those that are there already only completed (R214, R215, R210)."""
    result = list(elements)
    positions = {identity(attribute, element): i for i, element in enumerate(result)}
    for value in values:
        position = positions.setdefault(identity(attribute, value), len(result))
        if position == len(result):
            result.append(value)
        elif isinstance(value, Mapping) and isinstance(present := result[position], Mapping):
            result[position] = _merged(attribute, present, said_beyond(present, value), where)
        if is_primary(value):
            result = with_one_primary(result, position)
    return result
