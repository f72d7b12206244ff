"""The parts of docs/reference/management-api.md that are made from the program: its problems and its routes.

`python -m tests.api.reference` writes them.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterable
from pathlib import Path

from muster.api.problem import KINDS
from tests.api.asgi import Api
from tests.api.made import operations
from tests.architecture.sources import ROOT

PAGE = ROOT / "docs" / "reference" / "management-api.md"
PART = re.compile(r"(<!-- (problems|routes) -->\n).*?(?=\n## |\Z)", re.DOTALL)


def parts(api: Api) -> dict[str, str]:
    """Each generated part by its name."""
    problems = sorted((kind.status, kind.code, kind.title) for kind in KINDS)
    routes = (
        (one.method, one.path, one.id, one.document["description"].partition("\n")[0])
        for one in operations(api)
    )
    return {
        "problems": _table("| status | `code` | |", (f"{s} | `{c}` | {t}" for s, c, t in problems)),
        "routes": _table("| | | operation |", (f"`{m} {p}` | `{i}` | {d}" for m, p, i, d in routes)),
    }


def page(api: Api) -> str:
    """The page as it has to be."""
    made = parts(api)
    return PART.sub(lambda found: found[1] + made[found[2]], PAGE.read_text("utf-8"))


def _table(head: str, rows: Iterable[str]) -> str:
    lines = [head, "|---|---|---|", *(f"| {row} |" for row in rows)]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        opened = Api(Path(folder) / "muster.db")
        PAGE.write_text(page(opened), "utf-8")
        opened.close()
