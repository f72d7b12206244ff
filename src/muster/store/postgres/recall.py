"""What this process remembers of users that it has lately read or written.

Law: nothing is answered from here that PostgreSQL has not found to be so, in the transaction that answers. So what is
remembered may be wrong, and nobody has to say that anything has changed. It holds documents, groups and names, and no
secret; of all organizations together no more than `USERS` and `WEIGHT`, and who was used least recently goes first,
whichever organization it is of: one that is busy takes room from the others, which costs them a read and nothing else.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

from muster.directory.records import Scope, StoredUser

USERS: Final = 20_000
WEIGHT: Final = 48 * 1024 * 1024  # bytes, about: of documents, and of groups with their names
_GROUP: Final = 200  # bytes that a group takes beside its name


class Recall:
    """Users by scope and id; used from one event loop."""

    __slots__ = ("_heaviest", "_most", "_users", "weight")

    def __init__(self, users: int = USERS, weight: int = WEIGHT) -> None:
        self._users: OrderedDict[tuple[Scope, str], tuple[StoredUser, int]] = OrderedDict()
        self._most = users
        self._heaviest = weight
        self.weight = 0

    def __len__(self) -> int:
        return len(self._users)

    def user(self, scope: Scope, id: str) -> StoredUser | None:
        """Return what is remembered of a user, or None."""
        found = self._users.get((scope, id))
        if found is None:
            return None
        self._users.move_to_end((scope, id))
        return found[0]

    def keep(self, scope: Scope, user: StoredUser) -> None:
        """Remember a user with all its groups, in the place of what was remembered of it."""
        self.forget(scope, user.id)
        weight = len(user.document)
        if user.groups:
            weight += sum(_GROUP + len(group.display) for group in user.groups)
        if weight > self._heaviest:
            return
        self._users[scope, user.id] = user, weight
        self.weight += weight
        while len(self._users) > self._most or self.weight > self._heaviest:
            _, (_, gone) = self._users.popitem(last=False)
            self.weight -= gone

    def forget(self, scope: Scope, id: str) -> None:
        """Remember nothing of a user."""
        found = self._users.pop((scope, id), None)
        if found is not None:
            self.weight -= found[1]
