"""PostgreSQL is lost while it commits: the answer does not claim to know, whichever way it was."""

from collections.abc import Iterator

import pytest

from tests.conftest import new_connection
from tests.harness.client import ScimClient
from tests.harness.cut import AFTER, BEFORE, COMMIT, NEVER, CutWire
from tests.harness.inside import rows
from tests.harness.postgres import Cluster
from tests.harness.server import CommandFailed, RunningServer, muster

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
MARK = "ada-of-the-wire"
# A user is one statement that commits by itself; a group is a transaction.
MADE = {
    "/Users": {"schemas": [USER], "userName": MARK},
    "/Groups": {"schemas": [GROUP], "displayName": MARK},
}
Wired = tuple[ScimClient, CutWire]


@pytest.fixture(scope="module")
def wire(cluster: Cluster) -> Iterator[CutWire]:
    """A wire to a database of its own."""
    with CutWire(cluster.new_store()) as between:
        yield between


@pytest.fixture(scope="module")
def over_wire(wire: CutWire, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """A server at the end of it."""
    running = RunningServer().start(wire.url, log=tmp_path_factory.mktemp("wired") / "log")
    yield running
    wire.cut = NEVER
    running.stop()


@pytest.mark.parametrize("path", MADE)
@pytest.mark.parametrize("cut, then", [(BEFORE, 201), (AFTER, 409)])
def test_the_outcome_is_not_known(
    over_wire: RunningServer, wire: CutWire, cut: str, then: int, path: str
) -> None:
    """503 with Retry-After that says so, under the request's id in the log; the same request then shows how it was."""
    with new_connection(over_wire) as client:
        wire.cut, wire.mark = cut, MARK.encode() if path == "/Users" else COMMIT
        answer = client.post(path, MADE[path])
        wire.cut = NEVER
        assert (answer.status, answer.headers["retry-after"]) == (503, "1")
        assert "is not known" in answer.body["detail"]
        assert "nothing was done" not in answer.body["detail"]
        assert client.post(path, MADE[path]).status == then
        assert client.get(path).body["totalResults"] == 1
    assert f'"request": "{answer.headers["x-request-id"]}"' in over_wire.log_tail()


@pytest.mark.parametrize("cut, version", [(BEFORE, 1), (AFTER, 2)])
def test_a_remembered_user_is_not_tried_again(
    over_wire: RunningServer, wire: CutWire, cut: str, version: int
) -> None:
    """The process remembers whom it has created; what may have been done is not begun anew."""
    with new_connection(over_wire) as client:
        created = client.post("/Users", {"schemas": [USER], "userName": "ada"}).body
        wire.cut, wire.mark = cut, MARK.encode()
        answer = client.put(f"/Users/{created['id']}", {**created, "nickName": MARK})
        wire.cut = NEVER
        assert (answer.status, "is not known" in answer.body["detail"]) == (503, True)
        assert client.get(f"/Users/{created['id']}").headers["etag"] == f'W/"{version}"'


@pytest.mark.parametrize("cut, there", [(BEFORE, False), (AFTER, True)])
def test_a_command_does_not_claim_to_know_either(cluster: Cluster, cut: str, there: bool) -> None:
    """One line, exit 1."""
    database = cluster.new_store()
    with CutWire(database) as between:
        between.cut = cut
        with pytest.raises(CommandFailed, match="is not known") as failed:
            muster(between.url, "organization", "create", "acme")
    assert (failed.value.exit_code, len(failed.value.stderr.splitlines())) == (1, 1)
    assert rows(database, "SELECT name FROM organization_names") == [("acme",)] * there
