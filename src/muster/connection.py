"""`muster connection`: the IdPs' set-ups, what is switched on at each, and how they end.

Law: what cannot be taken back is done only with `--yes`; without it, what would follow is printed and nothing is done.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import click

from muster.bootstrap import scim_base, world
from muster.command_line import Shown, carry_out, common, settings_of, show
from muster.directory.connection_end import Deletion, Fate, delete_connection, prospect
from muster.directory.connections import (
    PROVIDERS,
    Settling,
    connection_by_id,
    consequences,
    create_connection,
    list_connections,
    settle_connection,
    state_of,
    used_connection,
)
from muster.directory.identifiers import NewKey
from muster.directory.ports import Database
from muster.directory.records import Connection, Credential, State
from muster.directory.registers.connections import Used
from muster.directory.switches import switches_of
from muster.scim.value import moment
from muster.settings import Settings
from muster.switch_words import read, written

T = TypeVar("T")

_ALL = 1_000_000

_name = click.option("--name", metavar="TEXT", help="What people call it.")
_switches = click.option(
    "--switch",
    "switches",
    multiple=True,
    metavar="NAME=VALUE",
    help="Set a switch; as often as there are some.",
)
_yes = click.option("--yes", is_flag=True, help="Do it, whatever follows.")


@click.group()
def connection() -> None:
    """The IdPs' set-ups."""


@connection.command("create")
@click.option("--organization", "organization_name", required=True, metavar="NAME")
@click.option("--provider", required=True, type=click.Choice(PROVIDERS))
@click.option("--strict", is_flag=True, help="RFC 7643 and RFC 7644 to the letter: no tolerance for clients.")
@_name
@_switches
@common
def create(
    organization_name: str,
    provider: Any,
    strict: bool,
    name: str | None,
    switches: tuple[str, ...],
    database: str | None,
    as_json: bool,
) -> None:
    """Create a connection with its first API key, which is shown this once."""
    settings, chosen = settings_of(database=database), read(switches)
    made, credential, key = carry_out(
        settings,
        lambda database: create_connection(
            database, world(), organization_name, provider, strict=strict, name=name or "", switches=chosen
        ),
    )
    shown = _shown(settings, Used(made, None)) | {"organization": organization_name}
    _show(shown | key_shown(credential, key), as_json)


@connection.command("list")
@common
def list_(database: str | None, as_json: bool) -> None:
    """List the connections of all organizations."""
    settings = settings_of(database=database)

    async def work(database: Database) -> list[Shown]:
        return [
            _shown(settings, used) | {"organization": organization.name}
            for organization in await database.organizations()
            for used in await list_connections(database, organization.organization, None, _ALL)
        ]

    _show(carry_out(settings, work), as_json)


@connection.command("show")
@click.argument("id")
@common
def show_(id: str, database: str | None, as_json: bool) -> None:
    """Show the connection ID with its switches, and how it is used."""
    settings = settings_of(database=database)
    _show(_shown(settings, carry_out(settings, lambda database: used_connection(database, id))), as_json)


@connection.command("update")
@click.argument("id")
@_name
@click.option("--provider", type=click.Choice(PROVIDERS))
@click.option(
    "--strict/--no-strict", default=None, help="Hold the client to the letter of the RFCs, or do not."
)
@_switches
@_yes
@common
def update(id: str, yes: bool, database: str | None, as_json: bool, **given: Any) -> None:
    """Change what is settled for the connection ID; what follows from another provider is said first."""
    settling = Settling(**{**given, "switches": read(given["switches"])})

    async def work(database: Database) -> Connection | list[str]:
        following = consequences(await connection_by_id(database, id), settling.provider)
        if following and not yes:
            return following
        return await settle_connection(database, world(), id, settling, confirmed=yes)

    _after(work, id, database, as_json)


def _setting(state: State, does: str) -> click.Command:
    """Return the command that puts a connection into a state."""

    @click.argument("id")
    @common
    def settle(id: str, database: str | None, as_json: bool) -> None:
        _after(
            lambda database: settle_connection(database, world(), id, Settling(state=state)),
            id,
            database,
            as_json,
        )

    settle.__doc__ = does
    return click.command(help=does)(settle)


connection.add_command(
    _setting(
        "paused", "Pause the connection ID: it changes nothing, and the IdP is told to try again later."
    ),
    "pause",
)
connection.add_command(_setting("active", "Let the connection ID go on after a pause."), "resume")
connection.add_command(
    _setting("disabled", "Disable the connection ID: every request is refused until it is enabled."),
    "disable",
)
connection.add_command(_setting("active", "Enable the connection ID again."), "enable")


@connection.command("delete")
@click.argument("id")
@click.option("--deactivate-users", "fate", flag_value="deactivate", help="End the accounts of its users.")
@click.option("--hand-over", "fate", flag_value="hand_over", help="Make its users and groups local ones.")
@_yes
@common
def delete(id: str, fate: Fate | None, yes: bool, database: str | None, as_json: bool) -> None:
    """Delete the connection ID with all its credentials; what becomes of its active users has to be said."""

    async def work(database: Database) -> Deletion | list[str]:
        found = await prospect(database, id)
        if not yes and (fate or not found.accounts.active):
            return found.consequences(fate)
        return await delete_connection(database, world(), id, fate)

    done = _done(carry_out(settings_of(database=database), work), as_json)
    show(
        {"id": id, "deleted": done.done, **{name: v for name, v in done._asdict().items() if name != "done"}},
        as_json,
    )


def key_shown(found: Credential, key: NewKey) -> Shown:
    """Return a new API key as it is shown, this once."""
    return {"credential_id": found.id, "api_key": key.api_key, "expires_at": moment(found.expires)}


def _after(
    work: Callable[[Database], Awaitable[Connection | list[str]]],
    id: str,
    database: str | None,
    as_json: bool,
) -> None:
    """Show the connection once something was done to it."""
    settings = settings_of(database=database)
    _done(carry_out(settings, work), as_json)
    _show(_shown(settings, carry_out(settings, lambda database: used_connection(database, id))), as_json)


def _done(result: T | list[str], as_json: bool) -> T:
    """Return what was done. Raises click.ClickException, having printed what would follow, where nothing was."""
    if not isinstance(result, list):
        return result
    if as_json:
        show({"done": False, "consequences": result}, as_json)
    else:
        click.echo("\n".join(result))
    raise click.ClickException("Nothing was done; add --yes to have it done.")


def _show(result: Shown | list[Shown], as_json: bool) -> None:
    """Print connections; for people their switches are written as they are typed."""
    if as_json:
        show(result, as_json)
        return
    found = result if isinstance(result, list) else [result]
    show([one | {"switches": written(one["switches"])} for one in found], as_json)


def _shown(settings: Settings, used: Used) -> Shown:
    found, activity = used.connection, used.activity
    return {
        "id": found.id,
        "name": found.name,
        "base_url": scim_base(settings, found),
        "provider": found.provider,
        "strict": found.strict,
        "state": state_of(used),
        "created": moment(found.created),
        "users": found.users,
        "groups": found.groups,
        "alerts": list(used.alerts),
        "requests": activity.requests if activity else 0,
        "refused": activity.refused if activity else 0,
        "last_request": moment(activity.last_request) if activity else None,
        "last_success": moment(activity.last_success) if activity and activity.last_success else None,
        "switches": switches_of(found.provider, found.switches).document(),
    }
