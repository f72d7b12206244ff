"""Faults: what goes wrong between an IdP and a server, really provoked.

Law: each is played with understudies or with something that its act undoes, and judged by what is there afterwards.
"""

from __future__ import annotations

import asyncio
import uuid
from dataclasses import replace
from typing import Final

from muster.simulator.judge import is_scim_error
from muster.simulator.line import Request
from muster.simulator.people import Group, Person
from muster.simulator.provider import Provider, PushesGroups, entering
from muster.simulator.scene import CREATED, DONE, GONE, Act, Scene, known

_CONFLICT: Final = 409
_UNAUTHORIZED: Final = 401
_AGAIN: Final = frozenset({409, 412, 429, 503})  # after these an IdP sends the same once more
_REFUSED: Final = (400, 404, 409, 422)


def duplicate(provider: Provider, person: Person, *, shouted: bool) -> Act:
    """Create somebody again who is there; `shouted`: with the userName in capitals."""

    async def play(scene: Scene) -> None:
        known(person)
        request = provider.create(person)
        if shouted:
            body = request.body | {"userName": person.profile.user_name.upper()}
            request = Request(request.method, request.target, body)
        exchange = await scene.send(request, _CONFLICT)
        if is_scim_error(exchange.came) and exchange.came.get("scimType") != "uniqueness":
            scene.find(["scimType: has to be `uniqueness` (RFC 7644 §3.12)"])
        await scene.check_found(person)
        await scene.check_user(person)

    capitals = ", in capitals" if shouted else ""
    why = "Only a 409 tells the IdP to look again and link; userName has no letter case (RFC 7643 §4.1.1)."
    expected = "409 with scimType uniqueness; there is still one such user, unchanged"
    return Act(f"Fault: create {person.profile.display} again{capitals}", why, expected, play)


def timed_out_create(provider: Provider, person: Person) -> Act:
    """Create somebody, hang up before the answer, and do as IdPs do then: look, and create again."""

    async def play(scene: Scene) -> None:
        await scene.line.abandon(provider.create(person))
        await _find_or_create(scene, provider, person)
        known(person)
        await scene.check_user(person)

    why = "The IdP cannot know whether the first request was done; its retry must neither fail for ever nor make two."
    expected = "whatever became of the first request, one user is there after the retry"
    return Act(f"Fault: create {person.profile.display}, hang up, retry", why, expected, play)


async def _find_or_create(scene: Scene, provider: Provider, person: Person) -> None:
    if not await scene.listed(provider.match(person)):
        await scene.send(provider.create(person), CREATED, _CONFLICT)
    found = await scene.listed(provider.match(person))
    person.id = str(found[0].get("id") or "") if found else ""
    if len(found) != 1:
        scene.find([f"there are {len(found)} users of that name after the retry, not one"])


def timed_out_enter(provider: PushesGroups, group: Group, person: Person) -> Act:
    """Put somebody into a group, hang up before the answer, and send the same again."""

    async def play(scene: Scene) -> None:
        known(group, person)
        for request in provider.enter(group, [person]):
            await scene.line.abandon(request)
        for request in provider.enter(group, [person]):
            await _insist(scene, request)
        group.inside.add(person.id)
        await scene.check_members(group)

    why = "The retry finds the member there; that is no error, and must not make two of it."
    expected = "204 or 200 for the retry; the member is in the group, once"
    title = f"Fault: put {person.profile.display} into {group.name}, hang up, retry"
    return Act(title, why, expected, play)


def wrong_key(provider: Provider, person: Person, *, key: bool) -> Act:
    """Ask and write with a wrong key, or with none."""

    async def play(scene: Scene) -> None:
        before = await scene.listed(provider.match(person))
        authorization = scene.line.wrong_authorization() if key else ""
        for request in (provider.match(person), provider.create(person)):
            await scene.send(request, _UNAUTHORIZED, authorization=authorization)
        if len(await scene.listed(provider.match(person))) > len(before):
            scene.find(["the refused request was done all the same"])

    why = "A 401 with a SCIM Error is what makes an IdP ask for a new key; nothing may have been done."
    title = f"Fault: read and write with {'a wrong' if key else 'no'} key"
    return Act(title, why, "401 with a SCIM Error, twice; nobody was created", play)


def too_early(provider: Provider, person: Person) -> Act:
    """Deactivate somebody who was never created."""

    async def play(scene: Scene) -> None:
        before = await scene.listed(provider.match(person))
        stranger = Person(person.profile, active=False, id=str(uuid.UUID(person.profile.guid)))
        await scene.send(provider.switch(stranger), GONE)
        if len(await scene.listed(provider.match(person))) > len(before):
            scene.find(["the change of somebody who is not there has created a user"])

    why = "A 404 is what makes the IdP create the person; a 200 leaves somebody out for ever."
    return Act(
        "Fault: a change comes before its user", why, "404 with a SCIM Error; nobody was created", play
    )


def member_too_early(provider: PushesGroups, group: Group, there: Person, late: Person) -> Act:
    """Push a group with a member who does not exist yet, then create that person and push again."""

    async def play(scene: Scene) -> None:
        known(group, there)
        late.id = str(uuid.UUID(late.profile.guid))
        for request in provider.enter(group, [there, late]):
            exchange = await scene.send(request, *DONE, *_REFUSED)
            if exchange.status in DONE:
                group.inside |= entering(request)
        await scene.check_members(group)
        await _forget(scene, provider, group, late)
        await _catch_up(scene, provider, group, late)

    why = "Members come in the IdP's own order. A refusal must not be half done, a success not half true."
    expected = (
        "a refusal that does nothing, or all who were sent are inside; once the user is there, both are"
    )
    return Act(f"Fault: a member of {group.name} comes before its user", why, expected, play)


async def _forget(scene: Scene, provider: PushesGroups, group: Group, late: Person) -> None:
    if late.id in group.inside:
        for request in provider.leave(group, [late]):
            await scene.send(request, *DONE)
        group.inside.discard(late.id)
    late.id = ""


async def _catch_up(scene: Scene, provider: PushesGroups, group: Group, late: Person) -> None:
    await _find_or_create(scene, provider, late)
    known(late)
    for request in provider.enter(group, [late]):
        await scene.send(request, *DONE)
    group.inside.add(late.id)
    await scene.check_members(group)


def members_at_once(provider: PushesGroups, group: Group, people: list[Person]) -> Act:
    """Put several people into a group by requests that arrive at the same time."""

    async def play(scene: Scene) -> None:
        known(group, *people)
        requests = [request for person in people for request in provider.enter(group, [person])]
        await _at_once(scene, requests)
        group.inside |= {person.id for person in people}
        await scene.check_members(group)

    why = "Requests overtake each other. A server that reads a group and writes it back loses members."
    expected = "204 or 200 for each; read back with all of them"
    return Act(f"Fault: members enter {group.name} at once ({len(people)})", why, expected, play)


def changes_at_once(provider: Provider, person: Person) -> Act:
    """Change two attributes of a person by requests that arrive at the same time."""

    async def play(scene: Scene) -> None:
        known(person)
        person.sent = before = person.profile
        title = replace(before, title="Chief of Everything")
        requests = []
        for person.profile in (title, replace(before, department="Two at Once")):
            requests.append(provider.update(person))
        person.sent = person.profile = replace(title, department="Two at Once")
        await _at_once(scene, requests)
        await scene.check_user(person)

    why = "Two changes of different attributes do not concern each other; whichever comes first, both must be there."
    return Act(
        f"Fault: two changes of {person.profile.display} at once", why, "both are there when read back", play
    )


async def _at_once(scene: Scene, requests: list[Request]) -> None:
    answers = await asyncio.gather(*(scene.line.send(request) for request in requests))
    for request, answer in zip(requests, answers, strict=True):
        if answer.status in _AGAIN:
            await scene.send(request, *DONE)
        else:
            scene.judge(answer, *DONE)


async def _insist(scene: Scene, request: Request) -> None:
    answer = await scene.line.send(request)
    if answer.status in _AGAIN:
        answer = await scene.line.send(request)
    scene.judge(answer, *DONE)
