"""RFC 7644 §3.7: bulk operations (R247 to R250, R255 to R260)."""

import json
from contextlib import suppress
from http.client import HTTPException
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from tests.conformance.bodies import ERROR, fresh, group, operation, user
from tests.conformance.bulking import delete, id_of, patch, post, put, rename, request, results, statuses
from tests.conformance.expect import done, found, listed, new_group, new_user, read, refused, unchanged
from tests.conformance.marks import Connect, requirement
from tests.harness.client import ScimClient
from tests.harness.inside import rows
from tests.harness.server import RunningServer, muster

NOBODY = "00000000-0000-4000-8000-000000000000"
BODY = user(userName="never stored")


@requirement("R247")
def test_r247_results_of_success(scim: ScimClient) -> None:
    """Each result has method, bulkId, location, version and a status that is a string; no body."""
    old, gone = new_user(scim), new_user(scim)
    body = user()
    made, replaced, renamed, deleted = results(
        scim,
        post("one", "/Users", body),
        put(f"/Users/{old['id']}", body | {"userName": fresh()}, bulkId="two"),
        rename(f"/Users/{old['id']}", "New"),
        delete(f"/Users/{gone['id']}"),
    )

    one = f"{scim.base_url}/Users"
    assert made == {
        "method": "POST",
        "bulkId": "one",
        "version": 'W/"1"',
        "location": f"{one}/{id_of(made)}",
        "status": "201",
    }
    assert replaced == {
        "method": "PUT",
        "bulkId": "two",
        "version": 'W/"2"',
        "location": f"{one}/{old['id']}",
        "status": "200",
    }
    assert renamed == {
        "method": "PATCH",
        "version": 'W/"3"',
        "location": f"{one}/{old['id']}",
        "status": "200",
    }
    assert deleted == {"method": "DELETE", "location": f"{one}/{gone['id']}", "status": "204"}
    assert read(scim, f"/Users/{id_of(made)}")["userName"] == body["userName"]
    assert read(scim, f"/Users/{old['id']}")["displayName"] == "New"
    refused(scim.get(f"/Users/{gone['id']}"), 404)


@requirement("R247")
def test_r247_results_of_failure(scim: ScimClient) -> None:
    """A failed operation has the error that a single request has; a failed POST has no location."""
    taken = new_user(scim)
    again, missing = results(
        scim, post("one", "/Users", user(userName=taken["userName"])), rename(f"/Users/{NOBODY}", "x")
    )

    single = refused(scim.post("/Users", user(userName=taken["userName"])), 409, "uniqueness")
    assert again == {"method": "POST", "bulkId": "one", "status": "409", "response": single}
    assert missing == {
        "method": "PATCH",
        "location": f"{scim.base_url}/Users/{NOBODY}",
        "status": "404",
        "response": refused(scim.get(f"/Users/{NOBODY}"), 404),
    }


@requirement("R247")
def test_r247_body_is_a_bulk_request(scim: ScimClient) -> None:
    """Anything else is refused as a whole; names may be of any letter case."""
    one = post("one", "/Users", user())
    wrong: list[Any] = [
        {},
        [],
        {"Operations": [one], "schemas": [ERROR]},
        request(),
        request() | {"Operations": one},
    ]
    for body in wrong:
        refused(scim.post("/Bulk", body), 400, "invalidSyntax")
    without = scim.post("/Bulk", {"Operations": [one]})
    if scim.strict:
        refused(without, 400, "invalidSyntax")
    else:
        done(without)
    lower = {
        "SCHEMAS": request()["schemas"],
        "operations": [{"METHOD": "post", "BulkID": "x", "PATH": "/Users", "DATA": user()}],
    }
    assert statuses(done(scim.post("/Bulk", lower))["Operations"]) == ["201"]
    refused(scim.get("/Bulk"), 405)


@requirement("R248")
@pytest.mark.parametrize(
    "broken",
    [
        {"method": "GET", "path": "/Users"},
        {"method": 1, "path": "/Users"},
        {"path": "/Users"},
        {"method": "POST", "path": "/Users", "data": BODY},
        {"method": "POST", "bulkId": "", "path": "/Users", "data": BODY},
        {"method": "POST", "bulkId": 7, "path": "/Users", "data": BODY},
        {"method": "POST", "bulkId": "one", "data": BODY},
        {"method": "POST", "bulkId": "one", "path": "/Users"},
        {"method": "PUT", "path": f"/Users/{NOBODY}"},
        {"method": "PATCH", "path": f"/Users/{NOBODY}", "data": []},
        {"method": "DELETE", "path": f"/Users/{NOBODY}", "version": 3},
        "DELETE",
    ],
    ids=str,
)
def test_r248_parts_of_an_operation(scim: ScimClient, broken: Any) -> None:
    """What lacks a part, or has a wrong one, fails by itself: 400 invalidSyntax; the others are done."""
    first, second = results(scim, broken, post("good", "/Users", user()))

    assert (first["status"], first["response"]["scimType"]) == ("400", "invalidSyntax")
    assert second["status"] == "201"


@requirement("R249")
@pytest.mark.parametrize(
    "path",
    [
        "http://127.0.0.1/scim/v2/Users",
        "//elsewhere.example/Users",
        "Users",
        "",
        "/",
        "/../Users",
        "/Users/../Groups",
        "/Users/x/y",
        "/Users?attributes=id",
        "/Users#x",
        "/Bulk",
        "/Me",
        "/Schemas",
        "/.search",
        "/Users/.search",
        "/scim/v2/Users",
    ],
)
def test_r249_paths_stay_inside(scim: ScimClient, path: str) -> None:
    """An operation reaches users and groups by relative paths, and nothing else."""
    (result,) = results(scim, post("one", path, user()))

    assert result["status"] in ("400", "404")
    assert result["response"]["status"] == result["status"]
    assert listed(scim)["totalResults"] == 0


@requirement("R249")
def test_r249_collection_and_resource(scim: ScimClient) -> None:
    """POST goes to a collection, all else to a resource."""
    target = f"/Users/{new_user(scim)['id']}"
    wrong = [post("one", target, user()), put("/Users", user()), rename("/Users", "x"), delete("/Groups")]

    with unchanged(scim, target):
        assert statuses(results(scim, *wrong)) == ["400"] * 4
    assert statuses(results(scim, post("one", "/users/", user()), rename(f"/uSERS{target[6:]}", "x"))) == [
        "201",
        "200",
    ]


@requirement("R250")
def test_r250_goes_on_after_errors(scim: ScimClient) -> None:
    """Without failOnErrors every operation is tried."""
    bad = rename(f"/Users/{NOBODY}", "x")
    assert statuses(results(scim, bad, bad, post("one", "/Users", user()))) == ["404", "404", "201"]


@requirement("R250")
def test_r250_stops_at_fail_on_errors(scim: ScimClient) -> None:
    """The request ends at that many errors; what came after is neither done nor reported."""
    bad, name = rename(f"/Users/{NOBODY}", "x"), fresh()
    listed = results(
        scim,
        bad,
        post("one", "/Users", user()),
        bad,
        post("two", "/Users", user(userName=name)),
        failOnErrors=2,
    )

    assert statuses(listed) == ["404", "201", "404"]
    assert found(scim, f'userName eq "{name}"') == set()


@requirement("R250")
@pytest.mark.parametrize("value", [0, -1, 1.5, "1", True, []])
def test_r250_fail_on_errors_is_a_positive_integer(scim: ScimClient, value: Any) -> None:
    """Anything else refuses the request, and nothing is done."""
    refused(scim.post("/Bulk", request(post("one", "/Users", user()), failOnErrors=value)), 400)
    assert listed(scim)["totalResults"] == 0


@requirement("R255")
def test_r255_too_many_operations(scim: ScimClient) -> None:
    """One more than maxOperations: 413 that names the limit, and nothing is done; exactly that many are."""
    most = read(scim, "/ServiceProviderConfig")["bulk"]["maxOperations"]
    operations = [post(f"{number}", "/Users", user()) for number in range(most)]

    error = refused(scim.post("/Bulk", request(*operations, delete(f"/Users/{NOBODY}"))), 413)
    assert "maxOperations" in error["detail"]
    assert str(most) in error["detail"]
    assert listed(scim)["totalResults"] == 0
    assert statuses(results(scim, *operations)) == ["201"] * most
    assert listed(scim)["totalResults"] == most


@requirement("R255")
def test_r255_too_many_bytes(scim: ScimClient) -> None:
    """One byte more than maxPayloadSize: 413 that names the limit, and nothing is done; exactly that many are taken."""
    most = read(scim, "/ServiceProviderConfig")["bulk"]["maxPayloadSize"]
    body = json.dumps(request(post("one", "/Users", user()))).encode()

    error = refused(scim.post("/Bulk", raw=body.ljust(most + 1)), 413)
    assert "maxPayloadSize" in error["detail"]
    assert str(most) in error["detail"]
    assert listed(scim)["totalResults"] == 0
    done(scim.post("/Bulk", raw=body.ljust(most)))


@requirement("R256")
def test_r256_version(scim: ScimClient) -> None:
    """`version` acts as If-Match: 412 and no change where the resource has another."""
    target = f"/Users/{new_user(scim)['id']}"
    with unchanged(scim, target):
        wrong = [
            rename(target, "x", version='W/"9"'),
            put(target, user(), version='"9"'),
            delete(target, version='W/"9"'),
        ]
        assert statuses(results(scim, *wrong)) == ["412"] * 3
    right = [
        rename(target, "x", version='W/"1"'),
        rename(target, "y", version='W/"1"'),
        delete(target, version="*"),
    ]
    assert statuses(results(scim, *right)) == ["200", "412", "204"]


@requirement("R257")
def test_r257_each_operation_is_atomic(scim: ScimClient) -> None:
    """An operation that fails half-way leaves nothing, and the operations around it are done."""
    one, two = new_user(scim), new_user(scim)
    team = new_group(scim)
    half = patch(
        f"/Groups/{team['id']}",
        operation("add", "members", [{"value": one["id"]}]),
        operation("add", "members", [{"value": NOBODY}]),
        operation("replace", "displayName", fresh()),
    )
    whole = patch(f"/Groups/{team['id']}", operation("add", "members", [{"value": two["id"]}]))

    assert statuses(results(scim, half, whole)) == ["400", "204"]
    after = read(scim, f"/Groups/{team['id']}")
    assert [member["value"] for member in after["members"]] == [two["id"]]
    assert after["displayName"] == team["displayName"]
    assert after["meta"]["version"] == 'W/"2"'


@requirement("R257")
def test_r257_each_operation_is_recorded(scim: ScimClient, server: RunningServer) -> None:
    """Each success has its own change row, and each operation its own entry in the request log."""
    body = user()
    answer = scim.post("/Bulk", request(post("one", "/Users", body), rename(f"/Users/{NOBODY}", "x")))
    made, _ = done(answer)["Operations"]
    number = answer.headers["x-request-id"]

    changes = rows(
        server.database, "SELECT operation, resource, credential FROM changes WHERE request = ?", number
    )
    entries = rows(
        server.database,
        "SELECT method, status, target, notes, body FROM request_log WHERE request = ? AND method <> 'POST'"
        " UNION ALL SELECT method, status, target, notes, body FROM request_log WHERE request = ? AND status = 201",
        number,
        number,
    )
    assert changes == [("create", id_of(made), scim.credential_id)]
    assert [(method, status) for method, status, *_ in entries] == [("PATCH", 404), ("POST", 201)]
    assert entries[0][2] == f"{scim.base_path}/Users/{NOBODY}"
    assert json.loads(entries[0][3]) == [["bulk", "operation 2"]]
    assert json.loads(entries[1][4])["userName"] == body["userName"]


@requirement("R257")
def test_r257_each_operation_is_authorized(connect: Connect, scim: ScimClient) -> None:
    """What belongs to another organization is not there for an operation either."""
    other = connect()
    theirs, team = new_user(other), new_group(other)
    with unchanged(other, f"/Users/{theirs['id']}"), unchanged(other, f"/Groups/{team['id']}"):
        attempts = [
            rename(f"/Users/{theirs['id']}", "x"),
            put(f"/Groups/{team['id']}", group()),
            delete(f"/Users/{theirs['id']}"),
            post("one", "/Groups", group(theirs["id"])),
            post("two", f"/scim/{other.connection_id}/v2/Users", user()),
        ]
        assert statuses(results(scim, *attempts)) == ["404", "404", "404", "400", "404"]
    assert listed(other)["totalResults"] == 1


@requirement("R258")
def test_r258_patch_data_is_a_patch_message(scim: ScimClient) -> None:
    """The data of a PATCH is a whole PatchOp, not a list of operations nor a single one."""
    target = f"/Users/{new_user(scim)['id']}"
    single = operation("replace", "displayName", "x")
    for data in ([single], single):
        (result,) = results(scim, {"method": "PATCH", "path": target, "data": data})
        assert (result["status"], result["response"]["scimType"]) == ("400", "invalidSyntax")
    assert statuses(results(scim, patch(target, single))) == ["200"]


@requirement("R259")
def test_r259_size(scim: ScimClient) -> None:
    """More than a hundred typical users fit into one request, by number and by bytes."""
    limits = read(scim, "/ServiceProviderConfig")["bulk"]
    assert limits["supported"] is True
    assert limits["maxOperations"] >= 1000
    typical = len(json.dumps(post("0" * 36, "/Users", user(title="x" * 2000))))
    assert limits["maxPayloadSize"] >= 1000 * typical


@requirement("R260")
def test_r260_crash(tmp_path: Path) -> None:
    """After a kill what was answered is there, and of what was not each operation is whole or absent."""
    running = RunningServer().start(tmp_path / "muster.db")
    try:
        muster(running.database, "organization", "create", "crash")
        made: Any = muster(
            running.database, "connection", "create", "--organization", "crash", "--provider", "generic"
        )
        for moment in (0.02, 0.1, 0.2, 0.4):
            with ScimClient(f"{running.origin}/scim/v2", made["api_key"]) as scim:
                answered = results(scim, *pairs(1))
            kill_during(running, made["api_key"], moment)
            running.start(running.database)
            with ScimClient(f"{running.origin}/scim/v2", made["api_key"]) as scim:
                assert statuses(answered) == ["201", "201"]
                assert read(scim, f"/Groups/{id_of(answered[1])}")["members"][0]["value"] == id_of(
                    answered[0]
                )
                assert whole(scim)
    finally:
        running.kill()


def kill_during(running: RunningServer, api_key: str, moment: float) -> None:
    """Kill the server at a moment, in seconds, after a long bulk request began."""

    def send() -> None:
        with ScimClient(f"{running.origin}/scim/v2", api_key) as scim, suppress(OSError, HTTPException):
            scim.post("/Bulk", request(*pairs(200)))

    sender = Thread(target=send)
    sender.start()
    sender.join(moment)
    running.kill()
    sender.join()


def pairs(count: int) -> list[dict[str, Any]]:
    """Operations that make so many users, each in a group of its own."""
    made = []
    for number in range(count):
        made.append(post(f"u{number}", "/Users", user()))
        made.append(post(f"g{number}", "/Groups", group(f"bulkId:u{number}")))
    return made


def whole(scim: ScimClient) -> bool:
    """Whether every group that there is has its member."""
    groups = listed(scim, "/Groups", count=1000).get("Resources", [])
    return all(len(one.get("members", [])) == 1 for one in groups)
