"""The end of a connection: what it owns goes first, then everything that opens it, at once.

Law: nothing of it is answered as done before it is. It is refused while there are active users whom nobody has decided
about. A connection that is being deleted is disabled before anything goes, so that nothing comes; what it owns goes in
steps, each a transaction that others can pass; whoever stops in between finds it disabled, and goes on where it was.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Final, Literal, NamedTuple

from muster.directory.adoption import take_over, transfer
from muster.directory.authenticate import custom_schemas
from muster.directory.connections import missing
from muster.directory.document import dump, load
from muster.directory.identifiers import organization_of
from muster.directory.lifecycle import remove_account
from muster.directory.organizations import Conflict, organization_numbered
from muster.directory.ports import Administration, Database, Store, Transaction
from muster.directory.records import (
    LOCAL_OWNER,
    Actor,
    Change,
    Connection,
    Kind,
    Operation,
    Organization,
    Scope,
    Stored,
)
from muster.directory.registers.connections import Accounts
from muster.directory.registers.registers import Registers
from muster.directory.world import World
from muster.scim.catalog import builtin, with_extensions
from muster.scim.errors import Uniqueness
from muster.scim.keys import entries
from muster.scim.schema import SchemaSet

Fate = Literal["deactivate", "hand_over"]
"""What becomes of a connection's users: their accounts end and they are kept as deleted, or they are local ones."""

STEP: Final = 200
"""Users and groups that go in one transaction."""

_LISTED: Final = 20
_KINDS: Final[tuple[Kind, ...]] = ("User", "Group")


class Prospect(NamedTuple):
    """What the deletion of a connection meets."""

    connection: Connection
    accounts: Accounts

    def consequences(self, fate: Fate | None) -> list[str]:
        """Return what follows, in sentences, when it is deleted so."""
        connection = self.connection
        told = [
            f"The connection {connection.id} and all its credentials and setup links are dead at once, for good."
        ]
        users, groups = _counted(connection.users, "user"), _counted(connection.groups, "group")
        whom = f"{users}, {_counted(self.accounts.active, 'active account')}, and {groups}"
        if fate == "hand_over":
            told.append(f"Its {whom} become local ones: accounts, ids, memberships and permissions stay.")
        elif connection.users or connection.groups:
            told.append(
                f"Its {whom} are deleted: the users' accounts and all they opened end, their history is kept."
            )
        return told


class Deletion(NamedTuple):
    """What has been done: whether the connection is deleted, and how many users, groups, credentials and links went.

    One that is not `done` is disabled, and the same call goes on with it.
    """

    done: bool
    users: int
    groups: int
    credentials: int = 0
    setup_links: int = 0


async def prospect(database: Database, id: str) -> Prospect:
    """Return what the deletion of a connection meets. Raises Missing."""
    organization = organization_of(id)
    if organization is None:
        raise missing()
    return await database.consult(organization, lambda registers: _prospect(registers, id))


async def delete_connection(
    database: Database, world: World, id: str, fate: Fate | None, *, steps: int | None = None
) -> Deletion:
    """Delete a connection; with `steps` in at most so many transactions, and perhaps not to its end.

    Raises Missing; Conflict, with the numbers, where it has active users and no `fate` is given for them, and where
    users or groups that are handed over have the name of a local one.
    """
    organization = organization_of(id)
    if organization is None:
        raise missing()
    actor = world.actor()
    connection = await database.administer(organization, _Beginning(world, actor, id, fate).work)
    going = await _Going.begun(database, world, actor, connection, fate)
    if not await going.all(steps):
        return Deletion(False, going.gone["User"], going.gone["Group"])  # noqa: FBT003 - a record's field
    return await database.administer(organization, _Ending(world, actor, connection, fate, going.gone).work)


async def _prospect(registers: Registers, id: str) -> Prospect:
    found = await registers.connections.get(id)
    if found is None:
        raise missing()
    return Prospect(found.connection, await registers.connections.accounts(found.connection.owner))


class _Beginning:
    """The first transaction: what is not to be deleted so is refused, else the connection is disabled."""

    def __init__(self, world: World, actor: Actor, id: str, fate: Fate | None) -> None:
        self._now, self._actor = world.clock(), actor
        self._id = id
        self._fate = fate

    async def work(self, administration: Administration) -> Connection:
        found = await administration.registers.connections.hold(self._id)
        if found is None:
            raise missing()
        await self._refuse(administration.registers, found)
        if found.state == "disabled":
            return found
        disabled = replace(found, state="disabled")
        await administration.registers.connections.settle(disabled)
        before, after = dump({"state": found.state}), dump({"state": "disabled"})
        await administration.record(
            Change(self._now, self._actor, Operation.MODIFY, "Connection", self._id, None, before, after)
        )
        return disabled

    async def _refuse(self, registers: Registers, found: Connection) -> None:
        accounts = await registers.connections.accounts(found.owner)
        if accounts.held:
            raise Conflict(
                f"The connection has {accounts.held} accounts that are held: decide on them first"
                " (`muster alert list` shows the alerts)."
            )
        if accounts.active and self._fate is None:
            raise Conflict(
                f"The connection has {accounts.active} active users, of {found.users}: say what becomes of them:"
                " deactivate them (`users=deactivate`, `--deactivate-users`), or hand them over to local management"
                " (`users=hand_over`, `--hand-over`)."
            )
        if self._fate == "hand_over" and (organization := await registers.organization.get()):
            _refuse_enforced(organization)
        shared = await registers.connections.shared(found.owner, _LISTED) if self._fate == "hand_over" else ()
        if shared:
            listed = ", ".join(f"{kind.lower()} {id} and the local {local}" for kind, id, local in shared)
            raise Conflict(
                f"Nothing is handed over, for these have the same name or externalId: {listed}. Rename or delete one"
                " of each."
            )


def _refuse_enforced(organization: Organization) -> None:
    if organization.enforced:
        raise Conflict(
            "The organization enforces provisioning, so that nothing is handed over to local management: deactivate the"
            " users, or cease to enforce it."
        )


class _Going:
    """What a connection owns on its way out, step by step, while no other write of the organization is under way."""

    def __init__(
        self,
        store: Store,
        schemas: SchemaSet,
        connection: Connection,
        fate: Fate | None,
        world: World,
        actor: Actor,
    ) -> None:
        self._store = store
        self._schemas = schemas
        self._connection = connection
        self._fate = fate
        self._world = world
        self._actor = actor  # a step may run where nobody knows any more which request asked for it
        self.gone: Counter[str] = Counter()

    @classmethod
    async def begun(
        cls, database: Database, world: World, actor: Actor, connection: Connection, fate: Fate | None
    ) -> _Going:
        """Return it with a store of the scope that is written to."""
        number = connection.organization
        organization = await organization_numbered(database, number)
        schemas = with_extensions(builtin(), await custom_schemas(database, number))
        owner = LOCAL_OWNER if fate == "hand_over" else connection.owner
        store = database.store(Scope(number, owner), nested=organization.nested)
        return cls(store, schemas, connection, fate, world, actor)

    async def all(self, steps: int | None) -> bool:
        """Take steps until one has found less than it could take; return whether that was within `steps`."""
        taken = 0
        while steps is None or taken < steps:
            try:
                gone = await self._store.write(self._step, heavy=True)
            except Uniqueness as error:
                raise Conflict(f"Not all is handed over yet: {error.detail} Rename or delete it.") from None
            self.gone += gone
            taken += 1
            if gone.total() < STEP:
                return True
        return False

    async def _step(self, transaction: Transaction) -> Counter[str]:
        """Let up to `STEP` users and groups go."""
        now = self._world.clock()
        gone: Counter[str] = Counter()
        for kind in _KINDS:
            for stored in await transaction.first_of(kind, self._connection.owner, STEP - gone.total()):
                if self._fate == "hand_over":
                    await self._hand_over(transaction, kind, stored, now)
                else:
                    await self._bury(transaction, kind, stored, now)
                gone[kind] += 1
        return gone

    async def _hand_over(self, transaction: Transaction, kind: Kind, stored: Stored, now: int) -> None:
        before, after = {"connection": self._connection.id}, {"connection": None}
        change = transfer(now, self._actor, kind, stored, before, after)
        resource_type = self._schemas.resource_type(kind)
        await take_over(transaction, resource_type, stored, self._connection.owner, change)

    async def _bury(self, transaction: Transaction, kind: Kind, stored: Stored, now: int) -> None:
        resource_type = self._schemas.resource_type(kind)
        document = load(resource_type, stored.document)
        groups = await transaction.delete(kind, stored.id, entries(resource_type, document), now)
        if kind == "User":
            await remove_account(transaction, stored.id, now)
        before = dump(document | ({"groups": [*groups]} if groups else {}))
        await transaction.record(
            Change(now, self._actor, Operation.DELETE, kind, stored.id, stored.version, before, None)
        )


class _Ending:
    """The last transaction: all that opens the connection is dead, and so is the connection."""

    def __init__(
        self, world: World, actor: Actor, connection: Connection, fate: Fate | None, gone: Counter[str]
    ) -> None:
        self._now, self._actor = world.clock(), actor
        self._connection = connection
        self._fate = fate
        self._gone = gone

    async def work(self, administration: Administration) -> Deletion:
        connections, id = administration.registers.connections, self._connection.id
        if await connections.hold(id) is None:
            raise missing()
        if self._fate != "hand_over":
            await self._end_strays(administration)
        ended = await connections.end(self._connection, self._now)
        done = Deletion(True, self._gone["User"], self._gone["Group"], *ended)  # noqa: FBT003 - a record's field
        before = dump({"provider": self._connection.provider, "name": self._connection.name})
        after = dump({name: value for name, value in done._asdict().items() if name != "done"})
        await administration.record(
            Change(self._now, self._actor, Operation.DELETE, "Connection", id, None, before, after)
        )
        return done

    async def _end_strays(self, administration: Administration) -> None:
        """End the accounts that somebody has kept though their users are gone: nobody else can any more."""
        for stray in await administration.registers.connections.end_accounts(
            self._connection.owner, self._now
        ):
            before = dump({"status": stray.status})
            after = dump({"status": "removed", "user": stray.user})
            await administration.record(
                Change(self._now, self._actor, Operation.REVOKE, "Account", stray.id, None, before, after)
            )


def _counted(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"
