"""From rows of PostgreSQL to the directory's records, and what the columns of those rows are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from muster.directory.records import GroupOf, Kind, Member, Stored, StoredGroup, StoredUser
from muster.store.postgres.values import text_bytes

ROW: Final = "row bigint, id text, version bigint, created bigint, last_modified bigint, document bytea"
USER: Final = f"{ROW}, groups group_of[], manager bytea[]"
GROUP: Final = f"{ROW}, members bigint"
MEMBER: Final = "member text, kind text, display bytea"
CREDENTIAL: Final = (
    "c_organization bigint, c_id text, connection text, hash bytea, last_four text, c_created bigint,"
    " expires bigint, revoked bigint, c_kind text, service_account text, created_by text, overlap bigint"
)
CONNECTION: Final = (
    "n_organization bigint, n_id text, owner bigint, provider text, strict boolean, n_created bigint,"
    " users bigint, groups bigint, n_name text, state text, switches text, mapping text, deleted bigint"
)
ORGANIZATION: Final = (
    "organization bigint, name text, created bigint, schema_version bigint, nested boolean,"
    " disabled bigint, enforced boolean, log_days bigint, redacted text, administrators text"
)
_OWN: Final = "access_epoch bigint, cursor_key bytea, cursor_key_sealed bytea"
GRANT: Final = f"{CREDENTIAL}, {CONNECTION}, {ORGANIZATION}, {_OWN}"


def text(data: bytes | None) -> str | None:
    """Return a text that is stored as bytes."""
    return None if data is None else data.decode("utf-8", "surrogatepass")


def user(row: Sequence[Any]) -> StoredUser:
    """Return the user of a row with the columns `USER`."""
    number, id, version, created, modified, document, groups, manager = row
    return StoredUser(
        number,
        id,
        version,
        created,
        modified,
        document,
        tuple(GroupOf(id, text(display) or "", direct) for id, display, direct in groups or ()),
        text(manager[0]) if manager else None,
        bool(manager),
    )


def derived(user: StoredUser) -> tuple[Any, ...]:
    """Return the columns of `USER` that are derived, manager and groups: the reverse of `user`."""
    name = None if user.manager_name is None else text_bytes(user.manager_name)
    groups = [(id, text_bytes(display), direct) for id, display, direct in user.groups]
    return [name] if user.manager_known else None, groups


def group(row: Sequence[Any]) -> StoredGroup:
    """Return the group of a row with the columns `GROUP`."""
    return StoredGroup(*row)


def stored(kind: Kind, row: Sequence[Any]) -> Stored:
    """Return the user or group of a row."""
    return user(row) if kind == "User" else group(row)


def member(row: Sequence[Any]) -> Member:
    """Return the member of a row with the columns `MEMBER`."""
    value, kind, display = row
    return Member(value, kind, text(display))
