"""From an SQLite file into a PostgreSQL: everything arrives, is compared, and others in the database are left alone."""

import asyncio
import itertools
from collections.abc import Callable
from pathlib import Path

import apsw
import pytest

from muster.directory.failures import StoreError
from muster.store.copy import move
from muster.store.copy.into_postgres import PostgresTarget
from muster.store.copy.tables import TABLES, Form
from muster.store.copy.tally import tally
from muster.store.postgres.database import open_database
from muster.store.sqlite import migrate_file
from tests.store.everything import fill
from tests.store.postgres.agreement import (
    FLAGS,
    NOT_COPIED,
    NUMBERED,
    OF_ONE_DATABASE,
    WHOLES,
    ask,
    disagreements,
    of_file,
    of_postgres,
    tables,
)  # fmt: skip
from tests.store.postgres.copying import copied, opened
from tests.store.scene import Scene


def test_every_column_of_both_stores_is_copied(tmp_path: Path, root: str) -> None:
    """A column that a migration adds, and nobody tells the copy of, is found here."""
    migrate_file(tmp_path / "new.db")
    ours = {one.name: {"organization"} | {column.name for column in one.columns} for one in TABLES}
    assert ours == {name: set(columns) for name, columns in tables(tmp_path / "new.db").items()}
    wholes = {
        one.name: {WHOLES[column.name] for column in one.columns if column.form in (Form.KEY, Form.ENTRY)}
        for one in TABLES
    }
    found = ask(
        root, "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'muster'"
    )
    theirs = {
        table: {row["column_name"] for row in rows}
        for table, rows in itertools.groupby(sorted(found), lambda row: row["table_name"])
        if table not in NOT_COPIED and not table.endswith("_of")
    }
    theirs["organizations"].remove(OF_ONE_DATABASE)
    assert theirs == {name: columns | wholes[name] for name, columns in ours.items()}
    forms = {(column.name, column.form) for table in TABLES for column in table.columns}
    assert {name for name, form in forms if form is Form.ROW} == NUMBERED
    assert {name for name, form in forms if form is Form.FLAG} == FLAGS


def test_everything_arrives(source: Path, url: str, root: str) -> None:
    """Row by row what the file holds, numbers, versions, times, sequences, epochs and keys; and the tables agree."""
    result = copied(source, url)
    expected = of_file(source)
    assert of_postgres(root, source) == expected
    assert result.organizations == 2
    assert result.rows == {name: len(rows) for name, rows in expected.items() if rows}
    assert all(expected.values())  # of each table something
    assert disagreements(root) == []
    assert ask(root, "SELECT * FROM copies") == ask(root, "SELECT * FROM copied") == []
    assert {row["name"] for row in ask(root, "SELECT name FROM organization_names")} == {
        row["name"] for row in ask(root, "SELECT name FROM organizations")
    }


def test_new_rows_are_numbered_behind_those_that_were_copied(source: Path, url: str, root: str) -> None:
    """In every table whose rows have numbers."""
    copied(source, url)
    reach = {
        name: max(row["row"] for row in ask(root, f"SELECT row FROM {name}")) for name in ("users", "groups")
    }
    with asyncio.Runner() as runner:
        database = runner.run(open_database(url))
        side = Scene(database, runner, itertools.count(1)).side()
        side.group("New", {side.user("new"): "User"})
        runner.run(database.close())
    for name, before in reach.items():
        (new,) = ask(root, f"SELECT row FROM {name} WHERE organization = 1")
        assert new["row"] > before
    assert disagreements(root) == []


def test_a_second_source_is_shifted_behind_the_first(
    source: Path, url: str, root: str, tmp_path: Path
) -> None:
    """What was there stays as it is; no two rows of a table have one number."""
    other = tmp_path / "other.db"
    fill(other, seed=1)
    copied(source, url)
    before = of_postgres(root, source)
    copied(other, url)

    after = of_postgres(root, source)
    for name, rows in before.items():
        assert rows < after[name]
        (counts,) = ask(root, f"SELECT count(*), count(DISTINCT t.*) FROM {name} t")
        assert counts[0] == counts[1]
    for name in ("users", "groups", "members", "request_log"):
        assert len({row["row"] for row in ask(root, f"SELECT row FROM {name}")}) == len(after[name])
    theirs = of_file(other)
    (base,) = {
        min(
            row["row"]
            for row in ask(root, f"SELECT row FROM users WHERE organization >= {0xA000000000 + 100}")
        )
        - 1
    }
    shifted = of_postgres(root, source, base)
    assert base > 0
    assert {name: rows & shifted[name] for name, rows in theirs.items()} == theirs
    assert disagreements(root) == []


@pytest.mark.parametrize("shared", ["name", "number"])
def test_an_organization_that_is_there_is_refused_before_anything_is_written(
    source: Path, url: str, root: str, tmp_path: Path, shared: str
) -> None:
    """By name and by number alike."""
    other = tmp_path / "other.db"
    fill(other, seed=1)
    copied(source, url)
    before = of_postgres(root, source)
    file = apsw.Connection(str(other))
    if shared == "name":
        file.execute(
            "UPDATE organizations SET name = ? WHERE organization = ?",
            (f"organization {0xA000000000}", 0xA000000000 + 101),
        )
    else:
        file.execute(
            "PRAGMA foreign_keys=OFF; UPDATE organizations SET organization = ? WHERE organization = ?",
            (0xA000000001, 0xA000000000 + 101),
        )
    file.close()

    with pytest.raises(StoreError, match="already"):
        copied(other, url)
    assert of_postgres(root, source) == before
    assert ask(root, "SELECT * FROM copies") == []
    opened(url)


def test_a_domain_that_another_organization_has_there_is_refused_before_anything_is_written(
    source: Path, url: str, root: str, tmp_path: Path
) -> None:
    """Neither side loses it; one that is only claimed is no obstacle."""
    other = tmp_path / "other.db"
    fill(other, seed=1)
    copied(source, url)
    before = of_postgres(root, source)
    taken = f"verified-{0xA000000000:x}.example"
    file = apsw.Connection(str(other))
    file.execute("UPDATE domains SET name = ? WHERE verified IS NOT NULL", (taken,))
    file.execute("UPDATE domain_owners SET name = ?", (taken,))
    with pytest.raises(StoreError, match=f"{taken} is verified by another organization"):
        copied(other, url)
    assert of_postgres(root, source) == before
    assert ask(root, "SELECT * FROM copies") == []
    file.execute("UPDATE domains SET verified = NULL; DELETE FROM domain_owners")
    file.close()
    copied(other, url)
    assert ask(root, "SELECT organization FROM domain_owners WHERE name = $1", taken) == [(0xA000000000,)]
    assert disagreements(root) == []


def test_a_passkey_that_another_organization_has_there_is_refused(
    source: Path, url: str, root: str, tmp_path: Path
) -> None:
    """As authenticators know it, it is one organization's; after a copy it leads there."""
    other, taken = tmp_path / "other.db", f"c-{0xA000000000:x}"
    fill(other, seed=1)
    copied(source, url)
    assert ask(root, "SELECT organization FROM passkey_names WHERE name = $1", taken) == [(0xA000000000,)]
    before = of_postgres(root, source)
    file = apsw.Connection(str(other))
    file.execute("UPDATE passkeys SET credential = ?; UPDATE passkey_names SET name = ?", (taken, taken))
    file.close()
    with pytest.raises(StoreError, match="a passkey of its console users"):
        copied(other, url)
    assert of_postgres(root, source) == before


DAMAGES = {
    "a document": ("users", "UPDATE users SET document = document || ' '::bytea WHERE name_whole IS NOT NULL"),
    "a row less": ("members", "DELETE FROM members WHERE row = (SELECT min(row) FROM members)"),
    "a row more": ("pending_members", "INSERT INTO pending_members SELECT organization, owner, group_id, 'x', 0 FROM pending_members"),
    "a key without its whole": ("attribute_keys", "UPDATE attribute_keys SET whole = NULL WHERE whole IS NOT NULL"),
    "another whole": ("users", "UPDATE users SET external_whole = external_whole || '!'::bytea WHERE external_whole IS NOT NULL"),
    "a digest": ("attribute_keys", "UPDATE attribute_keys SET key = key || '!'::bytea WHERE whole IS NOT NULL"),
    "a whole that nobody needs": ("groups", "UPDATE groups SET name_whole = '!'::bytea WHERE name_whole IS NULL"),
    "an epoch": ("accounts", "UPDATE accounts SET revoked_before = revoked_before - 1 WHERE revoked_before > 0"),
    "a swap": ("accounts", "UPDATE accounts SET id = id || 'x'"),
    "a sequence": ("organizations", "UPDATE organizations SET owners = owners + 1"),
}  # fmt: skip


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_row_that_is_damaged_behind_its_back_is_found(
    source: Path, url: str, root: str, damage: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The error names organization and table; the copy stays unfinished, and nothing else opens the database."""
    table, sql = DAMAGES[damage]
    compare: Callable[..., object] = tally
    done: list[str] = []

    async def damaged(*arguments: object) -> object:
        if not done:
            done.append(damage)
            assert await asyncio.to_thread(ask, root, f"{sql} RETURNING 1")
        return await compare(*arguments)  # type: ignore[misc]

    monkeypatch.setattr(move, "tally", damaged)
    with pytest.raises(StoreError, match=rf"organization organization \d+: {table} "):
        copied(source, url)
    with pytest.raises(StoreError, match="muster copy"):
        opened(url)

    monkeypatch.undo()
    with pytest.raises(StoreError, match="--anew"):
        copied(source, url)
    copied(source, url, anew=True)
    assert of_postgres(root, source) == of_file(source)
    opened(url)


def test_nobody_is_let_in_before_the_end(
    source: Path, url: str, root: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While anything is still to be copied or compared, no credential of the organizations is there."""
    write = PostgresTarget.write
    seen: list[int] = []

    async def watched(*arguments: object) -> None:
        await write(*arguments)  # type: ignore[arg-type]
        seen.append(len(await asyncio.to_thread(ask, root, "SELECT 1 FROM credentials")))

    monkeypatch.setattr(PostgresTarget, "write", watched)
    copied(source, url)
    assert set(seen) == {0}
    assert len(ask(root, "SELECT 1 FROM credentials")) == 4


def test_an_empty_source_is_a_copy_of_nothing(url: str, root: str, tmp_path: Path) -> None:
    """And with --anew the way to give an unfinished copy up."""
    migrate_file(tmp_path / "empty.db")
    assert copied(tmp_path / "empty.db", url).organizations == 0
    assert ask(root, "SELECT * FROM organization_names") == []
