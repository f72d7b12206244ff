"""The form of a local person: which attributes it shows, and what becomes of a user that it is sent for.

Law: what the form does not show stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final, NamedTuple


class Told(NamedTuple):
    """What is wrong with a form, and at which field; None: with the whole of it."""

    field: str | None
    why: str


FIELDS: Final = ("email", "user_name", "given_name", "family_name", "display_name", "title")
"""The fields, in their order."""

_PLAIN: Final = {"user_name": "userName", "display_name": "displayName", "title": "title"}
_NAME: Final = {"given_name": "givenName", "family_name": "familyName"}
_ATTRIBUTES: Final = {"email": "emails", **_PLAIN, **_NAME}
_WORK: Final = "work"


def shown(attributes: Mapping[str, Any]) -> dict[str, str]:
    """Return what the form shows of a user's attributes."""
    name = attributes.get("name", {})
    return {
        "email": next((one.get("value", "") for one in attributes.get("emails", ()) if _is_work(one)), ""),
        **{field: str(attributes.get(attribute, "")) for field, attribute in _PLAIN.items()},
        **{field: str(name.get(attribute, "")) for field, attribute in _NAME.items()},
    }


def filled(attributes: Mapping[str, Any], form: Mapping[str, str]) -> dict[str, Any]:
    """Return the attributes of a user with what the form says; the e-mail is the userName where none is given."""
    given = {name: form.get(name, "").strip() for name in FIELDS}
    given["user_name"] = given["user_name"] or given["email"]
    made = {**attributes, **{_PLAIN[field]: given[field] for field in _PLAIN}}
    made["name"] = {**attributes.get("name", {}), **{_NAME[field]: given[field] for field in _NAME}}
    made["name"] = {name: value for name, value in made["name"].items() if value}
    made["emails"] = _emails(attributes.get("emails", []), given["email"])
    return {name: value for name, value in made.items() if value not in ("", {}, [])}


def told(detail: str) -> Told:
    """Return at which field it is to be said what is wrong: where a refusal names an attribute of the form."""
    for field, attribute in _ATTRIBUTES.items():
        if re.search(rf"\b{attribute}\b", detail):
            return Told(field, detail)
    return Told(None, detail)


def _emails(emails: list[dict[str, Any]], address: str) -> list[dict[str, Any]]:
    """Return the addresses with this one for that of work; the others stay."""
    old = next((one for one in emails if _is_work(one)), {"type": _WORK, "primary": not emails})
    others = [one for one in emails if one is not old]
    return [{**old, "value": address}, *others] if address else others


def _is_work(email: Mapping[str, Any]) -> bool:
    return bool(email.get("type") == _WORK)
