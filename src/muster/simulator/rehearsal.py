"""JumpCloud's test of a connection: a user that is created, changed and taken away again.

Law: nothing of it stays; a server that cannot delete is left with an inactive user, as JumpCloud leaves it.
"""

from __future__ import annotations

from typing import Final

from muster.scim.schema import CORE_USER
from muster.simulator.judge import lost
from muster.simulator.jumpcloud import JumpCloud
from muster.simulator.people import Person
from muster.simulator.scene import Act, Scene, known
from muster.simulator.user_acts import create, match

_CANNOT_DELETE: Final = frozenset({405, 501})


def rehearsal(provider: JumpCloud, person: Person) -> list[Act]:
    """Return the acts of the test user."""
    return [
        match(provider, person),
        create(provider, person),
        _smallest(provider, person),
        _away(provider, person),
    ]


def _smallest(provider: JumpCloud, person: Person) -> Act:
    async def play(scene: Scene) -> None:
        known(person)
        request = provider.smallest(person)
        if await scene.write(request, urn=CORE_USER, id=person.id):
            scene.find(lost(request.body, await scene.user(person)))

    why = "JumpCloud's test replaces the user by the least it knows, e-mails null; a server has to bear it."
    return Act(
        "Replace the test user by its least", why, "200 with the user; read back without e-mails", play
    )


def _away(provider: JumpCloud, person: Person) -> Act:
    async def play(scene: Scene) -> None:
        known(person)
        exchange = await scene.send(provider.delete(person), 204, *_CANNOT_DELETE)
        if exchange.status in _CANNOT_DELETE:
            person.active = False
            await scene.write(provider.switch(person), urn=CORE_USER, id=person.id)
            await scene.check_user(person)
        else:
            await scene.check_gone(f"/Users/{person.id}", provider.match(person))
            person.id = ""

    why = "A test user that stays behind is in everybody's list of people."
    return Act("Take the test user away", why, "204, and it is gone; or a refusal, and it is inactive", play)
