"""An organization whose people use the console."""

from __future__ import annotations

from collections.abc import Sequence

from muster.directory.chores import CHORES
from muster.directory.console_users import accept, invite
from muster.directory.oneself import change_passphrase
from muster.directory.passphrase import Passphrases
from muster.directory.registers.console import ConsoleUser, Invitation, Session
from muster.directory.sessions import From, Visitor, begin_session, sessions_of, visitor_with
from tests.store.managed import Managed
from tests.store.scene import Scene

NOWHERE = From(None, None)
OLD, NEW = "correct horse battery staple", "a wholly different passphrase"


class Office(Managed):
    """An organization with console users; passphrases are really hashed."""

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        self.passphrases = Passphrases()

    def somebody(self, name: str) -> ConsoleUser:
        """Invite and accept an admin."""
        _, secret = self.run(invite(self.database, self.world, self.organization, "admin"))
        accepted = accept(self.database, self.world, self.passphrases, secret, self.own(name), OLD)
        return self.run(accepted)

    def own(self, name: str) -> str:
        """A name that is of this organization's alone."""
        return f"{name}-{self.organization}"

    def signs_in(self, user: ConsoleUser) -> str:
        """What a new browser is given."""
        where = From("192.0.2.1", "browser")
        return self.run(begin_session(self.database, self.world, user, where))[1]

    def visitor(self, secret: str) -> Visitor | None:
        """Whose browser it is."""
        return self.run(visitor_with(self.database, self.world, secret))

    def sessions(self, user: ConsoleUser) -> Sequence[Session]:
        """Where somebody is signed in."""
        return self.run(sessions_of(self.database, self.world, user))

    def changes_passphrase(self, secret: str, old: str, new: str) -> int:
        """From a browser."""
        visitor = self.visitor(secret)
        assert visitor is not None
        changing = change_passphrase(self.database, self.world, self.passphrases, visitor, old, new)
        return self.run(changing)

    async def invitation(self, id: str) -> Invitation | None:
        """What is kept of an invitation."""
        return await self.database.consult(self.organization, lambda registers: registers.invitations.get(id))

    def chore(self, name: str) -> int:
        """Do a chore."""

        async def work() -> int:
            return await CHORES[name](self.database, self.world)

        return self.run(work())
