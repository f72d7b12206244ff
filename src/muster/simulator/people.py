"""Who works at the organization that is simulated: people and groups, from a seed.

Law: the same seed makes the same people, for ever. None of them can be anybody: every address ends in `.example`
(RFC 2606), and the seed is in every user name, group name and id, so that no run meets people who were there before.
"""

from __future__ import annotations

import json
import random
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from importlib.resources import files
from typing import Any, Final

_GROUPS_LARGEST_SHARE: Final = 2  # one person of two is in a group
_EVERY_SECOND: Final = 2
_UNDERSTUDIES: Final = 3


@dataclass(frozen=True, slots=True)
class Profile:
    """What an IdP knows of a person. `""` is unknown; `manager` is the manager's place in the list of people."""

    given: str
    family: str
    display: str
    user_name: str
    title: str
    department: str
    number: str
    work_phone: str
    mobile: str
    street: str
    city: str
    region: str
    postal: str
    country: str
    locale: str
    timezone: str
    guid: str
    manager: int | None

    @property
    def formatted_address(self) -> str:
        """The address in one line."""
        return f"{self.street}, {self.postal} {self.city}, {self.country}"


@dataclass(slots=True)
class Person:
    """One person: the profile as the IdP has it now, what it has sent of it, and what the server has told."""

    profile: Profile
    active: bool = True
    sent: Profile | None = None  # as the server was last told it
    read: Mapping[str, Any] = field(
        default_factory=dict
    )  # as the server last answered it, where the IdP asks
    id: str = ""  # the server's; empty until it is known
    linked: bool = False  # it was there before, perhaps with more than the IdP knows of
    manager_id: str = ""  # the same of the manager, once it has been acknowledged
    noted: set[str] = field(
        default_factory=set
    )  # what was found wrong with it already, and is not said again


@dataclass(slots=True)
class Group:
    """One group: its name, and who is in it, as places in the list of people."""

    name: str
    guid: str
    places: list[int]
    id: str = ""
    inside: set[str] = field(default_factory=set)  # ids of those whom the server has acknowledged


@dataclass(frozen=True, slots=True)
class Cast:
    """The people that the size asks for, all groups, and the `understudies` whom faults are played with."""

    people: list[Person]
    groups: list[Group]
    understudies: list[Person]

    @property
    def everybody(self) -> list[Person]:
        """All people."""
        return [*self.people, *self.understudies]


def cast(seed: int, users: int, groups: int) -> Cast:
    """Return the people and groups of a seed."""
    chance = random.Random(seed)  # noqa: S311 - sample data that has to come out the same again
    tag = f"{chance.getrandbits(30):06x}"
    domain = f"sim-{tag}.example"
    people = [Person(_profile(chance, place, users, domain)) for place in range(users)]
    made = [_group(chance, place, tag, users) for place in range(groups)]
    return Cast(
        people,
        made,
        [Person(_profile(chance, users + place, users, domain)) for place in range(_UNDERSTUDIES)],
    )


def changed(profile: Profile) -> Profile:
    """Return the profile after a wedding and a promotion: some attributes new, one more, the rest as before."""
    family = f"{profile.family}-Vǫlundr"
    return replace(
        profile,
        family=family,
        display=profile.display.replace(profile.family, family),
        title=f"Senior {profile.title.lower()}",
        department="Special Projects / Spezialprojekte",
        mobile=profile.mobile or profile.work_phone.replace("555", "556", 1),
    )


@cache
def _known() -> dict[str, Any]:
    known: dict[str, Any] = json.loads(files(__package__).joinpath("people.json").read_text("utf-8"))
    return known


def _profile(chance: random.Random, place: int, users: int, domain: str) -> Profile:
    home = _known()["places"][place % len(_known()["places"])]
    given, family = chance.choice(home["given"]), chance.choice(home["family"])
    names = [family[0], given[0]] if home.get("family_first") else [given[0], family[0]]
    return Profile(
        given=given[0],
        family=family[0],
        display=" ".join(names),
        user_name=f"{given[1]}.{family[1]}.{place + 1}@{domain}",
        title=chance.choice(_known()["titles"]),
        department=chance.choice(_known()["departments"]),
        number=str(10_001 + place),
        work_phone=f"{home['phone']}-{chance.randrange(1000, 10_000)}",
        mobile="" if place % _EVERY_SECOND else f"{home['phone']}-{chance.randrange(1000, 10_000)}",
        street=f"{home['street']} {chance.randrange(1, 200)}",
        city=home["city"],
        region=home["region"],
        postal=home["postal"],
        country=home["country"],
        locale=home["locale"],
        timezone=home["timezone"],
        guid=str(uuid.UUID(int=chance.getrandbits(128), version=4)),
        manager=chance.randrange(min(place, users)) if place else None,
    )


def _group(chance: random.Random, place: int, tag: str, users: int) -> Group:
    departments = _known()["departments"]
    round_, which = divmod(place, len(departments))
    name = f"Simulated {departments[which]} {tag}{f'-{round_ + 1}' if round_ else ''}"
    places = chance.sample(range(users), max(1, users // _GROUPS_LARGEST_SHARE))
    return Group(name, str(uuid.UUID(int=chance.getrandbits(128), version=4)), places)
