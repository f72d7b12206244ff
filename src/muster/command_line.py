"""What all commands of the program have in common: settings, the database, what is printed, how it fails.

Law: a failure is one line on stderr, exit code 2 for a wrong command line, else 1.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import sys
from collections.abc import Awaitable, Callable, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any, TypeVar

import click
import pydantic

from muster.bootstrap import open_database
from muster.directory.failures import OutcomeUnknown, StoreError, StoreUnavailable, Unwritable
from muster.directory.organizations import Refused, organization_named
from muster.directory.ports import Database
from muster.scim.errors import ScimError
from muster.settings import Settings
from muster.wrong_setting import line_of

T = TypeVar("T")
_NAME = "muster"
Shown = dict[str, Any]


def program() -> str:
    """Return what one types to run this program: its name where the shell finds it, else what it was started by."""
    started = Path(sys.argv[0])
    found = shutil.which(_NAME)
    if started.name != _NAME or (found is not None and started.exists() and started.samefile(found)):
        return _NAME
    return str(started)


def settings_of(**given: Any) -> Settings:
    """Return the settings: what was given on the command line, else the environment. Raises click.ClickException."""
    try:
        return Settings(**{name: value for name, value in given.items() if value is not None})
    except pydantic.ValidationError as error:
        raise click.ClickException(line_of(error)) from None


def carry_out(settings: Settings, work: Callable[[Database], Awaitable[T]], *, create: bool = False) -> T:
    """Run a use case on the database, which has to be there unless `create` lets it be made.

    Raises click.ClickException with its one line.
    """
    if not create:
        require_database(settings)

    async def run() -> T:
        database = await open_database(settings, serving=False)
        try:
            return await work(database)
        finally:
            await database.close()

    try:
        return asyncio.run(run())
    except (Refused, StoreError) as error:
        raise click.ClickException(str(error)) from None
    except ScimError as error:
        raise click.ClickException(error.detail) from None
    except StoreUnavailable as error:
        raise unavailable(error) from None


def unavailable(error: StoreUnavailable) -> click.ClickException:
    """Return the line that tells of a database that did not do what it was asked for."""
    match error:
        case OutcomeUnknown():
            return click.ClickException(f"{error}. Whether this was done is not known: look, then try again.")
        case Unwritable():
            return click.ClickException(f"{error}; nothing was changed.")
    return click.ClickException(f"The database is busy: {error}. Try again.")


def require_database(settings: Settings) -> None:
    """Make sure that an SQLite file is there: one made by mistake, in another folder, would be empty.

    Raises click.ClickException.
    """
    if not is_there(settings):
        raise click.ClickException(
            f"there is no database at {settings.database_path.absolute()}; run in the server's folder,"
            " or name it with --database."
        )


def is_there(settings: Settings) -> bool:
    """Return whether the database is there, as far as can be told before it is opened."""
    return settings.on_postgres or os.path.lexists(settings.database_path)


def carry_out_in(
    organization_name: str, database: str | None, work: Callable[[Database, int], Awaitable[T]]
) -> T:
    """Run a use case on an organization, which is named, of the database. Raises click.ClickException."""

    async def within(opened: Database) -> T:
        return await work(opened, (await organization_named(opened, organization_name)).organization)

    return carry_out(settings_of(database=database), within)


def json_of(file: Path) -> Any:
    """Return the JSON value in a file. Raises click.ClickException."""
    try:
        return json.loads(file.read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        raise click.ClickException(f"{file}: not a JSON document: {error}") from None


def show(result: Shown | list[Shown], as_json: bool) -> None:
    """Print a result: JSON for programs, aligned lines for people."""
    if as_json:
        click.echo(json.dumps(result, indent=2))
        return
    if result == []:
        click.echo("Nothing found.", err=True)
    for item in result if isinstance(result, list) else [result]:
        width = max(len(name) for name in item)
        for name, value in item.items():
            click.echo(f"{name.replace('_', ' '):{width}}  {_text(value)}")
        click.echo()


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict):
        return ", ".join(f"{name}={_text(part)}" for name, part in value.items()) or "-"
    if isinstance(value, list):
        return json.dumps(value, ensure_ascii=False)
    return "-" if value is None else str(value)


in_organization = click.option("--organization", "organization_name", required=True, metavar="NAME")
of_source = click.option(
    "--source", metavar="SOURCE", help="Only of one source: a connection's id, or local."
)
json_file = click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
as_json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")


def common(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options that all of them have."""
    return click.option(
        "--database", metavar="URL", help="sqlite:///path or postgresql://user@host/name (MUSTER_DATABASE)."
    )(as_json_option(command))


def of_people(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options that say which people are meant."""
    named = click.option(
        "--user-name", metavar="TEXT", callback=not_empty, help="Only those whose userName begins so."
    )
    reached = click.option(
        "--email", metavar="ADDRESS", callback=not_empty, help="Only those with this e-mail address."
    )
    return of_source(named(reached(command)))


def not_empty(_context: click.Context, _option: click.Parameter, value: str | None) -> str | None:
    """Return an option's text as it is: an empty one would narrow nothing. Raises click.BadParameter."""
    if value == "":
        raise click.BadParameter("it is empty; leave it out, or give it a value.")
    return value


class Program(click.Group):
    """The program's commands; a wrong command line is answered with one line, not with click's three.

    `places` says where each is, as `module:name`; it is imported when it is asked for.
    """

    def __init__(self, *args: Any, places: Mapping[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._places = places

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands, in order."""
        del ctx
        return sorted(self._places)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command, or None."""
        del ctx
        module, _, name = self._places.get(cmd_name, "").partition(":")
        if not module:
            return None
        found: click.Command = getattr(import_module(module), name)
        return found

    def make_context(self, *args: Any, **kwargs: Any) -> click.Context:
        """Read the program's own options. Raises click.UsageError."""
        return _in_one_line(lambda: super(Program, self).make_context(*args, **kwargs))

    def invoke(self, ctx: click.Context) -> Any:
        """Read the rest of the command line and run the command. Raises click.ClickException."""
        return _in_one_line(lambda: super(Program, self).invoke(ctx))


def _in_one_line(work: Callable[[], T]) -> T:
    try:
        return work()
    except click.exceptions.NoArgsIsHelpError:
        raise
    except click.UsageError as error:
        where = error.ctx.command_path if error.ctx else _NAME
        message = " ".join(error.format_message().split())
        raise click.UsageError(as_typed(f"{message} See `{where} --help`.")) from None
    except click.ClickException as error:
        raise click.ClickException(as_typed(error.format_message())) from None


def as_typed(message: str) -> str:
    """Return a text with the commands that it names as they are typed here."""
    return message.replace(f"`{_NAME} ", f"`{program()} ")
