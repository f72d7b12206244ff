"""Run the conformance tests and write docs/conformance.md: `python -m tests.conformance.report`.

The document is the same for the same outcomes: it holds no dates and nothing of the machine it was made on.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from itertools import groupby
from pathlib import Path
from typing import Any

from tests.conformance.ledger import DOCUMENT, HERE, MODES, declared, deferred, records

Outcomes = dict[str, dict[str, Any]]

QUIETLY = ["-q", "-n", "2", "--dist", "loadfile"]

HEAD = """# Conformance

What the SCIM standards ask, number by number, and whether Muster does it. Written by `make conformance`, which
runs [the tests](../tests/conformance) against a running server; do not edit by hand.

*Default* is the mode for real clients, *strict* follows the RFCs to the letter. Levels are the source's own;
DEC is a decision where the sources leave one open, INT what a real client needs.
"""


def main() -> int:
    """Run the tests, write the document, print the counts; the exit code is 1 where a check failed."""
    results = by_number(run())
    DOCUMENT.parent.mkdir(exist_ok=True)
    DOCUMENT.write_text(document(results))
    print(summary(results))
    return int(any("fail" in verdict for modes in results.values() for verdict in modes.values()))


def run() -> Outcomes:
    """The outcome of each marked test, by its node id."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "outcomes.json"
        subprocess.run(
            [sys.executable, "-m", "pytest", str(HERE), "--ignore", str(HERE / "test_ledger.py"), *QUIETLY],
            env=os.environ | {"MUSTER_CONFORMANCE_RESULTS": str(file)},
            cwd=HERE.parents[1],
            check=False,
        )
        outcomes: Outcomes = json.loads(file.read_text())
        return outcomes


def by_number(outcomes: Outcomes) -> dict[str, dict[str, str]]:
    """For each number the verdict in each mode."""
    return {record["id"]: {mode: verdict(record, mode, outcomes) for mode in MODES} for record in records()}


def verdict(record: dict[str, Any], mode: str, outcomes: Outcomes) -> str:
    """Pass, fail, next issue, or not applicable; a check without a run counts as failed."""
    if record.get("next_issue"):
        return "next issue"
    if record.get("not_applicable"):
        return "not applicable"
    ran = [
        test["outcome"]
        for test in outcomes.values()
        if record["id"] in test["requirements"] and mode in test["modes"]
    ]
    return "pass" if ran and set(ran) == {"passed"} else "fail" if ran else "fail (not run)"


def document(results: dict[str, dict[str, str]]) -> str:
    """The whole Markdown document."""
    parts = [HEAD, summary(results)]
    tests = declared()
    for section, members in groupby(records(), key=lambda record: record["section"]):
        rows = [row(record, results[record["id"]], tests.get(record["id"], [])) for record in members]
        table = [
            "| check | level | source | what | default | strict | tests |",
            "|---|---|---|---|---|---|---|",
            *rows,
        ]
        parts.append(f"## {section}\n\n" + "\n".join(table) + "\n")
    return "\n".join(parts)


def summary(results: dict[str, dict[str, str]]) -> str:
    """The counts of each verdict in each mode, as a table."""
    counts = {mode: Counter(verdicts[mode] for verdicts in results.values()) for mode in MODES}
    kinds = ["pass", "fail", "fail (not run)", "not applicable", "next issue"]
    lines = [f"| {kind} | {counts['default'][kind]} | {counts['strict'][kind]} |" for kind in kinds]
    total = f"| all | {len(results)} | {len(results)} |"
    return "\n".join(["| result | default | strict |", "|---|--:|--:|", *lines, total, ""])


def row(record: dict[str, Any], verdicts: dict[str, str], tests: list[str]) -> str:
    """One line of a section's table."""
    text = record["text"] + (f" *({record['not_applicable']})*" if record.get("not_applicable") else "")
    names = "" if deferred(record) else "<br>".join(f"`{test}`" for test in tests)
    cells = [record["id"], record["level"], record["source"], text, *verdicts.values(), names]
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    sys.exit(main())
