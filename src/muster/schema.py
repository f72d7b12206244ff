"""`muster schema`: the custom extensions of organizations."""

from __future__ import annotations

import json
from pathlib import Path

import click

from muster.bootstrap import world
from muster.command_line import Shown, carry_out, common, settings_of, show
from muster.directory.organizations import organization_named
from muster.directory.ports import Database
from muster.directory.schemas import Document, add_schema, extends, list_every_schema, schema_named

_organization = click.option("--organization", "organization_name", required=True, metavar="NAME")


@click.group()
def schema() -> None:
    """The custom extensions of organizations."""


@schema.command("add")
@_organization
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@common
def add(organization_name: str, file: Path, database: str | None, as_json: bool) -> None:
    """Add the extension in FILE, an RFC 7643 schema document in JSON."""
    document = _document(file)

    async def work(database: Database) -> str:
        return await add_schema(database, world(), await _number(database, organization_name), document)

    urn = carry_out(settings_of(database=database), work)
    show({"schema": urn, "organization": organization_name}, as_json)


@schema.command("list")
@_organization
@common
def list_(organization_name: str, database: str | None, as_json: bool) -> None:
    """List the extensions of an organization."""

    async def work(database: Database) -> list[Shown]:
        number = await _number(database, organization_name)
        return [_shown(found) for found in await list_every_schema(database, number)]

    show(carry_out(settings_of(database=database), work), as_json)


@schema.command("show")
@_organization
@click.argument("urn")
@common
def show_(organization_name: str, urn: str, database: str | None, as_json: bool) -> None:
    """Show the extension URN as it was added: an RFC 7643 schema document."""

    async def work(database: Database) -> Document:
        return await schema_named(database, await _number(database, organization_name), urn)

    found = carry_out(settings_of(database=database), work)
    show(dict(found) if as_json else _shown(found), as_json)


async def _number(database: Database, name: str) -> int:
    return (await organization_named(database, name)).organization


def _shown(document: Document) -> Shown:
    return {
        "schema": document["id"],
        "name": document.get("name"),
        "extends": extends(document),
        "attributes": ", ".join(str(attribute["name"]) for attribute in document["attributes"]),
    }


def _document(file: Path) -> Shown:
    try:
        document = json.loads(file.read_bytes())
    except (OSError, ValueError) as error:
        raise click.ClickException(f"{file}: not a JSON document: {error}") from None
    if not isinstance(document, dict):
        raise click.ClickException(f"{file}: a schema document is a JSON object")
    return document
