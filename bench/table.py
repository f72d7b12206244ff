"""The figures as Markdown, a table for each store of ours: ours in figures, its rivals as multiples of them."""

from __future__ import annotations

from bench.lineup import LIMIT, OURS, RIVALS
from bench.results import Results

NAMES = {
    "W1": "create",
    "W2": "retrieve",
    "W3": "userName eq, hit",
    "W3m": "userName eq, miss",
    "W3e": "externalId eq",
    "W4": "PATCH active",
    "W5": "PUT",
    "W6": "deep page of 100",
    "W7a": "add one member",
    "W7b": "remove one member",
    "W7c": "group without members",
    "W8a": "e-mail value path",
    "W8c": "userName co",
    "W9o": "Okta cycle",
    "W9e": "Entra cycle",
}

BEGIN, END = "<!-- figures: python -m bench --publish -->", "<!-- end of figures -->"
LEGEND = (
    "Others as multiples of ours, operations per second / CPU per operation; x: answered wrongly; -: not run."
)


def render(results: Results, users: int) -> str:
    """The tables of a run among `users` users, and who took part with fewer or not at all."""
    tables = [_table(results, ours, _others(results, ours)) for ours in RIVALS if ours in results.servers]
    fewer = [
        f"{server} was measured among {loaded:,} users instead of {users:,}."
        for server, loaded in results.loaded.items()
        if server != LIMIT and "@" not in server and loaded < users
    ]
    absent = [f"{server} was not measured." for server in results.missing if server not in results.servers]
    return "\n\n".join([*tables, LEGEND, *fewer, *absent]) + "\n"


def _others(results: Results, ours: str) -> list[str]:
    """The rivals of ours; the limit stands beside the first table."""
    return results.peers(*RIVALS[ours]) + ([LIMIT] if ours == OURS else [])


def _table(results: Results, ours: str, others: list[str]) -> str:
    """One of our servers beside others."""
    lines = [_row(["workload", f"{ours}, ops/s", f"{ours}, CPU ms/op", *others])]
    lines.append("|---|" + "--:|" * (2 + len(others)))
    lines += [_line(results, ours, workload, others) for workload in results.servers[ours]]
    return "\n".join(lines)


def published(page: str, text: str, begin: str = BEGIN, end: str = END) -> str:
    """The page with its figures replaced: what stands between its two marks."""
    before, _, rest = page.partition(begin)
    _, _, after = rest.partition(end)
    return f"{before}{begin}\n\n{text}\n\n{end}{after}"


def _line(results: Results, ours: str, workload: str, others: list[str]) -> str:
    """One workload of all servers; the limit has one figure, which stands beside W2 and W3."""
    rate, cost = results.rate(ours, workload), results.cost(ours, workload)
    key, _, size = workload.partition(":")
    label = f"{workload} {NAMES.get(key, '')}" + (f" ({int(size):,} members)" if size else "")
    cells = [label, f"{rate:,.0f}" if rate else "x", f"{cost:.3f}" if cost else "x"]
    for other in others:
        theirs = "W2" if other == LIMIT and workload in {"W2", "W3"} else workload
        ratios = (
            _ratio(results.rate(other, theirs), rate),
            _ratio(results.cost(other, theirs), cost),
        )
        cells.append(" / ".join(ratios) if all(ratios) else _why_not(results, other, theirs))
    return _row(cells)


def _ratio(theirs: float | None, ours: float | None) -> str:
    """A multiple of ours; empty where there is none."""
    if theirs is None or not ours:
        return ""
    ratio = theirs / ours
    return f"{ratio:.2f}" if ratio < 10 else f"{ratio:,.0f}"


def _why_not(results: Results, server: str, workload: str) -> str:
    """The mark in place of a multiple; a figure that has none of ours to be a multiple of is no wrong answer."""
    record = results.servers.get(server, {}).get(workload, {"skipped": "not asked"})
    wrong = record.get("wrong", "skipped" not in record) and not results.rate(server, workload)
    return "x" if wrong else "-"


def _row(cells: list[str]) -> str:
    return "| " + " | ".join(cells) + " |"
