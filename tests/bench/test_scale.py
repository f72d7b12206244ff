"""What large databases are filled with is what SCIM would have made; and the figures say what was seen."""

import asyncio
from pathlib import Path

import pytest

from bench.neighbours import BOUNDS, Seen, histograms
from bench.scale import people
from bench.scale.fill import Filled, Sizes, fill
from bench.scale.measure import Row
from bench.scale.requests import BIG, REQUESTS, SEVERAL, Population
from muster.settings import Settings
from tests.endpoint.asgi import Endpoint
from tests.harness.postgres import Cluster
from tests.store.consistency import violations
from tests.store.postgres.agreement import disagreements
from tests.store.postgres.copying import as_superuser

SIZES = Sizes(40, (0, 10, 0, 25))


def filled(url: str) -> Filled:
    """A database with one organization of a few dozen."""
    return asyncio.run(fill(Settings(database=url), "bench", SIZES, lambda _done, _total: None))


def test_a_filled_file_agrees_with_itself(tmp_path: Path) -> None:
    """Every row, key, account, counter and version."""
    filled(f"sqlite:///{tmp_path / 'muster.db'}")
    assert violations(tmp_path / "muster.db") == []


def test_a_filled_postgresql_agrees_with_itself(cluster: Cluster) -> None:
    """The same there."""
    url = cluster.new_store()
    filled(url)
    assert disagreements(as_superuser(cluster, url)) == []


@pytest.mark.parametrize("store", ["sqlite", "postgresql"])
def test_it_is_found_as_the_measured_requests_ask_for_it(
    tmp_path: Path, cluster: Cluster, store: str
) -> None:
    """By id, name, address and membership, with as many matches as the requests expect."""
    url = f"sqlite:///{tmp_path / 'muster.db'}" if store == "sqlite" else cluster.new_store()
    made = filled(url)
    endpoint = Endpoint(tmp_path, database=url)

    def found(path: bytes, query: str = "") -> int:
        answer = endpoint.request(
            "GET", path, query=query.encode(), api_key=made.api_key, connection_id=made.connection
        )
        assert answer.status == 200, answer.body
        return int(answer.json.get("totalResults", len(answer.json.get("members", ()))))

    try:
        assert found(b"/Users", f'filter=userName eq "{people.user_name(7)}"'.replace(" ", "%20")) == 1
        assert found(b"/Users", 'filter=userName sw "p000000"'.replace(" ", "%20")) == 10
        member = people.id_of("User", 3)
        assert found(b"/Groups", f'filter=members[value eq "{member}"]'.replace(" ", "%20")) == 2
        assert found(f"/Groups/{people.id_of('Group', BIG)}".encode()) == SIZES.groups[BIG]
    finally:
        endpoint.close()


def test_members_come_from_those_who_are_in_no_group() -> None:
    """Enough of them for every round, in the small and the large database."""
    free = list(Population.of(Sizes(1_000, (0, 10, 0, 10))).free)
    assert (free[0], len(free)) == (10, 990)
    changes = next(one for one in REQUESTS if one.name == "one member in or out").times
    assert len(free) > 3 * changes / 2 > SEVERAL


def test_a_row_says_how_many_times_the_small_one() -> None:
    """The large case by the small one."""
    assert Row("x", 2.0, 3.0, 1.3).ratio == 1.5


@pytest.mark.parametrize("share, expected", [(0.5, 3.0), (0.99, 2_000.0)])
def test_latencies_fall_between_their_bounds(share: float, expected: float) -> None:
    """Each is counted once; what is slower than all bounds too."""
    seen = Seen([0.5, 1.0, 3.0, 400.0, 2_000.0], 1.0)
    counts = seen.histogram()
    assert (sum(counts), counts[0], counts[-1], len(counts)) == (5, 2, 1, len(BOUNDS) + 1)
    assert seen.percentile(share) == expected
    assert "| more | 1 | 1 | 1 |" in histograms("three times the same", [seen, seen, seen])
