"""`muster mapping`: which attribute of a connection's users fills which field of a profile."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from muster.bootstrap import world
from muster.command_line import Shown, carry_out, common, json_file, json_of, settings_of, show
from muster.directory.connections import connection_by_id
from muster.directory.mapping import Profile, Source
from muster.directory.mappings import MOST_PREVIEWED, mapping_of, preview_mapping, settle_mapping
from muster.directory.ports import Database

_of_connection = click.option("--connection", "connection_id", required=True, metavar="ID")
_KINDS = {"field": str, "source": str, "transform": str, "warn_when_missing": bool}


@click.group()
def mapping() -> None:
    """What the attributes of a connection's users are to the platform."""


@mapping.command("show")
@_of_connection
@common
def show_(connection_id: str, database: str | None, as_json: bool) -> None:
    """Show the mapping of a connection."""

    async def work(database: Database) -> list[Shown]:
        connection = await connection_by_id(database, connection_id)
        found, _ = await mapping_of(database, connection.organization, connection.id)
        return _shown(found)

    show(carry_out(settings_of(database=database), work), as_json)


@mapping.command("preview")
@_of_connection
@click.option(
    "--limit", type=click.IntRange(1, MOST_PREVIEWED), default=10, help="How many users to try it on (10)."
)
@json_file
@common
def preview(connection_id: str, limit: int, file: Path, database: str | None, as_json: bool) -> None:
    """Show what the mapping in FILE would make of the users that were changed last; nothing is changed."""
    proposed = _sources(file)

    async def work(database: Database) -> list[Shown]:
        connection = await connection_by_id(database, connection_id)
        found = await preview_mapping(database, connection.organization, connection.id, proposed, limit)
        return [
            {"user": one.user, "before": _profile(one.before), "after": _profile(one.after)} for one in found
        ]

    show(carry_out(settings_of(database=database), work), as_json)


@mapping.command("replace")
@_of_connection
@json_file
@common
def replace(connection_id: str, file: Path, database: str | None, as_json: bool) -> None:
    """Change the mapping of a connection to the one in FILE, for every user at once."""
    _settle(connection_id, _sources(file), database, as_json)


@mapping.command("reset")
@_of_connection
@common
def reset(connection_id: str, database: str | None, as_json: bool) -> None:
    """Have the default mapping of a connection back, for every user at once."""
    _settle(connection_id, None, database, as_json)


def _settle(
    connection_id: str, proposed: Sequence[Source] | None, database: str | None, as_json: bool
) -> None:
    async def work(database: Database) -> list[Shown]:
        connection = await connection_by_id(database, connection_id)
        return _shown(
            await settle_mapping(database, world(), connection.organization, connection.id, proposed)
        )

    show(carry_out(settings_of(database=database), work), as_json)


def _sources(file: Path) -> list[Source]:
    """Return the mapping in a file. Raises click.ClickException naming what is not one."""
    given = json_of(file)
    if not isinstance(given, list):
        raise click.ClickException(
            f"{file}: a mapping is a JSON array, as `muster mapping show --json` prints it"
        )
    return [_source(file, place, one) for place, one in enumerate(given)]


def _source(file: Path, place: int, given: object) -> Source:
    if not isinstance(given, dict) or not {"field", "source"} <= given.keys():
        raise click.ClickException(f"{file}: entry {place}: expected an object with field and source")
    for name, value in given.items():
        if name not in _KINDS:
            raise click.ClickException(f"{file}: entry {place}: there is no {name[:64]!r} in a mapping")
        if not isinstance(value, _KINDS[name]):
            raise click.ClickException(f"{file}: entry {place}: {name} takes a {_KINDS[name].__name__}")
    return Source(**given)


def _shown(found: Sequence[Source]) -> list[Shown]:
    return [one._asdict() for one in found]


def _profile(profile: Profile) -> Shown:
    return {"fields": dict(profile.fields), "warnings": list(profile.warnings)}
