"""`muster simulate`: an IdP's whole conversation with any SCIM server, with a verdict for each step.

Law: what a server says is untrusted text and cannot steer the terminal; the exit code is 0 only when every step passed.
"""

from __future__ import annotations

import asyncio
import json
import secrets
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any, Final

import click

from muster.command_line import as_json_option
from muster.progress import progress
from muster.simulator.options import FAULTS, Options, Target, TargetRefused, faults, target
from muster.simulator.script import PROVIDERS, provider_of
from muster.simulator.simulate import simulate as play
from muster.simulator.step import Exchange, Step, printable

_MOST_SEED: Final = 1_000_000


@dataclass(slots=True)
class Tally:
    """How a simulation went."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0
    requests: int = 0
    seconds: float = 0.0

    def count(self, step: Step) -> None:
        """Count a step."""
        setattr(self, step.verdict, getattr(self, step.verdict) + 1)
        self.requests += len(step.exchanges)

    @property
    def verdict(self) -> str:
        """Return "passed" if each step did, else "failed"."""
        return "failed" if self.failed or self.skipped else "passed"

    def document(self) -> dict[str, Any]:
        """Return it as a JSON object, for programs."""
        return {"verdict": self.verdict} | asdict(self) | {"seconds": round(self.seconds, 3)}

    def __str__(self) -> str:
        """Return it in one line."""
        steps = self.passed + self.failed + self.skipped
        skipped = f", {self.skipped} skipped" if self.skipped else ""
        told = f"{steps} steps" if self.verdict == "passed" else f"{self.failed} of {steps} steps{skipped}"
        return f"{self.verdict}: {told}, {self.requests} requests in {self.seconds:.1f} s"


@click.command()
@click.argument("provider", type=click.Choice(list(PROVIDERS)))
@click.option("--url", required=True, metavar="URL", help="The SCIM base URL, as it is pasted into an IdP.")
@click.option("--key", metavar="KEY", help="The API key, sent as Bearer; `-` reads it from standard input.")
@click.option(
    "--basic", metavar="ID:SECRET", help="HTTP Basic in place of a key; `-` reads it from standard input."
)
@click.option("--next-key", metavar="KEY", help="The key to go on with half-way, as in a rotation.")
@click.option("--users", type=int, default=10, show_default=True, help="How many people.")
@click.option("--groups", type=int, help="How many groups. [default: 3; JumpCloud none]")
@click.option(
    "--rate", type=float, metavar="NUMBER", help="Requests in a second at most. [default: no limit]"
)
@click.option("--seed", type=int, help="Make the same people again. [default: by chance; it is printed]")
@click.option(
    "--faults", "fault_names", default="", metavar="LIST", help=f"Provoke, with commas: {', '.join(FAULTS)}."
)
@click.option("--delete-at-end", is_flag=True, help="Delete everything that was made.")
@click.option("--verbose", is_flag=True, help="Show every step's requests, not only those that failed.")
@as_json_option
def simulate(provider: str, url: str, as_json: bool, verbose: bool, seed: int | None, **given: Any) -> None:
    """Play an IdP against the SCIM server at URL, and judge what it does."""
    chosen = secrets.randbelow(_MOST_SEED) if seed is None else seed
    try:
        where, options = _understood(url, given, chosen)
        provider_of(provider, options)
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    if not as_json:
        click.echo(f"{PROVIDERS[provider].label} → {where.base} (the same again: --seed {chosen})")
    show = _show_as_json if as_json else _show_all if verbose else _show
    tally = conversation(where, provider, options, show)
    click.echo(json.dumps(tally.document() | {"seed": chosen}) if as_json else str(tally))
    if tally.verdict != "passed":
        raise click.exceptions.Exit(1)


def _understood(url: str, given: dict[str, Any], seed: int) -> tuple[Target, Options]:
    """Return what the command line asks for. Raises ValueError."""
    where = target(url, key=_secret(given["key"]), basic=_secret(given["basic"]), next_key=given["next_key"])
    chosen = {name: given[name] for name in ("users", "groups", "rate", "delete_at_end")}
    return where, Options(seed=seed, faults=faults(given["fault_names"]), **chosen)


def _secret(value: str | None) -> str | None:
    return sys.stdin.readline() if value == "-" else value


def conversation(where: Target, provider: str, options: Options, show: Callable[[Step], None]) -> Tally:
    """Play a provider to its end with a bar of how far it is, and show each step. Raises click.ClickException."""
    tally, began = Tally(), time.monotonic()

    async def run() -> None:
        with progress("simulated") as report:
            async for step in play(where, provider, options):
                tally.count(step)
                show(step)
                report(step.number, step.of)

    try:
        asyncio.run(run())
    except TargetRefused as refused:
        raise click.ClickException(printable(str(refused))) from None
    tally.seconds = time.monotonic() - began
    return tally


def show_failure(step: Step) -> None:
    """Print a step if it did not pass, with all that is needed to understand it."""
    if step.verdict != "passed":
        _show(step)


def _show(step: Step) -> None:
    _say("\n".join(_lines(step, whole=step.verdict == "failed")))


def _show_all(step: Step) -> None:
    _say("\n".join(_lines(step, whole=True)))


def _show_as_json(step: Step) -> None:
    _say(json.dumps(step.document()))


def _say(text: str) -> None:
    """Print while the bar is shown: on a terminal that goes through the bar, which steps aside."""
    click.echo(text, file=sys.stdout if sys.stdout.isatty() else None)


def _lines(step: Step, *, whole: bool) -> list[str]:
    lines = [f"{step.verdict.upper() if step.verdict == 'failed' else step.verdict:8}{printable(step.title)}"]
    if step.verdict == "skipped":
        return [f"{lines[0]}: {printable(step.findings[0])}"]
    if whole:
        lines += [line for exchange in step.exchanges for line in _exchange(exchange)]
        lines += [f"        expected  {step.expected}"]
        lines += [f"        found     {printable(finding)}" for finding in step.findings]
        lines += [f"        why       {step.why}"]
    return lines


def _exchange(exchange: Exchange) -> list[str]:
    return [f"        sent      {exchange.request_line}", f"        came      {exchange.answer_line}"]
