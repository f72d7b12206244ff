"""PostgreSQL with one wall between organizations taken away, or both: what is left has to hold alone, or nothing does.

Law: a wall is taken down where it stands, not where it is written: the code's in the statements on their way to the
server and in the functions of the database, row-level security's in the tables. That it is gone is asserted.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Literal

from tests.harness.listening import Ear, listening
from tests.harness.postgres import Cluster
from tests.harness.statements import compares, opened
from tests.isolation.behind import BehindPostgres
from tests.isolation.world import World

Left = Literal["policies", "code", "nothing"]

_FUNCTIONS: Final = """SELECT pg_get_functiondef(p.oid), p.prosrc FROM pg_proc p
  WHERE p.pronamespace = 'muster'::regnamespace ORDER BY p.proname"""
_POLICIES: Final = "SELECT tablename, qual FROM pg_policies WHERE schemaname = 'muster' ORDER BY 1"
_WALLED: Final = """SELECT relname FROM pg_class WHERE relnamespace = 'muster'::regnamespace AND relkind IN ('r', 'p')
  AND relrowsecurity ORDER BY 1"""


class Walls:
    """The walls of one world's database, as long as what the program says there is heard."""

    def __init__(self, world: World, ear: Ear) -> None:
        assert isinstance(world.behind, BehindPostgres)
        self.world = world
        self.ear = ear
        self._behind = world.behind
        self.walled = [table for (table,) in self._behind.ask(_WALLED)]
        assert len(self.walled) > 10

    def leave(self, left: Left, *, writing: bool = True) -> None:
        """Take down all walls but these; without `writing` those stay that functions have before what they write."""
        policies = self._behind.ask(_POLICIES)
        assert [table for table, _ in policies] == self.walled
        if left != "code":
            self._open_functions(writing=writing)
            self.ear.change = opened
        if left != "policies":
            self._behind.execute(
                *(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY" for table in self.walled)
            )
        assert self._behind.ask(_POLICIES) == policies
        standing = [table for (table,) in self._behind.ask(_WALLED)]
        assert standing == (self.walled if left == "policies" else [])
        self.ear.said.clear()

    @contextmanager
    def settling(self) -> Iterator[None]:
        """While inside, the program's own statements are sent as they are: to make what is to be kept apart."""
        change, self.ear.change, heard = self.ear.change, str, len(self.ear.said)
        try:
            yield
        finally:
            self.ear.change = change
            del self.ear.said[heard:]

    def bound(self) -> list[str]:
        """The statements and functions that still compare an organization with anything."""
        said = {one.sql for one in self.ear.said} | {one.inner.sql for one in self.ear.said if one.inner}
        return [sql for sql in (*said, *(body for _, body in self._behind.ask(_FUNCTIONS))) if compares(sql)]

    def _open_functions(self, *, writing: bool) -> None:
        functions = [one for one in self._behind.ask(_FUNCTIONS) if writing or "UPDATE" not in one[1]]
        changed = [opened(definition) for definition, _ in functions if opened(definition) != definition]
        assert len(changed) > 5
        self._behind.execute(*changed)


@contextmanager
def without(cluster: Cluster, folder: Path) -> Iterator[Walls]:
    """A world on a new database, with both walls standing until it is said what is to be left of them."""
    with listening() as ear:
        world = World(folder, cluster.new_store())
    try:
        yield Walls(world, ear)
    finally:
        ear.change = str
        world.close()
