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
