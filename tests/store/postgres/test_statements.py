"""What the program really says to PostgreSQL names one organization for each table, and says it within that organization."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Collection, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch

import pytest

from muster.bootstrap import world as outside
from muster.directory.identifiers import PLATFORM
from muster.directory.lifetime import LONGEST
from muster.directory.organizations import organization_named
from muster.directory.ports import Administration, Database, Store, Transaction
from muster.directory.records import LOCAL_OWNER, Scope
from muster.directory.registers.api_keys import ApiKey
from muster.directory.registers.domains import Domain, Domains
from muster.directory.registers.idempotency import Noted
from muster.directory.registers.registers import Registers
from muster.directory.registers.requests import Sought
from muster.directory.revoke import revoke_everything
from muster.directory.rotate import rotate_secret_key
from muster.directory.secret_keys import new_secret_key
from muster.store.postgres.administration import PostgresAdministration
from muster.store.postgres.database import PostgresDatabase
from muster.store.postgres.statistics import Statistics
from muster.store.postgres.store import PostgresStore
from muster.store.postgres.transaction import PostgresTransaction
from tests.conformance.bodies import operation
from tests.harness.listening import Ear, Said, listening
from tests.harness.postgres import Cluster
from tests.harness.statements import Binding, calls, compares, tables, weakened
from tests.isolation.attempt import patch as patched
from tests.isolation.attempts import ATTEMPTS
from tests.isolation.behind import BehindPostgres
from tests.isolation.scene import OTHERS, settle
from tests.isolation.world import Call, World
from tests.store.postgres.coming_and_going import begin_and_end_connections
from tests.store.postgres.credentials_used import use_credentials
from tests.store.postgres.getting_in import use_the_console
from tests.store.postgres.guarding import guard
from tests.store.postgres.managing import manage_people
from tests.store.postgres.set_up import set_up
from tests.store.postgres.shared_tables import SHARED
from tests.store.scene import log_entry

# The tables that have rows of organization 0, the platform; that those are bound to it is seen like any other's.
OF_PLATFORM = {
    "api_keys", "idempotency", "credential_uses", "console_users", "invitations", "sessions", "passkeys",
    "challenge_keys", "spent_challenges",
}  # fmt: skip
# What is shared and all the same each organization's own: within one, a statement is about its rows alone.
OWNED = {"domain_owners", "organization_names", "passkey_names"}
# The functions that go through all organizations, entering each by itself.
FOR_OPERATORS = {
    "organizations_now", "organizations_behind", "connections_now", "census", "sealed_heads", "refresh_statistics",
    "open_alerts",
}  # fmt: skip
# Functions that only the release before calls, and those that a changed row of a table calls: they know that row alone.
WERE_FOR_OPERATORS = {"all_organizations", "all_connections"}
BEFORE = {"grant_of", "granted"} | WERE_FOR_OPERATORS
OF_ROWS = {"move_access_epoch", "move_own_access_epoch"}
WRITING = {"write_user", "weigh", "deactivate_account", "reactivate_account"}
# What only `muster copy` reads and writes, before anybody serves the database.
COPYING = {"copied"}
WORDS = {"FROM", "INTO", "UPDATE", "JOIN"}
CATALOGUE = re.compile(
    r"^SELECT [^;]* FROM pg_(roles|class) WHERE"
)  # of PostgreSQL itself: what a server checks first
FUNCTIONS = """SELECT proname, string_agg(prosrc, '; ') FROM pg_proc
  WHERE pronamespace = 'muster'::regnamespace GROUP BY proname"""
ENTERS = re.compile(r"PERFORM enter\(\$1[,)]|set_config\('muster.organization', \$1::text")
PORTS = (
    (Transaction, PostgresTransaction),
    (Administration, PostgresAdministration),
    (Store, PostgresStore),
    (Database, PostgresDatabase),
)


@dataclass
class Run:
    """What was said in a run of all verbs, and what there is to name."""

    said: list[Said]
    verbs: set[str]
    tables: set[str]
    functions: dict[str, str]  # a function's body by its name


@pytest.fixture(scope="module")
def run(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Every attempt of the isolation suite with ids of one's own and of another's, and what administrators do."""
    verbs: set[str] = set()
    with listening() as ear, ExitStack() as noting:
        for port, kind in PORTS:
            for name in _verbs(port):
                noting.enter_context(
                    patch.object(kind, name, _noted(getattr(kind, name), f"{port.__name__}.{name}", verbs))
                )
        folder, key = tmp_path_factory.mktemp("statements"), new_secret_key(os.urandom)
        world = World(folder, cluster.new_store(), secret_key=key)
        assert isinstance(world.behind, BehindPostgres)
        _administer(world)
        _send_everything(world)
        world.endpoint.run(revoke_everything(world.endpoint.database, outside(), credentials=True))
        ask = world.behind.ask
        every = {table for (table,) in ask("SELECT tablename FROM pg_tables WHERE schemaname = 'muster'")}
        functions = {name: body for name, body in ask(FUNCTIONS)}  # noqa: C416 - rows are of any length to mypy
        world.close()
    return Run(_distinct(ear), verbs, every - SHARED - COPYING, functions)


def _verbs(port: type) -> list[str]:
    return [name for name in vars(port) if not name.startswith("_") and callable(getattr(port, name))]


def _noted(verb: Callable[..., Any], name: str, verbs: set[str]) -> Callable[..., Any]:
    def noting(*given: Any, **more: Any) -> Any:
        verbs.add(name)
        return verb(*given, **more)

    return noting


def _administer(world: World) -> None:
    """What the command line does."""
    database, do = world.endpoint.database, world.endpoint.run
    assert isinstance(database, PostgresDatabase)
    name = world.organization()
    side = world.side(name)
    connection = side.connection
    use_credentials(world, connection)
    do(organization_named(database, name))
    do(database.organizations_behind("", 10))
    do(database.connections())
    do(database.connection(connection.organization, connection.id))
    do(database.credentials(connection.organization, connection.id))
    do(database.census(0))
    do(database.check())
    do(rotate_secret_key(database, outside()))
    database.store(Scope(connection.organization, LOCAL_OWNER), nested=False)
    _manage(world, connection.organization)
    somebody = world.inhabited(side, name)
    set_up(world, connection)
    manage_people(world, connection, somebody.group, somebody.member)
    do(database._log.flush())
    do(Statistics(database.pool).refresh())
    database.measures()


def _manage(world: World, organization: int) -> None:
    """What the management API does: each verb of each register."""
    database, do = world.endpoint.database, world.endpoint.run
    entry = log_entry(organization, time=1)
    key = ApiKey(organization, "a", "ci", bytes(32), "wxyz", ("read",), 0, "me", LONGEST, None)

    async def write(administration: Administration) -> None:
        await administration.registers.api_keys.add(key)
        await administration.registers.api_keys.revoke(key.id, 1)
        await administration.registers.api_keys.revoke_all(1)
        await _note(administration.registers)
        await _write_domains(administration.registers.domains)
        await administration.registers.chores.take("sweep", 2, 1)
        requests = administration.registers.requests
        await requests.keep(entry)
        assert await requests.repeat(entry, 2)
        assert await requests.forget("c", 5, 10) == 1

    async def read(registers: Registers) -> None:
        assert await registers.api_keys.get(key.id)
        assert await registers.api_keys.list(None, 10)
        assert await registers.domains.get("a.example")
        assert await registers.domains.list("", 10)
        assert await registers.domains.due(1, "", 10)
        await registers.local_accounts.list("", 10)
        for sought in (Sought(("c",), ("r",), "ada", (400, 499), "x", "GET", 0, 9), Sought(("c",)), Sought()):
            await registers.requests.search(sought, None, 10)
        assert await registers.requests.owners()
        assert await registers.requests.of_request("r", 10) == []

    use_the_console(world, organization)
    do(database.administer(organization, write))
    do(database.consult(organization, read))
    do(database.administer(organization, guard))
    assert do(database.consult(PLATFORM, lambda registers: registers.domains.organizations())) == [
        organization
    ]
    begin_and_end_connections(world, organization)


async def _write_domains(domains: Domains) -> None:
    for name in ("a.example", "b.example"):
        await domains.add(Domain(name, "x", 0, 1, 1))
        await domains.take(name)
    held = await domains.hold("a.example")
    assert held is not None
    await domains.settle(held)
    await domains.let_go("b.example")
    await domains.remove("b.example")


async def _note(registers: Registers) -> None:
    noted = Noted("a", "d", bytes(32), 1, 201, b"answer")
    assert await registers.idempotency.add(noted)
    assert await registers.idempotency.renew(noted, noted)
    assert await registers.idempotency.keep(noted)
    assert await registers.idempotency.get(noted.api_key, noted.digest) == noted
    assert not await registers.idempotency.remove(noted)
    assert await registers.idempotency.older(2) == await registers.idempotency.prune(2) == 1


def _send_everything(world: World) -> None:
    """What IdPs send, and somebody who knows another's ids."""
    scene = settle(world)
    own = world.inhabited(scene.mine, "organization-2")
    scene.mine.send(patched(f"/Users/{own.user}", operation("replace", "active", value=False)))
    theirs = scene.ids[OTHERS[0], False]
    for place, attempt in enumerate(ATTEMPTS):
        for who in (own, *([] if place % 3 else [theirs])):
            scene.mine.send(attempt.build(scene.mine, who))
        scene.mine.tidy()
    scene.mine.send(Call("GET", "/Users"), api_key="mst_none")


def _distinct(ear: Ear) -> list[Said]:
    """Each statement with each organization once, and those that others have carried out."""
    every = (each for one in ear.said for each in (one, one.inner) if each is not None)
    return list({(each.sql, each.organization): each for each in every}.values())


def faults(said: Said, known: Collection[str], functions: Mapping[str, str]) -> list[str]:
    """What is wrong with a statement: tables and functions that are given no organization, another, or none is set."""
    found = []
    for table in tables(said.sql, {*known, *(OWNED if said.organization else ())}):
        if said.organization is None or _value(table.bound, said.values) != said.organization:
            found.append(f"{table.name} {table.alias}")
    for call in calls(said.sql, functions):
        given = _value(call.bound, said.values)
        entering = said.organization is None and ENTERS.search(functions[call.name]) and given is not None
        if call.name not in FOR_OPERATORS and not entering and given != said.organization:
            found.append(call.name)
    return found


def _value(bound: Binding | None, values: tuple[Any, ...]) -> Any:
    """The value of the parameter that something is bound to."""
    if bound is not None and bound[0] == 0:
        return bound[1]
    if bound is None or bound[0] > len(values):
        return None
    value = values[bound[0] - 1]
    return value if bound[1] is None else value[bound[1] - 1]


def test_every_verb_was_used_and_every_table_and_function_named(run: Run) -> None:
    """So that what follows is about all that there is."""
    assert {f"{port.__name__}.{name}" for port, _ in PORTS for name in _verbs(port)} - run.verbs == set()
    assert {table.name for one in run.said for table in tables(one.sql, run.tables)} == run.tables
    named = {call.name for one in run.said for call in calls(one.sql, run.functions)}
    inside = {call.name for body in run.functions.values() for call in calls(body, run.functions)}
    assert named | inside | BEFORE | OF_ROWS == set(run.functions)


def test_each_statement_names_the_organization_it_stands_in(run: Run) -> None:
    """For each table that it reads or writes, and to each function: the organization that the transaction has set."""
    assert len(run.said) > 150
    wrong = {one.sql: found for one in run.said if (found := faults(one, run.tables, run.functions))}
    assert wrong == {}


def test_without_an_organization_only_names_are_read(run: Run) -> None:
    """Or a function is called that enters it first, or that enters each by itself."""
    outside_any = [one for one in run.said if not one.organization]
    assert outside_any
    for one in outside_any:
        called = {call.name for call in calls(one.sql, run.functions)}
        assert all(ENTERS.search(run.functions[name]) for name in called - FOR_OPERATORS), one.sql
        named = {table.name for table in tables(one.sql, run.tables | SHARED)}
        assert named <= SHARED | (OF_PLATFORM if one.organization == PLATFORM else set()), one.sql
        assert called or named or not WORDS & set(one.sql.upper().split()) or CATALOGUE.search(one.sql), (
            one.sql
        )


def test_each_function_names_the_organization_for_each_table(run: Run) -> None:
    """It is the one that it was called with; of those for operators, the one that was entered."""
    total = 0
    for name, body in run.functions.items():
        bound = (0, None) if name in FOR_OPERATORS | WERE_FOR_OPERATORS | OF_ROWS else (1, None)
        assert {table.bound for table in tables(body, run.tables)} <= {bound}, name
        assert {call.bound for call in calls(body, run.functions)} <= {bound}, name
        assert name in WRITING or not any(table.written for table in tables(body, run.tables)), name
        total += len(tables(body, run.tables))
    assert total >= 25


def test_a_statement_that_left_one_out_would_be_found(run: Run) -> None:
    """Each comparison of each statement, taken away by itself; of each function too."""
    tried = 0
    for one in run.said:
        for sql in weakened(one.sql):
            assert faults(one._replace(sql=sql), run.tables, run.functions), sql
            tried += 1
    for name, body in run.functions.items():
        for sql in weakened(body):
            assert None in {table.bound for table in tables(sql, run.tables)}, name
            tried += 1
    assert tried > 250


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT 1 FROM users",
        "SELECT 1 FROM users u WHERE u.organization = $1 OR TRUE",
        "SELECT 1 FROM users u WHERE NOT u.organization = $1",
        "SELECT 1 FROM users u WHERE (u.organization = $1 OR u.active)",
        "SELECT 1 FROM users u WHERE u.organization = u.organization",
        "SELECT 1 FROM users u WHERE u.organization = $1 + 1",
        "SELECT 1 FROM users u WHERE u.organization = $2",
        "SELECT 1 FROM users u JOIN groups g ON g.id = u.id WHERE u.organization = $1",
        "SELECT 1 FROM users u, groups g WHERE u.organization = $1",
        "SELECT 1 FROM users u WHERE u.organization = $1 UNION SELECT 1 FROM groups",
        "SELECT 1 FROM users u WHERE u.organization = $1 AND u.id IN (SELECT m.member FROM members m)",
        "SELECT 1 FROM (users u JOIN groups g ON TRUE) WHERE u.organization = $1",
        "SELECT 1 FROM users u LEFT JOIN groups g ON g.organization = $1 AND u.organization = $1",
        "SELECT 1 FROM users u RIGHT JOIN groups g ON g.organization = $1 WHERE u.organization = $1",
        "SELECT 1 FROM users u WHERE CASE WHEN u.active AND u.organization = $1 AND TRUE THEN TRUE ELSE TRUE END",
        "SELECT u.active AND u.organization = $1 AND TRUE FROM users u",
        "SELECT 1 FROM muster.users",
        "WITH w AS (DELETE FROM members RETURNING member) SELECT 1 FROM w",
        "UPDATE users SET active = TRUE WHERE id = $2",
        "UPDATE groups g SET version = 1 FROM members m WHERE g.organization = $1",
        "DELETE FROM members m USING users u WHERE m.organization = $1",
        "INSERT INTO users (organization, id) VALUES ($2, $1)",
        "INSERT INTO users (id) VALUES ($1)",
        "INSERT INTO users VALUES ($1)",
        "INSERT INTO users (id, organization) SELECT $1, u.organization FROM part0 u",
        "SELECT * FROM user_by($2, $1)",
        "SELECT groups_of(u.organization, $2) FROM users u WHERE u.organization = $1",
        "TABLE users",
    ],
)
def test_a_statement_that_is_wrong_in_another_way_would_be_found(run: Run, sql: str) -> None:
    """In each way that the scanner knows, or does not understand."""
    said = Said(sql, (7, 8), 7)
    assert faults(said, run.tables, run.functions)
    right = Said("SELECT 1 FROM users u WHERE u.organization = $1", (7,), 7)
    assert faults(right, run.tables, run.functions) == []
    assert faults(right._replace(organization=None), run.tables, run.functions)
    assert faults(right._replace(organization=9), run.tables, run.functions)


@pytest.mark.parametrize(
    ("sql", "comparing"),
    [
        ("SELECT 1 FROM users WHERE organization = $1", True),
        ("SELECT 1 FROM users u WHERE $1 = u.organization", True),
        ("SELECT 1 FROM users WHERE organization IN ($1)", True),
        ("SELECT 1 FROM users WHERE organization::bigint >= $1", True),
        ("SELECT 1 FROM users WHERE (organization, owner) = ($1, $2)", True),
        ("SELECT 1 FROM users WHERE organization IS NOT DISTINCT FROM $1", True),
        ("SELECT 1 FROM users JOIN groups USING (organization)", True),
        ("SELECT 1 FROM users NATURAL JOIN groups", True),
        ("SELECT organization, id FROM users WHERE id = $1", False),
        ("INSERT INTO users (organization, id) VALUES ($1, $2) ON CONFLICT (organization, id) DO NOTHING", False),
        ("BEGIN; SET LOCAL muster.organization = '1'", False),
    ],
)  # fmt: skip
def test_a_comparison_that_stays_would_be_seen(sql: str, comparing: bool) -> None:
    """In whatever form: what says that the code's wall is gone from a statement does not overlook one."""
    assert compares(sql) == comparing
