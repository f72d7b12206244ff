"""`python -m bench`: measure Muster on both stores, its peers and the limit in one run; print tables and verdicts."""

from __future__ import annotations

import argparse
import contextlib
import json
import platform
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench.install import NotInstalled
from bench.judge import judge
from bench.lineup import LIMIT, OURS, OURS_POSTGRESQL, PEERS
from bench.processes import Endpoint, NotStarted
from bench.results import Results
from bench.stages import FULL, QUICK, Size, Stage, stages
from bench.table import published, render

HERE = Path(__file__).resolve().parent
PAGE = HERE.parent / "docs" / "explanation" / "performance.md"
RUN_SECONDS = 900
LOAD_SECONDS = 240
NAMES = (LIMIT, OURS, OURS_POSTGRESQL, *PEERS, "users")


@dataclass(frozen=True)
class Plan:
    """What a run needs beside its servers: its size, the load generator, where results go and when it must end."""

    size: Size
    generator: list[str]
    results: Path
    deadline: float

    def remaining(self) -> float:
        """Seconds that the run may still take; never less than a stage needs to say something."""
        return max(60.0, self.deadline - time.monotonic())


def parse(arguments: list[str] | None = None) -> argparse.Namespace:
    """The options."""
    options = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    options.add_argument("--quick", action="store_true", help="1,000 users and short workloads")
    options.add_argument("--only", type=_names, help=f"comma separated: {', '.join(NAMES)}")
    options.add_argument("--generator", type=Path, help="another bench.py with the same command line")
    options.add_argument("--scale", type=float, help="multiplies the numbers of requests")
    options.add_argument("--check", action="store_true", help="exit 1 on a MISS, not only on wrong answers")
    options.add_argument("--publish", action="store_true", help="write the figures into docs/explanation too")
    options.add_argument("--cache", type=Path, default=HERE / ".cache", help="where the peers are installed")
    options.add_argument("--results", type=Path, default=HERE / "results", help="where the figures go")
    return options.parse_args(arguments)


def _names(text: str) -> set[str]:
    """The servers chosen."""
    chosen = set(text.split(","))
    if unknown := chosen - set(NAMES):
        message = f"no such server: {', '.join(sorted(unknown))}; there are {', '.join(NAMES)}"
        raise argparse.ArgumentTypeError(message)
    return chosen


def plan_of(options: argparse.Namespace) -> Plan:
    """The sizes of a quick or a full run."""
    generator = [str(options.generator)] if options.generator else ["-m", "bench.generate"]
    size = QUICK if options.quick else FULL
    size = replace(size, scale=options.scale or size.scale)
    return Plan(size, [sys.executable, *generator], options.results, time.monotonic() + RUN_SECONDS)


def main() -> int:
    """Run it all; 1 when an answer of ours was wrong, or a requirement was missed and --check given."""
    options = parse()
    plan, results = plan_of(options), Results()
    plan.results.mkdir(parents=True, exist_ok=True)
    for stage in stages(plan.size, options.cache.resolve()):
        if options.only is None or stage.asked_for in options.only:
            _measure(plan, results, stage)
    if options.publish:
        PAGE.write_text(published(PAGE.read_text("utf-8"), _text(plan, results)), "utf-8")
    return _report(plan, results, check=options.check)


def _measure(plan: Plan, results: Results, stage: Stage) -> None:
    """Start one server, run the generator against it, keep its records; a server that cannot run is named."""
    print(f"{stage.name}:", flush=True)
    figures = plan.results / f"{stage.name}.json"
    figures.unlink(missing_ok=True)
    with tempfile.TemporaryDirectory(prefix="muster-bench-") as folder:
        try:
            with stage.start(Path(folder)) as endpoint:
                _generate(plan, endpoint, [*stage.arguments(), "--json", str(figures)])
        except (NotInstalled, NotStarted, subprocess.SubprocessError, OSError) as error:
            results.missing[stage.name] = str(error)
            print(f"  not measured: {error}", flush=True)
    with contextlib.suppress(FileNotFoundError):
        results.add(stage.name, json.loads(figures.read_text()))


def _generate(plan: Plan, endpoint: Endpoint, arguments: list[str]) -> None:
    """One run of the load generator."""
    command = [*plan.generator, "--base-url", endpoint.base_url, "--token", endpoint.api_key]
    for pid in endpoint.pids:
        command += ["--pid", str(pid)]
    load = min(LOAD_SECONDS, plan.remaining() - 30)
    command += ["--load-seconds", f"{load:.0f}", "--scale", str(plan.size.scale), *arguments]
    subprocess.run(command, cwd=HERE.parent, check=True, timeout=plan.remaining())


def _text(plan: Plan, results: Results) -> str:
    """The table, the verdicts and the errors, as they are printed."""
    verdicts = map(str, judge(results, plan.size.users))
    return "\n".join(
        [
            render(results, plan.size.users),
            "```text",
            *verdicts,
            *map("ERROR {}".format, results.errors()),
            "```",
        ]
    )


def _report(plan: Plan, results: Results, *, check: bool) -> int:
    """Print and write the table and the verdicts; the exit code."""
    text, verdicts = _text(plan, results), judge(results, plan.size.users)
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
