"""The reference page of errors, made from the catalogue: `python -m muster.directory.catalogue.page` prints it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Final

from muster.directory.catalogue.catalogue import CHAPTERS
from muster.directory.catalogue.entry import MENUS, NAMES, Entry

_HEAD: Final = """# Errors

Each refusal has a code, which does not change: it ends the `detail` of a SCIM Error, is the `code` of a problem of the
management API, and stands in the [request log](request-log.md). How to look for one person's errors is told in
[find out why a user failed](../how-to/find-out-why-a-user-failed.md).

This page is made from the catalogue in the program (`make errors`)."""


def page() -> str:
    """Return the page as Markdown."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield _HEAD
    for title, entries in CHAPTERS.items():
        yield f"\n## {title}"
        for entry in entries:
            yield from _section(entry)


def _section(entry: Entry) -> Iterator[str]:
    yield f"\n### {entry.code}\n"
    yield f"{entry.cause}\n"
    yield f"- Shown by: {entry.evidence}"
    yield f"- To do: {entry.fix}"
    if entry.place is not None:
        for provider, menus in MENUS.items():
            yield f"  - {NAMES[provider]}: {menus[entry.place]}"


if __name__ == "__main__":
    sys.stdout.write(page())
