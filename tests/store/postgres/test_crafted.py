"""What a client sends is a value, whatever stands in it: never a part of a statement, and never a key to another's rows."""

import asyncio
import json
from collections.abc import Iterator
from typing import Any, NamedTuple
from urllib.parse import quote

import pytest

from muster.directory.records import Kind
from muster.scim.schema import ENTERPRISE_USER
from muster.store.postgres.database import open_database
from tests.conformance.bodies import PATCH_OP, group, user
from tests.conformance.bulking import delete, request
from tests.endpoint.asgi import Endpoint, Response
from tests.harness.listening import Ear, listening
from tests.harness.postgres import Cluster
from tests.store.scene import Scene, Side

MARK = "Zq7"
CRAFTED = (
    f"{MARK}' OR '1'='1", f"{MARK}'; DROP TABLE users; --", f'{MARK}" OR ""="', f"{MARK}$$; SELECT 1; $$", f"{MARK} $1 ($3)[1]",
    f"{MARK}:o :w :p0", f"{MARK}{{0}}{{table}}", f"{MARK}%s %(o)s ?", f"{MARK}\\' OR TRUE --", f"{MARK}/* */", f"{MARK}\0' OR TRUE",
    f"{MARK}%_", f"{MARK}\u2019 OR 1", f"{MARK}') UNION SELECT document FROM users --", f"{MARK}\n;COMMIT;",
    f"{MARK}'; SET muster.organization = '1'", f"{MARK}E'\\x27'",
)  # fmt: skip
FILTERS: dict[Kind, tuple[str, ...]] = {
    "User": (
        "id", "userName", "externalId", "title", "emails.value", "groups.value", "groups.display", "displayName",
        f"{ENTERPRISE_USER}:manager.value",
    ),
    "Group": ("id", "displayName", "externalId", "members.value"),
}  # fmt: skip
NOT_FOUND, REFUSED = 404, 400
RENAMED = {"schemas": [PATCH_OP], "Operations": [{"op": "replace", "path": "displayName", "value": "x"}]}
OPERATORS = ("eq", "ne", "sw", "ew", "co", "gt", "le")


class Heard(NamedTuple):
    """Two organizations with the same users and groups, and what is said of the first one's questions."""

    mine: Side
    others: frozenset[str]
    ear: Ear


@pytest.fixture(scope="module")
def heard(cluster: Cluster) -> Iterator[Heard]:
    """Both have a user and a group for each crafted value, called by it."""
    with listening() as ear, asyncio.Runner() as runner:
        database = runner.run(open_database(cluster.new_store()))
        scene = Scene(database, runner)
        mine, other = scene.side(), scene.side()
        others = _furnish(other)
        _furnish(mine)
        ear.said.clear()
        yield Heard(mine, frozenset(others), ear)
        runner.run(database.close())


def _furnish(side: Side) -> list[str]:
    made = []
    for number, text in enumerate(CRAFTED):
        user = side.user(f"{number}{text}", title=text, externalId=text, displayName=text)
        made += [user, side.group(f"{number}{text}", {user: "User"}, externalId=text)]
    return made


def _never_spliced(ear: Ear) -> None:
    """No statement that was sent, nor one inside another, holds what a client sent."""
    assert ear.said
    for said in ear.said:
        assert MARK.lower() not in said.sql.lower()
        assert said.inner is None or MARK.lower() not in said.inner.sql.lower()
    ear.said.clear()


@pytest.mark.parametrize("kind", FILTERS)
@pytest.mark.parametrize("text", CRAFTED, ids=range(len(CRAFTED)))
def test_a_filters_value_is_bound(heard: Heard, kind: Kind, text: str) -> None:
    """With every operator on every kind of attribute; what is found is the asker's own."""
    for attribute in FILTERS[kind]:
        for operator in OPERATORS:
            found = heard.mine.found(kind, f"{attribute} {operator} {json.dumps(text)}")
            assert not heard.others & set(found), (attribute, operator)
    assert len(heard.mine.found(kind, f"externalId eq {json.dumps(text)}")) == 1
    _never_spliced(heard.ear)


@pytest.mark.parametrize("text", CRAFTED, ids=range(len(CRAFTED)))
def test_an_id_is_bound(heard: Heard, text: str) -> None:
    """Of a user, group, credential, connection or organization: there is none."""
    mine, database = heard.mine, heard.mine.scene.database
    assert mine.run(mine.store.user(text)) is None
    assert mine.run(mine.store.group(text)) is None
    for display in (False, True):
        assert list(mine.run(mine.store.members(text, display=display))) == []
    if "\0" not in text:
        number = mine.scope.organization
        assert mine.run(database.grant(number, text)) is None
        assert mine.run(database.connection(number, text)) is None
        assert list(mine.run(database.credentials(number, text))) == []
        assert mine.run(database.organization_named(text)) is None
    assert mine.write(lambda transaction: transaction.kinds([text])) == {}
    assert mine.write(lambda transaction: transaction.tombstones([text])) == set()
    assert mine.write(lambda transaction: transaction.remove_members("g", [text])) == []
    _never_spliced(heard.ear)


@pytest.mark.parametrize("kind", FILTERS)
def test_a_cursors_place_is_bound(heard: Heard, kind: Kind) -> None:
    """Page by page in the order of crafted values, each resource of one's own comes once, and no other."""
    for sort in ("externalId", "displayName", "id", None):
        seen: list[str] = []
        after = None
        while True:
            page = heard.mine.query(kind, None, sort, limit=5, cursor=True, after=after)
            seen += [resource.id for resource in page.resources]
            after = page.following
            if after is None:
                break
        assert len(seen) == len(set(seen)) == len(CRAFTED)
        assert not heard.others & set(seen)
    _never_spliced(heard.ear)


@pytest.mark.parametrize("text", CRAFTED, ids=range(len(CRAFTED)))
def test_over_http_a_crafted_id_is_nobodys(served: Endpoint, text: str) -> None:
    """In the path of every method, as a member and in the path of a bulk operation: not found, or refused for a U+0000."""
    nobody = REFUSED if "\0" in text else NOT_FOUND
    for resource in ("Users", "Groups"):
        path = f"/{resource}/{quote(text, safe='')}".encode()
        for method in ("GET", "DELETE", "PUT", "PATCH"):
            body = {"PUT": user() if resource == "Users" else group(), "PATCH": RENAMED}.get(method)
            assert _asked(served, method, path, body).status == nobody, (method, resource)
    assert _asked(served, "POST", b"/Groups", group(text)).status == REFUSED
    (one,) = _asked(served, "POST", b"/Bulk", request(delete(f"/Users/{quote(text, safe='')}"))).json[
        "Operations"
    ]
    assert one["status"] in {str(nobody), str(NOT_FOUND)}


@pytest.fixture(scope="module")
def served(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoint]:
    """The endpoint over a PostgreSQL database."""
    endpoint = Endpoint(tmp_path_factory.mktemp("crafted"), database=cluster.new_store())
    yield endpoint
    endpoint.close()


def _asked(served: Endpoint, method: str, path: bytes, body: Any) -> Response:
    sent = b"" if body is None else json.dumps(body).encode()
    return served.request(method, path, sent, headers=((b"content-type", b"application/scim+json"),))
