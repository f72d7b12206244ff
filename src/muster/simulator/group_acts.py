"""What happens to groups: created empty, filled, changed, renamed, deleted.

Law: after each change exactly those are inside who should be; that the answer was 204 proves nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

from muster.scim.schema import CORE_GROUP
from muster.simulator.judge import member_ids
from muster.simulator.line import Request
from muster.simulator.people import Group, Person
from muster.simulator.provider import PushesGroups, entering
from muster.simulator.scene import CREATED, DONE, Act, Scene, known


def create(provider: PushesGroups, group: Group) -> Act:
    """Look for a group, and create it empty."""

    async def play(scene: Scene) -> None:
        found = await scene.listed(provider.find_group(group))
        if found:
            group.id = str(found[0].get("id") or "")
            await _adopt(scene, group)
        else:
            request = Request("POST", "/Groups", provider.new_group(group))
            made = await scene.resource(request, CREATED, urn=CORE_GROUP)
            group.id = str(made.get("id") or "")
        known(group)
        if provider.reads_new_groups:
            await _read_without_members(scene, group)
        await scene.check_members(group)

    expected = "200 with an empty list, then 201 with the group and its id; read back without members"
    return Act(f"Create the group {group.name}", provider.whys["group"], expected, play)


async def _adopt(scene: Scene, group: Group) -> None:
    kept = await scene.resource(Request("GET", f"/Groups/{group.id}"), 200, urn=CORE_GROUP, id=group.id)
    group.inside = member_ids(kept) or set()


async def _read_without_members(scene: Scene, group: Group) -> None:
    target = f"/Groups/{group.id}?excludedAttributes=members"
    kept = await scene.resource(Request("GET", target), 200, urn=CORE_GROUP, id=group.id)
    if kept.get("members"):
        scene.find(["members: were excluded, and are in the answer; large groups time out this way"])


def enter(provider: PushesGroups, group: Group, people: Sequence[Person]) -> Act:
    """Put people into a group."""

    async def play(scene: Scene) -> None:
        there = [person for person in people if person.id]
        known(group, *(there or people))
        for request in provider.enter(group, there):
            if (await scene.send(request, *DONE)).status in DONE:
                group.inside |= entering(request)
        await scene.check_members(group)

    title = f"Fill {group.name} ({len(people)})"
    return Act(
        title, provider.whys["enter"], "204 or 200; read back with each of them, and nobody else", play
    )


def leave(provider: PushesGroups, group: Group, people: Sequence[Person]) -> Act:
    """Take people out of a group."""

    async def play(scene: Scene) -> None:
        known(group, *people)
        requests = provider.leave(group, people)
        if all([(await scene.send(request, *DONE)).status in DONE for request in requests]):
            group.inside -= {person.id for person in people}
        await scene.check_members(group)

    title = f"Take {', '.join(person.profile.display for person in people)} out of {group.name}"
    return Act(
        title, provider.whys["leave"], "204 or 200; read back without them, and with all the others", play
    )


def rename(provider: PushesGroups, group: Group) -> Act:
    """Give a group another name, and then its own again."""

    async def play(scene: Scene) -> None:
        known(group)
        own = group.name
        for name in (f"{own} (renamed)", own):
            before, group.name = group.name, name
            if (await scene.send(provider.rename(group), *DONE)).status not in DONE:
                group.name = before
            await scene.check_members(group)

    expected = "204 or 200, twice; read back with the name that it was given and the same members"
    return Act(f"Rename {group.name}, and back", provider.whys["rename"], expected, play)


def delete(provider: PushesGroups, group: Group) -> Act:
    """Delete a group."""

    async def play(scene: Scene) -> None:
        known(group)
        await scene.send(Request("DELETE", f"/Groups/{group.id}"), 204)
        await scene.check_gone(f"/Groups/{group.id}", provider.find_group(group))
        group.id = ""

    expected = "204; neither its id nor the filter finds it"
    return Act(f"Delete the group {group.name}", provider.whys["delete group"], expected, play)
