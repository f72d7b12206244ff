"""What the request log keeps of a request: everything but secrets.

Law: an API key, a password, and a body too long to be read by a person are never kept.
"""

from __future__ import annotations

import json
import re

from muster.directory.identifiers import KEY_LIKE as _KEY

_LONGEST_BODY = 64 * 1024  # bytes
_ENCODED_KEY = re.compile(r"(?:m|%6d)(?:s|%73)(?:[tm]|%74|%6d)(?:_|%5f)[0-9a-z_%]{8,}", re.IGNORECASE)
_PREFIX = re.compile(rb"ms[a-z]_")
_HIDDEN = "(not kept)"


def redacted_target(path: bytes, query: bytes) -> str:
    """Return path and query as text, without anything that looks like an API key."""
    text = (path + b"?" + query if query else path).decode("latin-1")
    return _ENCODED_KEY.sub(_HIDDEN, text) if "%" in text or "ms" in text else text


def redacted_text(text: str) -> str:
    """Return a sentence of ours, which may quote what was sent, without anything that looks like an API key."""
    return _KEY.sub(_HIDDEN, text) if "ms" in text else text


def redacted_body(body: bytes) -> bytes:
    """Return the body as it may be kept: passwords blanked, API keys blanked, a very long one left out."""
    if len(body) > _LONGEST_BODY:
        return json.dumps(f"{len(body)} bytes {_HIDDEN}").encode()
    if b"password" in body.lower() or b"\\u00" in body:
        body = _without_passwords(body)
    if _PREFIX.search(body):
        body = _KEY.sub(_HIDDEN, body.decode("utf-8", "replace")).encode()
    return body


def _without_passwords(body: bytes) -> bytes:
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return json.dumps(_HIDDEN).encode()
    return json.dumps(_blanked(value), ensure_ascii=False).encode("utf-8", "replace")


def _blanked(value: object) -> object:
    match value:
        case dict():
            blank_value = str(value.get("path", "")).lower().rpartition(":")[2] == "password"
            return {
                name: _HIDDEN
                if name.lower().rpartition(":")[2] == "password" or (blank_value and name.lower() == "value")
                else _blanked(item)
                for name, item in value.items()
            }
        case list():
            return [_blanked(item) for item in value]
    return value
