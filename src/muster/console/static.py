"""The style sheet, the scripts and the pictures, under addresses that change with what they hold.

Law: nothing comes from a third party; a file is packed once, and kept by browsers for as long as they like.
"""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
from functools import cache
from importlib.resources import files
from typing import Final, NamedTuple

from starlette.requests import Request
from starlette.responses import Response

_KEEP: Final = "public, max-age=31536000, immutable"
_PACKED: Final = {"text/css", "text/javascript", "image/svg+xml"}


class Asset(NamedTuple):
    """A file: its bytes as they are and packed, its media type, and the mark of what it holds."""

    data: bytes
    packed: bytes | None
    media_type: str
    mark: str


@cache
def assets() -> dict[str, Asset]:
    """Return all files by name."""
    folder = files("muster.console") / "static"
    return {file.name: _asset(file.name, file.read_bytes()) for file in folder.iterdir() if file.is_file()}


def address_of(name: str) -> str:
    """Return where a file is."""
    return f"/static/{assets()[name].mark}/{name}"


def serve(request: Request) -> Response:
    """Answer with a file; one whose mark is another's is not there."""
    asset = assets().get(request.path_params["name"])
    if asset is None or asset.mark != request.path_params["mark"]:
        return Response("There is no such file.", 404, media_type="text/plain")
    headers = {"cache-control": _KEEP, "vary": "accept-encoding", "x-content-type-options": "nosniff"}
    if asset.packed is not None and "gzip" in request.headers.get("accept-encoding", ""):
        return Response(
            asset.packed, headers=headers | {"content-encoding": "gzip"}, media_type=asset.media_type
        )
    return Response(asset.data, headers=headers, media_type=asset.media_type)


def _asset(name: str, data: bytes) -> Asset:
    media_type = mimetypes.guess_type(name)[0] or "application/octet-stream"
    packed = gzip.compress(data, 9, mtime=0) if media_type in _PACKED else None
    return Asset(data, packed, media_type, hashlib.sha256(data).hexdigest()[:12])
