"""The register of names: what users, groups, keys and console users are called, by their ids, also when gone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple, Protocol

from muster.directory.registers.roles import Place


class Known(NamedTuple):
    """What is known of a user or group by its id: its document as it is, or was at the end, and whether it is there."""

    id: str
    document: bytes | None
    there: bool


Kind = Literal["console user", "management key", "setup link", "API key", "service account"]


class Maker(NamedTuple):
    """Somebody or something that may ask for a change: a console user, a key, a setup link.

    `name` is None for what has none. Of an API key it is the last four characters, of a service account's key the
    account's name. `ended`: it was disabled, revoked or deleted.
    """

    id: str
    kind: Kind
    name: str | None
    ended: bool


class Names(Protocol):
    """The names of one organization."""

    async def users(self, ids: Sequence[str], accounts: Sequence[str] = ()) -> Sequence[Known]:
        """Return those of these users that have an account, and the users of these accounts by the accounts' ids."""

    async def groups(self, places: Sequence[Place]) -> Sequence[Known]:
        """Return those of these groups that the source has which is named, or that are gone."""

    async def makers(self, ids: Sequence[str]) -> Sequence[Maker]:
        """Return those of these ids that are somebody's or something's that may ask for a change."""
