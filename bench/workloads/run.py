"""What every workload gets: the population, the loop, and how large the run is."""

from __future__ import annotations

import random
from dataclasses import dataclass

from bench.loop import Figures, Loop, Operation
from bench.population import Population


@dataclass
class Run:
    """One run against one server; `scale` multiplies the numbers of requests."""

    loop: Loop
    population: Population
    scale: float = 1.0

    def count(self, requests: int) -> int:
        """The number of operations of a workload in this run."""
        return max(10, int(requests * self.scale))

    def picks(self, seed: int, count: int) -> list[int]:
        """Numbers of loaded users, the same for every server."""
        chosen = random.Random(seed)
        return [chosen.randrange(len(self.population.ids)) for _ in range(count)]

    async def measure(
        self,
        label: str,
        operation: Operation,
        count: int,
        *,
        connections: int | None = None,
        requests: int = 1,
    ) -> Figures:
        """Run the loop; `requests` is how many equal requests one operation makes."""
        figures = Figures(label, connections or self.loop.bounds.connections, requests_per_operation=requests)
        return await self.loop.run(figures, operation, count)
