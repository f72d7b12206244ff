"""How the switches of a connection are written on the command line: NAME=VALUE.

Law: what is shown to people is what they may type.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import click

_WORDS = {"on": True, "off": False, "never": None}


def read(switches: Iterable[str]) -> dict[str, Any] | None:
    """Return switches as they are written: NAME=VALUE, with on and off, lists with commas; guard.NAME for its parts.

    Raises click.UsageError.
    """
    found: dict[str, Any] = {}
    for text in switches:
        name, equals, value = text.partition("=")
        if not equals:
            raise click.UsageError(f"--switch {text}: write it as NAME=VALUE, such as adopt=on.")
        holder, dot, part = name.partition(".")
        if dot:
            found[holder] = {**found.get(holder, {}), part: _value(name, value)}
        else:
            found[name] = _value(name, value)
    return found or None


def written(switches: Mapping[str, Any]) -> str:
    """Return switches as `read` takes them, with a space between two."""
    return " ".join(_pairs(switches, ""))


def _pairs(switches: Mapping[str, Any], holder: str) -> Iterator[str]:
    for name, value in switches.items():
        if isinstance(value, Mapping):
            yield from _pairs(value, f"{name}.")
        else:
            yield f"{holder}{name}={_word(value)}"


def _word(value: Any) -> str:
    if isinstance(value, list):
        return ",".join(map(str, value))
    return next((word for word, meant in _WORDS.items() if value is meant), str(value))


def _value(name: str, text: str) -> Any:
    if name == "allowed_networks":
        return [part.strip() for part in text.split(",") if part.strip()]
    if text in _WORDS:
        return _WORDS[text]
    try:
        return json.loads(text)
    except ValueError:
        return text
