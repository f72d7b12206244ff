"""A request of the log as a line for a shell, to be sent again by hand.

Law: the key is never in it, because nobody has it any more: it stands there as $KEY. Whatever somebody else has sent is
quoted, for it is put into a shell.
"""

from __future__ import annotations

import shlex

from muster.directory.records import LogEntry


def as_curl(entry: LogEntry, public_url: str) -> str:
    """Return the command that sends a request again."""
    words = ["curl", "-X", shlex.quote(entry.method), "-H", '"Authorization: Bearer $KEY"']
    line = " ".join(words)
    if entry.body is not None:
        line += " -H 'Content-Type: application/scim+json' --data-raw "
        line += shlex.quote(entry.body.decode("utf-8", "replace"))
    return f"{line} {shlex.quote(public_url + entry.target)}"
