"""What all providers have in common, and what each of them has a manner of its own for.

Law: a provider makes requests out of people and groups and does nothing else: what is sent when is the script's, what
becomes of it the scene's. Its shapes are those that are known from the real one.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Final
from urllib.parse import quote, quote_plus

from muster.scim.message import PATCH_OP
from muster.simulator.line import Request
from muster.simulator.people import Cast, Group, Person, Profile

SCIM_JSON: Final = "application/scim+json"
Body = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Probe:
    """A question that the provider asks before anything else; `empty`: nothing may be found."""

    title: str
    why: str
    request: Request
    empty: bool = False


class Provider(ABC):
    """How one provider speaks, about the people of one cast."""

    name: ClassVar[str]
    label: ClassVar[str]
    headers: ClassVar[Mapping[str, str]]
    reads_before_replacing: ClassVar[bool] = False
    deletes_users: ClassVar[bool] = True
    names_managers_later: ClassVar[bool] = False
    modifies_users: ClassVar[bool] = False  # by PATCH of single attributes, so that two changes may meet
    whys: ClassVar[dict[str, str]]

    def __init__(self, cast: Cast) -> None:
        self.cast = cast

    @abstractmethod
    def probes(self) -> list[Probe]:
        """Return what the test of the connection asks."""

    @abstractmethod
    def match(self, person: Person) -> Request:
        """Return the query that looks whether the person is there."""

    @abstractmethod
    def document(self, person: Person) -> Body:
        """Return the user as the provider knows it now: what it creates, and what has to be there ever after."""

    @abstractmethod
    def update(self, person: Person) -> Request:
        """Return the request that brings a user up to date."""

    @abstractmethod
    def switch(self, person: Person) -> Request:
        """Return the request that makes a user active or inactive, as the person is."""

    def create(self, person: Person) -> Request:
        """Return the request that creates a user."""
        return Request("POST", "/Users", self.document(person))

    def manager(self, person: Person, manager: Person) -> Request:
        """Return the request that names a person's manager, where that comes later."""
        raise NotImplementedError(
            f"{self.label} sends {person.profile.display}'s manager {manager.id} with the rest"
        )

    def delete(self, person: Person) -> Request:
        """Return the request that deletes a user."""
        return Request("DELETE", f"/Users/{person.id}")


class PushesGroups(Provider):
    """A provider that manages groups too."""

    reads_new_groups: ClassVar[bool] = False  # without their members
    modifies_members: ClassVar[bool] = True  # by PATCH of single members, so that two changes may meet

    @abstractmethod
    def find_group(self, group: Group) -> Request:
        """Return the query that looks whether the group is there."""

    @abstractmethod
    def enter(self, group: Group, people: Sequence[Person]) -> list[Request]:
        """Return the requests that put people into a group."""

    @abstractmethod
    def leave(self, group: Group, people: Sequence[Person]) -> list[Request]:
        """Return the requests that take people out of a group."""

    @abstractmethod
    def rename(self, group: Group) -> Request:
        """Return the request that gives a group the name that it now has."""

    @abstractmethod
    def new_group(self, group: Group) -> Body:
        """Return the group as it is created, without members."""


def patch(target: str, *operations: Mapping[str, Any]) -> Request:
    """Return a PATCH with these operations."""
    return Request("PATCH", target, {"schemas": [PATCH_OP], "Operations": list(operations)})


def entering(request: Request) -> set[str]:
    """Return the ids of all members that a request names as being in the group from now on."""
    lists = [request.body.get("members"), *(each.get("value") for each in request.body.get("Operations", ()))]
    return {str(member["value"]) for listed in lists if isinstance(listed, list) for member in listed}


def equals(attribute: str, value: str) -> str:
    """Return the filter that an attribute has this value."""
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'{attribute} eq "{escaped}"'


def percent(text: str) -> str:
    """Return a filter as Okta and JumpCloud write it into a URL: `%20` for a space."""
    return quote(text, safe="")


def plus(text: str) -> str:
    """Return a filter as Entra and OneLogin write it into a URL: `+` for a space."""
    return quote_plus(text, safe="")


def work_email(profile: Profile) -> Body:
    """Return the work e-mail, which is the user name."""
    return {"primary": True, "type": "work", "value": profile.user_name}


def work_address(profile: Profile) -> Body:
    """Return the work address."""
    return {
        "type": "work",
        "streetAddress": profile.street,
        "locality": profile.city,
        "region": profile.region,
        "postalCode": profile.postal,
        "country": profile.country,
    }


def phones(profile: Profile) -> list[Body]:
    """Return the telephone numbers that are known."""
    numbers = {"work": profile.work_phone, "mobile": profile.mobile}
    return [{"type": type, "value": number} for type, number in numbers.items() if number]


BASE_WHYS: Final[dict[str, str]] = {
    "match": "An empty list is a good answer; a 404 or an error stops the whole run.",
    "create": "The id of the answer is kept for ever; each later change goes to it.",
    "update": "Only what was sent may change, and all of it has to.",
    "manager": "The manager comes as a bare string and has to be answered as an object; a string stops the job.",
    "group": "The group is created empty; its members follow.",
    "enter": "Everybody who is sent has to be in the group: a role that silently misses people is noticed last.",
    "leave": "Only those who are named may leave. A server that empties the group takes everybody's access away.",
    "rename": "A new name must not touch the members.",
    "delete group": "A group that is deleted grants nothing any more.",
    "deactivate": "The person has left: this request must never be lost. The user stays visible, with its groups.",
    "reactivate": "The person is back; groups are not sent again, so they must have been kept.",
    "delete": "What is deleted has to be gone, by id and by filter, and its name free.",
}
