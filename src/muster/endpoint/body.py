"""Reading a request's body: its media type and size are checked before anything is kept of it."""

from __future__ import annotations

import asyncio
from typing import Any

from muster.endpoint.answer import UnsupportedMediaType
from muster.endpoint.decode import parse_json
from muster.endpoint.scope import Headers, Receive
from muster.scim.errors import InvalidSyntax, PayloadTooLarge
from muster.scim.message import ACCEPTED_MEDIA_TYPES

_PARSED_ASIDE = 256 * 1024  # bytes: a larger body is parsed off the event loop


class Disconnected(Exception):
    """The client went away before its body was here; there is nobody to answer."""


async def read_body(headers: Headers, receive: Receive, limit: int) -> bytes:
    """Return the body.

    Raises UnsupportedMediaType; PayloadTooLarge as soon as more than `limit` bytes are announced or come.
    """
    _check_media_type(headers.content_type)
    announced = headers.content_length or ""
    if announced.isascii() and announced.isdigit() and int(announced[:20]) > limit:
        raise _too_large(limit)
    message = await receive()
    first: bytes = message.get("body", b"")
    if not message.get("more_body"):
        return _checked(message, first, limit)
    chunks, size = [first], len(first)
    while message.get("more_body"):
        if size > limit:
            raise _too_large(limit)
        message = await receive()
        chunks.append(message.get("body", b""))
        size += len(chunks[-1])
    return _checked(message, b"".join(chunks), limit)


def _checked(message: Any, body: bytes, limit: int) -> bytes:
    if message["type"] == "http.disconnect":
        raise Disconnected
    if len(body) > limit:
        raise _too_large(limit)
    return body


def _too_large(limit: int) -> PayloadTooLarge:
    return PayloadTooLarge(f"The body is larger than the {limit} bytes that this address takes.")


def _check_media_type(content_type: str | None) -> None:
    """A missing Content-Type is tolerated (R270); the body has to be JSON then all the same."""
    if content_type and content_type.partition(";")[0].strip().lower() not in ACCEPTED_MEDIA_TYPES:
        raise UnsupportedMediaType("Send the body as application/scim+json or application/json.")


async def read_json(body: bytes) -> Any:
    """Return the body's JSON value. Raises InvalidSyntax, InvalidValue."""
    if not body.strip():
        raise InvalidSyntax("The request needs a JSON body.", code="json-invalid")
    if len(body) > _PARSED_ASIDE:
        return await asyncio.to_thread(parse_json, body)
    return parse_json(body)
