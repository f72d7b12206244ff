"""What a database's catalogue says of its shape, as values that can be compared."""

import asyncio
from pathlib import Path
from typing import Any

import apsw
import asyncpg

from tests.harness.postgres import SUPERUSER, Cluster

_HERE = "relnamespace = 'muster'::regnamespace"
_CATALOGUE = {
    "relations": f"""SELECT relname, relkind, relrowsecurity, relforcerowsecurity, relowner::regrole::text,
        (SELECT array_agg(one::text ORDER BY one::text) FROM unnest(relacl) AS one)
      FROM pg_class WHERE {_HERE}""",
    "columns": f"""SELECT c.relname, a.attname, a.attnum, format_type(a.atttypid, a.atttypmod), a.attnotnull,
        a.attcollation::regcollation::text, a.attidentity, a.attgenerated, pg_get_expr(d.adbin, d.adrelid)
      FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
      LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
      WHERE c.{_HERE} AND a.attnum > 0 AND NOT a.attisdropped""",
    "indexes": f"SELECT pg_get_indexdef(oid) FROM pg_class WHERE {_HERE} AND relkind IN ('i', 'I')",
    "constraints": """SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
      WHERE connamespace = 'muster'::regnamespace""",
    "policies": f"""SELECT c.relname, p.polname, p.polcmd, p.polroles, pg_get_expr(p.polqual, p.polrelid),
        pg_get_expr(p.polwithcheck, p.polrelid)
      FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid WHERE c.{_HERE}""",
    "triggers": f"""SELECT pg_get_triggerdef(t.oid) FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
      WHERE c.{_HERE} AND NOT t.tgisinternal""",
    "functions": """SELECT pg_get_functiondef(oid), proowner::regrole::text, proacl::text FROM pg_proc
      WHERE pronamespace = 'muster'::regnamespace AND prokind IN ('f', 'p')""",
    "versions": "SELECT number, compatible FROM muster.schema_versions",
}

Shape = dict[str, list[Any]]


def postgres_shape(cluster: Cluster, database: str) -> Shape:
    """Everything in the schema of a database."""

    async def read() -> Shape:
        connection = await asyncpg.connect(cluster.url(database, SUPERUSER))
        try:
            return {
                what: sorted(str(tuple(row)) for row in await connection.fetch(sql))
                for what, sql in _CATALOGUE.items()
            }
        finally:
            await connection.close()

    return asyncio.run(read())


def sqlite_shape(file: Path) -> Shape:
    """Everything in the schema of a file, as the statements that made it, with the numbers that it bears."""
    connection = apsw.Connection(str(file))
    try:
        return {
            "objects": sorted(
                connection.execute("SELECT type, name, sql FROM sqlite_schema").fetchall(), key=str
            ),
            "columns": sorted(
                connection.execute(
                    "SELECT s.name, c.* FROM sqlite_schema s JOIN pragma_table_xinfo(s.name) c"
                ).fetchall(),
                key=str,
            ),
            "pragmas": [connection.pragma(name) for name in ("user_version", "application_id")],
            "versions": connection.execute("SELECT number, compatible FROM schema_versions").fetchall(),
        }
    finally:
        connection.close()
