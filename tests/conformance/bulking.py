"""Bulk requests as tests send them, and what they read of the answers."""

from typing import Any

from tests.conformance.bodies import PATCH_OP, operation
from tests.conformance.expect import done
from tests.harness.client import ScimClient

BULK_REQUEST = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
BULK_RESPONSE = "urn:ietf:params:scim:api:messages:2.0:BulkResponse"
Operation = dict[str, Any]


def request(*operations: Any, **members: Any) -> dict[str, Any]:
    """A BulkRequest with these operations and other members."""
    return {"schemas": [BULK_REQUEST], "Operations": list(operations)} | members


def post(bulk_id: str, path: str, data: dict[str, Any]) -> Operation:
    """A POST operation."""
    return {"method": "POST", "bulkId": bulk_id, "path": path, "data": data}


def put(path: str, data: dict[str, Any], **members: Any) -> Operation:
    """A PUT operation."""
    return {"method": "PUT", "path": path, "data": data} | members


def patch(path: str, *operations: dict[str, Any], **members: Any) -> Operation:
    """A PATCH operation with a whole PatchOp message."""
    data = {"schemas": [PATCH_OP], "Operations": list(operations)}
    return {"method": "PATCH", "path": path, "data": data} | members


def rename(path: str, name: str, **members: Any) -> Operation:
    """A PATCH operation that gives a displayName."""
    return patch(path, operation("replace", "displayName", name), **members)


def delete(path: str, **members: Any) -> Operation:
    """A DELETE operation."""
    return {"method": "DELETE", "path": path} | members


def results(scim: ScimClient, *operations: Any, **members: Any) -> list[dict[str, Any]]:
    """What a bulk request that is processed says of each operation."""
    body = done(scim.post("/Bulk", request(*operations, **members)))
    assert body["schemas"] == [BULK_RESPONSE]
    assert body.keys() == {"schemas", "Operations"}
    listed: list[dict[str, Any]] = body["Operations"]
    return listed


def statuses(listed: list[dict[str, Any]]) -> list[str]:
    """The statuses of the results, in order."""
    return [one["status"] for one in listed]


def id_of(result: dict[str, Any]) -> str:
    """The id at the end of a result's location."""
    return str(result["location"]).rpartition("/")[2]
