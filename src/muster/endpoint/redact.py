"""What the request log keeps of a request: everything but secrets, and what the organization does not want kept.

Law: an API key, a password, the value of a hidden attribute, and a body too long to be read by a person are never kept.
Hidden attributes are paths such as `title` or `emails.value`, in any letter case, with or without their URN.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from typing import Final
from urllib.parse import unquote_plus

from muster.directory.secrecy import HIDDEN, has_key, without_encoded_keys, without_keys

Hidden = Collection[str]

_LONGEST_BODY: Final = 64 * 1024  # bytes
# Gives nothing back, so that it is linear: what is never closed goes on to the end.
_SELECTION: Final = re.compile(r'\[(?:[^\]"]|"(?:[^"\\]|\\.)*+"?)*+\]?')
_PASSWORD: Final = "password"  # noqa: S105 - the attribute's name


def redacted_target(path: bytes, query: bytes, hidden: Hidden = ()) -> str:
    """Return path and query as text, without anything that looks like a key, and without a filter by what is hidden."""
    if hidden and query:
        query = b"&".join(_parameter(part, hidden) for part in query.split(b"&"))
    text = (path + b"?" + query if query else path).decode("latin-1")
    return without_encoded_keys(text)


def redacted_text(text: str, hidden: Hidden = ()) -> str:
    """Return a sentence of ours, which may quote what was sent, without anything that looks like an API key.

    One that is about a hidden attribute is not kept at all.
    """
    if hidden and _names(text, hidden):
        return HIDDEN
    return without_keys(text)


def redacted_body(body: bytes, hidden: Hidden = ()) -> bytes:
    """Return the body as it may be kept: passwords, hidden values and keys blanked, a very long one left out."""
    if len(body) > _LONGEST_BODY:
        return json.dumps(f"{len(body)} bytes {HIDDEN}").encode()
    lower = body.lower()
    if b"password" in lower or b"\\u00" in body or any(_base(name).encode() in lower for name in hidden):
        body = _without(body, frozenset(map(plain, hidden)))
    if has_key(body):
        kept = without_keys(body.decode("utf-8", "replace"))
        body = kept.encode() if HIDDEN in kept else body
    return body


def plain(path: str) -> str:
    """Return the path of an attribute in lower case, without its URN and without a filter in brackets."""
    return _SELECTION.sub("", path).rpartition(":")[2].strip().lower()


def _base(path: str) -> str:
    return plain(path).partition(".")[0]


def _names(text: str, hidden: Hidden) -> bool:
    """Whether a text may be about a hidden attribute: it has the name of it, or of what it is a part of."""
    lower = text.lower()
    return any(_base(name) in lower for name in hidden)


def _parameter(part: bytes, hidden: Hidden) -> bytes:
    name, _, value = part.partition(b"=")
    if unquote_plus(name.decode("latin-1")).lower() != "filter":
        return part
    return name + b"=" + HIDDEN.encode() if _names(unquote_plus(value.decode("latin-1")), hidden) else part


def _without(body: bytes, hidden: frozenset[str]) -> bytes:
    try:
        kept = _Blanking(hidden).value(json.loads(body))
    except (ValueError, RecursionError):
        return json.dumps(HIDDEN).encode()
    return json.dumps(kept, ensure_ascii=False).encode("utf-8", "replace")


class _Blanking:
    """A walk through a JSON value that knows where it is: `around` are the paths that lead there."""

    def __init__(self, hidden: frozenset[str]) -> None:
        self._hidden = hidden

    def value(self, value: object, around: tuple[str, ...] = ("",)) -> object:
        match value:
            case dict():
                return self._object(value, around)
            case list():
                return [self.value(item, around) for item in value]
        return value

    def _object(self, members: Mapping[str, object], around: tuple[str, ...]) -> dict[str, object]:
        path = next((text for name, text in members.items() if name.lower() == "path"), None)
        target = plain(path) if isinstance(path, str) else ""
        operation = around == ("",) and (bool(target) or any(name.lower() == "op" for name in members))
        return {
            self._name(name): (
                self._operand(name.lower(), item, target) if operation else self._member(name, item, around)
            )
            for name, item in members.items()
        }

    def _name(self, name: str) -> str:
        """Return what is kept of a name, which may be a path that selects by something hidden."""
        return _SELECTION.sub(f"[{HIDDEN}]", name) if "[" in name and self._within(plain(name)) else name

    def _operand(self, name: str, item: object, target: str) -> object:
        """Return what is kept of a part of a PATCH operation, whose path leads to `target`."""
        if name == "path" and isinstance(item, str):
            return self._name(item)
        if name in ("value", "data"):
            return HIDDEN if target and self._is_hidden(target) else self.value(item, (target,))
        return self._member(name, item, ("",))

    def _member(self, name: str, item: object, around: tuple[str, ...]) -> object:
        own = plain(name)
        paths = tuple(f"{outer}.{own}" if outer else own for outer in around)
        if any(map(self._is_hidden, paths)):
            return HIDDEN
        if own == "filter" and isinstance(item, str) and _names(item, self._hidden):
            return HIDDEN
        if own == "operations":
            return self.value(item)
        return self.value(item, ("", *paths) if ":" in name else paths)

    def _is_hidden(self, path: str) -> bool:
        """Whether a value at this path is not kept: it, or what it is a part of, is hidden; a password is anywhere."""
        return path.rpartition(".")[2] == _PASSWORD or any(
            path == name or path.startswith(f"{name}.") for name in self._hidden
        )

    def _within(self, path: str) -> bool:
        """Whether something hidden is at this path, or a part of what is there."""
        base = path.partition(".")[0]
        return any(name.partition(".")[0] == base for name in self._hidden)
