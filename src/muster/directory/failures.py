"""What a store says when it cannot do its work: not the client's fault, and never done by half.

Law: each carries one clear line; a `StoreError` ends the program at its start, the others are answered with 503.
"""

from __future__ import annotations


class StoreError(Exception):
    """The database cannot be opened: missing, unreadable, foreign, too new, or served by another process."""


class AccessChanged(Exception):
    """What a credential opened when its access was read may be otherwise now; nothing was answered or done."""


class StoreUnavailable(Exception):
    """The operation was not done, and may be tried again: the disk refused, or another process held the database."""


class OutcomeUnknown(StoreUnavailable):
    """The database was lost while it committed: the operation was done, or was not, and nobody can say which."""


class StoreBusy(StoreUnavailable):
    """The query took longer than allowed, or too many are waiting; nothing is wrong with the data."""
