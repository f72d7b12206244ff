"""Passkeys where several processes serve one PostgreSQL."""

from __future__ import annotations

import asyncio

from muster.directory.passkey_sign_in import NotAdmitted, sign_in_by
from muster.directory.ports import Database
from muster.store.postgres.database import PostgresDatabase, open_database
from tests.store.desk import PARTY, Desk
from tests.store.office import NOWHERE
from tests.store.scene import Scene


def test_one_process_of_several_is_answered(postgres: PostgresDatabase, runner: asyncio.Runner) -> None:
    """Whichever it is: each knows the other's challenges, and both at once do not admit the same answer."""
    desk = Desk(Scene(postgres, runner))
    authenticator, _ = desk.passkey()
    other = runner.run(open_database(postgres.pool.url))

    async def admitted(database: Database, kept: str, sent: str) -> bool:
        try:
            session, _ = await sign_in_by(database, desk.world, PARTY, kept, sent, NOWHERE)
        except NotAdmitted:
            return False
        return session.console_user == desk.ada.id

    async def at_once(kept: str, sent: str) -> list[bool]:
        return await asyncio.gather(*(admitted(one, kept, sent) for one in (postgres, other) * 4))

    for _ in range(5):
        asked = desk.asks()
        assert sum(runner.run(at_once(asked.kept, authenticator.signs(asked.options)))) == 1
    asked = desk.asks()
    assert runner.run(admitted(other, asked.kept, authenticator.signs(asked.options)))
    runner.run(other.close())
