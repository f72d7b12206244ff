"""The bodies that the workloads send: everything follows from a prefix and a number, nothing is random."""

from __future__ import annotations

from typing import Any

import orjson

Document = dict[str, Any]

TITLE = "Engineer"

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"


def encode(document: Document) -> bytes:
    """JSON bytes without white space."""
    return orjson.dumps(document)


def decode(body: bytes) -> Any:
    """The JSON value of a body; ValueError when it is none."""
    return orjson.loads(body)


def user_name(prefix: str, number: int) -> str:
    """The userName of user `number`; six digits, so that ten users share all but the last digit."""
    return f"{prefix}{number:06d}@example.com"


def work_address(prefix: str, number: int) -> str:
    """The e-mail address of type work; on purpose not the userName."""
    return f"{prefix}{number:06d}.work@example.com"


def user(prefix: str, number: int, title: str = TITLE) -> Document:
    """An enterprise user of about 2 kB, with most attributes that an IdP maps."""
    given, family = f"Given{number % 977}", f"Family{number}"
    return {
        "schemas": [USER, ENTERPRISE],
        "externalId": f"ext-{prefix}-{number:06d}",
        "userName": user_name(prefix, number),
        "name": {
            "formatted": f"Dr. {given} A {family}, Jr.",
            "familyName": family,
            "givenName": given,
            "middleName": "Ada",
            "honorificPrefix": "Dr.",
            "honorificSuffix": "Jr.",
        },
        "displayName": f"{given} {family}",
        "nickName": given,
        "profileUrl": f"https://people.example.com/{prefix}{number:06d}",
        "title": title,
        "userType": "Employee",
        "preferredLanguage": "en-US",
        "locale": "en-US",
        "timezone": "Europe/Berlin",
        "active": True,
        **_contact(prefix, number),
        "roles": [{"value": "employee", "display": "Employee", "primary": True}],
        "entitlements": [{"value": f"ent-{number % 50}", "display": f"Entitlement {number % 50}"}],
        ENTERPRISE: {
            "employeeNumber": f"{700000 + number}",
            "costCenter": f"{4000 + number % 130}",
            "organization": "Example Works",
            "division": "Research",
            "department": f"Department {number % 40}",
            "manager": {"value": "8f14e45f-ceea-467a-9538-3a0c1a2b7c11"},
        },
    }


def _contact(prefix: str, number: int) -> Document:
    """The multi-valued attributes that say where a user can be reached."""
    digits = f"{number // 10000:03d}-{number % 10000:04d}"
    photo = f"https://photos.example.com/profile/{prefix}{number:06d}"
    return {
        "emails": [
            {"value": work_address(prefix, number), "type": "work", "primary": True},
            {"value": f"{prefix}{number:06d}.home@example.org", "type": "home"},
        ],
        "phoneNumbers": [
            {"value": f"+1-555-{digits}", "type": "work"},
            {"value": f"+1-556-{digits}", "type": "mobile"},
        ],
        "addresses": [
            _address(f"{number} Harbour Street", "work", primary=True),
            _address(f"{number} Mill Lane", "home"),
        ],
        "ims": [{"value": f"{prefix}{number:06d}.im", "type": "aim"}],
        "photos": [{"value": f"{photo}/F", "type": "photo"}, {"value": f"{photo}/T", "type": "thumbnail"}],
    }


def _address(street: str, kind: str, *, primary: bool = False) -> Document:
    """One postal address; `primary` is left out where it is false."""
    address: Document = {
        "type": kind,
        "streetAddress": street,
        "locality": "Springfield",
        "region": "CA",
        "postalCode": "91608",
        "country": "US",
        "formatted": f"{street}\nSpringfield, CA 91608 USA",
    }
    return {**address, "primary": True} if primary else address


def group(name: str, members: list[str]) -> Document:
    """A group with members by id."""
    return {"schemas": [GROUP], "displayName": name, "members": [{"value": member} for member in members]}


def patch(*operations: Document) -> bytes:
    """The bytes of a PATCH request."""
    return encode({"schemas": [PATCH], "Operations": list(operations)})


DEACTIVATE = patch({"op": "replace", "value": {"active": False}})  # as Okta writes it
ACTIVATE = patch({"op": "replace", "path": "active", "value": True})


def add_member(member: str, op: str = "add") -> bytes:
    """The PATCH that adds one member."""
    return patch({"op": op, "path": "members", "value": [{"value": member}]})


def add_members(members: list[str]) -> bytes:
    """The PATCH that adds several members."""
    return patch({"op": "add", "path": "members", "value": [{"value": member} for member in members]})


def remove_members(members: list[str]) -> bytes:
    """The PATCH that removes the members it lists, as Entra writes it."""
    return patch({"op": "remove", "path": "members", "value": [{"value": member} for member in members]})


def remove_member(member: str) -> bytes:
    """The PATCH that removes one member by its id."""
    return patch({"op": "remove", "path": f'members[value eq "{member}"]'})
