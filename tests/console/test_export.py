"""Changes as a file: it ends where it began to end, one at a time, and not as if it were whole when it is not."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest

from muster.bootstrap import world
from muster.console import export
from muster.console.views import changes
from muster.directory.failures import StoreUnavailable
from muster.directory.organizations import Settling, settle_organization
from muster.directory.sessions import end_session, visitor_with
from tests.console.visitor import Page, Visitor

MADE = 12  # changes


class Reader(Visitor):
    """An administrator to whom something happens while the first portion of a file is sent."""

    async def meanwhile(self, sent: int) -> None:
        """What a test says."""
        if sent == 2:  # the head, and the first part of the body
            await self.interrupt()

    async def interrupt(self) -> None:
        """Nothing, unless a test says otherwise."""


@pytest.fixture
def reader(admin: Visitor, monkeypatch: pytest.MonkeyPatch) -> Reader:
    """In an organization with some changes, whose files come in portions of two."""
    monkeypatch.setattr(export, "_AT_ONCE", 2)
    for days in range(1, MADE + 1):
        admin.api.run(settle(admin, days))
    return Reader(admin.api, admin.base.rpartition("/")[2], "admin")


def settle(visitor: Visitor, days: int) -> Any:
    """A change of the organization."""
    settling = Settling(log_days=days)
    return settle_organization(visitor.api.database, world(), visitor.user.organization, settling)


def lines(page: Page) -> list[Any]:
    """The lines of a file of JSON lines."""
    assert page.status == 200, page.text
    return [json.loads(line) for line in page.html.splitlines()]


def numbers(page: Page) -> list[int]:
    """The numbers of the changes in a file that is whole."""
    return [line["sequence"] for line in lines(page)]


def test_a_file_ends_at_what_was_the_latest_change(reader: Reader) -> None:
    """What comes while it is sent is in the next one, which goes on behind it."""
    known = numbers(reader.get("/changes.jsonl"))
    assert known == list(range(1, len(known) + 1))

    async def change() -> None:
        await settle(reader, 77)

    reader.interrupt = change  # type: ignore[method-assign]
    assert numbers(reader.get("/changes.jsonl")) == known
    assert numbers(reader.get(f"/changes.jsonl?after={known[-1]}")) == [known[-1] + 1]


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_a_session_that_ends_ends_its_file(reader: Reader, form: str) -> None:
    """With a last line that says so."""

    async def sign_out() -> None:
        database, outside = reader.api.database, world()
        visitor = await visitor_with(database, outside, reader._secret)
        assert visitor is not None
        await end_session(database, outside, visitor.session)

    reader.interrupt = sign_out  # type: ignore[method-assign]
    page = reader.get(f"/changes.{form}")
    if form == "csv":
        rows = list(csv.reader(io.StringIO(page.html)))
        assert (len(rows), rows[-1][0].startswith("This file is not whole")) == (2, True)
    else:
        *whole, last = lines(page)
        assert [line["sequence"] for line in whole] == [1, 2]
        assert "not signed in any more" in last["incomplete"]
    assert reader.get(f"/changes.{form}").status == 303


def test_a_session_has_one_file_at_a_time(reader: Reader) -> None:
    """The second one is refused while the first is sent, and given afterward, also after one that was cut off."""
    told: list[int] = []

    async def nothing() -> None:
        pass

    async def again() -> None:
        reader.interrupt = nothing  # type: ignore[method-assign]
        told.append((await reader.ask("GET", f"{reader.base}/changes.csv", b"")).status)

    reader.interrupt = again  # type: ignore[method-assign]
    known = numbers(reader.get("/changes.jsonl"))
    assert told == [429]

    async def cut_off() -> None:
        raise OSError

    reader.interrupt = cut_off  # type: ignore[method-assign]
    assert reader.get("/changes.jsonl").status == 200
    reader.interrupt = nothing  # type: ignore[method-assign]
    assert numbers(reader.get("/changes.jsonl")) == known


def test_a_file_has_so_many_changes_and_no_more(reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    """The page links every part; together they are all changes."""
    whole = numbers(reader.get("/changes.jsonl"))
    for module in (export, changes):
        monkeypatch.setattr(module, "ROWS", 5)
    page = reader.get("/changes")
    assert "up to 5 changes each" in page.text
    found: list[int] = []
    for after in range(0, len(whole), 5):
        query = f"?after={after}" if after else ""
        assert f'/changes.jsonl{query}"' in page.html
        part = numbers(reader.get(f"/changes.jsonl{query}"))
        assert len(part) <= 5
        found += part
    assert found == whole
    assert reader.get("/changes.jsonl?after=x").status == 404


@pytest.mark.parametrize("ends", ["large", "lost"])
def test_a_file_that_is_cut_short_says_so(reader: Reader, monkeypatch: pytest.MonkeyPatch, ends: str) -> None:
    """Where it is too large, with where to go on; where the database is lost."""

    async def lost(*_: object) -> None:
        raise StoreUnavailable

    if ends == "large":
        monkeypatch.setattr(export, "_BYTES", 1)
    else:
        monkeypatch.setattr(export, "changes_after", lost)
    *_, last = lines(reader.get("/changes.jsonl"))
    assert ("?after=2" if ends == "large" else "cannot be reached") in last["incomplete"]
