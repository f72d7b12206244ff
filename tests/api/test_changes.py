"""Changes over the management API: in order, without a gap, from wherever somebody stopped, as they happen."""

import asyncio
from collections.abc import Awaitable
from pathlib import Path
from typing import Any

import pytest

from muster.bootstrap import open_database, world
from muster.directory.changes import Followers
from muster.directory.identifiers import organization_with
from muster.directory.local_users import create_local_user
from muster.directory.organizations import create_organization
from muster.directory.ports import Database
from muster.directory.records import Actor, Change, Operation
from muster.directory.registers.registers import Registers
from muster.settings import Settings
from tests.api.asgi import Api, assert_problem
from tests.api.idp import Idp
from tests.api.platform import Platform
from tests.harness.postgres import Cluster

SOON = 0.01  # seconds between two looks


def test_changes_are_read_on_from_where_one_stopped(acme: Platform, idp: Idp) -> None:
    """Each once, whatever the size of the parts; then nothing, until there is something."""
    for number in range(5):
        idp.user(f"user {number}")
    every = acme.changes()
    assert [one["sequence"] for one in every] == list(range(1, len(every) + 1))
    found, after = [], 0
    while part := acme.get(f"/changes?after={after}&limit=2"):
        found += part["items"]
        after = part["next"]
        if not part["items"]:
            break
    assert found == every
    assert after == len(every)
    idp.user("late")
    (late,) = acme.get(f"/changes?after={after}")["items"]
    assert (late["sequence"], late["operation"], late["after"]["userName"]) == (after + 1, "create", "late")
    assert acme.get(f"/changes/{after + 1}") == late


def test_changes_of_one_resource(acme: Platform, idp: Idp) -> None:
    """With who did it, before and after; the next part is behind all that was looked at."""
    id = idp.user("ada")
    idp.user("grace")
    idp.activate(id, active=False)
    idp.user("edsger")
    answer = acme.get(f"/changes?resource={id}")
    assert [one["operation"] for one in answer["items"]] == ["create", "modify"]
    assert answer["items"][1]["before"] == {"active": True}
    assert answer["items"][1]["after"] == {"active": False}
    assert answer["items"][1]["actor"]["connection"] == idp.connection
    assert answer["next"] == acme.changes()[-1]["sequence"]
    assert acme.get(f"/changes?resource={id}&limit=1")["next"] == answer["items"][0]["sequence"]


def test_a_number_that_has_not_happened_is_a_conflict(acme: Platform) -> None:
    """Whoever comes with it follows a database that this one is not any more; 404 for one that is shown alone."""
    latest = acme.changes()[-1]["sequence"]
    assert acme.get(f"/changes?after={latest}") == {"items": [], "next": latest}
    assert_problem(acme.send("GET", f"/changes?after={latest + 1}"), 409, "conflict")
    assert_problem(acme.send("GET", f"/changes/{latest + 1}"), 404, "not_found")


@pytest.mark.parametrize(
    "asked",
    ["after=-1", "after=x", "limit=0", "limit=1001", "wait=61", "wait=-1", "resource=%00", f"after={2**63}"],
)
def test_what_cannot_be_asked_for_is_refused(acme: Platform, asked: str) -> None:
    """422, whichever parameter it is."""
    assert_problem(acme.send("GET", f"/changes?{asked}"), 422, "invalid")


def test_another_organizations_changes_wake_nobody(api: Api, acme: Platform) -> None:
    """Each has numbers of its own."""
    other = Platform(api, api.new_organization("other"))
    assert [one["sequence"] for one in other.changes()] == [1, 2]
    assert {one["resource"] for one in acme.changes()}.isdisjoint(one["resource"] for one in other.changes())


def test_who_waits_hears_of_a_write(acme: Platform, idp: Idp) -> None:
    """The answer comes with the change, long before the time is up; without one when the time is up."""
    after = acme.changes()[-1]["sequence"]

    async def both() -> Any:
        waiting = asyncio.create_task(_asked(acme, f"/changes?after={after}&wait=60"))
        await asyncio.sleep(0)
        await create_local_user(acme.api.database, world(), idp.number, {"userName": "ada"})
        return await waiting

    answer = acme.api.run(both())
    assert [one["after"]["userName"] for one in answer["items"]] == ["ada"]
    assert acme.get(f"/changes?after={answer['next']}&wait=1") == {"items": [], "next": answer["next"]}


def test_who_waits_for_one_resource_is_not_answered_with_others(acme: Platform, idp: Idp) -> None:
    """Changes of others pass by, and are not looked at again."""
    id = idp.user("ada")
    after = acme.changes()[-1]["sequence"]

    async def both() -> Any:
        waiting = asyncio.create_task(_asked(acme, f"/changes?after={after}&wait=1&resource={id}"))
        await asyncio.sleep(0)
        await create_local_user(acme.api.database, world(), idp.number, {"userName": "grace"})
        return await waiting

    assert acme.api.run(both()) == {"items": [], "next": after + 1}


def test_a_key_that_is_revoked_hears_nothing_more(acme: Platform, idp: Idp) -> None:
    """Though it was good when it began to wait."""
    after = acme.changes()[-1]["sequence"]
    (key,) = (one["id"] for one in acme.get("/api-keys")["items"])

    async def both() -> Any:
        waiting = asyncio.create_task(_sent(acme, f"/changes?after={after}&wait=60"))
        await asyncio.sleep(0)
        await acme.api.send("POST", f"/api-keys/{key}/revoke", key=acme.key)
        return await waiting

    assert_problem(acme.api.run(both()), 401, "unauthorized")


async def _sent(acme: Platform, path: str) -> Any:
    return await acme.api.send("GET", path, key=acme.key)


async def _asked(acme: Platform, path: str) -> Any:
    answer = await _sent(acme, path)
    assert answer.status == 200, answer.body
    return answer.json


class Counting:
    """Followers of a database, whose looks are counted; another process writes through `other`."""

    def __init__(self, url: str, runner: asyncio.Runner) -> None:
        self.run = runner.run
        self.database: Database = self.run(open_database(Settings(database=url), serving=True))
        self.other: Database = self.run(open_database(Settings(database=url), serving=False))
        self.organization = self.run(create_organization(self.other, world(), "acme")).organization
        self.looks = 0
        self.ending = False
        consult = self.database.consult

        def counted(organization: int, operation: Any) -> Awaitable[Any]:
            self.looks += 1
            return consult(organization, operation)

        self.database.consult = counted  # type: ignore[method-assign, assignment]
        self.followers = Followers(self.database, lambda: self.ending, SOON)

    def close(self) -> None:
        """Close both."""
        self.run(self.database.close())
        self.run(self.other.close())

    async def wait(self, after: int, seconds: float = 60) -> None:
        """Wait for a change."""
        await self.followers.wait(self.organization, after, seconds)

    async def write(self) -> None:
        """Have the other process write."""
        await create_local_user(self.other, world(), self.organization, {"userName": "ada"})


@pytest.fixture(params=["sqlite", "postgres"])
def counting(request: pytest.FixtureRequest, tmp_path: Path, cluster: Cluster) -> Any:
    """On each store."""
    url = f"sqlite:///{tmp_path / 'muster.db'}" if request.param == "sqlite" else cluster.empty_store()
    with asyncio.Runner() as runner:
        counting = Counting(url, runner)
        yield counting
        counting.close()


def test_many_who_wait_cost_one_look_at_a_time(counting: Counting) -> None:
    """A hundred wake by one write of another process; the looks did not grow with them, and end with them."""

    async def all_of_them() -> None:
        waiting = [asyncio.create_task(counting.wait(1)) for _ in range(100)]
        await counting.wait(1, 20 * SOON)
        before = counting.looks
        assert before < 100
        await counting.write()
        await asyncio.gather(*waiting)

    counting.run(all_of_them())
    looks = counting.looks
    counting.run(asyncio.sleep(5 * SOON))
    assert counting.looks == looks


def test_who_has_missed_something_waits_for_one_look_only(counting: Counting) -> None:
    """What is there already wakes with the next look; who has it waits on."""

    async def both() -> bool:
        late = asyncio.create_task(counting.wait(1))
        await counting.wait(0)
        assert counting.looks <= 2  # the second may be under way
        assert not late.done()
        await counting.write()
        await late
        return True

    assert counting.run(both())


def test_nobody_waits_for_a_process_that_ends(counting: Counting) -> None:
    """Neither those who do, nor those who come then; nor those whose database is gone."""

    async def ended() -> None:
        waiting = asyncio.create_task(counting.wait(1))
        await asyncio.sleep(SOON)
        counting.ending = True
        await waiting
        await counting.wait(1)

    counting.run(ended())


def test_who_goes_away_is_not_waited_for(counting: Counting) -> None:
    """A request that is given up leaves nothing behind."""

    async def gone() -> None:
        waiting = asyncio.create_task(counting.wait(1))
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        looks = counting.looks
        await asyncio.sleep(5 * SOON)
        assert counting.looks <= looks + 1

    counting.run(gone())


def test_an_organization_s_own_changes_have_its_public_id(acme: Platform) -> None:
    """Old ones too, which were written with its number: they are shown with the id, and found by it, in their order."""
    number = organization_with(acme.organization)
    assert number is not None
    old = Change(1, Actor(None, None, "r"), Operation.MODIFY, "Organization", str(number), None, None, b"{}")
    acme.api.run(acme.api.database.administer(number, lambda administration: administration.record(old)))
    acme.post(f"/organizations/{acme.organization}", {"log_days": 7}, method="PATCH")
    found = [one for one in acme.changes() if one["resource_type"] == "Organization"]
    assert [(one["operation"], one["resource"]) for one in found] == [
        ("create", acme.organization),
        ("modify", acme.organization),
        ("modify", acme.organization),
    ]
    asked, read = f"/changes?resource={acme.organization}&limit=1", list[Any]()
    while part := acme.get(f"{asked}&after={read[-1]['sequence'] if read else 0}")["items"]:
        read += part
    assert read == found

    async def newest(registers: Registers) -> list[int]:
        parts = [
            await registers.changes.before(last, acme.organization, 1) for last in (None, *sequences[:0:-1])
        ]
        return [one.sequence for part in parts for one in part]

    sequences = [one["sequence"] for one in found]
    assert acme.api.run(acme.api.database.consult(number, newest)) == sequences[::-1]


def test_every_change_at_a_connection_s_end_names_its_request(acme: Platform, idp: Idp) -> None:
    """One and the same, also where a step is done elsewhere than the request is answered."""
    user = idp.user()
    idp.group("Staff", user)
    before = len(acme.changes())
    done = acme.send("DELETE", f"/connections/{idp.connection}?users=deactivate")
    changes = acme.changes(before)
    assert len(changes) == 4
    assert {one["actor"]["request"] for one in changes} == {done.headers["x-request-id"]}
