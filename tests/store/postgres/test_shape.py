"""The rules that let the tables be distributed by organization, and the second wall around each of them."""

import asyncio
import re
from typing import Any

import asyncpg
import pytest

from tests.architecture.sources import ROOT
from tests.harness.postgres import APPLICATION, OWNER, Cluster
from tests.store.postgres.shared_tables import SHARED

KEYS = """SELECT t.relname, i.indisunique OR i.indisprimary, a.attname FROM pg_index i
  JOIN pg_class t ON t.oid = i.indrelid JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = i.indkey[0]
  WHERE t.relnamespace = 'muster'::regnamespace"""
FOREIGN = """SELECT c.conrelid::regclass::text, a.attname, b.attname FROM pg_constraint c
  JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
  JOIN pg_attribute b ON b.attrelid = c.confrelid AND b.attnum = c.confkey[1]
  WHERE c.contype = 'f' AND c.connamespace = 'muster'::regnamespace"""
WALLS = """SELECT t.relname, t.relrowsecurity AND t.relforcerowsecurity, r.rolname,
  ARRAY(SELECT pg_get_expr(p.polqual, p.polrelid) FROM pg_policy p WHERE p.polrelid = t.oid)
  FROM pg_class t JOIN pg_roles r ON r.oid = t.relowner
  WHERE t.relkind IN ('r', 'p') AND t.relnamespace = 'muster'::regnamespace"""
FUNCTIONS = f"""SELECT p.proname, EXISTS (SELECT 1 FROM aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a
    WHERE a.grantee = 0 AND a.privilege_type = 'EXECUTE'), has_function_privilege('{APPLICATION}', p.oid, 'EXECUTE')
  FROM pg_proc p WHERE p.pronamespace = 'muster'::regnamespace"""
POLICY = "(organization = (NULLIF(current_setting('muster.organization'::text, true), ''::text))::bigint)"


@pytest.fixture(scope="module")
def catalog(cluster: Cluster) -> Any:
    """Ask PostgreSQL's catalogue about a database of ours."""
    url = cluster.new_store()

    def ask(sql: str) -> list[tuple[Any, ...]]:
        async def work() -> list[tuple[Any, ...]]:
            connection = await asyncpg.connect(url)
            try:
                return [tuple(row) for row in await connection.fetch(sql)]
            finally:
                await connection.close()

        return asyncio.run(work())

    return ask


def test_each_key_and_index_leads_with_the_organization(catalog: Any) -> None:
    """Of every table that an organization has rows in."""
    found = [row for row in catalog(KEYS) if row[0] not in SHARED]
    assert len(found) > 20
    assert {column for _, _, column in found} == {"organization"}


def test_no_foreign_key_crosses_organizations(catalog: Any) -> None:
    """Each begins with the organization on both sides."""
    found = catalog(FOREIGN)
    assert found
    assert {row[1:] for row in found} == {("organization", "organization")}


def test_each_table_is_behind_the_policy(catalog: Any) -> None:
    """Enabled, forced, one policy, and the owner is another role than the servers'."""
    for table, walled, owner, policies in catalog(WALLS):
        assert owner == OWNER
        assert (walled, policies) == ((False, []) if table in SHARED else (True, [POLICY])), table


def test_the_servers_role_has_no_power_over_policies(catalog: Any) -> None:
    """It is no superuser and does not bypass row-level security."""
    found = catalog(f"SELECT rolsuper, rolbypassrls FROM pg_roles WHERE rolname = '{APPLICATION}'")
    assert found == [(False, False)]


def test_only_the_servers_role_may_call_what_runs_as_the_owner(catalog: Any) -> None:
    """A function that runs with the owner's rights is nobody else's."""
    owned = catalog(f"{FUNCTIONS} AND p.prosecdef")
    assert owned
    for name, public, ours in owned:
        assert (public, ours) == (False, True), name
    assert all(ours for _, _, ours in catalog(FUNCTIONS))


def test_the_steps_to_a_cluster_name_every_table_and_every_function_that_reads(catalog: Any) -> None:
    """What docs/how-to/scale-out.md has a coordinator do is about this schema, the whole of it, and nothing else."""
    page = (ROOT / "docs" / "how-to" / "scale-out.md").read_text("utf-8")
    (steps,) = re.findall(r"```sql\n(CREATE EXTENSION IF NOT EXISTS citus;.*?)```", page, re.DOTALL)
    quoted = set(re.findall(r"'([a-z_]+(?:\([a-z,\[\]]*\))?)'", steps))
    functions = {name for name in quoted if name.endswith(")")}
    tables = {row[0] for row in catalog(WALLS)} - {"schema_versions"}
    assert tables <= quoted - functions
    assert set(re.findall(r"create_reference_table\('(\w+)'\)", steps)) == SHARED - {"schema_versions"}
    for name in functions:
        assert catalog(f"SELECT to_regprocedure('muster.{name}')::text")[0][0] is not None, name
    asked = set(re.findall(r"FROM (\w+)\(\$1, \$2", _statements())) - {
        "census",
        "organizations_behind",
        "weigh",
    }  # over all organizations, or writing
    assert asked <= {name.partition("(")[0] for name in functions}


def _statements() -> str:
    """The text of the PostgreSQL store's modules."""
    folder = ROOT / "src" / "muster" / "store" / "postgres"
    return "".join(path.read_text("utf-8") for path in sorted(folder.glob("*.py")))
