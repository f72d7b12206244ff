"""The parts of an ASGI HTTP scope that the endpoint looks at, typed, and read once."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from dataclasses import dataclass
from typing import Any

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


@dataclass(slots=True)
class Headers:
    """The request headers that mean something here; `authorizations` keeps them all, since two are an error."""

    authorizations: tuple[bytes, ...] = ()
    content_type: str | None = None
    content_length: str | None = None
    if_match: str | None = None
    if_none_match: str | None = None
    user_agent: str | None = None

    @classmethod
    def read(cls, raw: Iterable[tuple[bytes, bytes]]) -> Headers:
        """Read the headers of a scope (names are lower-case in ASGI)."""
        headers = cls()
        for name, value in raw:
            field = _FIELDS.get(name)
            if field is not None:
                setattr(headers, field, value.decode("latin-1"))
            elif name == b"authorization":
                headers.authorizations += (value,)
        return headers


def raw_path(scope: Scope) -> bytes:
    """Return the path as it was sent, before any percent-decoding."""
    raw: bytes = scope.get("raw_path") or scope["path"].encode()
    return raw.partition(b"?")[0]


def shown_method(method: str) -> str:
    """Return a method as the log tells of it: whoever may send nothing else may send any word for one."""
    return method if method in _METHODS else "-"


_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "CONNECT", "TRACE"})
_FIELDS = {
    b"content-type": "content_type",
    b"content-length": "content_length",
    b"if-match": "if_match",
    b"if-none-match": "if_none_match",
    b"user-agent": "user_agent",
}
