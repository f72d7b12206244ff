"""`python -m bench.scale`: fill the databases that are missing, measure, print the table and the verdicts."""

from __future__ import annotations

import argparse
import asyncio
import sys
from contextlib import ExitStack
from pathlib import Path

from bench.scale.fill import Sizes
from bench.scale.many import filled_organizations
from bench.scale.measure import Row, Side, compare, long_list, pages, spread
from bench.scale.places import Place, filled, places, served
from bench.table import published

HERE = Path(__file__).resolve().parent.parent
PAGE = HERE.parent / "docs" / "explanation" / "large-populations.md"
BEGIN = "<!-- figures: python -m bench.scale --publish -->"
STORES = ("sqlite", "postgresql")
SMALL = Sizes(1_000, (0, 10, 0, 10))
OF_EACH = 100
"""Users of each of many organizations."""


def parse(arguments: list[str] | None = None) -> argparse.Namespace:
    """The options."""
    options = argparse.ArgumentParser(prog="python -m bench.scale", description=__doc__)
    options.add_argument("--users", type=int, default=1_000_000)
    options.add_argument("--members", type=int, default=100_000, help="of the big group")
    options.add_argument("--organizations", type=int, default=1_000)
    options.add_argument("--store", choices=STORES, action="append", help="one of the two; both unless given")
    options.add_argument("--folder", type=Path, default=HERE / ".cache" / "scale", help="where they are kept")
    options.add_argument("--publish", action="store_true", help="write the figures into docs/explanation too")
    return options.parse_args(arguments)


def main() -> int:
    """Run it all; 1 when something costs more than it may."""
    options = parse()
    text, met = [], True
    with places(options.folder, options.store or list(STORES)) as found:
        for place in found:
            rows, notes = _measured(place, options)
            text.append(table(place.name, rows, notes, options))
            met = met and all(row.flat is None or row.ratio <= row.flat for row in rows)
    whole = "\n".join(text)
    print(whole)
    results = HERE / "results"
    results.mkdir(exist_ok=True)
    (results / "scale.md").write_text(whole + "\n")
    if options.publish:
        PAGE.write_text(published(PAGE.read_text("utf-8"), whole, BEGIN), "utf-8")
    return 0 if met else 1


def _measured(place: Place, options: argparse.Namespace) -> tuple[list[Row], list[str]]:
    large = Sizes(options.users, (0, 10, 0, options.members))
    databases = {"small": SMALL, "large": large}
    with ExitStack() as stack:
        sides = {}
        for name, sizes in databases.items():
            url, made = filled(place, options.folder, name, sizes)
            sides[name] = Side(stack.enter_context(served(place, options.folder, url, made)), sizes)
        print(f"{place.name}:", flush=True)
        rows = asyncio.run(compare(sides["small"], sides["large"]))
        rows += [asyncio.run(pages(sides["large"], sort)) for sort in ("", "&sortBy=userName")]
        notes = [asyncio.run(long_list(sides["large"]))]
    return [*rows, _organizations(place, options)], notes


def _organizations(place: Place, options: argparse.Namespace) -> Row:
    """A look-up by each of many organizations in turn, against one organization of the same number of users."""
    costs, sizes = [], Sizes(OF_EACH, ())
    for number in (1, options.organizations):
        url, made = filled_organizations(place, options.folder, number, sizes)
        with served(place, options.folder, url, made[0]) as server:
            side = Side(server, sizes)
            origin = server.base_url.partition("/scim/")[0]
            openings = [(f"{origin}/scim/{each.connection}/v2", each.api_key) for each in made]
            costs.append(min(asyncio.run(spread(side, openings)) for _ in range(3)))
    name = f"userName eq, {options.organizations:,} organizations in turn against one"
    return Row(name, costs[0], costs[1], 1.3)


def table(store: str, rows: list[Row], notes: list[str], options: argparse.Namespace) -> str:
    """The figures of one store as Markdown."""
    head = f"{options.users:,} users, big group of {options.members:,}"
    lines = [
        f"**{store}**, CPU milliseconds per request, server and database together",
        "",
        f"| request | 1,000 users, group of 10 | {head} | ratio | may be |",
        "|---|--:|--:|--:|--:|",
    ]
    for row in rows:
        bound = "" if row.flat is None else f"{row.flat}"
        lines.append(f"| {row.name} | {row.small:.3f} | {row.large:.3f} | {row.ratio:.2f} | {bound} |")
    return "\n".join([*lines, "", *notes, ""])


if __name__ == "__main__":
    sys.exit(main())
