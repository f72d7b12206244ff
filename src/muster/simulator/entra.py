"""Microsoft Entra ID, without and with the flag `aadOptscim062020`.

Law: `entra` speaks the dialect that Entra has when nothing is said: operations with a capital letter, booleans as
strings, members removed by a list of values. `entra-flag` is what the flag in the URL makes of it.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import ClassVar, Final

from muster.scim.schema import CORE_GROUP, CORE_USER, ENTERPRISE_USER
from muster.simulator.line import Request
from muster.simulator.people import Group, Person, Profile
from muster.simulator.provider import (
    BASE_WHYS,
    SCIM_JSON,
    Body,
    Probe,
    PushesGroups,
    equals,
    patch,
    phones,
    plus,
    work_address,
    work_email,
)

_FOREIGN_GROUP: Final = "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group"


class Entra(PushesGroups):
    """Without the flag."""

    name: ClassVar[str] = "entra"
    label: ClassVar[str] = "Microsoft Entra ID"
    headers: ClassVar[Mapping[str, str]] = {
        "User-Agent": "Muster's IdP simulator (entra)",  # the real one is not documented
        "Accept": SCIM_JSON,
        "Content-Type": f"{SCIM_JSON}; charset=utf-8",
    }
    reads_new_groups: ClassVar[bool] = True
    names_managers_later: ClassVar[bool] = True
    modifies_users: ClassVar[bool] = True
    flag: ClassVar[str] = ""
    whys: ClassVar[dict[str, str]] = BASE_WHYS | {
        "match": "Entra asks this before each create; anything but 200 with a list puts the job into quarantine.",
        "update": "Entra adds to elements that are not there yet, such as a mobile number; they have to be made.",
        "group": "The group has a schema of Microsoft's own in its list, which has to be let pass.",
        "leave": "Entra names those who leave in `value`. A server that reads the path alone empties the group.",
        "deactivate": 'Entra sends "False", a string; what is stored has to be a boolean. Groups have to be kept.',
        "delete": "Entra deletes a month after it has deactivated; the second DELETE has to be a 404.",
    }

    def probes(self) -> list[Probe]:
        """Return what "Test Connection" asks, and the schemas that its mapping page asks for."""
        nobody = str(uuid.UUID(int=uuid.UUID(self.cast.people[0].profile.guid).int ^ 1))
        why = '"Test Connection" asks for somebody who cannot be there; only 200 with an empty list is good.'
        groups = f"/Groups?{self._flagged('excludedAttributes=members')}&filter={plus(equals('displayName', nobody))}"
        schemas = "The mapping page reads these; an attribute that is not described cannot be mapped."
        return [
            Probe("Test the connection: users", why, self._users(equals("userName", nobody)), empty=True),
            Probe("Test the connection: groups", why, Request("GET", groups), empty=True),
            Probe("Read the schemas", schemas, Request("GET", self._at("/Schemas"))),
        ]

    def match(self, person: Person) -> Request:
        """Return the query by userName."""
        return self._users(equals("userName", person.profile.user_name))

    def document(self, person: Person) -> Body:
        """Return the user; its manager comes later, in a request of its own."""
        profile = person.profile
        enterprise: Body = {"employeeNumber": profile.number, "department": profile.department}
        if person.manager_id:
            enterprise["manager"] = {"value": person.manager_id}
        return {
            "schemas": [CORE_USER, ENTERPRISE_USER],
            "externalId": profile.guid,
            "userName": profile.user_name,
            "active": person.active,
            "displayName": profile.display,
            "emails": [work_email(profile)],
            "meta": {"resourceType": "User"},
            "name": {"formatted": profile.display, "familyName": profile.family, "givenName": profile.given},
            "title": profile.title,
            "preferredLanguage": profile.locale,
            "phoneNumbers": phones(profile),
            "addresses": [work_address(profile) | {"formatted": profile.formatted_address}],
            ENTERPRISE_USER: enterprise,
            "roles": [],
        }

    def create(self, person: Person) -> Request:
        """Return the POST."""
        return Request("POST", self._at("/Users"), self.document(person))

    def update(self, person: Person) -> Request:
        """Return one operation for each path whose value is new."""
        old = _paths(person.sent) if person.sent else {}
        new = {path: value for path, value in _paths(person.profile).items() if value != old.get(path, "")}
        return patch(self._user(person), *self._operations(new, old))

    def switch(self, person: Person) -> Request:
        """Return the PATCH with a string for the boolean."""
        return patch(self._user(person), {"op": "Replace", "path": "active", "value": str(person.active)})

    def manager(self, person: Person, manager: Person) -> Request:
        """Return the PATCH whose value is the manager's id as a string."""
        path = f"{ENTERPRISE_USER}:manager"
        return patch(self._user(person), {"op": self._op("Add"), "path": path, "value": manager.id})

    def delete(self, person: Person) -> Request:
        """Return the DELETE."""
        return Request("DELETE", self._user(person))

    def find_group(self, group: Group) -> Request:
        """Return the query by displayName, without members."""
        filter = plus(equals("displayName", group.name))
        return Request("GET", f"/Groups?{self._flagged('excludedAttributes=members')}&filter={filter}")

    def new_group(self, group: Group) -> Body:
        """Return the group, with a schema of Microsoft's own."""
        schemas = [CORE_GROUP, _FOREIGN_GROUP]
        meta = {"resourceType": "Group"}
        return {"schemas": schemas, "externalId": group.guid, "displayName": group.name, "meta": meta}

    def enter(self, group: Group, people: Sequence[Person]) -> list[Request]:
        """Return the first alone, as provisioning of one's own applications does, then the rest at once."""
        parts = [part for part in (people[:1], people[1:]) if part]
        return [
            patch(self._group(group), {"op": self._op("Add"), "path": "members", "value": _members(part)})
            for part in parts
        ]

    def leave(self, group: Group, people: Sequence[Person]) -> list[Request]:
        """Return the PATCH that lists those who leave."""
        return [patch(self._group(group), {"op": "Remove", "path": "members", "value": _members(people)})]

    def rename(self, group: Group) -> Request:
        """Return the PATCH of the name."""
        return patch(
            self._group(group), {"op": self._op("Replace"), "path": "displayName", "value": group.name}
        )

    def _operations(self, new: Mapping[str, str], old: Mapping[str, str]) -> list[Body]:
        return [
            {"op": "Replace" if old.get(path) else "Add", "path": path, "value": value}
            for path, value in new.items()
        ]

    def _op(self, name: str) -> str:
        return name.lower() if self.flag else name

    def _users(self, filter: str) -> Request:
        return Request("GET", f"/Users?{self._flagged('filter=' + plus(filter))}")

    def _user(self, person: Person) -> str:
        return self._at(f"/Users/{person.id}")

    def _group(self, group: Group) -> str:
        return self._at(f"/Groups/{group.id}")

    def _at(self, path: str) -> str:
        return f"{path}?{self.flag}" if self.flag else path

    def _flagged(self, query: str) -> str:
        return f"{self.flag}&{query}" if self.flag else query


class EntraFlag(Entra):
    """With the flag in the URL."""

    name: ClassVar[str] = "entra-flag"
    label: ClassVar[str] = "Microsoft Entra ID (aadOptscim062020)"
    flag: ClassVar[str] = "aadOptscim062020"
    whys: ClassVar[dict[str, str]] = Entra.whys | {
        "update": "With the flag, most attributes come in one operation without a path, whose keys are paths.",
        "leave": "With the flag, those who leave are named in the path's filter.",
        "deactivate": "The person has left: a boolean, with the flag. Groups have to be kept.",
    }

    def switch(self, person: Person) -> Request:
        """Return the PATCH with a boolean."""
        return patch(self._user(person), {"op": "replace", "path": "active", "value": person.active})

    def leave(self, group: Group, people: Sequence[Person]) -> list[Request]:
        """Return one operation for each who leaves, who is named in its path."""
        paths = [f'members[value eq "{person.id}"]' for person in people]
        return [patch(self._group(group), *({"op": "remove", "path": path} for path in paths))]

    def _operations(self, new: Mapping[str, str], old: Mapping[str, str]) -> list[Body]:
        selected = {path: value for path, value in new.items() if "[" in path}
        operations: list[Body] = [
            {"op": "replace" if old.get(path) else "add", "path": path, "value": value}
            for path, value in selected.items()
        ]
        plain = {path: value for path, value in new.items() if path not in selected}
        return [*operations, {"op": "replace", "value": plain}] if plain else operations


def _members(people: Sequence[Person]) -> list[Body]:
    return [{"$ref": None, "value": person.id} for person in people]


def _paths(profile: Profile) -> dict[str, str]:
    """Return everything that Entra maps, by the path that a PATCH names it with; `""` is none."""
    work = 'addresses[type eq "work"].'
    address = {f"{work}{name}": value for name, value in work_address(profile).items() if name != "type"}
    return {
        'emails[type eq "work"].value': profile.user_name,
        'phoneNumbers[type eq "work"].value': profile.work_phone,
        'phoneNumbers[type eq "mobile"].value': profile.mobile,
        **address,
        f"{work}formatted": profile.formatted_address,
        "externalId": profile.guid,
        "userName": profile.user_name,
        "displayName": profile.display,
        "name.givenName": profile.given,
        "name.familyName": profile.family,
        "name.formatted": profile.display,
        "title": profile.title,
        "preferredLanguage": profile.locale,
        f"{ENTERPRISE_USER}:employeeNumber": profile.number,
        f"{ENTERPRISE_USER}:department": profile.department,
    }
