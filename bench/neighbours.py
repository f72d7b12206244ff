"""What a quiet organization notices of a noisy one: `python -m bench.neighbours`, on both stores.

Two organizations share a server. The quiet one sends a request every 50 ms over two connections; the noisy one keeps
ten times as many busy without a pause. Printed are the latencies of both as histograms, the quiet one's also
from a time when it was alone.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import random
import time
from bisect import bisect_left
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

from bench import documents
from bench.population import call
from bench.scale import people
from bench.scale.fill import Filled, Sizes
from bench.scale.many import filled_organizations
from bench.scale.places import Place, places, served
from bench.table import published
from bench.wire import Address, Client

HERE = Path(__file__).resolve().parent
PAGE = HERE.parent / "docs" / "explanation" / "large-populations.md"
BEGIN, END = "<!-- neighbours: python -m bench.neighbours --publish -->", "<!-- end of neighbours -->"
SHARE, TIMES = 2, 10
PAUSE = 0.05
BOUNDS = (1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1000.0)
"""Milliseconds."""

Send = Callable[[Client, int], Awaitable[None]]


class Seen(NamedTuple):
    """Latencies in milliseconds, and how many requests a second there were."""

    latencies: list[float]
    rate: float

    def histogram(self) -> list[int]:
        """How many were not slower than each bound, and slower than the one before; the last: than all."""
        counts = [0] * (len(BOUNDS) + 1)
        for latency in self.latencies:
            counts[bisect_left(BOUNDS, latency)] += 1
        return counts

    def percentile(self, share: float) -> float:
        """The latency below which a share of them lies."""
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


async def read(client: Client, number: int) -> None:
    """A look-up, as every IdP makes before it writes."""
    condition = quote(f'userName eq "{people.user_name(number % 100)}"')
    await call(client, "GET", f"/Users?filter={condition}")


async def scan(client: Client, number: int) -> None:
    """A search through all users of the organization, sorted: the dearest that a client can ask for."""
    await call(
        client, "GET", f"/Users?filter={quote(f'title co {chr(34)}{number % 10}{chr(34)}')}&sortBy=title"
    )


async def write(client: Client, number: int) -> None:
    """A change of one user."""
    body = documents.patch({"op": "replace", "path": "nickName", "value": f"n{number}-{random.random()}"})
    await call(client, "PATCH", f"/Users/{people.id_of('User', number % 100)}", body)


MIXES: dict[str, tuple[Send, Send]] = {
    "quiet reads, noisy reads": (read, read),
    "quiet writes, noisy writes": (write, write),
    "quiet reads, noisy writes": (read, write),
    "quiet writes, noisy searches": (write, scan),
    "quiet searches, noisy searches": (scan, scan),
}


async def use(address: Address, send: Send, connections: int, pause: float, seconds: float) -> Seen:
    """Send requests over some connections, one after the other on each, for a time."""
    latencies: list[float] = []
    until = time.monotonic() + seconds

    async def one(place: int) -> None:
        client, number = Client(address), place * 1000
        while (begun := time.monotonic()) < until:
            await send(client, number)
            latencies.append(1000 * (time.monotonic() - begun))
            number += 1
            if pause:
                await asyncio.sleep(pause)
        client.close()

    await asyncio.gather(*(one(place) for place in range(connections)))
    return Seen(latencies, len(latencies) / seconds)


async def meet(quiet: Address, noisy: Address, mix: tuple[Send, Send], seconds: float) -> list[Seen]:
    """The quiet one alone, then both at the same time: alone, quiet, noisy."""
    alone = await use(quiet, mix[0], SHARE, PAUSE, seconds)
    both = await asyncio.gather(
        use(quiet, mix[0], SHARE, PAUSE, seconds), use(noisy, mix[1], SHARE * TIMES, 0, seconds)
    )
    return [alone, *both]


def histograms(title: str, seen: list[Seen]) -> str:
    """Three histograms beside each other as Markdown."""
    heads = ["milliseconds, up to", "quiet, alone", "quiet, beside noisy", "noisy"]
    lines = [f"{title}", "", f"| {' | '.join(heads)} |", "|--:|--:|--:|--:|"]
    columns = [one.histogram() for one in seen]
    for place, bound in enumerate([*(f"{bound:g}" for bound in BOUNDS), "more"]):
        row = [column[place] for column in columns]
        if any(row):
            lines.append(f"| {bound} | {' | '.join(map(str, row))} |")
    for name, share in (("half", 0.5), ("99 of 100", 0.99)):
        lines.append(f"| {name} within | {' | '.join(f'{one.percentile(share):.1f} ms' for one in seen)} |")
    lines.append(f"| a second | {' | '.join(f'{one.rate:.0f}' for one in seen)} |")
    return "\n".join([*lines, ""])


def measured(place: Place, folder: Path, seconds: float) -> str:
    """The histograms of one store."""
    url, made = filled_organizations(place, folder, 2, Sizes(10_000, ()))
    text = [f"**{place.name}**", ""]
    with served(place, folder, url, made[0]) as server:
        origin = server.base_url.partition("/scim/")[0]
        quiet, noisy = (_address(origin, each) for each in made)
        for title, mix in MIXES.items():
            text.append(histograms(title, asyncio.run(meet(quiet, noisy, mix, seconds))))
            print(text[-1], flush=True)
    return "\n".join(text)


def _address(origin: str, each: Filled) -> Address:
    return Address(f"{origin}/scim/{each.connection}/v2", each.api_key)


def main() -> None:
    """Measure, print, and publish where that is asked for."""
    options = argparse.ArgumentParser(prog="python -m bench.neighbours", description=__doc__)
    options.add_argument("--seconds", type=float, default=8)
    options.add_argument("--store", choices=("sqlite", "postgresql"), action="append")
    options.add_argument("--folder", type=Path, default=HERE / ".cache" / "scale")
    options.add_argument("--publish", action="store_true", help="write the figures into docs/explanation too")
    chosen = options.parse_args()
    with (
        contextlib.suppress(KeyboardInterrupt),
        places(chosen.folder, chosen.store or ["sqlite", "postgresql"]) as found,
    ):
        text = "\n".join(measured(place, chosen.folder, chosen.seconds) for place in found)
        if chosen.publish:
            PAGE.write_text(published(PAGE.read_text("utf-8"), text, BEGIN, END), "utf-8")


if __name__ == "__main__":
    main()
