"""What a store says when it cannot do its work: not the client's fault, and never done by half.

Law: each carries one clear line; a `StoreError` ends the program at its start, the others are answered with 503.
"""

from __future__ import annotations

from typing import Final


class StoreError(Exception):
    """The database cannot be opened: missing, unreadable, foreign, too new, or served by another process."""


class AccessChanged(Exception):
    """What a credential opened when its access was read may be otherwise now; nothing was answered or done."""


class StoreUnavailable(Exception):
    """The operation was not done, and may be tried again: the disk refused, or another process held the database."""


class OutcomeUnknown(StoreUnavailable):
    """The database was lost while it committed: the operation was done, or was not, and nobody can say which."""


class Unwritable(StoreUnavailable):
    """Nothing can be written before somebody lets it be, and nothing was; the message names the file to look at.

    Who asks from elsewhere is told `PUBLIC` instead: where files are is the operator's alone to know.
    """

    PUBLIC: Final = (
        "The database cannot be written: it is read-only. Nothing was done; whoever runs this server finds in its log"
        " whose permissions to check."
    )


class StoreBusy(StoreUnavailable):
    """The query took longer than allowed, or too many are waiting; nothing is wrong with the data."""
