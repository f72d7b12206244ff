"""What a process tree has used is counted whole: children, threads, and those of them that have ended."""

from pathlib import Path

import pytest

from bench import usage


class Processes:
    """A /proc of the test's own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def put(self, pid: int, parent: int, *, threads: list[int], ticks: int = 0, ended: int = 0) -> None:
        """A process: nanoseconds of each living thread, clock ticks of it all, and of its ended children."""
        place = self.folder / str(pid)
        for number, nanoseconds in enumerate(threads):
            (place / "task" / str(pid + number)).mkdir(parents=True)
            (place / "task" / str(pid + number) / "schedstat").write_text(f"{nanoseconds} 7 7\n")
        (place / "stat").write_text(f"{pid} (a (b) c) S {parent} {'0 ' * 9}{ticks} 0 {ended} 0 0\n")


@pytest.fixture
def processes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Processes:
    """An empty one, with a hundred ticks a second."""
    monkeypatch.setattr(usage, "PROC", tmp_path)
    monkeypatch.setattr(usage, "TICKS", 100)
    return Processes(tmp_path)


def test_two_trees_count_together_and_nobody_twice(processes: Processes) -> None:
    """A server and its database, each with children; a root that descends from another root counts once."""
    processes.put(10, 1, threads=[1_000_000_000])
    processes.put(11, 10, threads=[250_000_000, 250_000_000])
    processes.put(20, 1, threads=[500_000_000])
    processes.put(30, 1, threads=[9_000_000_000])
    assert usage.tree([10, 20, 11]) == {10, 11, 20}
    assert usage.cpu_seconds([10, 20, 11]) == 2.0


def test_what_has_ended_stays_counted(processes: Processes) -> None:
    """A child is in its parent's count once it is gone, a thread in its process'."""
    processes.put(20, 1, threads=[500_000_000], ended=300)
    processes.put(21, 20, threads=[100_000_000], ticks=110)
    assert usage.cpu_seconds([20]) == pytest.approx(0.5 + 3.0 + 1.1)


def test_a_process_that_is_gone_counts_nothing(processes: Processes) -> None:
    """It ended between the listing and the reading."""
    processes.put(20, 1, threads=[500_000_000])
    assert usage.cpu_seconds([20, 99]) == 0.5
