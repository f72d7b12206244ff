"""The register of local accounts: those of users that no connection owns."""

from __future__ import annotations

import builtins
from typing import Any, Final

import orjson

from muster.directory.records import LOCAL_OWNER
from muster.directory.registers.local_accounts import LocalAccount
from muster.store.session import Session

_LIST: Final = (
    'SELECT a.id, a."user", u.document, a.status, a.created FROM users u JOIN accounts a ON a."user" = u.id'
    " WHERE u.organization = ? AND a.organization = ? AND u.owner = ? AND u.id > ?"
    " ORDER BY u.organization, u.owner, u.id LIMIT ?"
)


class SqlLocalAccounts:
    """The local accounts of one organization."""

    def __init__(self, session: Session, organization: int) -> None:
        self._session = session
        self._organization = organization

    async def list(self, after: str, limit: int) -> builtins.list[LocalAccount]:
        """Return up to `limit` accounts whose users have ids behind one, in the order of those."""
        here = (self._organization, self._organization, LOCAL_OWNER)
        return [_account(row) for row in await self._session.fetch(_LIST, *here, after, limit)]


def _account(row: tuple[Any, ...]) -> LocalAccount:
    id, user, document, status, created = row
    return LocalAccount(id, user, orjson.loads(document)["userName"], status, created)
