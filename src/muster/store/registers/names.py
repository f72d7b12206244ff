"""The register of names.

Law: each id is one look-up.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from muster.directory.registers.names import Known, Maker
from muster.directory.registers.roles import Place
from muster.store.registers.accounts import DOCUMENT
from muster.store.registers.people import rounded
from muster.store.session import SearchSession

_USERS: Final = (
    f"SELECT a.{{0}}, coalesce({DOCUMENT}), a.status <> 'removed' FROM accounts a"
    " WHERE a.organization = ? AND a.{0} IN ({1})"
)
_GONE: Final = "SELECT t.id, t.document, NULL FROM tombstones t WHERE t.organization = ? AND t.id IN ({})"
_OF_ACCOUNT: Final = "s.organization = h.organization AND s.id = h.service_account"
_NAMED: Final = (  # of each kind: what it is, what it is called, when it ended, and where it is
    ("'console user'", "h.name", "h.disabled", "console_users h"),
    ("'management key'", "h.name", "h.revoked", "api_keys h"),
    ("'setup link'", "NULL", "h.revoked", "setup_links h"),
    ("'service account'", "h.name", "h.deleted", "service_accounts h"),
    (
        "CASE WHEN s.id IS NULL THEN 'API key' ELSE 'service account' END",
        "coalesce(s.name, h.last_four)",
        "h.revoked",
        f"credentials h LEFT JOIN service_accounts s ON {_OF_ACCOUNT}",
    ),
)
_MAKERS: Final = " UNION ALL ".join(
    f"SELECT h.id, {kind}, {name}, {ended} FROM {table} WHERE h.organization = ? AND h.id IN ({{0}})"
    for kind, name, ended, table in _NAMED
)


class SqlNames:
    """The names of one organization."""

    def __init__(self, session: SearchSession, organization: int) -> None:
        self._session = session
        self._organization = organization

    async def users(self, ids: Sequence[str], accounts: Sequence[str] = ()) -> list[Known]:
        """Return those of these users that have an account, and the users of these accounts by the accounts' ids."""
        parts, values = list[str](), list[int | str]()
        for column, wanted in (('"user"', ids), ("id", accounts)):
            if wanted:
                asked = rounded(wanted)
                parts.append(_USERS.format(column, ", ".join("?" for _ in asked)))
                values += [*[self._organization] * 3, *asked]
        found = await self._session.fetch(" UNION ALL ".join(parts), *values) if parts else []
        return [Known(id, document, bool(there)) for id, document, there in found]

    async def groups(self, places: Sequence[Place]) -> list[Known]:
        """Return those of these groups that the source has which is named, or that are gone."""
        if not places:
            return []
        number, ids = self._organization, rounded([*dict.fromkeys(place.id for place in places)])
        rows = ", ".join("(CAST(? AS bigint), CAST(? AS text))" for _ in rounded(places))
        beside = self._session.beside("groups", "g", "id", "w.column2", owner="w.column1")
        sql = (
            f"SELECT g.id, g.document, g.version FROM (VALUES {rows}) w {beside}"
            f" UNION ALL {_GONE.format(', '.join('?' for _ in ids))}"
        )
        asked = [part for place in rounded(places) for part in place]
        found = await self._session.fetch(sql, *asked, number, number, *ids)
        return [Known(id, document, version is not None) for id, document, version in found]

    async def makers(self, ids: Sequence[str]) -> list[Maker]:
        """Return those of these ids that are somebody's or something's that may ask for a change."""
        if not ids:
            return []
        asked = rounded(ids)
        sql = _MAKERS.format(", ".join("?" for _ in asked))
        found = await self._session.fetch(sql, *[self._organization, *asked] * len(_NAMED))
        return [Maker(id, kind, name, ended is not None) for id, kind, name, ended in found]
