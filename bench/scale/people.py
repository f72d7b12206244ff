"""Who is in a large database: everything follows from a number, so that nothing need be remembered.

Law: ids are spread like random ones; names are six or seven digits wide, so that ten users share all but the last one,
however many there are.
"""

from __future__ import annotations

import uuid
from hashlib import md5

from bench.documents import GROUP, USER, Document

PAGE = 100
"""Resources on a page of the measured queries."""


def id_of(kind: str, number: int) -> str:
    """The id of a user or a group: a UUID of version 4."""
    digest = md5(f"{kind} {number}".encode(), usedforsecurity=False).digest()
    return str(uuid.UUID(bytes=digest, version=4))


def user_name(number: int) -> str:
    """The userName of a user."""
    return f"p{number:07d}@example.com"


def address(number: int) -> str:
    """The work address: another text than the userName."""
    return f"p{number:07d}.work@example.com"


def external_id(number: int) -> str:
    """What the IdP calls the user."""
    return f"00u{number:07d}"


def user(number: int) -> Document:
    """A user as Okta sends one by default, with a title, a phone number and a department: about 700 bytes."""
    given, family = f"Given{number % 977}", f"Family{number % 9973}"
    return {
        "schemas": [USER],
        "externalId": external_id(number),
        "userName": user_name(number),
        "name": {"familyName": family, "givenName": given},
        "displayName": f"{given} {family}",
        "title": f"Engineer {number % 12}",
        "locale": "en-US",
        "active": True,
        "emails": [
            {"value": address(number), "type": "work", "primary": True},
            {"value": f"p{number:07d}@home.example.org", "type": "home"},
        ],
        "phoneNumbers": [{"value": f"+1-555-{number:07d}", "type": "work"}],
    }


def group(number: int) -> Document:
    """A group without its members."""
    return {"schemas": [GROUP], "displayName": f"Group {number:07d}", "externalId": f"00g{number:07d}"}
