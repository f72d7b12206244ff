"""The register of management keys."""

from __future__ import annotations

import builtins
from typing import Any, Final

import orjson

from muster.directory.registers.api_keys import ApiKey, Position
from muster.directory.registers.uses import Use
from muster.store.session import Session

_COLUMNS: Final = "organization, id, name, hash, last_four, scopes, created, created_by, expires, revoked"
_ADD: Final = f"INSERT INTO api_keys ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_KNOWN: Final = (
    f"SELECT {', '.join(f'k.{name}' for name in _COLUMNS.split(', '))}, u.time, u.address, u.user_agent FROM api_keys k"
    " LEFT JOIN credential_uses u ON u.organization = ? AND u.credential = k.id WHERE k.organization = ?"
)
_GET: Final = f"{_KNOWN} AND k.id = ?"
_LIST: Final = f"{_KNOWN} AND (k.created, k.id) > (?, ?) ORDER BY k.created, k.id LIMIT ?"
_REVOKE: Final = (
    "UPDATE api_keys SET revoked = CAST(? AS bigint) WHERE organization = ? AND id = ? AND revoked IS NULL"
)
_REVOKE_ALL: Final = (
    "UPDATE api_keys SET revoked = CAST(? AS bigint) WHERE organization = ? AND revoked IS NULL"
)
_FIRST: Final = Position(-1, "")


class SqlApiKeys:
    """The management keys of one organization."""

    def __init__(self, session: Session, organization: int) -> None:
        self._session = session
        self._organization = organization

    async def add(self, key: ApiKey) -> None:
        """Store a new key."""
        named = (key.id, key.name, key.hash, key.last_four, orjson.dumps(key.scopes).decode())
        await self._session.execute(
            _ADD, self._organization, *named, key.created, key.created_by, key.expires, key.revoked
        )

    async def get(self, id: str) -> ApiKey | None:
        """Return the key, or None."""
        found = await self._known(_GET, id)
        return found[0] if found else None

    async def list(self, after: Position | None, limit: int) -> builtins.list[ApiKey]:
        """Return up to `limit` keys behind a position, oldest first."""
        return await self._known(_LIST, *(after or _FIRST), limit)

    async def revoke(self, id: str, now: int) -> bool:
        """Revoke the key; return whether it was not revoked before."""
        return await self._session.execute(_REVOKE, now, self._organization, id) > 0

    async def revoke_all(self, now: int) -> int:
        """Revoke every key that is not; return how many."""
        return await self._session.execute(_REVOKE_ALL, now, self._organization)

    async def _known(self, sql: str, *values: Any) -> builtins.list[ApiKey]:
        number = self._organization
        return [_key(row) for row in await self._session.fetch(sql, number, number, *values)]


def _key(row: tuple[Any, ...]) -> ApiKey:
    organization, id, name, hash, last_four, scopes, *rest = row  # noqa: A001 - the record's word
    created, created_by, expires, revoked, *used = rest
    key = (organization, id, name, hash, last_four, tuple(orjson.loads(scopes)))
    return ApiKey(
        *key, created, created_by, expires, revoked, Use(id, *used) if used[0] is not None else None
    )
