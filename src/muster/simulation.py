"""The IdP simulator as the console plays it: against this very server, and one connection at a time.

Law: the address is the server's own and the key that of the connection; neither can be named from outside.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import replace

from muster.console.simulation import Played, Unplayable, Wanted
from muster.directory.records import Connection
from muster.simulator.options import FAULTS, Options, TargetRefused, target
from muster.simulator.options import faults as faults_in
from muster.simulator.script import PROVIDERS, provider_of
from muster.simulator.simulate import simulate
from muster.simulator.step import Step

_RATE = 20.0  # requests in a second: to be watched, and so that the server has time for others


class OwnSimulation:
    """Simulated IdPs for the connections of this server; `base` is where it reaches itself, with no slash behind."""

    def __init__(self, base: str) -> None:
        self._base = base
        self.providers: Mapping[str, str] = {name: each.label for name, each in PROVIDERS.items()}
        self.faults: Sequence[str] = FAULTS

    def check(self, wanted: Wanted) -> None:
        """Make sure that it can be played. Raises ValueError, with one line that says why not."""
        provider_of(wanted.provider, _options(wanted))

    async def play(
        self, connection: Connection, api_key: str, wanted: Wanted
    ) -> AsyncGenerator[Played, None]:
        """Play, and yield each step when it is over. Raises ValueError; Unplayable: the server does not let it in."""
        where = replace(target(f"{self._base}/scim/{connection.id}/v2", key=api_key), here=True)
        try:
            async with aclosing(simulate(where, wanted.provider, _options(wanted))) as steps:
                async for step in steps:
                    yield _played(step)
        except TargetRefused as refused:
            raise Unplayable(str(refused)) from None


def _options(wanted: Wanted) -> Options:
    return Options(
        users=wanted.users,
        groups=wanted.groups,
        rate=_RATE,
        seed=wanted.seed,
        faults=faults_in(",".join(wanted.faults)),
        delete_at_end=wanted.delete_at_end,
    )


def _played(step: Step) -> Played:
    """Return what is shown of a step: all of it only where it did not pass."""
    passed = step.verdict == "passed"
    lines = () if passed else tuple((each.request_line, each.answer_line) for each in step.exchanges)
    return Played(
        step.number, step.of, step.title, step.verdict, step.expected, step.why, step.findings,
        len(step.exchanges), lines,
    )  # fmt: skip
