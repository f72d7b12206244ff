"""Connections: one IdP's set-up in one organization; made, settled anew, and looked for.

Law: what follows from changing the provider is said before it is done, and done only when that was confirmed; every
change holds with the next request, in every process.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, get_args

import orjson

from muster.directory.credentials import issue
from muster.directory.document import difference, dump
from muster.directory.identifiers import NewKey, new_key, new_public_id, organization_of
from muster.directory.organizations import Conflict, Missing, Refused, organization_named
from muster.directory.ports import Administration, Database
from muster.directory.records import Change, Connection, Credential, Operation, Provider, State
from muster.directory.registers.api_keys import Position
from muster.directory.registers.connections import Used
from muster.directory.switches import chosen, switches_of
from muster.directory.world import World

PROVIDERS: Final[tuple[Provider, ...]] = get_args(Provider)
_LONGEST_NAME: Final = 200


@dataclass(frozen=True, slots=True)
class Choice:
    """What is chosen for a new connection."""

    provider: Provider
    strict: bool = False
    name: str = ""
    switches: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Settling:
    """What is to be settled anew for a connection; None leaves it as it is, and so do switches that are not named."""

    name: str | None = None
    state: State | None = None
    strict: bool | None = None
    provider: Provider | None = None
    switches: Mapping[str, Any] | None = None


async def create_connection(
    database: Database,
    world: World,
    organization_name: str,
    provider: Provider,
    *,
    strict: bool,
    name: str = "",
    switches: Mapping[str, Any] | None = None,
) -> tuple[Connection, Credential, NewKey]:
    """Create a connection with its first API key, which is in the result and nowhere else. Raises Refused."""
    organization = (await organization_named(database, organization_name)).organization
    return await add_connection(database, world, organization, Choice(provider, strict, name, switches))


async def add_connection(
    database: Database, world: World, organization: int, choice: Choice
) -> tuple[Connection, Credential, NewKey]:
    """Do the same in an organization that is known by its number. Raises Refused."""
    name, switches = _name(choice.name), _chosen("{}", choice.switches)
    now, actor = world.clock(), world.actor()
    id = new_public_id(organization, world.random)
    key = new_key(organization, world.random)

    async def operation(administration: Administration) -> tuple[Connection, Credential]:
        owner = await administration.next_owner()
        connection = Connection(
            organization, id, owner, choice.provider, choice.strict, now, name=name, switches=switches
        )
        await administration.add_connection(connection)
        after = dump(_settings(connection))
        await administration.record(Change(now, actor, Operation.CREATE, "Connection", id, 1, None, after))
        return connection, await issue(administration, actor, connection, key, now)

    connection, credential = await database.administer(organization, operation)
    return connection, credential, key


async def connection_by_id(database: Database, id: str) -> Connection:
    """Return a connection. Raises Missing."""
    return (await used_connection(database, id)).connection


async def used_connection(database: Database, id: str) -> Used:
    """Return a connection, and how it has been used. Raises Missing."""
    organization = organization_of(id)
    if organization is None:
        raise missing()
    found = await database.consult(organization, lambda registers: registers.connections.get(id))
    if found is None:
        raise missing()
    return found


def missing() -> Missing:
    """Return the one answer for an id that is unknown, or of a connection that was deleted."""
    return Missing("There is no connection with this id; `muster connection list` shows them.")


async def list_connections(
    database: Database, organization: int, after: Position | None, limit: int
) -> Sequence[Used]:
    """Return up to `limit` connections of an organization behind a position, oldest first."""
    return await database.consult(organization, lambda registers: registers.connections.list(after, limit))


def state_of(used: Used) -> str:
    """Return the state as it is told: `waiting` until the first request, `active`, `paused` or `disabled`."""
    state = used.connection.state
    return "waiting" if state == "active" and used.activity is None else state


_CONFIRM: Final = '"confirm": true'


async def settle_connection(
    database: Database, world: World, id: str, settling: Settling, *, confirmed: bool = False
) -> Connection:
    """Change what is settled for a connection, and return it as it is then.

    Raises Missing; Refused for a name or switch that cannot be; Conflict, saying what would follow, where the provider
    is changed and that is not `confirmed`.
    """
    organization = organization_of(id)
    if organization is None:
        raise missing()
    now, actor = world.clock(), world.actor()

    async def operation(administration: Administration) -> Connection:
        found = await administration.registers.connections.hold(id)
        if found is None:
            raise missing()
        settled = _settled(found, settling)
        following = consequences(found, settling.provider)
        if following and not confirmed:
            raise Conflict(f"{' '.join(following)} To have it done, add `{_CONFIRM}`, or `--yes`.")
        if settled != found:
            before, after = difference(_settings(found), _settings(settled))
            await administration.registers.connections.settle(settled)
            change = Change(now, actor, Operation.MODIFY, "Connection", id, None, dump(before), dump(after))
            await administration.record(change)
        return settled

    return await database.administer(organization, operation)


def consequences(connection: Connection, provider: Provider | None) -> list[str]:
    """Return what follows, in sentences, when the connection gets this provider; nothing where it has it already."""
    if provider is None or provider == connection.provider:
        return []
    before = switches_of(connection.provider, connection.switches).document()
    after = switches_of(provider, connection.switches).document()
    listed = [f"The provider changes from {connection.provider} to {provider}."]
    listed += [
        f"The switch {name} goes from {_json(before[name])} to {_json(value)}, the default of {provider}."
        for name, value in after.items()
        if value != before[name]
    ]
    if connection.mapping is None:
        listed.append(f"Accounts get their profile by the default mapping of {provider} from then on.")
    listed.append(
        "Base URL, credentials, users, groups, and the dialect, which follows from `strict`, stay as they are."
    )
    return listed


def _settled(found: Connection, settling: Settling) -> Connection:
    return replace(
        found,
        name=found.name if settling.name is None else _name(settling.name),
        state=settling.state or found.state,
        strict=found.strict if settling.strict is None else settling.strict,
        provider=settling.provider or found.provider,
        switches=_chosen(found.switches, settling.switches),
    )


def _settings(connection: Connection) -> dict[str, Any]:
    return {
        "name": connection.name,
        "provider": connection.provider,
        "strict": connection.strict,
        "state": connection.state,
        "switches": orjson.loads(connection.switches),
    }


def _name(name: str) -> str:
    if len(name) > _LONGEST_NAME or not name.isprintable():
        raise Refused(f"A connection's name has up to {_LONGEST_NAME} printable characters.")
    return name.strip()


def _chosen(kept: str, switches: Mapping[str, Any] | None) -> str:
    try:
        return chosen(kept, switches or {})
    except ValueError as error:
        raise Refused(str(error)) from None


def _json(value: Any) -> str:
    return orjson.dumps(value).decode()
