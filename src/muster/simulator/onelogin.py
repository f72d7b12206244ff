"""OneLogin: a JSON template for users, stray `&` and `?` at the end of its URLs, groups by PATCH.

Law: the template is the one that OneLogin's application comes with, its schemas put right; what is wrong in templates
that people paste themselves is not OneLogin's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from muster.scim.schema import CORE_GROUP, CORE_USER, ENTERPRISE_USER
from muster.simulator.line import Request
from muster.simulator.people import Group, Person
from muster.simulator.provider import (
    BASE_WHYS,
    Body,
    Probe,
    PushesGroups,
    equals,
    patch,
    phones,
    plus,
    work_email,
)


class OneLogin(PushesGroups):
    """OneLogin's SCIM Provisioner, version 2 with the enterprise schema."""

    name: ClassVar[str] = "onelogin"
    label: ClassVar[str] = "OneLogin"
    headers: ClassVar[Mapping[str, str]] = {
        "User-Agent": "application/json",  # it really is
        "Accept": "application/json",
        "Content-Type": "application/json",
    }
    whys: ClassVar[dict[str, str]] = BASE_WHYS | {
        "match": "OneLogin leaves a `&` at the end of the URL, which has to be let pass.",
        "update": "OneLogin leaves a `?` at the end of the URL, and sends the whole user from its template.",
    }

    def probes(self) -> list[Probe]:
        """Return what comes before the first user."""
        why = "OneLogin has no test of its own; it reads groups first, so that rules can name them."
        return [Probe("Import groups", why, Request("GET", "/Groups"))]

    def match(self, person: Person) -> Request:
        """Return the query by userName."""
        return Request("GET", f"/Users?filter={plus(equals('userName', person.profile.user_name))}&")

    def document(self, person: Person) -> Body:
        """Return the user that the template makes."""
        profile = person.profile
        return {
            "schemas": [CORE_USER, ENTERPRISE_USER],
            "userName": profile.user_name,
            "externalId": str(int(profile.guid[:7], 16)),
            "name": {"givenName": profile.given, "familyName": profile.family, "formatted": profile.display},
            "emails": [work_email(profile)],
            "displayName": profile.display,
            "title": profile.title,
            "phoneNumbers": phones(profile),
            ENTERPRISE_USER: {"department": profile.department, "employeeNumber": profile.number},
            "active": person.active,
        }

    def update(self, person: Person) -> Request:
        """Return the PUT of the whole user."""
        return Request("PUT", f"/Users/{person.id}?", self.document(person))

    def switch(self, person: Person) -> Request:
        """Return the PUT of the whole user."""
        return self.update(person)

    def find_group(self, group: Group) -> Request:
        """Return the query by displayName."""
        return Request("GET", f"/Groups?filter={plus(equals('displayName', group.name))}&")

    def new_group(self, group: Group) -> Body:
        """Return the group, which has nothing but a name."""
        return {"schemas": [CORE_GROUP], "displayName": group.name}

    def enter(self, group: Group, people: Sequence[Person]) -> list[Request]:
        """Return the PATCH with the list of who is new."""
        added = [{"value": person.id} for person in people]
        return [patch(f"/Groups/{group.id}", {"op": "add", "path": "members", "value": added})]

    def leave(self, group: Group, people: Sequence[Person]) -> list[Request]:
        """Return one operation for each who leaves."""
        paths = [f'members[value eq "{person.id}"]' for person in people]
        return [patch(f"/Groups/{group.id}", *({"op": "remove", "path": path} for path in paths))]

    def rename(self, group: Group) -> Request:
        """Return the PATCH of the name."""
        return patch(f"/Groups/{group.id}", {"op": "replace", "path": "displayName", "value": group.name})
