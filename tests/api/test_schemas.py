"""Custom schemas over the management API: what is added there is discovered, stored and filtered over SCIM."""

from typing import Any

import pytest

from tests.api.asgi import Api, assert_problem
from tests.conftest import new_connection
from tests.harness.client import ScimClient
from tests.harness.server import RunningServer, muster

URN = "urn:example:schemas:acme:2.0:User"
USER = "urn:ietf:params:scim:schemas:core:2.0:User"
BADGE = {"name": "badge", "type": "string", "caseExact": True}


def document(**more: Any) -> dict[str, Any]:
    """A schema document."""
    return {"id": URN, "name": "Acme", "attributes": [BADGE]} | more


def test_a_schema_is_shown_as_it_was_added(api: Api) -> None:
    """One by its URN in any case, and in the list."""
    key = api.new_key(api.new_organization("acme"))
    made = api.request("POST", "/schemas", document(resourceType="Group"), key=key)
    assert made.status == 201
    assert made.json == {
        "id": URN,
        "name": "Acme",
        "description": None,
        "extends": "Group",
        "document": document(resourceType="Group"),
    }
    assert api.request("GET", f"/schemas/{URN.upper()}", key=key).json == made.json
    assert api.request("GET", "/schemas", key=key).json == {"items": [made.json], "next": None}


def test_schemas_are_listed_in_parts(api: Api) -> None:
    """In the order in which they were added."""
    key = api.new_key(api.new_organization("acme"))
    for name in "cab":
        assert (
            api.request("POST", "/schemas", document(id=f"{URN}:{name}", resourceType="User"), key=key).status
            == 201
        )
    first = api.request("GET", "/schemas?limit=2", key=key).json
    second = api.request("GET", f"/schemas?limit=2&cursor={first['next']}", key=key).json
    assert [one["id"][-1] for one in first["items"] + second["items"]] == ["c", "a", "b"]
    assert second["next"] is None


@pytest.mark.parametrize(
    "wrong, status, code, word",
    [
        ({"colour": "red"}, 422, "invalid", "/colour"),
        ({"attributes": []}, 422, "invalid", "/attributes"),
        ({"attributes": [{"name": "badge", "typ": "string"}]}, 422, "refused", "typ"),
        ({"attributes": [{"name": "badge", "type": "text"}]}, 422, "refused", "type"),
        ({"attributes": [{"name": "password"}]}, 422, "refused", "credential"),
        ({"id": "acme"}, 422, "refused", "URN"),
        ({"id": "urn:example:acme:Users"}, 422, "refused", "resourceType"),
        ({"id": USER}, 422, "refused", "already"),
        ({"id": "urn:example:\0"}, 400, "malformed", "U+0000"),
        ({"resourceType": "Device"}, 422, "refused", "resourceType"),
    ],
)
def test_what_is_no_extension_is_refused(
    api_on_sqlite: Api, wrong: dict[str, Any], status: int, code: str, word: str
) -> None:
    """The problem names what is wrong; nothing is added."""
    key = api_on_sqlite.new_key(api_on_sqlite.new_organization("acme"))
    problem = assert_problem(
        api_on_sqlite.request("POST", "/schemas", document(**wrong), key=key), status, code
    )
    assert word in problem["detail"]
    assert api_on_sqlite.request("GET", "/schemas", key=key).json["items"] == []


def test_a_schema_stays_as_it_is(api: Api) -> None:
    """It cannot be added again, changed or removed."""
    key = api.new_key(api.new_organization("acme"))
    api.request("POST", "/schemas", document(), key=key)
    again = assert_problem(
        api.request("POST", "/schemas", document(id=URN.upper()), key=key), 409, "conflict"
    )
    assert "changed or removed" in again["detail"]
    for method in ("DELETE", "PUT", "PATCH"):
        assert_problem(api.request(method, f"/schemas/{URN}", key=key), 405, "method_not_allowed")
    assert len(api.request("GET", "/schemas", key=key).json["items"]) == 1


def test_another_organizations_schema_is_not_there(api: Api) -> None:
    """Both may have the same URN."""
    acme, rival = (api.new_key(api.new_organization(name)) for name in ("acme", "rival"))
    api.request("POST", "/schemas", document(), key=acme)
    assert_problem(api.request("GET", f"/schemas/{URN}", key=rival), 404, "not_found")
    assert api.request("GET", "/schemas", key=rival).json["items"] == []
    assert api.request("POST", "/schemas", document(), key=rival).status == 201


def test_what_is_added_holds_for_the_next_scim_request(server: RunningServer) -> None:
    """It is discovered, a value is stored and returned, and found by a filter."""
    with new_connection(server) as client:
        key = muster(
            server.database,
            "api-key",
            "create",
            "ci",
            "--organization",
            client.organization,
            "--scope",
            "write",
        )["api_key"]
        with ScimClient(f"{server.origin}/api/v1", key) as management:
            before = client.get(f"/Schemas/{URN}").status
            added = management.post("/schemas", document(), headers={"content-type": "application/json"})
            assert (before, added.status) == (404, 201), added
        assert client.get(f"/Schemas/{URN}").body["attributes"][0]["name"] == "badge"
        extended = {"schemas": [USER, URN], "userName": "ada", URN: {"badge": "B-1"}}
        made = client.post("/Users", extended)
        assert made.body[URN] == {"badge": "B-1"}
        found = client.get("/Users", query={"filter": f'{URN}:badge eq "B-1"'}).body
        assert [one["id"] for one in found["Resources"]] == [made.body["id"]]
