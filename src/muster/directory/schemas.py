"""The custom extensions of an organization: declared once, then discovered, stored, filtered and mapped as any schema.

Law: a schema that was added stays as it is: values of it may be stored, which only their schema tells how to read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from muster.directory.authenticate import custom_schemas
from muster.directory.document import dump
from muster.directory.organizations import Conflict, Missing, Refused, organization_numbered
from muster.directory.ports import Administration, Database
from muster.directory.records import Change, Operation
from muster.directory.world import World
from muster.scim.catalog import builtin, check_extended, with_extensions
from muster.scim.errors import InvalidValue

Document = Mapping[str, Any]

MOST: Final = 50  # extensions of one organization


async def add_schema(database: Database, world: World, organization: int, document: Document) -> str:
    """Add a custom extension (RFC 7643 §7) to an organization and return its URN.

    Raises Missing; Refused: the document is no schema that we can hold, or there are too many; Conflict: the
    organization has its URN already.
    """
    await organization_numbered(database, organization)
    known = await custom_schemas(database, organization)
    _check(document, known)
    urn = str(document["id"])
    now, actor = world.clock(), world.actor()

    async def operation(administration: Administration) -> None:
        await administration.add_schema(urn.lower(), dump(document), now)
        await administration.record(
            Change(now, actor, Operation.CREATE, "Schema", urn, 1, None, dump({"id": urn}))
        )

    try:
        await database.administer(organization, operation)
    except ValueError as error:
        raise Conflict(f"The schema {urn} cannot be added: {error}.") from None
    return urn


async def list_schemas(
    database: Database, organization: int, after: str | None, limit: int
) -> Sequence[Document]:
    """Return up to `limit` custom schema documents behind the one with a URN, oldest first."""
    every = await custom_schemas(database, organization)
    urns = [str(document["id"]).lower() for document in every]
    begin = urns.index(after) + 1 if after in urns else 0
    return every[begin : begin + limit]


async def list_every_schema(database: Database, organization: int) -> Sequence[Document]:
    """Return all custom schema documents of an organization, oldest first."""
    return await custom_schemas(database, organization)


async def schema_named(database: Database, organization: int, urn: str) -> Document:
    """Return the custom schema document with a URN, in whatever case. Raises Missing."""
    for document in await custom_schemas(database, organization):
        if str(document["id"]).lower() == urn.lower():
            return document
    raise Missing(f"The organization has no custom schema {urn!r}.")


def extends(document: Document) -> str:
    """Return what a custom schema extends: User or Group."""
    group = with_extensions(builtin(), [document]).group
    return "Group" if group.extension(str(document["id"])) is not None else "User"


def _check(document: Document, known: Sequence[Document]) -> None:
    urn = document.get("id")
    if isinstance(urn, str) and urn.lower() in {str(one["id"]).lower() for one in known}:
        raise Conflict(
            f"The organization has the schema {urn} already; a schema cannot be changed or removed."
        )
    if len(known) >= MOST:
        raise Refused(f"An organization has up to {MOST} custom schemas.")
    try:
        with_extensions(builtin(), [*known, dict(document)])
        check_extended(document)
        dump(document)
    except InvalidValue as error:
        raise Refused(error.detail) from None
    except TypeError as error:
        raise Refused(f"The schema cannot be kept as JSON: {error}.") from None
