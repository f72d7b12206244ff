"""A user that this process remembers is changed in one round trip; whatever others have done meanwhile, the answer is right."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit

import pytest

from tests.conformance.bodies import ENTERPRISE, enterprise_user, fresh, group, operation
from tests.endpoint.asgi import Endpoint, Response
from tests.endpoint.population import JSON, PATCH
from tests.harness.postgres import Cluster
from tests.harness.wire import CountingWire

NEVER: Final = 3600.0  # seconds
TITLE: Final = {"schemas": [PATCH], "Operations": [operation("replace", "title", "Dr")]}


class Processes(NamedTuple):
    """Two that serve one connection, a wire from the near one to their database, and somebody who may do anything there."""

    near: Endpoint
    far: Endpoint
    wire: CountingWire
    root: Callable[[str], None]


class Two:
    """A user whom the near process remembers, and what the far one may do behind its back."""

    def __init__(self, processes: Processes) -> None:
        self._processes = processes
        self.trips = 0
        self.boss = self.far("POST", "/Users", enterprise_user() | {"displayName": "Boss"}).json["id"]
        emails = [{"value": "a@x", "type": "work"}]
        self.body = enterprise_user(manager={"value": self.boss}) | {"nickName": "Ada", "emails": emails}
        self.ada = self.far("POST", "/Users", self.body).json["id"]
        self.path = f"/Users/{self.ada}"
        self.staff = self.far("POST", "/Groups", group(self.ada)).json["id"]
        self.other = self.far("POST", "/Groups", group()).json["id"]
        for method, body in (("GET", None), ("PATCH", TITLE), ("PATCH", TITLE), ("GET", None)):
            assert self.near(method, body).status == 200

    def far(self, method: str, path: str, body: Any = None) -> Response:
        """Send a request to the far process."""
        response = _ask(self._processes.far, method, path, body)
        assert response.status < 300, response.body
        return response

    def near(self, method: str, body: Any = None, *, match: str | None = None) -> Response:
        """Send one about the user to the near process; `trips` is what it cost."""
        before = self._processes.wire.trips
        response = _ask(self._processes.near, method, self.path, body, match)
        self.trips = self._processes.wire.trips - before
        return response

    def patch(self, path: str, *operations: dict[str, Any]) -> Response:
        """Have the far process PATCH something."""
        return self.far("PATCH", path, {"schemas": [PATCH], "Operations": list(operations)})

    def rewrite(self, what: str) -> None:
        """Set columns of the user past both; no index entry of it stays."""
        self._processes.root(
            f"WITH w AS (UPDATE muster.users SET {what} WHERE id = '{self.ada}' RETURNING organization, row)"
            " DELETE FROM muster.attribute_keys k USING w WHERE k.organization = w.organization AND k.resource = w.row"
        )


def _ask(endpoint: Endpoint, method: str, path: str, body: Any = None, match: str | None = None) -> Response:
    headers = (JSON, (b"if-match", match.encode())) if match else (JSON,)
    return endpoint.request(
        method, path.encode(), b"" if body is None else json.dumps(body).encode(), headers=headers
    )


@pytest.fixture(scope="module")
def processes(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Processes]:
    """Two of them, on one new database; nothing of their own comes between while round trips are counted."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("muster.store.log.WITHIN", NEVER)
        patch.setattr("muster.store.postgres.statistics.INTERVAL", NEVER)
        url = cluster.empty_store()
        name = urlsplit(url).path[1:]
        far = Endpoint(tmp_path_factory.mktemp("far"), database=url)
        with CountingWire(url) as wire:
            near = far.beside(wire.url)
            yield Processes(near, far, wire, lambda sql: asyncio.run(cluster.execute(name, sql)))
            near.close()
        far.close()


@pytest.fixture
def two(processes: Processes) -> Two:
    """The two, and a user whom the near one remembers."""
    return Two(processes)


class Behind(NamedTuple):
    """Something that is done behind the back of a process, and what its PUT and PATCH are answered afterwards."""

    do: Callable[[Two], object]
    status: int = 200


BEHIND: Final = {
    "changed": Behind(lambda two: two.patch(two.path, operation("replace", "title", "Prof"))),
    "deactivated": Behind(lambda two: two.patch(two.path, operation("replace", "active", value=False))),
    "deleted": Behind(lambda two: two.far("DELETE", two.path), 404),
    "in another group": Behind(
        lambda two: two.patch(f"/Groups/{two.other}", operation("add", "members", [{"value": two.ada}]))
    ),
    "out of the group": Behind(lambda two: two.patch(f"/Groups/{two.staff}", operation("remove", "members"))),
    "group renamed": Behind(
        lambda two: two.patch(f"/Groups/{two.staff}", operation("replace", "displayName", fresh()))
    ),
    "group deleted": Behind(lambda two: two.far("DELETE", f"/Groups/{two.staff}")),
    "group in a group": Behind(
        lambda two: two.patch(f"/Groups/{two.other}", operation("add", "members", [{"value": two.staff}]))
    ),
    "manager renamed": Behind(
        lambda two: two.patch(f"/Users/{two.boss}", operation("replace", "displayName", "Chief"))
    ),
    "manager nameless": Behind(
        lambda two: two.patch(f"/Users/{two.boss}", operation("remove", "displayName"))
    ),
    "manager deleted": Behind(lambda two: two.far("DELETE", f"/Users/{two.boss}")),
    "another manager": Behind(
        lambda two: two.patch(two.path, operation("replace", f"{ENTERPRISE}:manager.value", two.other))
    ),
}


def nickname(name: str) -> dict[str, Any]:
    """The body of a PATCH."""
    return {"schemas": [PATCH], "Operations": [operation("replace", "nickName", name)]}


@pytest.mark.parametrize("what", BEHIND)
def test_nothing_stale_is_told_and_nothing_lost(two: Two, what: str) -> None:
    """The answer is what is read next by the other process: with its change, with groups and manager as they are."""
    behind = BEHIND[what]
    for method, body in (("PATCH", nickname("Countess")), ("PUT", two.body | {"nickName": "Lady"})):
        assert two.near(method, body).status == 200
        assert two.trips == 1
    behind.do(two)
    before = {} if behind.status == 404 else two.far("GET", two.path).json
    answer = two.near("PATCH", nickname("Countess"))
    assert (answer.status, two.trips > 1) == (behind.status, True)
    if behind.status == 200:
        assert answer.json == two.far("GET", two.path).json
        kept = {"title", "groups", "active", ENTERPRISE}
        assert {name: answer.json.get(name) for name in kept} == {name: before.get(name) for name in kept}


@pytest.mark.parametrize("what", BEHIND)
def test_a_user_is_replaced_as_it_is(two: Two, what: str) -> None:
    """So is one that is replaced; and afterwards, where nothing more has happened, in one round trip again."""
    behind = BEHIND[what]
    behind.do(two)
    for name in ("Countess", "Lady"):
        answer = two.near("PUT", two.body | {"nickName": name})
        assert answer.status == behind.status
        if behind.status == 200:
            assert answer.json == two.far("GET", two.path).json
    assert two.trips == 1


@pytest.mark.parametrize("what", BEHIND)
def test_nothing_to_change_is_found_out_too(two: Two, what: str) -> None:
    """A change that was made already leaves the version as it is, unless another one has come between."""
    behind, stands = BEHIND[what], two.near("GET").headers["etag"]
    assert two.near("PATCH", TITLE).headers["etag"] == stands
    assert two.trips == 1
    behind.do(two)
    answer = two.near("PATCH", TITLE)
    assert answer.status == behind.status
    if behind.status == 200:
        assert answer.json == two.far("GET", two.path).json
        assert answer.json["title"] == "Dr"


def test_conditions_are_held_against_what_is_there(two: Two) -> None:
    """The version that another process has made is found, the remembered one refused."""
    old = two.near("GET").headers["etag"]
    new = two.patch(two.path, operation("replace", "title", "Prof")).headers["etag"]
    assert two.near("PATCH", nickname("Countess"), match=new).status == 200
    two.patch(two.path, operation("replace", "title", "Sir"))
    for stale in (old, new):
        assert two.near("PATCH", nickname("Lady"), match=stale).status == 412
    assert two.far("GET", two.path).json["nickName"] == "Countess"


def test_a_refusal_is_of_what_is_there(two: Two) -> None:
    """A step finds the value that another process has added; a name that is taken and a bad body are refused."""
    step = operation("replace", 'emails[type eq "home"].display', "h")
    steps = {"schemas": [PATCH], "Operations": [step]}
    two.patch(two.path, operation("add", "emails", [{"value": "h@x", "type": "home"}]))
    answer = two.near("PATCH", steps)
    assert answer.status == 200
    assert {"value": "h@x", "type": "home", "display": "h"} in answer.json["emails"]
    taken = fresh()
    two.far("POST", "/Users", two.body | {"userName": taken})
    assert two.near("PUT", two.body | {"userName": taken}).json["scimType"] == "uniqueness"
    assert two.near("PUT", two.body | {"userName": 1}).status == 400


def test_groups_in_groups_are_remembered(two: Two) -> None:
    """In several, direct and not: one round trip, until a far one gets another name."""
    two.patch(f"/Groups/{two.other}", operation("add", "members", [{"value": two.staff}]))
    for number in range(5):
        two.far("POST", "/Groups", group(two.ada, two.staff, displayName=fresh(f"team {number}")))
    two.near("GET")
    for name in ("Countess", "Lady"):
        answer = two.near("PATCH", nickname(name))
        assert (answer.status, len(answer.json["groups"])) == (200, 7)
    assert two.trips == 1
    two.patch(f"/Groups/{two.other}", operation("replace", "displayName", fresh("all")))
    answer = two.near("PATCH", nickname("Ada"))
    assert answer.json == two.far("GET", two.path).json
    assert {each["value"]: each["type"] for each in answer.json["groups"]}[two.other] == "indirect"


def test_a_version_that_comes_again_is_not_taken_for_the_same(two: Two) -> None:
    """Where the database was put back to an earlier state, and has gone on from there."""
    put_back = (
        "last_modified = last_modified + 1,"
        " document = replace(convert_from(document, 'UTF8'), '\"Dr\"', '\"Earl\"')::bytea"
    )
    for body, title in ((nickname("Countess"), "Earl"), (TITLE, "Dr")):
        assert two.near("PATCH", TITLE).json["title"] == "Dr"
        two.rewrite(put_back)
        answer = two.near("PATCH", body)
        assert (answer.json["title"], answer.json) == (title, two.far("GET", two.path).json)


def test_two_processes_lose_nothing(two: Two) -> None:
    """At once, each another attribute: each change is a version of its own, and both have their last."""
    begun = two.far("GET", two.path).headers["etag"]

    def far() -> None:
        for number in range(25):
            two.patch(two.path, operation("replace", "title", f"{number}"))

    with ThreadPoolExecutor() as pool:
        farther = pool.submit(far)
        for number in range(25):
            assert two.near("PATCH", nickname(f"{number}")).status == 200
        farther.result()
    answer = two.far("GET", two.path)
    assert (answer.json["nickName"], answer.json["title"]) == ("24", "24")
    assert answer.headers["etag"] == f'W/"{int(begun[3:-1]) + 50}"'
