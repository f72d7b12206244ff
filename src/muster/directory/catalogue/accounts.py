"""Accounts that are not to be joined as one person's."""

from __future__ import annotations

from typing import Final

from muster.directory.catalogue.entry import Entry

ACCOUNTS: Final = (
    Entry(
        "join-nobody-there",
        "An account is to be joined whose own user is deleted; perhaps it is joined already.",
        "`deleted` and `joined` of the account.",
        "Name the account of the user who is there first, then the earlier one.",
    ),
    Entry(
        "join-both-there",
        "The user of the account that is said to be the earlier one is not deleted: these are two people.",
        "`deleted` of the earlier account is null.",
        "If they are the same person, delete the user in the IdP that is not to stay; then join the two.",
    ),
    Entry(
        "join-undecided",
        "One of the two accounts keeps its access though its IdP took that away: an alert decides what becomes of it.",
        "The status of one is `held`, or the earlier one has one at all that is not `removed`.",
        "Approve the deactivation in the alert, or reject it for the one who is there; then join the two.",
    ),
    Entry(
        "join-purged",
        "One of the two people was purged, so that nothing tells whether they are the same.",
        "The profile of one is empty.",
        "Leave the two accounts as they are.",
    ),
)  # fmt: skip
