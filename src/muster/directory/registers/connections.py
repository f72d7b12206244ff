"""The register of connections: what is settled for them, how they are used, and what they own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from muster.directory.records import Connection, Kind
from muster.directory.registers.api_keys import Position


class Activity(NamedTuple):
    """How a connection has been used so far: its first and last requests, those that succeeded, and counts."""

    first_request: int
    last_request: int
    first_success: int | None
    last_success: int | None
    requests: int
    refused: int


class Used(NamedTuple):
    """A connection, and how it has been used; None: there was no request yet. `alerts` are the ids of those open."""

    connection: Connection
    activity: Activity | None
    alerts: tuple[str, ...] = ()


class Shared(NamedTuple):
    """A name or externalId that a resource of a connection and a local one have alike."""

    kind: Kind
    id: str
    local: str


class Accounts(NamedTuple):
    """How many accounts open anything: those that are active, and those that are held."""

    active: int
    held: int


class Stray(NamedTuple):
    """An account that opens something though its user is gone: somebody has decided so."""

    id: str
    user: str
    status: str


class Ended(NamedTuple):
    """What died with a connection."""

    credentials: int
    setup_links: int


class Connections(Protocol):
    """The connections of one organization; one that is deleted is not among them."""

    async def get(self, id: str) -> Used | None:
        """Return the connection, or None."""

    async def hold(self, id: str) -> Connection | None:
        """Return the connection, or None, and let nobody else change it before this transaction has ended."""

    async def list(self, after: Position | None, limit: int) -> Sequence[Used]:
        """Return up to `limit` connections behind a position, oldest first."""

    async def settle(self, connection: Connection) -> None:
        """Store what may be changed of it: `name`, `provider`, `strict`, `state`, `switches`."""

    async def accounts(self, owner: int) -> Accounts:
        """Count the accounts of an owner that open anything."""

    async def shared(self, owner: int, limit: int) -> Sequence[Shared]:
        """Return up to `limit` of the users and groups whose name or externalId a local one has too."""

    async def end_accounts(self, owner: int, now: int) -> Sequence[Stray]:
        """Remove what accounts of an owner still open anything, revoke all they had, and return them as they were."""

    async def end(self, connection: Connection, now: int) -> Ended:
        """Mark the connection as deleted, with all that opens it: credentials, service accounts, setup links."""

    async def expired(
        self, owner: int, before: int, after: Position | None, limit: int
    ) -> Sequence[Position]:
        """Return up to `limit` users of an owner, behind a position, that were deleted before then: when, and whom."""
