"""JumpCloud: users by PUT, a test user before anything else, and no groups.

Law: only what is known of JumpCloud's requests is sent; of its group requests nothing has been published.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from muster.scim.schema import CORE_USER, ENTERPRISE_USER
from muster.simulator.line import Request
from muster.simulator.people import Person
from muster.simulator.provider import (
    BASE_WHYS,
    SCIM_JSON,
    Body,
    Probe,
    Provider,
    equals,
    percent,
    phones,
    work_address,
    work_email,
)


class JumpCloud(Provider):
    """JumpCloud's own integration over SCIM 2.0, with group management off."""

    name: ClassVar[str] = "jumpcloud"
    label: ClassVar[str] = "JumpCloud"
    headers: ClassVar[Mapping[str, str]] = {
        "User-Agent": "Muster's IdP simulator (jumpcloud)",  # the real one is not documented
        "Accept": SCIM_JSON,
        "Content-Type": SCIM_JSON,
    }
    whys: ClassVar[dict[str, str]] = BASE_WHYS | {
        "create": "JumpCloud lists the enterprise schema without sending anything of it.",
        "update": "JumpCloud sends the whole user; a null list means that there is none, and must clear it.",
    }

    def probes(self) -> list[Probe]:
        """Return what comes before the test user."""
        why = "JumpCloud looks whether anybody answers; an empty list is good."
        return [Probe("Test the connection: users", why, Request("GET", "/Users"))]

    def match(self, person: Person) -> Request:
        """Return the query by userName."""
        return Request("GET", f"/Users?filter={percent(equals('userName', person.profile.user_name))}")

    def document(self, person: Person) -> Body:
        """Return the user with everything that JumpCloud maps by default."""
        profile = person.profile
        return {
            "active": person.active,
            "addresses": [work_address(profile) | {"primary": True}],
            "displayName": profile.display,
            "emails": [work_email(profile)],
            "externalId": profile.guid.replace("-", "")[:24],
            "locale": profile.locale,
            "name": {"familyName": profile.family, "givenName": profile.given},
            "phoneNumbers": phones(profile),
            "preferredLanguage": profile.locale,
            "schemas": [CORE_USER, ENTERPRISE_USER],
            "userName": profile.user_name,
        }

    def update(self, person: Person) -> Request:
        """Return the PUT of the whole user."""
        return Request("PUT", f"/Users/{person.id}", self.document(person) | {"id": person.id})

    def switch(self, person: Person) -> Request:
        """Return the PUT of the whole user."""
        return self.update(person)

    def smallest(self, person: Person) -> Request:
        """Return the PUT that the test of the connection sends, with null for the list of e-mails."""
        profile = person.profile
        body = {
            "active": person.active,
            "emails": None,
            "id": person.id,
            "name": {"familyName": profile.family, "givenName": profile.given},
            "schemas": [CORE_USER],
            "userName": profile.user_name,
        }
        return Request("PUT", f"/Users/{person.id}", body)
