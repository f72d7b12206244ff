"""The bench's own laws: what was not measured is missed, what was answered wrongly has no figure."""

from typing import Any

import pytest

from bench.judge import judge
from bench.lineup import LIMIT, OURS, OURS_POSTGRESQL, PEERS, RIVALS
from bench.results import Results

WORKLOADS = ["W1", "W2", "W3", "W4", "W5", *(f"W7{letter}:{size}" for size in (10, 100) for letter in "abc")]


def record(workload: str, rate: float, cost: float, **more: Any) -> dict[str, Any]:
    """A generator's record of one workload."""
    return {"workload": workload, "ops_s": rate, "srv_cpu_ms_op": cost, "errors": 0, **more}


def document(records: list[dict[str, Any]], users: int = 100) -> dict[str, Any]:
    """What a generator writes."""
    return {"users": users, "users_loaded": users, "workloads": records}


@pytest.fixture
def results() -> Results:
    """A run in which everything required is met."""
    run = Results()
    run.add(LIMIT, document([record("W2", 20_000, 0.04)]))
    for name in RIVALS:
        run.add(name, document([record(workload, 10_000, 0.1) for workload in [*WORKLOADS, "W6"]]))
    for name in PEERS:
        run.add(name, document([record(workload, 1_000, 1.0) for workload in WORKLOADS]))
    for users in (1_000, 100_000):
        run.add(f"{OURS}@{users}", document([record("W3", 9_000, 0.1)], users))
    return run


def missed(results: Results) -> list[str]:
    """The first words of what is missed."""
    return [verdict.text.split(": ")[0] for verdict in judge(results, 100) if not verdict.met]


def test_a_run_that_meets_everything(results: Results) -> None:
    """Nothing is missed, and nothing is an error."""
    assert missed(results) == []
    assert list(results.errors()) == []


def test_what_was_not_measured_is_missed() -> None:
    """An empty run misses every requirement that it can name."""
    verdicts = judge(Results(), 100)
    assert len(verdicts) >= 9
    assert not any(verdict.met for verdict in verdicts)


def test_a_wrong_answer_is_no_fast_one(results: Results) -> None:
    """A workload that was answered wrongly has no figure, is missed, and is an error of the run."""
    wrong = record("W2", 99_000, 0.01, wrong=True, error_kinds={"status 500": 9})
    wrong["errors"] = 9
    results.servers[OURS]["W2"] = wrong

    assert [text for text in missed(results) if text.startswith("W2")]
    assert list(results.errors()) == ["muster W2: {'status 500': 9}"]


def test_each_store_is_judged_by_its_own_peers(results: Results) -> None:
    """Slow on PostgreSQL is missed against the peers there and nowhere else, in whatever workload they answer."""
    results.servers[OURS_POSTGRESQL]["W7c:10"] = record("W7c:10", 999, 0.1)
    assert missed(results) == ["W7c:10 ahead of django-scim2-postgresql", "W7c:10 ahead of polis"]


def test_a_peer_that_keeps_nothing_is_met_in_the_first_five(results: Results) -> None:
    """It has no disk to wait for; W1 to W5 are required against it, the others of those that persist."""
    results.servers[OURS]["W7c:10"] = record("W7c:10", 10_000, 1.01)
    assert missed(results) == ["W7c:10 ahead of django-scim2"]


def test_what_a_peer_answers_wrongly_is_no_contest(results: Results) -> None:
    """Nobody is ahead of a wrong answer, and a server that answers nothing proves nothing."""
    results.servers["polis"]["W2"] = record("W2", 99_000, 0.01, wrong=True)
    assert missed(results) == []
    results.servers["polis"] = {"W2": {"workload": "W2", "skipped": "WrongAnswer", "wrong": True}}
    assert missed(results) == ["polis answered nothing"]


def test_a_peer_that_is_not_there_is_missed(results: Results) -> None:
    """Each store needs a rival."""
    del results.servers["django-scim2"]
    assert missed(results) == ["no peer on SQLite was measured"]


def test_growth_is_missed(results: Results) -> None:
    """1.31 times the CPU per operation in the large group is too much; 1.3 is not."""
    results.servers[OURS]["W7a:100"] = record("W7a:100", 10_000, 0.131)
    results.servers[OURS]["W7b:100"] = record("W7b:100", 10_000, 0.13)
    assert missed(results) == ["W7a at 100 members against 10"]


def test_a_load_that_was_cut_short_is_missed(results: Results) -> None:
    """Flat among 40,000 users does not say flat among 100,000."""
    results.loaded[f"{OURS}@100000"] = 40_000
    assert missed(results) == ["W3 among 40,000 users against 1,000"]


def test_a_server_of_ours_that_did_not_start_is_an_error(results: Results) -> None:
    """It is told, and the run does not end as if nothing was."""
    results.missing[OURS] = "it does not answer"
    assert list(results.errors()) == ["muster: it does not answer"]


def test_repeated_workloads_count_with_their_best(results: Results) -> None:
    """The higher rate and the lower cost, wherever each was seen; errors of both."""
    results.add("twice", document([record("W2", 5, 0.2, p50_ms=1), record("W2", 4, 0.1, p50_ms=2)]))
    assert (results.rate("twice", "W2"), results.cost("twice", "W2")) == (5, 0.1)
