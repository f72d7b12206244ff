"""What is really there after a restart, read in every way a client can, and from the file itself."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import apsw

from tests.durability.world import ENTERPRISE, Person, World
from tests.harness.client import ScimClient


def seen_world(client: ScimClient, group: str, names: Iterable[str]) -> World:
    """The users of these userNames and their membership; AssertionError where two ways of reading disagree."""
    members = {member["value"] for member in client.get(f"/Groups/{group}").body.get("members", [])}
    people: dict[str, Person] = {}
    inside: set[str] = set()
    for name in names:
        found = _find(client, f'userName eq "{name}"')
        if found is None:
            continue
        people[name] = _person(client, found)
        in_group = found["id"] in members
        assert in_group == (group in {entry["value"] for entry in found.get("groups", [])})
        if in_group:
            inside.add(name)
    return World(people, frozenset(inside))


def assert_gone(client: ScimClient, group: str, people: Iterable[Person]) -> None:
    """Nothing is left of these: not by id, not in the attribute index, not in the group."""
    members = {member["value"] for member in client.get(f"/Groups/{group}").body.get("members", [])}
    for person in people:
        if person.id:
            assert client.get(f"/Users/{person.id}").status == 404
            assert person.id not in members
        assert _find(client, f'title eq "{person.mark}"') is None


def _person(client: ScimClient, found: dict[str, Any]) -> Person:
    """The user as one value; its document, its attribute index and its unique keys must agree."""
    assert client.get(f"/Users/{found['id']}").body == found
    mark = found["title"]
    assert mark == found[ENTERPRISE]["department"], "half of a PATCH"
    for condition in (f'title eq "{mark}"', f'{ENTERPRISE}:department eq "{mark}"'):
        by_index = _find(client, condition)
        assert by_index is not None, f"not in the index: {condition}"
        assert by_index["id"] == found["id"]
    active = str(found["active"]).lower()
    assert _find(client, f'title eq "{mark}" and active eq {active}') is not None
    version = int(found["meta"]["version"].removeprefix('W/"').removesuffix('"'))
    return Person(found["id"], mark, found["active"], version)


def _find(client: ScimClient, condition: str) -> dict[str, Any] | None:
    """The one user that a filter finds, or None."""
    answer = client.get("/Users", query={"filter": condition})
    assert answer.status == 200, answer.raw
    resources: list[dict[str, Any]] = answer.body.get("Resources", [])
    assert len(resources) == answer.body["totalResults"] <= 1
    return resources[0] if resources else None


def change_counts(database: Path) -> dict[Any, int]:
    """The number of changes by organization, without the guard's; AssertionError unless they run from 1 without a gap.

    Whether and when the guard finds the deactivations of all writers together too many is not known to any of them.
    """
    with reader(database) as connection:
        rows = connection.execute(_CHANGES).fetchall()
    for organization, count, first, last, _ in rows:
        assert (first, last) == (1, count), f"changes of organization {organization} have a gap"
    return {organization: int(str(count)) - int(str(alerts)) for organization, count, _, _, alerts in rows}


_CHANGES = """
    SELECT organization, count(*), min(sequence), max(sequence), count(*) FILTER (WHERE operation = 'alert')
    FROM changes GROUP BY organization"""


# What holds between the tables after every commit; a query that finds a row has found half of a write.
HALVES = {
    "an index entry of no resource": """
        SELECT 1 FROM attribute_keys AS k WHERE k.resource NOT IN (SELECT row FROM users)
        AND k.resource NOT IN (SELECT row FROM groups)""",
    "a member of no group": "SELECT 1 FROM members WHERE group_id NOT IN (SELECT id FROM groups)",
    "a member that is no user": "SELECT 1 FROM members WHERE kind = 'User' AND member NOT IN (SELECT id FROM users)",
    "a group that miscounts its members": """
        SELECT 1 FROM groups WHERE members != (SELECT count(*) FROM members WHERE group_id = groups.id)""",
    "a connection that miscounts its users": """
        SELECT 1 FROM connections AS c WHERE users != (SELECT count(*) FROM users AS u
        WHERE u.organization = c.organization AND u.owner = c.owner)""",
    "a user without an account of the same activity": """
        SELECT 1 FROM users AS u LEFT JOIN accounts AS a ON a.organization = u.organization AND a.user = u.id
        WHERE a.id IS NULL OR (a.status = 'active') != (u.active = 1)""",
    "an active account without a user": """
        SELECT 1 FROM accounts WHERE status = 'active' AND user NOT IN (SELECT id FROM users)""",
    "a version without its change": """
        SELECT 1 FROM users AS u WHERE version != (SELECT count(*) FROM changes AS c
        WHERE c.organization = u.organization AND c.resource = u.id)""",
    "an organization that miscounts its changes": """
        SELECT 1 FROM organizations AS o WHERE sequence != (SELECT count(*) FROM changes AS c
        WHERE c.organization = o.organization)""",
}


def assert_sound(database: Path) -> None:
    """SQLite's own check of every page and index finds nothing, and no table tells half of what another tells."""
    with reader(database) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        found = [what for what, query in HALVES.items() if connection.execute(query).fetchall()]
    assert found == []


def reader(database: Path) -> apsw.Connection:
    """A read-only connection to a database that a server may be using."""
    connection = apsw.Connection(str(database), flags=apsw.SQLITE_OPEN_READONLY)
    connection.set_busy_timeout(5000)
    return connection
