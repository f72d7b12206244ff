"""The register of users over all sources of an organization, and of what their connections make of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple, Protocol

from muster.directory.registers.accounts import Wanted
from muster.directory.registers.roles import Place

Naming = Literal["userName", "externalId"]
"""What one source gives to one user."""


class SourcedUser(NamedTuple):
    """A user of any source, with the id of its account."""

    id: str
    owner: int
    version: int
    created: int
    last_modified: int
    document: bytes
    account: str


class Users(Protocol):
    """The users of one organization."""

    async def get(self, id: str, owners: Sequence[int]) -> SourcedUser | None:
        """Return the user that one of the sources has, or None."""

    async def list(self, wanted: Wanted, after: Place | None, limit: int) -> Sequence[SourcedUser]:
        """Return up to `limit` users behind a place, in the order of sources and ids; `status` is not looked at."""

    async def called(
        self, naming: Naming, key: str, owners: Sequence[int] | None, limit: int
    ) -> Sequence[str]:
        """Return the ids of up to `limit` users whose name has this comparison key, of these sources; None: of all."""

    async def latest(self, owner: int, limit: int) -> Sequence[SourcedUser]:
        """Return up to `limit` users of a source, those that were changed last first."""

    async def map(self, connection: str, mapping: str | None) -> None:
        """Store what a connection's attributes are mapped to; None is the default."""
