"""The locks: complete, hashed, equal where they overlap, and silent about where the packages came from."""

import re
import tomllib
from typing import Any

import pytest

from tests.architecture.sources import ROOT, ignored, shown

LOCKS = ("run", "test")
SETTINGS = {".cfg", ".in", ".ini", ".json", ".toml", ".txt", ".yaml"}
PIN = re.compile(r"^([a-z0-9._-]+)==([^\s;\\]+)", re.MULTILINE | re.IGNORECASE)


def text_of(lock: str) -> str:
    """The text of one lock file."""
    return (ROOT / "requirements" / f"{lock}.txt").read_text("utf-8")


def pins_of(lock: str) -> dict[str, str]:
    """Version by normalised package name."""
    return {normal(name): version for name, version in PIN.findall(text_of(lock))}


def normal(name: str) -> str:
    """A package's name as PEP 503 compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def project() -> dict[str, Any]:
    """pyproject.toml, parsed."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_names_no_host_and_no_path(lock: str) -> None:
    """Where the packages were fetched when it was made is nobody's business, and not to be trusted."""
    assert re.findall(r".*(?://|--(?:extra-)?index|find-links|@ |file:|/home|/tmp).*", text_of(lock)) == []


@pytest.mark.parametrize("lock", LOCKS)
def test_each_pin_has_a_hash(lock: str) -> None:
    """What --require-hashes asks of the file: each requirement is pinned and hashed."""
    entries = re.split(r"\n(?=\S)", text_of(lock).strip())
    unhashed = [entry for entry in entries if not entry.startswith("#") and "--hash=sha256:" not in entry]
    assert unhashed == []
    assert pins_of(lock)


def test_the_test_lock_holds_the_run_lock() -> None:
    """Tests run on the very versions that are served with."""
    assert pins_of("run").items() <= pins_of("test").items()


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_covers_what_the_project_asks_for(lock: str) -> None:
    """A dependency that was added without `make lock` is found here, not by the next stranger."""
    groups = project()["dependency-groups"]
    asked = [
        *project()["project"]["dependencies"],
        *groups["build"],
        *(groups["test"] if lock == "test" else []),
    ]
    names = {normal(re.split(r"[\[<>=!~; ]", line, maxsplit=1)[0]) for line in asked}
    assert names - pins_of(lock).keys() == set()


def test_no_other_lock_is_kept() -> None:
    """uv.lock and package-lock.json record the hosts of whoever made them."""
    assert [name for name in ("uv.lock", "package-lock.json", "poetry.lock") if (ROOT / name).exists()] == []


def test_no_file_records_where_packages_came_from() -> None:
    """Neither the peers' locks nor any settings file names an index, a registry or a resolved address."""
    places = re.compile(r"(?:index-url|find-links|registry) *[=:]|\"resolved\": *\"http")
    folders = [folder for folder in ROOT.iterdir() if folder.is_dir() and not ignored(folder)]
    kept = [
        path for folder in folders for path in folder.rglob("*") if path.suffix in SETTINGS and path.is_file()
    ]
    found = (
        path
        for path in [*ROOT.glob("*.toml"), *kept]
        if not ignored(path) and places.search(path.read_text("utf-8", "replace"))
    )
    assert [shown(path) for path in found] == []
