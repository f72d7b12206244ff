"""The documents hold together: links resolve, the changelog knows the version, decisions are numbered."""

import re
from pathlib import Path
from urllib.parse import unquote

import muster
from tests.architecture.sources import ROOT, documents, shown

FENCE = re.compile(r"^(```|~~~).*?^\1", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)(?:\s+\"[^\"]*\")?\)")
HEADING = re.compile(r"^#{1,6} +(.+?) *#*$", re.MULTILINE)


def prose(path: Path) -> str:
    """A document without its fenced examples."""
    return FENCE.sub("", path.read_text("utf-8"))


def anchors(path: Path) -> set[str]:
    """The addresses of a document's headings, as the usual renderers make them."""
    headings = (re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading) for heading in HEADING.findall(prose(path)))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def broken(path: Path, link: str) -> str | None:
    """What is wrong with a relative link, if anything."""
    target, _, anchor = unquote(link).partition("#")
    place = (path.parent / target).resolve() if target else path
    if not place.exists():
        return f"{shown(path)}: {link}: no such file"
    if anchor and place.suffix == ".md" and anchor not in anchors(place):
        return f"{shown(path)}: {link}: no such heading"
    return None


def test_every_relative_link_resolves() -> None:
    """A link inside the repository leads to a file, and to a heading where it names one."""
    links = [
        (path, link)
        for path in documents()
        for link in LINK.findall(prose(path))
        if not re.match(r"[a-z]+:", link)
    ]
    assert [problem for path, link in links if (problem := broken(path, link))] == []


def test_every_page_is_reachable_from_the_index() -> None:
    """docs/README.md leads to each page, directly or through another page."""
    seen, ahead = set[Path](), [ROOT / "docs" / "README.md"]
    while ahead:
        page = ahead.pop()
        if page in seen or page.suffix != ".md" or not page.exists():
            continue
        seen.add(page)
        ahead += [(page.parent / link.partition("#")[0]).resolve() for link in LINK.findall(prose(page))]
    assert [shown(path) for path in documents() if shown(path).startswith("docs/") and path not in seen] == []


def test_the_changelog_knows_the_version() -> None:
    """The first numbered section of CHANGELOG.md is the version that the package has."""
    numbered = re.search(r"^## \[?(\d+\.\d+\.\d+)", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE)
    assert numbered is not None
    assert numbered[1] == muster.__version__


def test_decisions_are_numbered_without_gaps_and_have_their_parts() -> None:
    """docs/adr/NNNN-name.md, each with status, context, decision and consequences."""
    records = sorted((ROOT / "docs" / "adr").glob("[0-9]*.md"))
    assert [int(path.name[:4]) for path in records] == list(range(1, len(records) + 1))
    parts = ("Status", "Context", "Decision", "Consequences")
    missing = [
        f"{shown(path)}: {part}"
        for path in records
        for part in parts
        if part not in HEADING.findall(prose(path))
    ]
    assert missing == []
