"""The load generator's command line: `python -m bench.generate --base-url URL --token KEY --workload W2,W3`.

It measures one running server and writes its figures as JSON; `python -m bench` drives it for every server.
"""

from __future__ import annotations

import argparse
import asyncio
import json
from pathlib import Path
from typing import Any

from bench import usage
from bench.loop import Bounds, Loop, WrongAnswer
from bench.population import Population
from bench.wire import Address
from bench.workloads import WORKLOADS, measure
from bench.workloads.run import Run


def parser() -> argparse.ArgumentParser:
    """The options; `python -m bench --generator` expects another generator to take the same."""
    options = argparse.ArgumentParser(prog="python -m bench.generate", description=__doc__)
    options.add_argument("--base-url", required=True, help="where /Users is, e.g. http://127.0.0.1:8080/v2")
    options.add_argument("--token", help="the API key, sent as a Bearer")
    options.add_argument("--workload", required=True, help=f"comma separated, of {', '.join(WORKLOADS)}")
    options.add_argument("--users", type=int, default=10_000)
    options.add_argument("--conns", type=int, default=8)
    options.add_argument("--scale", type=float, default=1.0, help="multiplies the numbers of requests")
    options.add_argument("--max-seconds", type=float, default=8, help="per workload")
    options.add_argument("--load-seconds", type=float, default=120, help="for creating the users")
    options.add_argument("--timeout", type=float, default=60, help="per request, in seconds")
    options.add_argument("--verify-every", type=int, default=10, help="check the body of one answer in N")
    options.add_argument("--pid", type=int, action="append", default=[], help="a server process (repeatable)")
    options.add_argument("--json", type=Path, help="where to write the figures")
    options.add_argument("--name", default="", help="what the figures are called")
    return options


async def generate(options: argparse.Namespace) -> dict[str, Any]:
    """Run the workloads in the order given; their records, errors included."""
    bounds = Bounds(options.conns, options.max_seconds, options.timeout, options.verify_every)
    loop = Loop(Address(options.base_url, options.token), bounds, options.pid)
    run = Run(loop, Population(loop, options.users, options.load_seconds), options.scale)
    result: dict[str, Any] = {"name": options.name, "users": options.users, "workloads": []}
    for name in options.workload.split(","):
        record = await _record(run, name.strip())
        result["workloads"].append(record)
        result["users_loaded"] = len(run.population.ids)
        result["memory_mb"] = usage.memory_mb(options.pid)
        print(_line(record), flush=True)
        if options.json:  # after each one, so that a run that is cut short has what it had
            options.json.write_text(json.dumps(result, indent=1) + "\n")
    return result


async def _record(run: Run, name: str) -> dict[str, Any]:
    """One workload's figures, or why there are none."""
    try:
        return (await measure(run, name)).record()
    except (RuntimeError, WrongAnswer, OSError) as error:
        why, wrong = f"{type(error).__name__}: {error}"[:300], isinstance(error, WrongAnswer)
        return {"workload": name, "skipped": why, **({"wrong": True} if wrong else {})}


def _line(record: dict[str, Any]) -> str:
    """One workload for the reader."""
    if "skipped" in record:
        return f"  {record['workload']:<10} skipped: {record['skipped']}"
    latency = f"p50 {record['p50_ms']} p99 {record['p99_ms']} ms"
    text = f"  {record['workload']:<10} {record['ops_s']:>9.1f}/s  {latency}"
    if "srv_cpu_ms_op" in record:
        text += f"  server {record['srv_cpu_ms_op']:.4f} ms/op"
    text += f"  client {record['client_cpu']}"
    return f"{text}  ERRORS {record['error_kinds']}" if record["errors"] else text


def main() -> None:
    """Parse the options and run, on uvloop where it is installed."""
    options = parser().parse_args()
    unknown = {name.strip().partition(":")[0] for name in options.workload.split(",")} - set(WORKLOADS)
    if unknown:
        parser().error(f"no such workload: {', '.join(sorted(unknown))}")
    try:
        import uvloop  # noqa: PLC0415 - an extra of the server's, not required here
    except ImportError:
        asyncio.run(generate(options))
    else:
        uvloop.run(generate(options))


if __name__ == "__main__":
    main()
