"""The register of accounts: who the platform's people are, whichever source they came from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from muster.directory.records import AccountStatus, Connection


class Account(NamedTuple):
    """An account as it is kept, with what its profile is computed from.

    `user` is the SCIM id of its user, `owner` the number of the source that has it. `document` is the user's as it is,
    or as it was when it was deleted, at `deleted`; None once it is purged. `joined` is the id of the account that has
    taken its place.
    """

    id: str
    user: str
    owner: int
    status: AccountStatus
    revoked_before: int
    created: int
    changed: int
    document: bytes | None
    deleted: int | None
    joined: str | None = None


class Wanted(NamedTuple):
    """Which people are asked for, all that is not None together; `owners` are the sources that are looked at.

    `name` is what the comparison key of userName begins with, `whole_name` the whole of it, `email` the whole
    comparison key of one of the addresses.
    """

    owners: Sequence[int]
    status: str | None = None
    name: str | None = None
    email: str | None = None
    whole_name: str | None = None


class NamePlace(NamedTuple):
    """Where somebody stands among all users by name: the comparison key of userName as it is stored, source, and id."""

    key: bytes
    owner: int
    user: str


class AccountsByName(NamedTuple):
    """Some accounts in the order of userNames, each with its place, and where the search ended; None: with the last."""

    found: Sequence[tuple[Account, NamePlace]]
    last: NamePlace | None


class Edge(NamedTuple):
    """One membership: who is in which group, since when, by which request, and the sequence number of its change.

    A role that an alert keeps for somebody who is not in it any more has neither of both, but the alert.
    """

    member: str
    group: str
    since: int
    request: str | None
    sequence: int | None
    alert: str | None


class Granted(NamedTuple):
    """A role that somebody has, however deep, with its permissions in order."""

    role: str
    document: bytes
    permissions: Sequence[str]


class Accounts(Protocol):
    """The accounts of one organization."""

    async def get(self, id: str) -> Account | None:
        """Return the account, or None."""

    async def of_user(self, user: str) -> Account | None:
        """Return the account of a user, one that is gone included, or None."""

    async def list(self, wanted: Wanted, after: str | None, limit: int) -> Sequence[Account]:
        """Return up to `limit` accounts behind an id, in the order of ids."""

    async def by_name(
        self, wanted: Wanted, after: NamePlace | None, limit: int, among: int
    ) -> AccountsByName:
        """Return up to `limit` accounts of users who are there, behind a place; the next `among` users are looked at.

        Where a name or an address is wanted, all are looked at who have it, those too who are gone.
        """

    async def connections(self) -> Sequence[Connection]:
        """Return every connection of the organization, those that are deleted too."""

    async def revoke(self, id: str, now: int) -> bool:
        """Move the account's `revoked_before` to `now`, never backward; return whether there is such an account."""

    async def candidates(self, account: Account, owners: Sequence[int], limit: int) -> Sequence[Account]:
        """Return up to `limit` accounts that may be the earlier ones of an account's user, the latest first.

        They have ended, their users of these sources were deleted, and had its userName or externalId; of whom nothing
        is kept, and who is joined with somebody already, is none.
        """

    async def exchange(self, later: Account, former: Account, now: int) -> None:
        """Give each of two accounts the user of the other with its status; revoke all that either had until `now`.

        The later one is joined: the former one has taken its place.
        """

    async def memberships(self, account: Account) -> Sequence[Edge]:
        """Return every membership on the way from the user to all its groups, however deep, and the roles it keeps."""

    async def granted(self, account: Account) -> Sequence[Granted]:
        """Return all roles that the user has, however deep, with their permissions."""
