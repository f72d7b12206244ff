"""The ports: what the use cases need of a store, a clock and a source of ids.

Law: a `Store` is bound to its scope when it is opened, and no verb takes an organization; everything of one operation
happens in one `Transaction`, which commits all of it or nothing. Inside a transaction a use case awaits nothing but the
transaction, so that a store may drive it without ever suspending.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from typing import Protocol, TypeVar

from muster.directory.guard import Weighed
from muster.directory.measure import StoreMeasures
from muster.directory.records import (
    Buried,
    Census,
    Change,
    Connection,
    Credential,
    Grant,
    Kind,
    LogEntry,
    Member,
    Organization,
    Page,
    QueryPlan,
    Row,
    Scope,
    Secret,
    Stored,
    StoredGroup,
    StoredUser,
)
from muster.directory.registers.registers import Registers
from muster.directory.registers.uses import NotedUse
from muster.directory.seal import Keyring
from muster.directory.switches import Guard
from muster.scim.keys import Entry

T = TypeVar("T")

Clock = Callable[[], int]
"""Return the time in microseconds since 1970 (UTC)."""

NewId = Callable[[], str]
"""Return a new, unguessable id of a user, group or account."""


class Transaction(Protocol):
    """The verbs of one operation on one scope. Rows of another organization or owner do not exist for it."""

    async def user(self, id: str, *, with_groups: bool = False) -> StoredUser | None:
        """Return the user, or None; with its groups and its manager's name when they are asked for."""

    async def group(self, id: str) -> StoredGroup | None:
        """Return the group, or None."""

    async def name_of(self, user: str) -> str | None:
        """Return the displayName of a user, None where it has none. Raises `LookupError`: there is no such user."""

    async def insert(self, kind: Kind, row: Row, entries: Collection[Entry]) -> str | None:
        """Store a new resource. Raises `scim.errors.Uniqueness` naming the attribute that another resource has.

        Returns the id of the user of this scope who was deleted last of those with this externalId, else with this
        userName; None: there is none, and none of a group.
        """

    async def update(
        self, kind: Kind, row: Row, removed: Collection[Entry], added: Collection[Entry]
    ) -> None:
        """Store a resource anew, with the entries that differ. Raises `scim.errors.Uniqueness`."""

    async def delete(self, kind: Kind, id: str, entries: Collection[Entry], now: int) -> Sequence[str]:
        """Take a resource away: rows, entries, its members, its place in every group; keep a tombstone.

        Returns the ids of the groups it was a direct member of; their versions have moved, lastModified is `now`.
        """

    async def buried(self, external_id: str) -> Buried | None:
        """Return the deleted user of this scope with this key of an externalId, the one deleted last, or None."""

    async def restore(self, row: Row, entries: Collection[Entry], now: int, request: str) -> Sequence[str]:
        """Put a deleted user back under its id; the tombstone goes. Raises `scim.errors.Uniqueness`.

        Returns the ids of the groups that it was a pending member of: it is a member now, their versions have moved.
        """

    async def touch_group(self, id: str, now: int) -> int:
        """Move the version of a group whose members changed; return the new version."""

    async def kinds(self, ids: Collection[str]) -> Mapping[str, Kind]:
        """Return which of these ids are users or groups of this scope."""

    async def tombstones(self, ids: Collection[str]) -> Collection[str]:
        """Return which of these ids are deleted users of this scope."""

    async def add_members(
        self, group: str, members: Mapping[str, Kind], now: int, request: str
    ) -> Sequence[str]:
        """Add members; return the ids that were not members before."""

    async def add_pending(self, group: str, ids: Collection[str], now: int) -> Sequence[str]:
        """Note deleted users as pending members; return the ids that are new."""

    async def remove_members(self, group: str, ids: Collection[str]) -> Sequence[str]:
        """Remove members, pending ones too; return the ids that were members."""

    async def remove_kind(self, group: str, kind: Kind | None) -> Sequence[str]:
        """Remove all members (None: pending ones too), or those of one kind; return their ids."""

    async def member_ids(self, group: str) -> Mapping[str, Kind]:
        """Return all direct members of a group: only for steps that must see them all."""

    async def are_members(self, group: str, ids: Collection[str]) -> Collection[str]:
        """Return which of these ids are direct members of the group."""

    async def reaches(self, groups: Collection[str], target: str) -> bool:
        """Tell whether `target` is one of `groups` or inside them, however deep: adding them to it would be a cycle."""

    async def local_users(self, ids: Collection[str]) -> Sequence[StoredUser]:
        """Return which of these ids are local users, which no connection has, without what is derived of them."""

    async def is_local_name(self, name_key: str) -> bool:
        """Tell whether a local user has a userName with this comparison key."""

    async def first_of(self, kind: Kind, owner: int, limit: int) -> Sequence[Stored]:
        """Return up to `limit` resources of an owner, by id, without what is derived of them."""

    async def take_over(self, kind: Kind, id: str, owner: int, entries: Collection[Entry]) -> None:
        """Bring a resource of another owner into this scope: a user with its account, a group with its members.

        Raises `scim.errors.Uniqueness` where one of this scope has its name or externalId.
        """

    async def leave(self, member: str, owner: int, now: int) -> Sequence[str]:
        """Take a member out of every group of an owner; return the ids of those groups, whose versions have moved."""

    async def verified(self, domains: Collection[str]) -> Collection[str]:
        """Return which of these domains, in A-labels, the organization has verified."""

    async def add_account(self, id: str, user: str, active: bool, now: int) -> None:
        """Create the account of a new user."""

    async def set_account(self, user: str, status: str, now: int, *, revoke: bool) -> None:
        """Set the account's status; with `revoke` its `revoked_before` moves to `now`, never backward."""

    async def reactivate(self, user: str, now: int) -> None:
        """Make the account active; where it had ended, its `revoked_before` moves on, never backward.

        It moves to `now` and to the moment of writing, whichever is later: a request may have begun before the end that
        it undoes was committed.
        """

    async def weigh(self, user: str, now: int, guard: Guard) -> Weighed:
        """Say what a deactivation of the user meets, and note it where the account is active.

        A store that does not know before the commit says that nothing is in its way, and begins anew where
        that was wrong. Who deactivates at the same moment is weighed after this one has committed.
        """

    @property
    def registers(self) -> Registers:
        """Return the registers of the organization, in this transaction."""

    async def record(self, change: Change, entry: LogEntry | None = None) -> int | None:
        """Write the change row, and with it the request log's entry: the last verb of what changed something.

        The entry gets the change's sequence number, which is returned; None where that is not known before the commit.
        """

    async def log(self, entry: LogEntry | None) -> None:
        """Write the entry of an operation, or a part of one, that changed nothing; None: there is none."""

    async def attempt(self, part: Callable[[], Awaitable[T]]) -> T:
        """Run a part of the operation; what it raises undoes that part alone, and is raised here.

        A savepoint: parts do not stand in one another, and all that were not undone commit together. Where the store
        itself fails, it raises `StoreUnavailable`, after which the whole operation has to end.
        """


Work = Callable[[Transaction], Awaitable[T]]
"""One operation, ready to be carried out in a transaction; a store may have to begin it anew, from its start."""


class Store(Protocol):
    """The data of one scope, opened for one request.

    Each verb raises `AccessChanged`, having done and returned nothing, where the grant it was opened with holds no
    more; reads need not where `Database.generation` tells of it.
    """

    async def confirm(self) -> None:
        """Make sure that the grant still holds; costs nothing once a verb has found it so. Raises `AccessChanged`."""

    async def user(self, id: str, *, with_groups: bool = True) -> StoredUser | None:
        """Return the user, or None. One indexed read, never waiting for a writer or a thread."""

    async def group(self, id: str) -> StoredGroup | None:
        """Return the group, or None. One indexed read."""

    async def members(self, group: str, *, display: bool) -> Sequence[Member]:
        """Return the direct members of a group in the order they came, in one snapshot.

        Without `display` the list may be long, and is to be held in little room: it is sliced, not walked at once.
        """

    async def query(self, plan: QueryPlan) -> Page:
        """Answer a query: equality on a unique attribute as one indexed read, all else on a reader with a deadline."""

    async def write(self, operation: Work[T], *, heavy: bool = False, single: bool = False) -> T:
        """Run one operation in a transaction and return its result once it is committed and synced.

        Whatever the operation raises undoes all it did, and is raised here after the commit of its batch. `heavy` says
        that it may take long (a large group): it then does not run on the event loop. `single`: it reads users, and
        writes one of them or a new one.
        """


class Administration(Protocol):
    """The verbs on organizations, connections, credentials and schemas within one transaction, for one organization."""

    @property
    def registers(self) -> Registers:
        """Return the registers of the organization, in this transaction."""

    async def add_connection(self, connection: Connection) -> None:
        """Store a new connection."""

    async def next_owner(self) -> int:
        """Return a number that no connection of the organization has had: what its rows will carry."""

    async def connection(self, id: str) -> Connection | None:
        """Return the connection, or None."""

    async def add_credential(self, credential: Credential) -> None:
        """Store a new credential."""

    async def credential(self, id: str) -> Credential | None:
        """Return the credential, or None."""

    async def revoke_credential(self, id: str, now: int) -> None:
        """Mark the credential as revoked."""

    async def revoke_accounts(self, now: int) -> int:
        """Move `revoked_before` of every account of the organization to `now`, none backward; return how many moved."""

    async def revoke_credentials(self, now: int) -> int:
        """Mark every credential that is not as revoked; return how many."""

    async def rename(self, name: str) -> None:
        """Call the organization otherwise. Raises `ValueError` when the name is taken."""

    async def add_schema(self, id: str, document: bytes, now: int) -> None:
        """Store a custom schema under its lower-case URN; the organization's schema version moves."""

    async def secrets(self) -> Sequence[Secret]:
        """Return all secrets of the organization that must be readable again, as they are kept, and hold them."""

    async def keep_secret(self, secret: Secret) -> None:
        """Put a secret in the place of the one with its purpose; the key that it is sealed under is noted."""

    async def record(self, change: Change) -> int:
        """Write the change row and return its sequence number."""


class Database(Protocol):
    """A whole database: opens stores, and reads what comes before an organization is known."""

    @property
    def keyring(self) -> Keyring:
        """Return the secret keys that this process has."""

    def open(self, grant: Grant) -> Store:
        """Open the store of a grant's connection for one request."""

    def store(self, scope: Scope, *, nested: bool) -> Store:
        """Open the store of one scope, whoever asks; `nested`: the organization has groups in groups."""

    def generation(self) -> int:
        """Return a number that has changed if a grant that was read may hold no more, and its store does not see it."""

    async def grant(self, organization: int, credential: str) -> Grant | None:
        """Return the credential with its connection and organization, or None."""

    async def schemas(self, organization: int) -> Sequence[bytes]:
        """Return the custom schema documents of an organization, oldest first."""

    async def add_organization(
        self, organization: Organization, change: Change, secrets: Collection[Secret] = ()
    ) -> None:
        """Store a new organization with its first change. Raises `ValueError` when the name is taken.

        A secret that is not given is made by the store, and kept readable.
        """

    async def organization_named(self, name: str) -> Organization | None:
        """Return the organization with that name, or None."""

    async def organizations(self) -> Sequence[Organization]:
        """Return all organizations, oldest first."""

    async def organizations_behind(self, name: str, limit: int) -> Sequence[Organization]:
        """Return up to `limit` organizations whose names come after one, by the code points of their names."""

    async def connections(self) -> Sequence[Connection]:
        """Return the connections of all organizations, oldest first."""

    async def connection(self, organization: int, id: str) -> Connection | None:
        """Return the connection, or None."""

    async def credentials(self, organization: int, connection: str) -> Sequence[Credential]:
        """Return the credentials of a connection, oldest first."""

    async def administer(self, organization: int, operation: Callable[[Administration], Awaitable[T]]) -> T:
        """Run one administrative operation of an organization in a transaction."""

    async def consult(self, organization: int, operation: Callable[[Registers], Awaitable[T]]) -> T:
        """Run an operation that only reads an organization's registers, in one snapshot.

        It awaits nothing but the registers. Raises `StoreBusy`, `StoreUnavailable`.
        """

    async def secret_keys(self) -> Collection[str]:
        """Return the ids of the secret keys that something may be sealed under."""

    async def settle_secret_keys(self) -> Collection[str]:
        """Look at every secret, and note only the keys that one is sealed under; return their ids."""

    def log(self, entry: Callable[[], LogEntry], *, refused: bool) -> None:
        """Keep the log entry of a read or a refusal; written within a second, counted (and not made) when too many."""

    def log_closed(self, entry: LogEntry) -> None:
        """Keep the entry of a request that opened nothing, for the organization it says it is for, if there is one.

        Many of one kind are one entry, whose `repeated` grows; it is written within a second. Too many are counted.
        """

    def note(self, use: NotedUse) -> None:
        """Keep that a request has used a credential; written within a second with those of others, or lost."""

    def measures(self) -> StoreMeasures:
        """Return what this process has counted at this database so far."""

    async def census(self, now: int) -> Census:
        """Count what the database holds; it may take a while, and nobody waits for it. Raises `StoreUnavailable`."""

    async def check(self) -> None:
        """Ask the database for a sign of life. Raises `StoreUnavailable`: no answer, or a schema that is not ours."""

    async def close(self) -> None:
        """Write what is waiting, and close."""
