"""What the pitfall tests set up and read back: users, groups, members, errors."""

from typing import Any, Final

from tests.harness.client import Answer, ScimClient

USER: Final = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP: Final = "urn:ietf:params:scim:schemas:core:2.0:Group"
ENTERPRISE: Final = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
PATCH_OP: Final = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
LIST_RESPONSE: Final = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
ERROR: Final = "urn:ietf:params:scim:api:messages:2.0:Error"


def new_user(client: ScimClient, user_name: str = "ada@example.com", **attributes: Any) -> str:
    """Create a user and return its id; attributes by name, the enterprise ones as `enterprise=`."""
    extension = {ENTERPRISE: attributes.pop("enterprise")} if "enterprise" in attributes else {}
    body = {"schemas": [USER, *extension], "userName": user_name, **attributes, **extension}
    answer = client.post("/Users", body)
    assert answer.status == 201, answer.raw
    return str(answer.body["id"])


def new_group(client: ScimClient, *members: str, name: str = "Team", **attributes: Any) -> str:
    """Create a group of these members and return its id."""
    listed = [{"value": member} for member in members]
    answer = client.post(
        "/Groups", {"schemas": [GROUP], "displayName": name, "members": listed, **attributes}
    )
    assert answer.status == 201, answer.raw
    return str(answer.body["id"])


def user(client: ScimClient, user_id: str) -> Any:
    """Read a user back."""
    answer = client.get(f"/Users/{user_id}")
    assert answer.status == 200, answer.raw
    return answer.body


def members(client: ScimClient, group_id: str) -> set[str]:
    """Read back who is in a group."""
    answer = client.get(f"/Groups/{group_id}")
    assert answer.status == 200, answer.raw
    return {member["value"] for member in answer.body.get("members", [])}


def found(client: ScimClient, filter_text: str, endpoint: str = "/Users") -> list[str]:
    """Return the ids that a filter finds."""
    answer = client.get(endpoint, query={"filter": filter_text})
    assert answer.status == 200, answer.raw
    return [resource["id"] for resource in answer.body["Resources"]]


def total(client: ScimClient, endpoint: str = "/Users") -> int:
    """Count what is there."""
    return int(client.get(endpoint, query={"count": 0}).body["totalResults"])


def replaced(path: str, value: Any, op: str = "replace") -> dict[str, Any]:
    """Write one operation with a path."""
    return {"op": op, "path": path, "value": value}


def assert_error(answer: Answer, status: int, scim_type: str | None = None) -> None:
    """Assert that an answer is a SCIM Error of this status (and scimType) that says something."""
    assert answer.status == status, answer.raw
    assert answer.headers["content-type"].startswith("application/scim+json")
    assert answer.body["schemas"] == [ERROR]
    assert answer.body["status"] == str(status)
    assert answer.body["detail"].strip()
    assert scim_type is None or answer.body["scimType"] == scim_type, answer.raw


def assert_ok(answer: Answer, *statuses: int) -> Answer:
    """Assert that an answer is a success (of one of `statuses`, where given) and return it."""
    assert answer.status in (statuses or (200, 201, 204)), answer.raw
    return answer
