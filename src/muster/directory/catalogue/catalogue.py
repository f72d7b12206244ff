"""All entries of the error catalogue, by code."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from muster.directory.catalogue.accounts import ACCOUNTS
from muster.directory.catalogue.credentials import CREDENTIALS
from muster.directory.catalogue.entry import Entry
from muster.directory.catalogue.messages import MESSAGES
from muster.directory.catalogue.resources import RESOURCES
from muster.directory.catalogue.service import MANAGEMENT, SERVICE

CHAPTERS: Final[Mapping[str, tuple[Entry, ...]]] = {
    "Keys, addresses and connections": CREDENTIALS,
    "Users and groups": RESOURCES,
    "Accounts": ACCOUNTS,
    "Messages": MESSAGES,
    "The service": SERVICE,
    "The management API": MANAGEMENT,
}
"""The entries as the documentation has them."""

CATALOGUE: Final[Mapping[str, Entry]] = {
    entry.code: entry for entries in CHAPTERS.values() for entry in entries
}
"""The entries by code."""
