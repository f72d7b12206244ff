"""Chores in a server: done from time to time, counted, and never its end."""

import asyncio
import secrets
from pathlib import Path

import pytest

from muster.bootstrap import now, request_ids
from muster.directory.chores import Chore
from muster.directory.ports import Database
from muster.directory.world import World
from muster.service.rounds import Rounds
from muster.store.sqlite import open_database
from tests.harness.inside import rows
from tests.harness.name_server import NameServer
from tests.harness.server import Place, RunningServer, muster
from tests.service.scrape import labels, scrape

AGAIN = 3
SECONDS = 30


def test_a_chore_that_fails_ends_neither_the_round_nor_the_server(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is logged and counted, and the others are done round after round."""
    asyncio.run(_rounds(tmp_path / "muster.db"))
    said = capsys.readouterr()  # which of both, other tests in this process may have decided
    assert "chore failed" in said.out + said.err


async def _rounds(path: Path) -> None:
    enough = asyncio.Event()
    done = 0

    async def fails(_database: Database, _world: World) -> int:
        raise RuntimeError("not today")

    async def counts(_database: Database, _world: World) -> int:
        nonlocal done
        done += 1
        if done == AGAIN:
            enough.set()
        return done

    chores: dict[str, Chore] = {"fails": fails, "counts": counts}
    database = open_database(path, serving=True)
    rounds = Rounds(database, World(now, secrets.token_bytes, request_ids()), 0.001, chores)
    rounds.begin()
    try:
        await asyncio.wait_for(enough.wait(), SECONDS)
    finally:
        await rounds.end()
        await database.close()
    assert rounds.measures.rounds["counts", "done"] >= AGAIN - 1  # the last one may have been cut off
    assert rounds.measures.rounds["fails", "failed"] >= AGAIN
    assert set(rounds.measures.rounds) == {("counts", "done"), ("fails", "failed")}


@pytest.mark.parametrize("store", ["sqlite", "postgres"])
def test_a_server_rechecks_domains_by_itself(
    request: pytest.FixtureRequest, tmp_path: Path, store: str
) -> None:
    """It asks the DNS servers that it was told of, and /metrics counts what it did."""
    on_postgres = store == "postgres"
    place: Place = request.getfixturevalue("cluster").new_store() if on_postgres else tmp_path / "muster.db"
    muster(place, "organization", "create", "acme")
    with NameServer() as names:
        servers = {"MUSTER_DNS_SERVERS": f"127.0.0.1:{names.port}"}
        claimed = muster(place, "domain", "claim", "example.com", "--organization", "acme")
        names.texts[claimed["record_name"]] = [(claimed["record_value"],)]
        muster(place, "domain", "verify", "example.com", "--organization", "acme", **servers)
        del names.texts[claimed["record_name"]]
        rows(place, "UPDATE domains SET checked = 0")
        running = RunningServer().start(
            place, log=tmp_path / "muster.log", MUSTER_CHORES_SECONDS="0.05", **servers
        )
        done = labels(chore="recheck_domains", outcome="done")
        try:
            while not scrape(running).get(("muster_chores_total", done)):
                assert running.running
        finally:
            assert running.stop() == 0
    (domain,) = muster(place, "domain", "list", "--organization", "acme")
    assert domain["failing"] is not None
    assert "NXDOMAIN" in domain["problem"]


def test_without_an_interval_a_server_does_none(either_server: RunningServer) -> None:
    """For those who have `muster chores` done by something else; here the other tests, which count statements."""
    assert [name for name, _ in scrape(either_server) if name == "muster_chores_total"] == []
