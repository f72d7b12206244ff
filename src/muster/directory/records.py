"""The values that pass between the use cases and a store.

Law: plain, immutable data; times are microseconds since 1970 (UTC); documents are JSON bytes without `id`, `meta`,
`groups` and `members`, so that an answer can be put together around them without parsing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal, NamedTuple

from muster.scim.expression import Filter
from muster.scim.keys import Entry
from muster.scim.schema import Attribute, ResourceType

Kind = Literal["User", "Group"]
AccountStatus = Literal["active", "inactive", "held", "removed"]
Provider = Literal["okta", "entra", "jumpcloud", "onelogin", "ping", "google", "generic"]

LOCAL_OWNER = 0


class Scope(NamedTuple):
    """What a store is opened for: an organization, and the owner (a connection's number) whose rows are visible."""

    organization: int
    owner: int


class GroupOf(NamedTuple):
    """A group that a user is in; `direct` is False when only through another group (RFC 7643 §4.1.2)."""

    id: str
    display: str
    direct: bool


class StoredUser(NamedTuple):
    """A user as stored, with what is derived at the same moment: its groups and its manager's displayName."""

    row: int
    id: str
    version: int
    created: int
    last_modified: int
    document: bytes
    groups: tuple[GroupOf, ...] = ()
    manager_name: str | None = None
    manager_known: bool = False


class StoredGroup(NamedTuple):
    """A group as stored; `members` is how many direct members it has."""

    row: int
    id: str
    version: int
    created: int
    last_modified: int
    document: bytes
    members: int


Stored = StoredUser | StoredGroup


class Member(NamedTuple):
    """A direct member of a group; `display` is the member's displayName, None when it has none or is not asked for."""

    value: str
    type: Kind
    display: str | None


class Row(NamedTuple):
    """What a write stores of a user or a group beside its entries; `active` and `manager` are a user's.

    `active` None leaves the state as it is; a new user is active then.
    """

    id: str
    version: int
    created: int
    last_modified: int
    name_key: str
    external_id: str | None
    document: bytes
    active: bool | None = None
    manager: str | None = None


class Buried(NamedTuple):
    """What is kept of a deleted user: enough to have the same one back."""

    id: str
    version: int
    created: int


class QueryPlan(NamedTuple):
    """A query of one resource type, bound and checked: `limit` rows from `offset`; `sort` None is (created, row).

    `cursor`: the page is to say where the next one begins; it begins itself behind `after`, which an earlier page has
    said, or at the first row, and `offset` is nothing. `counted`: how many match in all is asked for.
    """

    resource_type: ResourceType
    filter: Filter | None
    sort: Attribute | None
    descending: bool
    offset: int
    limit: int
    with_groups: bool  # of users
    with_members: bool  # of groups
    cursor: bool = False
    after: bytes | None = None
    counted: bool = True


class Page(NamedTuple):
    """A page of a query: how many match in all (0 when not asked), the rows, `members` by group id where asked for.

    `following` is where the next page of a query with a cursor begins, in the store's own words; None on the last one.
    """

    total: int
    resources: Sequence[Stored]
    members: Mapping[str, Sequence[Member]]
    following: bytes | None = None


class Operation(StrEnum):
    """What a change did."""

    CREATE = "create"
    REPLACE = "replace"
    MODIFY = "modify"
    DELETE = "delete"
    RESTORE = "restore"
    PURGE = "purge"
    ROTATE = "rotate"
    REVOKE = "revoke"
    ALERT = "alert"
    HOLD = "hold"
    APPROVE = "approve"
    REJECT = "reject"
    WARN = "warn"
    ADOPT = "adopt"
    JOIN = "join"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who asks: the connection and credential that a request came with; None for the command line."""

    connection: str | None
    credential: str | None
    request: str


@dataclass(frozen=True, slots=True)
class Change:
    """One committed write. `before` and `after` hold only what changed, as JSON; None where there is nothing."""

    time: int
    actor: Actor
    operation: Operation
    resource_type: str
    resource: str
    version: int | None
    before: bytes | None
    after: bytes | None


class LogEntry(NamedTuple):
    """One request and its answer, redacted (never a credential, never a password); `address` is the client's.

    `resource` is the user or group that it touched, `sequence` its change's; `subject` the name that it asked for where
    it touched none; `code` is of the error catalogue. `repeated`: as many like it are counted in this entry.
    """

    organization: int
    connection: str
    credential: str | None
    request: str
    time: int
    duration: int
    method: str
    target: str
    status: int
    scim_type: str | None
    detail: str | None
    notes: bytes | None
    body: bytes | None
    repeated: int = 1
    address: str | None = None
    resource: str | None = None
    sequence: int | None = None
    code: str | None = None
    user_agent: str | None = None
    subject: str | None = None


CredentialKind = Literal["api_key", "service_account_key"]
State = Literal["active", "paused", "disabled"]


@dataclass(frozen=True, slots=True)
class Credential:
    """A credential without its secret; `hash` is the SHA-256 of all that proves it.

    From `overlap` on it is dead, as one that was replaced; `created_by` names who made it, as a change's actor does.
    """

    organization: int
    id: str
    connection: str
    hash: bytes
    last_four: str
    created: int
    expires: int
    revoked: int | None
    kind: CredentialKind = "api_key"
    service_account: str | None = None
    created_by: str = ""
    overlap: int | None = None

    @property
    def ends(self) -> int:
        """Return from when on it opens nothing, unless it is revoked before."""
        return self.expires if self.overlap is None else min(self.expires, self.overlap)


@dataclass(frozen=True, slots=True)
class Connection:
    """One IdP's set-up in one organization; `owner` is the number its rows carry.

    `switches` and `mapping` are JSON; no mapping is the one of its provider. One that is deleted is kept for its owner.
    """

    organization: int
    id: str
    owner: int
    provider: str
    strict: bool
    created: int
    users: int = 0
    groups: int = 0
    name: str = ""
    state: str = "active"
    switches: str = "{}"
    mapping: str | None = None
    deleted: int | None = None


@dataclass(frozen=True, slots=True)
class Organization:
    """A customer of the platform: the tenancy boundary.

    `disabled` is since when; `enforced`: accounts come from a connection only; `log_days`: how long the request log is
    kept, without the attributes in `redacted` (JSON); `administrators`: the permission that its administrators have.
    """

    organization: int
    name: str
    created: int
    schema_version: int
    nested: bool
    disabled: int | None = None
    enforced: bool = False
    log_days: int = 30
    redacted: str = "[]"
    administrators: str | None = None


@dataclass(frozen=True, slots=True)
class Secret:
    """A secret of an organization that must be readable again, as it is kept (`muster.directory.seal`)."""

    purpose: str
    kept: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Grant:
    """A credential with the connection and organization it opens: what authentication reads in one go.

    `cursor_key` is the organization's, as it is kept: it may be sealed. `epoch` is the organization's access epoch,
    which has moved where this may hold no more.
    """

    credential: Credential
    connection: Connection
    organization: Organization
    cursor_key: bytes = field(repr=False)
    epoch: int = 0


class Census(NamedTuple):
    """What a whole database holds: counts over all organizations, never one organization's.

    `changes` have ever been committed; `expiring` are the live credentials that expire within each of `CENSUS_DAYS`,
    those that were replaced left out; `alerts` are those that are open.
    """

    organizations: int
    connections: int
    users: int
    groups: int
    changes: int
    expiring: tuple[int, ...]
    alerts: int = 0


CENSUS_DAYS = (1, 7, 30)


EntryChange = tuple[Sequence[Entry], Sequence[Entry]]
