"""Play a simulated IdP to its end, and say what became of it."""

import asyncio
from typing import Any

from muster.simulator.options import FAULTS, Options, Target, target
from muster.simulator.simulate import simulate
from muster.simulator.step import Step
from tests.harness.client import ScimClient

EVERY_FAULT = frozenset(FAULTS)


def played(where: Target, provider: str, **options: Any) -> list[Step]:
    """All steps of a simulation."""

    async def run() -> list[Step]:
        return [step async for step in simulate(where, provider, Options(**options))]

    return asyncio.run(run())


def at(client: ScimClient) -> Target:
    """The server that a client talks to, with its key."""
    return target(client.base_url, key=client.api_key)


def told(steps: list[Step]) -> list[str]:
    """A line for each thing that was found wrong, with the step's title."""
    return [f"{step.title}: {finding}" for step in steps for finding in step.findings]


def titled(steps: list[Step], *words: str) -> list[Step]:
    """The steps whose title begins so."""
    return [step for step in steps if step.title.startswith(words)]
