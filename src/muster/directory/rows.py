"""From a document to what a write stores of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from muster.directory.document import dump
from muster.directory.ports import Transaction
from muster.directory.records import Kind, Row, Stored, StoredUser
from muster.scim.keys import Entry, attribute_entries
from muster.scim.limits import MAX_DOCUMENT_BYTES
from muster.scim.schema import ENTERPRISE_USER, Attribute, ResourceType, Schema
from muster.scim.size import check_document
from muster.scim.value import exact, fold

NAMING = {"User": "userName", "Group": "displayName"}


class Difference(NamedTuple):
    """The index entries that a change takes away and brings."""

    removed: set[Entry]
    added: set[Entry]


def kind_of(resource_type: ResourceType) -> Kind:
    """Return the kind of rows a resource type is stored as."""
    return "User" if resource_type.name == "User" else "Group"


def new_row(resource_type: ResourceType, id: str, document: Mapping[str, Any], now: int) -> Row:
    """Return the row of a new resource: version 1, created and modified now. Raises InvalidValue: it is too large."""
    row = _row(resource_type, id, document, version=1, created=now, now=now)
    _check_size(row, document)
    return row


def next_row(resource_type: ResourceType, stored: Stored, document: Mapping[str, Any], now: int) -> Row:
    """Return the row of a changed resource: the next version. Raises InvalidValue: it grows beyond what is kept."""
    version = stored.version + 1
    row = _row(resource_type, stored.id, document, version=version, created=stored.created, now=now)
    # `false` is a byte longer than `true`: whoever was stored before there was a limit can be deactivated.
    _check_size(row, document, len(stored.document) + 1)
    return row


def _row(
    resource_type: ResourceType, id: str, document: Mapping[str, Any], *, version: int, created: int, now: int
) -> Row:
    external_id = document.get("externalId")
    return Row(
        id=id,
        version=version,
        created=created,
        last_modified=max(now, created),
        name_key=fold(document[NAMING[resource_type.name]]),
        external_id=exact(external_id) if external_id else None,  # "" is no value (R161)
        document=dump(document),
        active=document.get("active"),
        manager=document.get(ENTERPRISE_USER, {}).get("manager", {}).get("value"),
    )


def _check_size(row: Row, document: Mapping[str, Any], before: int = 0) -> None:
    if len(row.document) > MAX_DOCUMENT_BYTES:
        largest = max(document, key=lambda name: len(dump(document[name])))
        check_document(len(row.document), largest, before)


def stored_user(row: Row, before: StoredUser) -> StoredUser:
    """Return the user as it is after a change, with what was derived before; nothing is read again."""
    return before._replace(version=row.version, last_modified=row.last_modified, document=row.document)


async def led(
    transaction: Transaction, stored: StoredUser, manager: str | None, document: Mapping[str, Any]
) -> StoredUser:
    """Return the user with what is derived of its manager: whether that is a user here, and its displayName.

    `document` is what the user is going to be: it may be its own manager.
    """
    unknown = stored._replace(manager_name=None, manager_known=False)
    if manager is None:
        return unknown
    if manager == stored.id:
        return stored._replace(manager_name=document.get("displayName"), manager_known=True)
    try:
        return stored._replace(manager_name=await transaction.name_of(manager), manager_known=True)
    except LookupError:
        return unknown


def entry_difference(
    resource_type: ResourceType, before: Mapping[str, Any], after: Mapping[str, Any]
) -> Difference:
    """Return which entries differ between two documents, looking only at the attributes that do."""
    removed: set[Entry] = set()
    added: set[Entry] = set()
    for attribute, was, now in _changed(resource_type, before, after):
        removed |= attribute_entries(attribute, was)
        added |= attribute_entries(attribute, now)
    return Difference(removed - added, added - removed)


def _changed(
    holder: ResourceType | Schema, before: Mapping[str, Any], after: Mapping[str, Any]
) -> Iterator[tuple[Attribute, Any, Any]]:
    """Yield the attributes whose values differ with both values, None for none; of an extension only those that do."""
    for name in before.keys() | after.keys():
        was, now = before.get(name), after.get(name)
        if was == now and type(was) is type(now):
            continue
        attribute = holder.attribute(name)
        if attribute is not None:
            yield attribute, was, now
        elif isinstance(holder, ResourceType) and (schema := holder.extension(name)) is not None:
            yield from _changed(schema, was or {}, now or {})
