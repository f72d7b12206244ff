"""Okta: both families of its applications.

Law: `okta` is the family of the integration network (PUT for profiles, PATCH for `active` and groups), `okta-custom`
that of an application one makes oneself (PUT for everything). Neither ever deletes a user.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import ClassVar, Final

from muster.scim.schema import CORE_GROUP, CORE_USER, ENTERPRISE_USER
from muster.simulator.line import Request
from muster.simulator.people import Group, Person
from muster.simulator.provider import (
    BASE_WHYS,
    SCIM_JSON,
    Body,
    Probe,
    PushesGroups,
    equals,
    patch,
    percent,
    phones,
    work_address,
    work_email,
)

_PAGE: Final = "startIndex=1&count=100"


class Okta(PushesGroups):
    """The family of the integration network."""

    name: ClassVar[str] = "okta"
    label: ClassVar[str] = "Okta"
    headers: ClassVar[Mapping[str, str]] = {
        "User-Agent": "Okta SCIM Client 1.0.0",
        "Accept": SCIM_JSON,
        "Accept-Charset": "utf-8",
        "Accept-Encoding": "gzip",
        "Content-Type": f"{SCIM_JSON}; charset=utf-8",
    }
    reads_before_replacing: ClassVar[bool] = True
    deletes_users: ClassVar[bool] = False
    whys: ClassVar[dict[str, str]] = BASE_WHYS | {
        "create": "Okta keeps the id of the answer; an empty 201 is an error to it, and a password must not come back.",
        "update": "Okta reads the user, changes what it knows and sends all of it back, read-only attributes included.",
        "enter": "Okta sends the group's name along with each change of members, with the id inside the value.",
        "leave": "A filtered remove that is answered 200 and does nothing leaves people with access.",
        "deactivate": "Okta never deletes: this one request is all there is when somebody leaves.",
    }

    def probes(self) -> list[Probe]:
        """Return what "Test API Credentials" asks."""
        why = 'The button "Test API Credentials" asks this; numbers as strings, or an error, make it fail.'
        return [
            Probe("Test the connection: users", why, Request("GET", "/Users?startIndex=1&count=2")),
            Probe("Test the connection: groups", why, Request("GET", "/Groups?count=100&startIndex=1")),
        ]

    def match(self, person: Person) -> Request:
        """Return the query by userName."""
        return Request(
            "GET", f"/Users?filter={percent(equals('userName', person.profile.user_name))}&{_PAGE}"
        )

    def document(self, person: Person) -> Body:
        """Return the user with everything that Okta maps by default."""
        profile = person.profile
        enterprise: Body = {"employeeNumber": profile.number, "department": profile.department}
        if profile.manager is not None:
            enterprise["manager"] = {"value": self.cast.people[profile.manager].profile.user_name}
        return {
            "schemas": [CORE_USER, ENTERPRISE_USER],
            "userName": profile.user_name,
            "name": {"givenName": profile.given, "familyName": profile.family},
            "emails": [work_email(profile)],
            "displayName": profile.display,
            "title": profile.title,
            "phoneNumbers": phones(profile),
            "addresses": [work_address(profile) | {"primary": True}],
            "preferredLanguage": profile.locale,
            "locale": profile.locale,
            "timezone": profile.timezone,
            "externalId": _okta_id(profile.guid),
            ENTERPRISE_USER: enterprise,
            "groups": [],
            "active": person.active,
        }

    def create(self, person: Person) -> Request:
        """Return the POST; a password is in it whether or not passwords are synchronized."""
        password = {"password": f"Sim-{person.profile.guid[:8]}"}
        return Request("POST", "/Users", self.document(person) | password)

    def update(self, person: Person) -> Request:
        """Return the PUT of what was read with what is new."""
        return Request(
            "PUT", f"/Users/{person.id}", {**person.read, **self.document(person), "id": person.id}
        )

    def switch(self, person: Person) -> Request:
        """Return the PATCH without a path."""
        return patch(f"/Users/{person.id}", {"op": "replace", "value": {"active": person.active}})

    def find_group(self, group: Group) -> Request:
        """Return the query by displayName."""
        return Request("GET", f"/Groups?filter={percent(equals('displayName', group.name))}&{_PAGE}")

    def new_group(self, group: Group) -> Body:
        """Return the group with an empty list of members."""
        return {"schemas": [CORE_GROUP], "displayName": group.name, "members": []}

    def enter(self, group: Group, people: Sequence[Person]) -> list[Request]:
        """Return the group's name, then the list of who is new."""
        added = [_member(person) for person in people]
        return [self.rename(group), patch(_at(group), {"op": "add", "path": "members", "value": added})]

    def leave(self, group: Group, people: Sequence[Person]) -> list[Request]:
        """Return the group's name, then one operation for each who leaves."""
        paths = [f'members[value eq "{person.id}"]' for person in people]
        return [self.rename(group), patch(_at(group), *({"op": "remove", "path": path} for path in paths))]

    def rename(self, group: Group) -> Request:
        """Return the PATCH without a path; the id in the value is the group's own."""
        return patch(_at(group), {"op": "replace", "value": {"id": group.id, "displayName": group.name}})


class OktaCustom(Okta):
    """The family of an application that one makes oneself: everything is a PUT."""

    name: ClassVar[str] = "okta-custom"
    label: ClassVar[str] = "Okta (custom application)"
    modifies_members: ClassVar[bool] = False
    whys: ClassVar[dict[str, str]] = Okta.whys | {
        "enter": "This family of Okta's applications sends the whole group each time.",
        "leave": "Whoever is not in the list that is sent has left the group.",
    }

    def switch(self, person: Person) -> Request:
        """Return the PUT of the whole user."""
        return self.update(person)

    def enter(self, group: Group, people: Sequence[Person]) -> list[Request]:
        """Return the whole group with those who are new."""
        return [self._whole(group, group.inside | {person.id for person in people})]

    def leave(self, group: Group, people: Sequence[Person]) -> list[Request]:
        """Return the whole group without those who leave."""
        return [self._whole(group, group.inside - {person.id for person in people})]

    def rename(self, group: Group) -> Request:
        """Return the whole group."""
        return self._whole(group, group.inside)

    def _whole(self, group: Group, ids: set[str]) -> Request:
        ours = [person for person in self.cast.everybody if person.id in ids]
        others = sorted(ids - {person.id for person in ours})  # of an earlier simulation, which was linked
        members = [*map(_member, ours), *({"value": id} for id in others)]
        body = {"schemas": [CORE_GROUP], "id": group.id, "displayName": group.name, "members": members}
        return Request("PUT", _at(group), body)


def _at(group: Group) -> str:
    return f"/Groups/{group.id}"


def _member(person: Person) -> Body:
    return {"value": person.id, "display": person.profile.user_name}


def _okta_id(guid: str) -> str:
    return "00u" + hashlib.sha256(guid.encode()).hexdigest()[:17]
