"""A small SCIM client for tests. Law: bytes go out as the test wrote them, and come back as they came.

It does not follow redirects, retry, normalise paths or judge an answer.
"""

import contextlib
import http.client
import json
import select
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import quote, urlencode, urlsplit

SCIM_JSON = "application/scim+json"
PATCH_OP = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
TIMEOUT_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Answer:
    """One HTTP answer: status, headers by lower-case name, and the body's bytes."""

    status: int
    headers: Mapping[str, str]
    raw: bytes

    @property
    def body(self) -> Any:
        """The parsed JSON, or None when there is no body."""
        return json.loads(self.raw) if self.raw else None


class _Wire(http.client.HTTPConnection):
    """The standard connection, without its opinion on which paths may be sent."""

    def _validate_path(self, url: str) -> None:
        """Accept every target: odd ones are what some tests are about."""

    def _encode_request(self, request: str) -> bytes:
        return request.encode("latin-1")


class ScimClient:
    """One connection's view of a running server, over one kept-alive socket; for one thread.

    base_url: "http://host:port/scim/{connection}/v2"; api_key None sends no Authorization header.
    The other attributes say what the client was made from, where the `connect` fixture made it.
    """

    def __init__(
        self,
        base_url: str,
        api_key: str | None = None,
        *,
        connection_id: str = "",
        credential_id: str = "",
        organization: str = "",
        strict: bool = False,
    ) -> None:
        self.base_url = base_url.rstrip("/")
        self.api_key = api_key
        self.connection_id = connection_id
        self.credential_id = credential_id
        self.organization = organization
        self.strict = strict
        parts = urlsplit(self.base_url)
        self.base_path = parts.path
        self._wire = _Wire(parts.hostname or "127.0.0.1", parts.port, timeout=TIMEOUT_SECONDS)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the socket; the next request opens another."""
        self._wire.close()

    def twin(self, api_key: str | None = None) -> "ScimClient":
        """Another client of the same connection with a socket of its own (one for each thread)."""
        return ScimClient(
            self.base_url,
            api_key or self.api_key,
            connection_id=self.connection_id,
            credential_id=self.credential_id,
            organization=self.organization,
            strict=self.strict,
        )

    def request(
        self,
        method: str,
        target: str,
        body: Any = None,
        *,
        raw: bytes | None = None,
        query: Mapping[str, Any] | None = None,
        headers: Mapping[str, str | None] | None = None,
        absolute: bool = False,
    ) -> Answer:
        """Send one request and read its whole answer.

        target: appended to the base path, or the server's whole path when `absolute`; sent as it stands.
        body: a JSON value, or `raw` bytes; query: appended percent-encoded (a list value repeats its key).
        headers: override the usual ones by name; None removes one.
        """
        payload = raw if raw is not None or body is None else json.dumps(body).encode()
        path = target if absolute else self.base_path + target
        if query:
            path += ("&" if "?" in path else "?") + urlencode(query, doseq=True, quote_via=quote)
        return self._exchange(method, path, self._headers(payload, headers), payload)

    def get(self, target: str, **options: Any) -> Answer:
        """GET; options as for `request`."""
        return self.request("GET", target, **options)

    def post(self, target: str, body: Any = None, **options: Any) -> Answer:
        """POST; options as for `request`."""
        return self.request("POST", target, body, **options)

    def put(self, target: str, body: Any = None, **options: Any) -> Answer:
        """PUT; options as for `request`."""
        return self.request("PUT", target, body, **options)

    def patch(self, target: str, *operations: Mapping[str, Any], **options: Any) -> Answer:
        """PATCH with the operations in a PatchOp message; options as for `request`."""
        message = {"schemas": [PATCH_OP], "Operations": list(operations)}
        return self.request("PATCH", target, message, **options)

    def delete(self, target: str, **options: Any) -> Answer:
        """DELETE; options as for `request`."""
        return self.request("DELETE", target, **options)

    def _headers(self, payload: bytes | None, overrides: Mapping[str, str | None] | None) -> dict[str, str]:
        headers: dict[str, str | None] = {"accept": SCIM_JSON, "host": f"{self._wire.host}:{self._wire.port}"}
        if self.api_key is not None:
            headers["authorization"] = f"Bearer {self.api_key}"
        if payload is not None:
            headers |= {"content-type": SCIM_JSON, "content-length": str(len(payload))}
        headers |= {name.lower(): value for name, value in (overrides or {}).items()}
        return {name: value for name, value in headers.items() if value is not None}

    def _exchange(self, method: str, path: str, headers: Mapping[str, str], payload: bytes | None) -> Answer:
        self._forget_stale_socket()
        try:
            if self._wire.sock is None:
                self._wire.connect()  # what goes wrong here is no answer to anything
            self._wire.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
            for name, value in headers.items():
                self._wire.putheader(name, value)
            # A server may refuse a large body before it is sent whole; its answer is what counts.
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                self._wire.endheaders(payload)
            with self._wire.getresponse() as response:
                received = response.read()
        except BaseException:
            self._wire.close()
            raise
        return Answer(response.status, _merged(response.getheaders()), received)

    def _forget_stale_socket(self) -> None:
        """Close a kept socket on which the server has said something unasked: it has hung up."""
        if self._wire.sock is not None and select.select([self._wire.sock], [], [], 0)[0]:
            self._wire.close()


def _merged(headers: list[tuple[str, str]]) -> dict[str, str]:
    merged: dict[str, str] = {}
    for name, value in headers:
        key = name.lower()
        merged[key] = f"{merged[key]}, {value}" if key in merged else value
    return merged
