"""What happens to people: looked for, created, changed, deactivated, back again, deleted.

Law: each write is followed by reading its effect back, whatever its answer said.
"""

from __future__ import annotations

from typing import Final

from muster.scim.schema import CORE_USER
from muster.simulator.line import Request
from muster.simulator.people import Group, Person, changed
from muster.simulator.provider import Probe, Provider
from muster.simulator.scene import CREATED, GONE, Act, Scene, known

_DELETED: Final = (204,)


def probe(asked: Probe) -> Act:
    """Ask what the test of the connection asks."""

    async def play(scene: Scene) -> None:
        found = await scene.listed(asked.request)
        if asked.empty and found:
            scene.find([f"{len(found)} were found that cannot be there: the filter was not heeded"])

    return Act(asked.title, asked.why, "200 with a list" + (", empty" if asked.empty else ""), play)


def match(provider: Provider, person: Person) -> Act:
    """Look whether a person is there already; whoever is, is linked."""

    async def play(scene: Scene) -> None:
        found = await scene.listed(provider.match(person))
        name = person.profile.user_name
        others = [str(each.get("userName")) for each in found if str(each.get("userName")).lower() != name]
        if others:
            scene.find([f"the filter was not heeded: it finds {others[0]}, who is somebody else"])
        elif len(found) > 1:
            scene.find([f"{len(found)} users have one userName; the provider cannot tell whom to take"])
        elif found:
            person.id, person.linked = str(found[0].get("id") or ""), True

    return Act(
        f"Look for {person.profile.display}",
        provider.whys["match"],
        "200 with nobody, or with one to link",
        play,
    )


def create(provider: Provider, person: Person) -> Act:
    """Create a person; one that was found is brought up to date instead."""

    async def play(scene: Scene) -> None:
        if person.id:
            await _replace(scene, provider, person)
        else:
            made = await scene.resource(provider.create(person), CREATED, urn=CORE_USER)
            person.id = str(made.get("id") or "")
            known(person)
        await scene.check_user(person)
        await scene.check_found(person)

    expected = "201 with the user and its id; read back as it was sent, by id and by filter"
    return Act(f"Create {person.profile.display}", provider.whys["create"], expected, play)


async def _replace(scene: Scene, provider: Provider, person: Person) -> bool:
    await _read(scene, provider, person)
    return await scene.write(provider.update(person), urn=CORE_USER, id=person.id)


async def _read(scene: Scene, provider: Provider, person: Person) -> None:
    if provider.reads_before_replacing:
        person.read = await scene.user(person)


def name_manager(provider: Provider, person: Person, manager: Person) -> Act:
    """Say who somebody's manager is."""

    async def play(scene: Scene) -> None:
        known(person, manager)
        if await scene.write(provider.manager(person, manager), urn=CORE_USER, id=person.id):
            person.manager_id = manager.id
        await scene.check_user(person)

    title = f"Make {manager.profile.display} the manager of {person.profile.display}"
    return Act(title, provider.whys["manager"], "200 or 204; read back as an object with the id", play)


def update(provider: Provider, person: Person) -> Act:
    """Change a person: a new family name, title and department, and a mobile number."""

    async def play(scene: Scene) -> None:
        known(person)
        person.sent, person.profile = person.profile, changed(person.profile)
        if not await _replace(scene, provider, person):
            person.profile = person.sent
        await scene.check_user(person)

    expected = "200 with the user, or 204; read back with all changes and everything else as before"
    return Act(f"Change {person.profile.display}", provider.whys["update"], expected, play)


def switch(provider: Provider, person: Person, groups: list[Group], *, active: bool) -> Act:
    """Deactivate or reactivate a person."""

    async def play(scene: Scene) -> None:
        known(person)
        await _read(scene, provider, person)
        before, person.active = person.active, active
        if not await scene.write(provider.switch(person), urn=CORE_USER, id=person.id):
            person.active = before
        await scene.check_user(person)
        await scene.check_found(person)
        for group in [group for group in groups if person.id in group.inside][:1]:
            await scene.check_members(group)

    what = "reactivate" if active else "deactivate"
    state = "active" if active else "inactive"
    expected = f"200 with the user, or 204; read back {state}, found by the filter, still in its groups"
    return Act(f"{what.capitalize()} {person.profile.display}", provider.whys[what], expected, play)


def delete(provider: Provider, person: Person, groups: list[Group]) -> Act:
    """Delete a person, and once more."""

    async def play(scene: Scene) -> None:
        known(person)
        await scene.send(provider.delete(person), *_DELETED)
        await scene.send(provider.delete(person), GONE)
        await scene.check_gone(f"/Users/{person.id}", provider.match(person))
        for group in [group for group in groups if person.id in group.inside]:
            group.inside.discard(person.id)
            await scene.check_members(group)
        person.id = ""

    expected = "204, then 404; neither its id nor the filter finds it, and no group has it"
    return Act(f"Delete {person.profile.display}", provider.whys["delete"], expected, play)


def remove(what: str, thing: Person | Group, name: str, find: Request) -> Act:
    """Delete what the simulation may have made; `what` is "Users" or "Groups", `find` the query that finds it."""

    async def play(scene: Scene) -> None:
        for id in {thing.id} if thing.id else {str(each.get("id")) for each in await scene.listed(find)}:
            await scene.send(Request("DELETE", f"/{what}/{id}"), *_DELETED)
            await scene.send(Request("GET", f"/{what}/{id}"), GONE)
        thing.id = ""

    why = "The simulation was told to leave nothing behind; this is not the provider's doing."
    return Act(f"Clean up: {name}", why, "204, then 404; or nothing is there", play)
