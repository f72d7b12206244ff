"""The request log as it is searched: who asked for what, and why it was refused."""

from __future__ import annotations

from typing import Final

from muster.scim.value import fold

_LONGEST_SUBJECT: Final = 200


def subject_key(name: str) -> str:
    """Return what the log keeps of a name that a request asked for and that nobody had."""
    return fold(name)[:_LONGEST_SUBJECT].replace("\0", "")
