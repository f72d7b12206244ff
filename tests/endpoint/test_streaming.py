"""A group with very many members is answered in portions, and never held whole."""

from __future__ import annotations

import json
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest

from muster.endpoint.encode import LONG, PORTION
from muster.store.sqlite import SqliteDatabase
from tests.endpoint.asgi import Endpoint, Header
from tests.harness.inside import rows

JSON: tuple[Header, ...] = ((b"content-type", b"application/scim+json"),)
MEBIBYTE = 1024 * 1024
FEW, MANY = LONG, 100_000

# The members need not be there: nothing of them but their ids is read for a long list.
FILL = """WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ?2)
  INSERT INTO members (organization, owner, group_id, member, kind, created, request)
  SELECT g.organization, g.owner, g.id, printf('%08x-0000-4000-8000-%012x', n, n), iif(n % 10, 'User', 'Group'), 0, 'r'
  FROM groups g, numbers WHERE g.id = ?1"""


@pytest.fixture(scope="module")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoint]:
    """The endpoint over a database of this module's own."""
    made = Endpoint(tmp_path_factory.mktemp("streaming"))
    yield made
    made.close()


def crowd(endpoint: Endpoint, path: Path, members: int) -> bytes:
    """The path of a new group with so many members."""
    body = json.dumps(
        {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": f"{members}"}
    )
    id = endpoint.request("POST", b"/Groups", body.encode(), headers=JSON).json["id"]
    rows(path, FILL, id, members)
    rows(path, "UPDATE groups SET members = ?2 WHERE id = ?1", id, members)
    return f"/Groups/{id}".encode()


@pytest.fixture(scope="module")
def large(endpoint: Endpoint) -> bytes:
    """A group of a hundred thousand."""
    return crowd(endpoint, endpoint.settings.database_path, MANY)


def test_a_long_list_comes_in_portions(endpoint: Endpoint, large: bytes) -> None:
    """All members in their order, each as in a short list but for its name; no length is announced."""
    response = endpoint.request("GET", large)
    group = response.json

    assert response.status == 200
    assert response.portions == MANY // PORTION + 3
    assert "content-length" not in response.headers
    assert response.headers["content-type"].startswith("application/scim+json")
    assert list(group) == ["id", "schemas", "displayName", "meta", "members"]
    assert len(group["members"]) == MANY
    assert group["members"][9] == {
        "value": "0000000a-0000-4000-8000-00000000000a",
        "$ref": group["meta"]["location"].rpartition("/")[0] + "/0000000a-0000-4000-8000-00000000000a",
        "type": "Group",
    }
    assert [member["value"][:8] for member in group["members"]] == [f"{n:08x}" for n in range(1, MANY + 1)]


def test_what_is_asked_of_members_is_kept_in_portions(endpoint: Endpoint, large: bytes) -> None:
    """`attributes` and `excludedAttributes` hold for a long list too."""
    values = endpoint.request("GET", large, query=b"attributes=members.value").json
    assert set(values) == {"schemas", "id", "members"}
    assert values["members"][:2] == [{"value": f"0000000{n}-0000-4000-8000-00000000000{n}"} for n in (1, 2)]
    assert len(values["members"]) == MANY
    without = endpoint.request("GET", large, query=b"excludedAttributes=members.$ref,meta").json
    assert set(without["members"][0]) == {"value", "type"}
    none = endpoint.request("GET", large, query=b"excludedAttributes=members")
    assert "members" not in none.json
    assert none.portions == 1


def test_a_short_list_is_one_portion(endpoint: Endpoint) -> None:
    """Up to a thousand members the length is announced."""
    response = endpoint.request("GET", crowd(endpoint, endpoint.settings.database_path, FEW))
    assert (response.portions, len(response.json["members"])) == (1, FEW)
    assert int(response.headers["content-length"]) == len(response.body)


def test_it_is_never_held_whole(endpoint: Endpoint, large: bytes) -> None:
    """While a hundred thousand members are sent, no more than their ids and a few MB are in memory."""
    sizes: list[int] = []

    async def send(message: dict[str, object]) -> None:
        body = message.get("body", b"")
        assert isinstance(body, bytes)
        sizes.append(len(body))

    tracemalloc.start()
    try:
        endpoint.send_to(large, send)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert sum(sizes) > 15 * MEBIBYTE
    assert max(sizes) < MEBIBYTE / 10
    assert peak < 10 * MEBIBYTE


def test_a_group_with_other_ids_is_read_too(endpoint: Endpoint, large: bytes) -> None:
    """Ids that are not of the usual length, which a migration may have brought, are read one by one."""
    rows(
        endpoint.settings.database_path,
        "UPDATE members SET member = 'short' WHERE member LIKE '00000001-%'",
    )
    members = endpoint.request("GET", large).json["members"]
    assert (members[0]["value"], len(members)) == ("short", MANY)
    assert isinstance(endpoint.database, SqliteDatabase)
