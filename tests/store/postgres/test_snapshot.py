"""From a PostgreSQL into an SQLite file: a backup has one form, whichever store it is of."""

import asyncio
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muster.directory.failures import StoreError
from muster.scim.characteristics import Type
from muster.store.attributes import attribute_number
from muster.store.copy import snapshot
from muster.store.copy.into_postgres import PostgresTarget
from muster.store.copy.into_sqlite import SqliteTarget
from muster.store.copy.snapshot import back_up
from muster.store.copy.tables import Row, Table
from muster.store.postgres.database import open_database
from muster.store.postgres.values import number_bytes, number_of
from tests.harness.postgres import Cluster
from tests.scim.sample import USER
from tests.store.consistency import violations
from tests.store.everything import fill, populate
from tests.store.postgres.agreement import Rows, ask, disagreements, of_file, of_postgres
from tests.store.postgres.copying import as_superuser, copied


def backed_up(url: str, path: Path) -> Path:
    """A new file with what a database holds."""
    assert back_up(url, path, lambda _done, _total: None) == path.stat().st_size
    return path


def only_parts(rows: Rows) -> Rows:
    """Rows without the index entries of complex attributes, which a file does not have."""
    whole = {
        attribute_number("User", one.path) for one in USER.every_attribute() if one.type is Type.COMPLEX
    } | {attribute_number("User", "urn:example:scim:schemas:copied:1.0:User:parts")}
    entries = {row for row in rows["attribute_keys"] if row[2] not in whole}
    return rows | {"attribute_keys": entries}


def test_a_file_comes_back_as_it_was(
    source: Path, url: str, root: str, tmp_path: Path, cluster: Cluster
) -> None:
    """SQLite to PostgreSQL to SQLite to PostgreSQL: the same rows everywhere."""
    copied(source, url)
    back = backed_up(url, tmp_path / "back.db")
    assert of_file(back) == of_file(source) == of_postgres(root, source)

    again = cluster.new_store()
    copied(back, again)
    assert of_postgres(as_superuser(cluster, again), source) == of_file(source)


def test_the_tables_of_a_backup_agree(url: str, tmp_path: Path) -> None:
    """As after any commit to an SQLite file, with every index entry that the documents make."""
    fill(tmp_path / "source.db", older=False)
    copied(tmp_path / "source.db", url)
    assert violations(tmp_path / "source.db") == []
    assert violations(backed_up(url, tmp_path / "back.db")) == []


OLDER = """INSERT INTO attribute_keys (organization, owner, attribute, key, resource, element)
  SELECT organization, owner, $1, $2, row, 0 FROM users"""
"""What programs before wrote of complex attributes."""


def test_what_a_postgresql_was_filled_with_fits_into_a_file(
    url: str, root: str, tmp_path: Path, cluster: Cluster
) -> None:
    """And from there into another PostgreSQL, whose tables agree."""
    with asyncio.Runner() as runner:
        database = runner.run(open_database(url))
        populate(database, runner)
        runner.run(database.close())
    ask(root, OLDER, attribute_number("User", "name"), number_bytes(1))
    back = backed_up(url, tmp_path / "back.db")
    assert violations(back) == []
    before = of_postgres(root, back)
    assert of_file(back) == only_parts(before)
    assert of_file(back) != before

    again = cluster.new_store()
    copied(back, again)
    assert of_postgres(as_superuser(cluster, again), back) == of_file(back)
    assert disagreements(as_superuser(cluster, again)) == []


def test_several_sources_in_one_database_fit_into_one_file(source: Path, url: str, tmp_path: Path) -> None:
    """Their rows have numbers of their own."""
    fill(tmp_path / "other.db", seed=1)
    copied(source, url)
    copied(tmp_path / "other.db", url)
    back = of_file(backed_up(url, tmp_path / "back.db"))
    for part in (of_file(source), of_file(tmp_path / "other.db")):
        assert {name: len(rows) for name, rows in part.items()} == {
            name: len(rows) // 2 for name, rows in back.items()
        }


def test_what_is_unfinished_is_no_backup(
    source: Path, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An unfinished copy is refused, and no file is left."""

    async def stops(*_: object) -> None:
        raise StoreError("stop")

    monkeypatch.setattr(PostgresTarget, "write", stops)
    with pytest.raises(StoreError, match="stop"):
        copied(source, url)
    with pytest.raises(StoreError, match="unfinished"):
        back_up(url, tmp_path / "back.db", lambda _done, _total: None)
    assert [path.name for path in tmp_path.glob("back*")] == []


def test_entries_that_no_schema_knows_come_back(
    source: Path, url: str, root: str, tmp_path: Path, cluster: Cluster
) -> None:
    """Nobody finds anything by them; they are kept as they are."""
    copied(source, url)
    ask(root, "UPDATE attribute_keys SET attribute = attribute + 1")
    again = cluster.new_store()
    copied(backed_up(url, tmp_path / "back.db"), again)
    assert of_postgres(as_superuser(cluster, again), source) == of_postgres(root, source)


DAMAGES = {
    "rows with one number": ("UPDATE users SET row = 1 WHERE organization = (SELECT max(organization) FROM users)", "pg_dump"),
    "an entry that is no number": ("UPDATE attribute_keys SET key = key || '!'::bytea WHERE length(key) = 10", "is damaged"),
    "an entry of another whole": ("UPDATE attribute_keys SET whole = '!' || whole", "is damaged"),
    "a name of another whole": ("UPDATE groups SET name_whole = '!'::bytea", "groups holds a key that is damaged"),
}  # fmt: skip


@pytest.mark.parametrize("damage", DAMAGES)
def test_what_does_not_fit_is_said(source: Path, url: str, root: str, tmp_path: Path, damage: str) -> None:
    """One line, and no file."""
    sql, line = DAMAGES[damage]
    copied(source, url)
    ask(root, sql)
    with pytest.raises(StoreError, match=line):
        back_up(url, tmp_path / "back.db", lambda _done, _total: None)
    assert [path.name for path in tmp_path.glob("back*")] == []


def test_what_was_written_is_compared(
    source: Path, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A row that a file does not hold as it was read is found before the file has its name."""
    copied(source, url)

    class Forgetful(SqliteTarget):
        def write(self, table: Table, organization: int, rows: list[Row]) -> None:  # type: ignore[override]
            super().write(table, organization, list(rows)[1:] if table.name == "tombstones" else rows)

    monkeypatch.setattr(snapshot, "SqliteTarget", Forgetful)
    with pytest.raises(StoreError, match="tombstones"):
        back_up(url, tmp_path / "back.db", lambda _done, _total: None)
    assert [path.name for path in tmp_path.glob("back*")] == []


@given(st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False))
def test_numbers_come_back_from_their_bytes(number: float) -> None:
    """Exactly, and as an int wherever 64 bits hold it."""
    found = number_of(number_bytes(number))
    assert found == number
    assert isinstance(found, int) == (float(number).is_integer() and -(2**63) <= number < 2**63)


@given(st.binary(max_size=12))
def test_other_bytes_are_no_number(data: bytes) -> None:
    """What is taken for a number is what that number makes."""
    found = number_of(data)
    assert found is None or number_bytes(found) == data
