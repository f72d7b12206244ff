"""The figures as one Markdown table: ratios to ours, in operations per second and in CPU per operation."""

from __future__ import annotations

from bench.results import LIMIT, OURS, Results

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


def render(results: Results) -> str:
    """The table: ours in figures, the others as multiples of ours."""
    peers = results.peers()
    heads = ["workload", "ours, ops/s", "ours, CPU ms/op"]
    for name in [*peers, LIMIT]:
        heads += [f"{name}, ops/s", f"{name}, CPU/op"]
    lines = [_row(heads), "|---|" + "--:|" * (len(heads) - 1)]
    lines += [_line(results, workload, [*peers, LIMIT]) for workload in results.servers.get(OURS, {})]
    return "\n".join(lines) + "\n\nOthers as multiples of ours; x: answered wrongly; -: not run.\n"


def published(page: str, text: str, begin: str = BEGIN, end: str = END) -> str:
    """The page with its figures replaced: what stands between its two marks."""
    before, _, rest = page.partition(begin)
    _, _, after = rest.partition(end)
    return f"{before}{begin}\n\n{text}\n\n{end}{after}"


def _line(results: Results, workload: str, others: list[str]) -> str:
    """One workload of all servers; the limit has one figure, which stands beside W2 and W3."""
    rate, cost = results.rate(OURS, workload), results.cost(OURS, workload)
    key, _, size = workload.partition(":")
    label = f"{workload} {NAMES.get(key, '')}" + (f" ({int(size):,} members)" if size else "")
    cells = [label, f"{rate:,.0f}" if rate else "x", f"{cost:.3f}" if cost else "x"]
    for other in others:
        theirs = "W2" if other == LIMIT and workload in {"W2", "W3"} else workload
        cells += [
            _cell(results, other, theirs, results.rate(other, theirs), rate),
            _cell(results, other, theirs, results.cost(other, theirs), cost),
        ]
    return _row(cells)


def _cell(results: Results, server: str, workload: str, theirs: float | None, ours: float | None) -> str:
    """A multiple of ours, or why there is none."""
    if theirs is not None and ours:
        ratio = theirs / ours
        return f"{ratio:.2f}" if ratio < 10 else f"{ratio:,.0f}"
    record = results.servers.get(server, {}).get(workload)
    return "-" if record is None or server == LIMIT else "x"


def _row(cells: list[str]) -> str:
    return "| " + " | ".join(cells) + " |"
