"""What SCIM does not own: an attempt to write it changes nothing, and the request log says that there was one."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.conformance.bodies import group, user
from tests.endpoint.asgi import Response
from tests.endpoint.searching import Log, patch

FOREIGN = "11111111-1111-1111-1111-111111111111"
META = {
    "resourceType": "Group",
    "created": "2001-01-01T00:00:00Z",
    "version": 'W/"99"',
    "location": "https://x/",
}
READ_ONLY = {"id": FOREIGN, "meta": META, "groups": [{"value": FOREIGN}]}
UNKNOWN = {
    "permissions": ["billing.read"],
    "owner": 7,
    "belongsTo": "other",
    "account": {"status": "active"},
    "consoleRoles": ["administrator"],
}


def untouched(log: Log, made: Response, name: str) -> None:
    """A user is as it was made: nothing of what was sent beside it is there."""
    found = log.send("GET", f"/Users/{made.json['id']}").json
    assert found["id"] == made.json["id"] != FOREIGN
    assert found["meta"] | {"version": ""} == made.json["meta"] | {
        "version": "",
        "lastModified": found["meta"]["lastModified"],
    }
    assert found["userName"] == name
    assert not {"groups", *UNKNOWN} & found.keys()


def noted(log: Log) -> set[tuple[str, str]]:
    """What the latest write noted."""
    latest = next(one.entry for one in log.search() if one.entry.method != "GET")
    return {(rule, where) for rule, where in json.loads(latest.notes or b"[]")}


@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_a_body_cannot_give_it(log: Log, method: str) -> None:
    """Neither when a user is made, nor when it is replaced; each attribute that was passed over is noted."""
    made = log.send("POST", "/Users", user(userName="ada"))
    body = user(userName="ada" if method == "PUT" else "grace", **READ_ONLY, **UNKNOWN)
    answer = log.send(method, f"/Users/{made.json['id']}" if method == "PUT" else "/Users", body)
    assert answer.status in (200, 201)
    wanted = {("read_only", name) for name in READ_ONLY} | {("unknown_attributes", name) for name in UNKNOWN}
    assert noted(log) >= wanted
    untouched(log, answer if method == "POST" else made, body["userName"])


@pytest.mark.parametrize("name", UNKNOWN)
def test_a_patch_without_a_path_passes_over_what_is_not_scims(log: Log, name: str) -> None:
    """It is noted."""
    made = log.send("POST", "/Users", user(userName="ada"))
    assert (
        log.send("PATCH", f"/Users/{made.json['id']}", patch("add", None, {name: UNKNOWN[name]})).status
        == 200
    )
    assert ("unknown_attributes", name) in noted(log)
    untouched(log, made, "ada")


@pytest.mark.parametrize(
    ("path", "value", "code"),
    [
        *((name, value, "attribute-read-only") for name, value in READ_ONLY.items()),
        *((name, value, "path-invalid") for name, value in UNKNOWN.items()),
        ("meta.created", META["created"], "attribute-read-only"),
        ("groups.value", FOREIGN, "attribute-read-only"),
    ],
)
def test_a_patch_by_path_is_refused(log: Log, path: str, value: Any, code: str) -> None:
    """With a code that the log has too, and nothing of the request is done."""
    made = log.send("POST", "/Users", user(userName="ada"))
    body = patch("replace", path, value)
    body["Operations"].append({"op": "replace", "path": "userName", "value": "grace"})
    answer = log.send("PATCH", f"/Users/{made.json['id']}", body)
    assert (answer.status, answer.json["detail"].rpartition(" ")[2]) == (400, f"[{code}]")
    assert log.search(code=code)[0].entry.resource == made.json["id"]
    untouched(log, made, "ada")


def test_groups_carry_no_permissions(log: Log) -> None:
    """A group is a role to the platform; what it may is not for its IdP to say."""
    made = log.send("POST", "/Groups", group(permissions=["billing.read"], owner=0))
    assert noted(log) >= {("unknown_attributes", "permissions"), ("unknown_attributes", "owner")}
    target = f"/Groups/{made.json['id']}"
    assert log.send("PATCH", target, patch("add", None, {"permissions": ["x"]})).status == 204
    assert log.send("PATCH", target, patch("add", "permissions", ["x"])).status == 400
    found = log.send("GET", target).json
    assert not {"permissions", "owner"} & found.keys()


def test_roles_of_a_user_are_words_and_nothing_else(log: Log) -> None:
    """RFC 7643 §4.1.2 has roles: they are kept as sent, and give the user no group and no permission."""
    body = user(userName="ada", roles=[{"value": "administrator"}], entitlements=[{"value": "billing.read"}])
    made = log.send("POST", "/Users", body)
    found = log.send("GET", f"/Users/{made.json['id']}").json
    assert [role["value"] for role in found["roles"]] == ["administrator"]
    assert "groups" not in found
    assert log.send("GET", "/Groups").json["totalResults"] == 0
