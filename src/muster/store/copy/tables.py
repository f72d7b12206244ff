"""What a copy takes along: every table, column by column, in the one form that both stores agree on.

The ids of secret keys go beside it; who owns which domain follows from the domains. What only counts within one store
stays: the access epoch, when servers last did their chores, and what is known of challenges.

Law: a row on its way is the same tuple whichever store it was read from: numbers are int, flags 0 or 1, words str,
documents and whole keys bytes, those of numbers as `number_bytes` makes them; the organization is not in it.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Any, Final, NamedTuple

Row = tuple[Any, ...]


class Form(StrEnum):
    """What a column holds, where that is not a plain number."""

    NUMBER = "number"
    FLAG = "flag"
    ROW = "row"  # the number of a row, its own or another's: shifted by the copy's base
    WORD = "word"  # text; PostgreSQL has U+FFFD in it for U+0000
    NOTE = "note"  # text for people; PostgreSQL has \0 in it for U+0000
    DATA = "data"
    KEY = "key"  # a comparison key that is always text; PostgreSQL cuts it, the whole is beside it
    ENTRY = "entry"  # a comparison key that is text or a number
    DERIVED = "derived"  # text that SQLite makes from the document by itself


STAND_INS: Final = {Form.WORD: "\N{REPLACEMENT CHARACTER}", Form.NOTE: "\\0"}
"""What PostgreSQL's text columns hold for U+0000, which they cannot."""


class Column(NamedTuple):
    """A column of a table."""

    name: str
    form: Form

    @property
    def quoted(self) -> str:
        """Return the name as both databases take it."""
        return f'"{self.name}"'


class Table(NamedTuple):
    """A table without its organization column, and the order in which an index of each store gives its rows."""

    name: str
    columns: Sequence[Column]
    sqlite_order: Sequence[str]
    postgres_order: Sequence[str]

    def place(self, name: str) -> int:
        """Return where in a row a column is."""
        return next(place for place, column in enumerate(self.columns) if column.name == name)


def _table(name: str, columns: str, order: str, postgres_order: str = "") -> Table:
    pairs = (text.partition(":") for text in columns.split())
    return Table(
        name,
        tuple(Column(column, Form(form or "number")) for column, _, form in pairs),
        tuple(order.split()),
        tuple((postgres_order or order).split()),
    )


_NAMED: Final = "name_key:key external_id:key"
_RESOURCE: Final = f"row:row owner id:word version created last_modified {_NAMED}"

CREDENTIALS: Final = _table(
    "credentials",
    "id:word connection:word kind:word hash:data last_four:word created expires revoked service_account:word"
    " created_by:note overlap warned",
    "id",
)
API_KEYS: Final = _table(
    "api_keys",
    "id:word name:note hash:data last_four:word scopes:note created created_by:note expires revoked",
    "id",
)
SETUP_LINKS: Final = _table(
    "setup_links",
    "id:word connection:word hash:data created created_by:note expires once:flag used revoked",
    "id",
)
DOORS: Final = (CREDENTIALS, API_KEYS, SETUP_LINKS)
"""What lets somebody in. It comes last: without it nobody can use what is not whole yet."""

USES: Final = _table("credential_uses", "credential:word time address:note user_agent:note", "credential")
IDEMPOTENCY: Final = _table(
    "idempotency",
    "api_key:word digest:word request:data created status answer:data",
    "api_key digest",
)
CONSOLE: Final = (
    _table(
        "console_users",
        "id:word name:note folded:note role:word passphrase:note created created_by:note disabled signed_in",
        "id",
    ),
    _table("invitations", "id:word hash:data role:word created created_by:note expires used revoked", "id"),
    _table(
        "sessions",
        "id:word hash:data console_user:word setup_link:word created seen expires ended address:note"
        " user_agent:note",
        "id",
    ),
    _table(
        "passkeys",
        "id:word console_user:word credential:word attested:data counter name:note created used",
        "id",
    ),
)
"""Who uses the console."""
OF_PLATFORM: Final = (USES, IDEMPOTENCY, *CONSOLE, API_KEYS)
"""The tables that have rows of organization 0, which is the platform itself."""

ENTRIES: Final = _table(
    "attribute_keys",
    "owner attribute key:entry resource:row element",
    "owner attribute key resource element",
)
TABLES: Final = (
    _table(
        "organizations",
        "name:note created sequence owners schema_version nested_members cursor_key:data cursor_key_sealed:data"
        " disabled enforced:flag log_days redacted:note administrators:note",
        "name",
    ),
    _table("schemas", "id:word document:data created", "id"),
    _table(
        "connections",
        "id:word owner provider:word strict:flag created users groups name:note state:word switches:note"
        " mapping:note deleted",
        "id",
    ),
    _table(
        "users",
        f"{_RESOURCE} active:flag manager:word display:derived document:data",
        "owner created row",
        "row",
    ),
    _table("groups", f"{_RESOURCE} members display:derived document:data", "owner created row", "row"),
    _table(
        "members",
        "row:row owner group_id:word member:word kind:word created request:note",
        "owner group_id row",
        "row",
    ),
    _table("pending_members", "owner group_id:word member:word created", "owner group_id member"),
    ENTRIES,
    _table(
        "accounts", "id:word user:word owner status:word revoked_before created changed joined:word", "id"
    ),
    _table("tombstones", f"id:word owner kind:word deleted created version {_NAMED} document:data", "id"),
    _table(
        "changes",
        "sequence time connection:note credential:note request:note operation:note resource_type:note"
        " resource:note version before:data after:data",
        "sequence",
    ),
    _table(
        "request_log",
        "row:row connection:note credential:note request:note time duration method:note target:note status"
        " scim_type:note detail:note notes:data body:data repeated address:note resource:note sequence code:note"
        " user_agent:note subject:note",
        "connection time row",
        "row",
    ),
    _table(
        "service_accounts",
        "id:word connection:word name:note description:note role:word created created_by:note deleted",
        "id",
    ),
    USES,
    IDEMPOTENCY,
    _table(
        "connection_activity",
        "connection:word first_request last_request first_success last_success requests refused",
        "connection",
    ),
    _table("connection_hours", "connection:word hour requests errors", "connection hour"),
    _table("domains", "name:word challenge:word created verified checked failing problem:note", "name"),
    _table("permissions", "role:word permission:word created created_by:note", "role permission"),
    _table("deactivations", "owner number time user:word basis", "owner number"),
    _table("held", "alert:word user:word role:word owner time decision:word", "alert user role"),
    _table(
        "alerts",
        "id:word connection:word kind:word opened latest count closed closed_by:note outcome:note",
        "id",
    ),
    *CONSOLE,
    *DOORS,
)
"""Every table of an organization's data, the doors last."""

OWNERS: Final = {
    "domain_owners": "SELECT name, organization FROM domains WHERE verified IS NOT NULL",
    "console_names": "SELECT folded, organization FROM console_users WHERE folded IS NOT NULL",
    "passkey_names": "SELECT credential, organization FROM passkeys WHERE credential IS NOT NULL",
}
"""The tables of names that one organization alone may have, and what they follow from."""

NUMBERED: Final = tuple(table.name for table in TABLES if table.columns[0].name == "row")
"""The tables whose rows have numbers."""
