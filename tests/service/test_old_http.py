"""HTTP/1.0, which proxies speak unless they are told otherwise: an answer has a length, or ends with its connection."""

import json
import socket

from muster.endpoint.encode import LONG
from tests.conftest import new_connection
from tests.endpoint.test_streaming import FILL
from tests.harness.inside import rows
from tests.harness.server import RunningServer
from tests.service.spoken import everything

GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
MANY = LONG + 1


def test_what_is_sent_in_portions_otherwise_comes_whole(own_server: RunningServer) -> None:
    """Nothing is chunked, which HTTP/1.0 does not know (RFC 9112 §6.1)."""
    with new_connection(own_server) as client:
        id = client.post("/Groups", {"schemas": [GROUP], "displayName": "many"}).body["id"]
        rows(own_server.database, FILL, id, MANY)
        rows(own_server.database, "UPDATE groups SET members = ?2 WHERE id = ?1", id, MANY)
        head = (
            f"GET {client.base_path}/Groups/{id} HTTP/1.0\r\nAuthorization: Bearer {client.api_key}\r\n\r\n"
        )
        with socket.create_connection(("127.0.0.1", own_server.port), timeout=30) as talk:
            talk.sendall(head.encode())
            fields, _, body = everything(talk).partition(b"\r\n\r\n")
    lines = fields.decode().lower().split("\r\n")
    assert lines[0].endswith(" 200 ok")
    assert f"content-length: {len(body)}" in lines
    assert not any(line.startswith("transfer-encoding") for line in lines)
    assert len(json.loads(body)["members"]) == MANY
