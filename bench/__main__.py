"""`python -m bench`: measure Muster, two peers and the limit in one run, print the table and the verdicts."""

from __future__ import annotations

import argparse
import contextlib
import json
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench import servers
from bench.install import NotInstalled
from bench.judge import judge
from bench.results import LIMIT, OURS, Results
from bench.table import published, render

HERE = Path(__file__).resolve().parent
PAGE = HERE.parent / "docs" / "explanation" / "performance.md"
RUN_SECONDS = 570
LOAD_SECONDS = 240
Start = Callable[[Path], AbstractContextManager[servers.Endpoint]]


@dataclass(frozen=True)
class Plan:
    """How large the run is."""

    users: int
    many_users: int
    scale: float
    seconds: float
    generator: list[str]
    results: Path
    deadline: float

    def remaining(self) -> float:
        """Seconds that the run may still take; never less than a stage needs to say something."""
        return max(60.0, self.deadline - time.monotonic())

    def common(self) -> str:
        """The workloads of every server."""
        members = [f"W7{letter}:{size}" for size in (10, self.users) for letter in "abc"]
        first = ["W1", "W2", "W3", "W3m", "W3e", "W4", "W5", "W6", "W8a", "W8c"]
        return ",".join([*first, *members, "W9o", f"W9e:{min(1000, self.users)}"])

    def again(self) -> str:
        """Repeated on ours, whose figures are compared with each other: each takes its best of three."""
        members = [f"W7{letter}:{size}" for size in (10, self.users) for letter in "abc"]
        return ",".join(["W2", "W3", *members] * 2)


def parse(arguments: list[str] | None = None) -> argparse.Namespace:
    """The options."""
    options = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    options.add_argument("--quick", action="store_true", help="1,000 users and short workloads")
    options.add_argument("--only", help="comma separated: muster, limit, scim2-server, scimmy, users")
    options.add_argument("--generator", type=Path, help="another bench.py with the same command line")
    options.add_argument("--scale", type=float, help="multiplies the numbers of requests")
    options.add_argument("--check", action="store_true", help="exit 1 on a MISS, not only on wrong answers")
    options.add_argument("--publish", action="store_true", help="write the figures into docs/explanation too")
    options.add_argument("--cache", type=Path, default=HERE / ".cache", help="where the peers are installed")
    options.add_argument("--results", type=Path, default=HERE / "results", help="where the figures go")
    return options.parse_args(arguments)


def plan_of(options: argparse.Namespace) -> Plan:
    """The sizes of a quick or a full run."""
    generator = [str(options.generator)] if options.generator else ["-m", "bench.generate"]
    sizes = (1_000, 5_000, 0.1, 2.0) if options.quick else (10_000, 100_000, 1.0, 4.0)
    users, many, scale, seconds = sizes
    command, deadline = [sys.executable, *generator], time.monotonic() + RUN_SECONDS
    return Plan(users, many, options.scale or scale, seconds, command, options.results, deadline)


def main() -> int:
    """Run it all; 1 when an answer of ours was wrong, or a requirement was missed and --check given."""
    options = parse()
    plan, results = plan_of(options), Results()
    plan.results.mkdir(parents=True, exist_ok=True)
    wanted = set(options.only.split(",")) if options.only else None
    for name, start, arguments in _stages(plan, options.cache):
        if wanted is None or ("users" if "@" in name else name) in wanted:
            _measure(plan, results, name, start, arguments)
    if options.publish:
        PAGE.write_text(published(PAGE.read_text("utf-8"), _text(plan, results)), "utf-8")
    return _report(plan, results, check=options.check)


def _stages(plan: Plan, cache: Path) -> list[tuple[str, Start, list[str]]]:
    """Name, how to start, and the generator's workloads and sizes."""
    users, scale = ["--users", str(plan.users)], ["--scale", str(plan.scale)]
    limit = ["--workload", "W1,W2,W2,W2", "--users", "10", "--verify-every", "1000000", *scale]
    common = [*users, *scale, "--workload"]
    many = [
        (size, ["--users", str(size), "--workload", "W1,W3,W3,W3", *scale])
        for size in (1_000, plan.many_users)
    ]
    return [
        (LIMIT, servers.constant, limit),
        (OURS, servers.muster, [*common, f"{plan.common()},{plan.again()}"]),
        ("scim2-server", lambda folder: servers.scim2_server(folder, cache), [*common, plan.common()]),
        ("scimmy", lambda folder: servers.scimmy(folder, cache), [*common, plan.common()]),
        *((f"{OURS}@{size}", servers.muster, arguments) for size, arguments in many),
    ]


def _measure(plan: Plan, results: Results, name: str, start: Start, arguments: list[str]) -> None:
    """Start one server, run the generator against it, keep its records; a server that cannot run is named."""
    print(f"{name}:", flush=True)
    figures = plan.results / f"{name}.json"
    figures.unlink(missing_ok=True)
    with tempfile.TemporaryDirectory(prefix="muster-bench-") as folder:
        try:
            with start(Path(folder)) as endpoint:
                _generate(plan, endpoint, name, [*arguments, "--json", str(figures)])
        except (NotInstalled, servers.NotStarted, subprocess.SubprocessError) as error:
            results.missing[name] = str(error)
            print(f"  not measured: {error}", flush=True)
    with contextlib.suppress(FileNotFoundError):
        results.add(name, json.loads(figures.read_text()))


def _generate(plan: Plan, endpoint: servers.Endpoint, name: str, arguments: list[str]) -> None:
    """One run of the load generator."""
    command = [*plan.generator, "--base-url", endpoint.base_url, "--token", endpoint.api_key]
    command += ["--pid", str(endpoint.pid), "--max-seconds", str(plan.seconds), "--name", name]
    load = min(LOAD_SECONDS, plan.remaining() - 30)
    command += ["--load-seconds", f"{load:.0f}", *arguments]
    subprocess.run(command, cwd=HERE.parent, check=True, timeout=plan.remaining())


def _text(plan: Plan, results: Results) -> str:
    """The table, the verdicts and the errors, as they are printed."""
    verdicts = map(str, judge(results, plan.users))
    return "\n".join(
        [render(results), "```text", *verdicts, *map("ERROR {}".format, results.errors()), "```"]
    )


def _report(plan: Plan, results: Results, *, check: bool) -> int:
    """Print and write the table and the verdicts; the exit code."""
    text, verdicts = _text(plan, results), judge(results, plan.users)
    print(f"\n{text}")
    document: dict[str, Any] = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "python": platform.python_version(),
        "servers": results.servers,
        "missing": results.missing,
        "verdicts": [{"met": verdict.met, "text": verdict.text} for verdict in verdicts],
    }
    (plan.results / "latest.json").write_text(json.dumps(document, indent=1) + "\n")
    (plan.results / "latest.md").write_text(text + "\n")
    missed = check and not all(verdict.met for verdict in verdicts)
    return 1 if missed or any(results.errors()) else 0


if __name__ == "__main__":
    sys.exit(main())
