"""The tables that a reader gets: ours in figures, its rivals beside it, and nothing that was not so."""

from typing import Any

import pytest

from bench.lineup import LIMIT, OURS, OURS_POSTGRESQL
from bench.results import Results
from bench.table import BEGIN, END, published, render


def figures(workload: str, rate: float, cost: float, **more: Any) -> dict[str, Any]:
    """A generator's record of one workload."""
    return {"workload": workload, "ops_s": rate, "srv_cpu_ms_op": cost, "errors": 0, **more}


@pytest.fixture
def results() -> Results:
    """Both of ours, a peer of each store and the limit, among 100 users."""
    run = Results()
    for name, rate in (
        (OURS, 1_000.0),
        (OURS_POSTGRESQL, 500.0),
        ("django-scim2", 100.0),
        ("polis", 250.0),
    ):
        records = [figures("W2", rate, 100 / rate), figures("W7a:10", rate, 100 / rate)]
        run.add(name, {"users": 100, "users_loaded": 100, "workloads": records})
    run.add(LIMIT, {"users": 10, "users_loaded": 10, "workloads": [figures("W2", 4_000, 0.025)]})
    return run


def test_each_store_has_its_table(results: Results) -> None:
    """Ours in figures, its rivals as multiples, the limit beside the first where it has a figure."""
    first, second = render(results, 100).split("\n\n")[:2]
    assert first.splitlines() == [
        "| workload | muster, ops/s | muster, CPU ms/op | django-scim2 | limit |",
        "|---|--:|--:|--:|--:|",
        "| W2 retrieve | 1,000 | 0.100 | 0.10 / 10 | 4.00 / 0.25 |",
        "| W7a:10 add one member (10 members) | 1,000 | 0.100 | 0.10 / 10 | - |",
    ]
    assert second.splitlines() == [
        "| workload | muster-postgresql, ops/s | muster-postgresql, CPU ms/op | polis |",
        "|---|--:|--:|--:|",
        "| W2 retrieve | 500 | 0.200 | 0.50 / 2.00 |",
        "| W7a:10 add one member (10 members) | 500 | 0.200 | 0.50 / 2.00 |",
    ]


def test_a_wrong_answer_has_no_figure(results: Results) -> None:
    """Ours and a peer's are marked alike; what was not run is told apart."""
    results.servers[OURS]["W2"]["wrong"] = True
    results.servers["polis"]["W2"]["final_state"] = "1 member lost"
    results.servers["polis"]["W7a:10"] = {"workload": "W7a:10", "skipped": "needs 10 users"}
    text = render(results, 100)
    assert "| W2 retrieve | x | x |" in text
    assert "| W2 retrieve | 500 | 0.200 | x |" in text
    assert "| 500 | 0.200 | - |" in text


def test_who_had_it_easier_is_named(results: Results) -> None:
    """Fewer users than the others, or no figures at all."""
    results.loaded["polis"] = 40
    results.missing["scimmy"] = "npm failed: /somewhere"
    text = render(results, 100)
    assert "polis was measured among 40 users instead of 100." in text
    assert "scimmy was not measured." in text


def test_figures_are_put_between_their_marks() -> None:
    """What stands around them stays."""
    page = f"before\n{BEGIN}\nold\n{END}\nafter\n"
    assert published(page, "new") == f"before\n{BEGIN}\n\nnew\n\n{END}\nafter\n"
