"""Deleted users are purged once their time is up, at connections that are switched so."""

from __future__ import annotations

import pytest

from muster.bootstrap import now, world
from muster.directory import expired_users
from muster.directory.chores import CHORES
from muster.directory.expired_users import purge_expired
from tests.connections.switched import Switched

DAY = 24 * 3600 * 1_000_000


def test_only_who_was_deleted_long_enough_ago_is_purged(
    its: Switched, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of this connection and not of one that keeps them for ever; groups are nobody to purge."""
    monkeypatch.setattr(expired_users, "_AT_ONCE", 2)
    ids = [its.create(f"user-{number}").json["id"] for number in range(5)]
    team = its.group("Team").json["id"]
    for path in (*(f"/Users/{id}" for id in ids), f"/Groups/{team}"):
        assert its.send("DELETE", path).status == 204
    for id in (*ids[:4], team):
        its.ask("UPDATE tombstones SET deleted = ? WHERE id = ?", now() - 31 * DAY, id)
    its.ask("UPDATE accounts SET status = 'held' WHERE \"user\" = ?", ids[0])

    def run() -> int:
        return its.run(purge_expired(its.database, world()))

    def purged() -> list[str]:
        told = its.ask("SELECT resource FROM changes WHERE operation = 'purge' ORDER BY sequence")
        return [id for (id,) in told]

    assert run() == 0
    its.switch(purge_after_days=32)
    assert run() == 0
    its.switch(purge_after_days=30)
    assert run() == 3
    assert sorted(purged()) == sorted(ids[1:4])
    assert run() == 0
    its.ask("UPDATE accounts SET status = 'removed' WHERE \"user\" = ?", ids[0])
    assert run() == 1
    assert ids[4] not in purged()


def test_it_is_a_chore() -> None:
    """So that servers do it by themselves."""
    assert purge_expired in CHORES.values()
