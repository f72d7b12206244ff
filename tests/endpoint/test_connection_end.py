"""A body that is refused before it was read ends its connection, and the client is told so."""

from __future__ import annotations

from tests.harness.client import ScimClient

_LARGE = {"userName": "large", "title": "x" * 1_100_000}


def test_after_a_refused_body_the_client_is_told_to_connect_anew(client: ScimClient) -> None:
    """Were it not, its next request would meet a closed connection, now and then (R255, R272)."""
    for number in range(20):
        refused = client.post("/Users", _LARGE)
        assert refused.status == 413
        assert refused.headers["connection"] == "close"
        assert client.post("/Users", {"userName": f"small {number}"}).status == 201


def test_a_body_that_nobody_wanted_ends_the_connection_too(client: ScimClient) -> None:
    """Refused by credential, route, method or media type: the body was not read. Nothing ends without a body."""
    for number in range(20):
        for refused in (
            client.post("/Users", {"userName": "x"}, headers={"Authorization": "Bearer x"}),
            client.post("/Nothing", {"userName": "x"}),
            client.put("/Users", {"userName": "x"}),
            client.post("/Users", {"userName": "x"}, headers={"Content-Type": "text/xml"}),
        ):
            assert refused.headers["connection"] == "close"
        assert client.post("/Users", {"userName": f"small {number}"}).status == 201
    for kept in (client.delete("/Users/none"), client.post("/Users", {}), client.get("/Nothing")):
        assert kept.status in {400, 404}
        assert "connection" not in kept.headers
