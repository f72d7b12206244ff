"""A refusal of what is no request that could be answered: bytes that are a whole answer, and the last one."""

from __future__ import annotations

from collections.abc import Iterable
from http import HTTPStatus
from typing import NamedTuple

import orjson

from muster.scim.errors import ERROR_URN
from muster.scim.message import SCIM_MEDIA_TYPE


class Refusal(NamedTuple):
    """Why nothing is read on."""

    status: HTTPStatus
    detail: str


def refusal(reason: Refusal, fields: Iterable[tuple[bytes, bytes]] = ()) -> bytes:
    """Return an answer with a SCIM Error that ends its connection; `fields` are put before its own."""
    status = reason.status
    body = orjson.dumps({"schemas": [ERROR_URN], "status": str(status.value), "detail": reason.detail})
    head = (
        f"content-type: {SCIM_MEDIA_TYPE}; charset=utf-8\r\ncontent-length: {len(body)}\r\ncache-control: no-store\r\n"
        "connection: close\r\n\r\n"
    )
    first = b"".join(name + b": " + value + b"\r\n" for name, value in fields)
    return f"HTTP/1.1 {status.value} {status.phrase}\r\n".encode() + first + head.encode() + body
