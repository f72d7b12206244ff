"""One HTTP request written byte by byte, for what no client library would send. Law: nothing is added."""

import http.client
import socket
from urllib.parse import urlsplit

from tests.harness.client import Answer, ScimClient

TIMEOUT_SECONDS = 30


def exchange(scim: ScimClient, method: str, target: str, *headers: str, body: bytes = b"") -> Answer:
    """Send a request with exactly these header lines (and Host, Connection, Content-Length) on a new socket."""
    parts = urlsplit(scim.base_url)
    lines = [
        f"{method} {scim.base_path}{target} HTTP/1.1",
        f"Host: {parts.netloc}",
        "Connection: close",
        *headers,
    ]
    if body:
        lines.append(f"Content-Length: {len(body)}")
    with socket.create_connection((parts.hostname, parts.port or 80), TIMEOUT_SECONDS) as wire:
        wire.sendall("\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body)
        with http.client.HTTPResponse(wire, method=method) as response:
            response.begin()
            received = response.read()
            return Answer(
                response.status, {name.lower(): value for name, value in response.getheaders()}, received
            )
