"""What a provider does, from the test of the connection to the last departure, as a list of acts.

Law: the list is made before anything is sent, so that everybody can see how long it is; the faults that are asked for
stand between arrivals and departures.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from typing import Final

from muster.simulator import fault_acts, group_acts, rehearsal, user_acts
from muster.simulator.entra import Entra, EntraFlag
from muster.simulator.jumpcloud import JumpCloud
from muster.simulator.okta import Okta, OktaCustom
from muster.simulator.onelogin import OneLogin
from muster.simulator.options import DEFAULT_GROUPS, Options
from muster.simulator.people import Cast, Person, cast
from muster.simulator.provider import Provider, PushesGroups
from muster.simulator.scene import Act, Scene

_CLASSES: Final[tuple[type[Provider], ...]] = (Okta, OktaCustom, Entra, EntraFlag, JumpCloud, OneLogin)
PROVIDERS: Final = {each.name: each for each in _CLASSES}
_MOST_AT_ONCE: Final = 8


def provider_of(name: str, options: Options) -> Provider:
    """Return a provider with its people. Raises ValueError: there is none of that name, or it pushes no groups."""
    if name not in PROVIDERS:
        raise ValueError(f"there is no provider {name!r}; there are {', '.join(PROVIDERS)}")
    kind = PROVIDERS[name]
    pushes = issubclass(kind, PushesGroups)
    if options.groups and not pushes:
        raise ValueError(f"{kind.label} is simulated without groups: how it sends them is not known")
    usual = DEFAULT_GROUPS if pushes else 0
    return kind(cast(options.seed, options.users, usual if options.groups is None else options.groups))


def acts(provider: Provider, options: Options, *, next_key: bool) -> list[Act]:
    """Return everything that the provider does, in order; `next_key`: half-way it takes its next key."""
    order = _order(provider.cast, options)
    script = [user_acts.probe(asked) for asked in provider.probes()]
    if isinstance(provider, JumpCloud):
        script += rehearsal.rehearsal(provider, provider.cast.understudies[2])
    for person in order:
        script += [user_acts.match(provider, person), user_acts.create(provider, person)]
    script += _managers(provider, order)
    if next_key:
        script.append(_next_key(provider))
    script += [user_acts.update(provider, person) for person in order[::3]]
    if isinstance(provider, PushesGroups):
        script += _groups(provider)
    script += _faults(provider, options)
    script += _departures(provider, order)
    return script + (list(_clean_up(provider)) if options.delete_at_end else [])


def _order(who: Cast, options: Options) -> list[Person]:
    if "out-of-order" not in options.faults:
        return who.people
    shuffled = list(who.people)
    random.Random(options.seed).shuffle(shuffled)  # noqa: S311 - has to come out the same again
    return shuffled


def _managers(provider: Provider, order: Sequence[Person]) -> list[Act]:
    if not provider.names_managers_later:
        return []
    people = provider.cast.people
    pairs = [(person, person.profile.manager) for person in order]
    return [
        user_acts.name_manager(provider, person, people[place])
        for person, place in pairs
        if place is not None
    ]


def _next_key(provider: Provider) -> Act:
    async def play(scene: Scene) -> None:
        scene.line.relieve()
        await scene.listed(provider.match(provider.cast.people[0]))

    why = "Keys are rotated while the IdP works; the new one has to open what the old one did."
    return Act("Go on with the next key", why, "200 with a list", play)


def _groups(provider: PushesGroups) -> Iterator[Act]:
    people = provider.cast.people
    for group in provider.cast.groups:
        inside = [people[place] for place in group.places]
        yield group_acts.create(provider, group)
        yield group_acts.enter(provider, group, inside)
        if len(inside) > 1:
            yield group_acts.leave(provider, group, inside[: len(inside) // 2][:3])
    if provider.cast.groups:
        yield group_acts.rename(provider, provider.cast.groups[0])


def _faults(provider: Provider, options: Options) -> Iterator[Act]:
    first, *_ = provider.cast.people
    one, two, _ = provider.cast.understudies
    if "wrong-key" in options.faults:
        yield from (fault_acts.wrong_key(provider, one, key=key) for key in (True, False))
    if "duplicate" in options.faults:
        yield from (fault_acts.duplicate(provider, first, shouted=shouted) for shouted in (False, True))
    if "out-of-order" in options.faults:
        yield fault_acts.too_early(provider, one)
        yield from _collisions(provider, first, two)
    if "timeout" in options.faults:
        yield fault_acts.timed_out_create(provider, one)
        if isinstance(provider, PushesGroups) and provider.cast.groups:
            yield fault_acts.timed_out_enter(provider, provider.cast.groups[0], one)


def _collisions(provider: Provider, first: Person, late: Person) -> Iterator[Act]:
    if provider.modifies_users:
        yield fault_acts.changes_at_once(provider, first)
    if isinstance(provider, PushesGroups) and provider.cast.groups:
        group = provider.cast.groups[0]
        people = provider.cast.people
        outside = [person for place, person in enumerate(people) if place not in group.places] or people
        yield fault_acts.member_too_early(provider, group, outside[0], late)
        if provider.modifies_members:
            yield fault_acts.members_at_once(provider, group, outside[:_MOST_AT_ONCE])


def _departures(provider: Provider, order: Sequence[Person]) -> Iterator[Act]:
    groups = provider.cast.groups
    leavers = list(order[1::4]) or list(order[-1:])
    back, gone = leavers[::2], leavers[1::2]
    for person in leavers:
        yield user_acts.switch(provider, person, groups, active=False)
    for person in back:
        yield user_acts.switch(provider, person, groups, active=True)
    if provider.deletes_users:
        yield from (user_acts.delete(provider, person, groups) for person in gone)
    if isinstance(provider, PushesGroups) and len(groups) > 1:
        yield group_acts.delete(provider, groups[-1])


def _clean_up(provider: Provider) -> Iterator[Act]:
    if isinstance(provider, PushesGroups):
        for group in provider.cast.groups:
            yield user_acts.remove("Groups", group, group.name, provider.find_group(group))
    for person in provider.cast.everybody:
        yield user_acts.remove("Users", person, person.profile.display, provider.match(person))
