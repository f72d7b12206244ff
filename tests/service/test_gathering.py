"""The counts of several workers as one."""

import multiprocessing
from pathlib import Path

from muster.directory.measure import ChoreMeasures, Measures, RequestMeasures, StoreMeasures
from muster.service.gathering import Gathering


def counted(operation: str, count: int) -> Measures:
    """What a worker that did something has counted."""
    requests, store, chores = RequestMeasures(), StoreMeasures(), ChoreMeasures()
    for number in range(count):
        requests.observe(operation, 200, 0.001 * number)
        store.seconds["write"].observe(0.002)
        store.batches.observe(3)
        chores.observe("recheck_domains", failed=number == 0)
    store.statements["write"] = count
    store.dropped = store.undone = 1
    return Measures(requests, store, chores)


def work(directory: Path, operation: str, count: int) -> None:
    """What another process does."""
    Gathering(directory, lambda: counted(operation, count)).publish()


def test_each_worker_answers_for_all(tmp_path: Path) -> None:
    """One's own counts of now, and the others' as they last wrote them, also of those that have ended."""
    context = multiprocessing.get_context("spawn")
    for operation, count in (("create_user", 3), ("query_users", 2)):
        worker = context.Process(target=work, args=(tmp_path, operation, count))
        worker.start()
        worker.join()
        assert worker.exitcode == 0

    mine = Gathering(tmp_path, lambda: counted("create_user", 5))
    mine.publish()
    requests, store, chores = mine.total()

    assert requests.answered == {("create_user", 200): 8, ("query_users", 200): 2}
    assert sum(requests.seconds["create_user"].counts) == 8
    assert sum(store.seconds["write"].counts) == store.statements["write"] == 10
    assert (sum(store.batches.counts), store.batches.total) == (10, 30)
    assert (store.dropped, store.undone) == (3, 3)
    assert chores.rounds == {("recheck_domains", "failed"): 3, ("recheck_domains", "done"): 7}


def test_no_answer_is_less_than_the_one_before(tmp_path: Path) -> None:
    """A worker that has not heard of the latest counts answers with those that another worker has answered with."""
    fresh = Gathering(tmp_path, lambda: counted("create_user", 5))
    stale = Gathering(tmp_path, lambda: counted("create_user", 2))
    first, (second, store, chores) = fresh.total(), stale.total()
    assert first.requests.answered == second.answered == {("create_user", 200): 5}
    assert chores.rounds["recheck_domains", "done"] == 4
    assert sum(second.seconds["create_user"].counts) == store.statements["write"] == 5
    assert (store.batches.total, store.dropped, store.undone) == (15, 1, 1)


def test_alone_there_is_nothing_to_add(tmp_path: Path) -> None:
    """A worker that has written counts itself once, and asking changes nothing."""
    measures = counted("create_user", 2)
    mine = Gathering(tmp_path, lambda: measures)
    mine.publish()
    for _ in range(2):
        assert mine.total().requests.answered == {("create_user", 200): 2}
    assert measures.requests.answered == {("create_user", 200): 2}
