"""The form that a browser sent with a request.

Law: nothing is read but what our own pages send, and no more of it than they ever do: the rest is refused before it is
decoded, whoever sent it. No form of ours carries a file.
"""

from __future__ import annotations

from typing import Final
from urllib.parse import parse_qsl

from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request

LARGEST: Final = 1 << 20  # bytes
LARGEST_AT_THE_DOOR: Final = 16 << 10  # bytes, of somebody who is not known yet
_FIELDS: Final = 200
_TYPE: Final = "application/x-www-form-urlencoded"


async def read_form(request: Request, largest: int) -> FormData:
    """Return the fields of the form that a request carries; `largest` is in bytes. Raises HTTPException (413, 415)."""
    sent_as = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if sent_as != _TYPE:
        raise HTTPException(415, f"Send the form as {_TYPE}, as its page does.")
    body = await _body(request, largest)
    try:
        fields = parse_qsl(
            body.decode("latin-1"), keep_blank_values=True, errors="replace", max_num_fields=_FIELDS
        )
    except ValueError:
        raise HTTPException(413, f"The form has more than {_FIELDS} fields.") from None
    return FormData([*fields])


async def _body(request: Request, largest: int) -> bytes:
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > largest:
            raise HTTPException(413, f"The form is larger than {largest} bytes: write less into its fields.")
    return bytes(body)
