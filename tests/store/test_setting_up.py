"""Setting up on both stores: what a setup link opens and when it is over, what has come in, and what the pages cost."""

from __future__ import annotations

from typing import Any

import httpx2
import pytest

from muster.console import cookies
from muster.directory.arrivals import Progress, progress_of
from muster.directory.connections import Settling, settle_connection
from muster.directory.identifiers import NewKey
from muster.directory.records import Scope
from muster.directory.registers.beginnings import Beginning
from muster.directory.registers.setup_links import SetupLink
from muster.directory.registers.uses import NotedUse
from muster.directory.sessions import From, begin_setup
from muster.directory.setting_up import LinkOver, link_with, setting_of, setting_with
from muster.directory.setup_links import create_setup_link, follow_setup_link, revoke_setup_link
from muster.front import pages
from muster.scim.catalog import builtin
from muster.settings import Settings
from tests.store.managed import DAY, HOUR, Managed
from tests.store.scene import Scene, Side, log_entry

FLOOD = 60


class SettingUp(Managed):
    """A connection that is being set up, its IdP's side of the store, and its setup link."""

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        scope = Scope(self.organization, self.connection.owner)
        self.side = Side(scene, scope, self.database.store(scope, nested=False), builtin())

    def link(self, *, once: bool = False, life: int = DAY) -> tuple[SetupLink, NewKey]:
        """Make a setup link."""
        return self.run(create_setup_link(self.database, self.world, self.connection, life, once=once))

    def ending(self, work: Any) -> str | None:
        """Why something opens nothing; None: it opens."""
        try:
            self.run(work)
        except LinkOver as over:
            return over.ending
        return None

    def progress(self, test_user: str = "") -> Progress:
        """How far the set-up is."""
        setting = self.run(setting_of(self.database, self.organization, self.connection.id))
        return self.run(progress_of(self.database, setting, self.now, test_user))

    def answered(self, status: int, code: str | None = None, **more: Any) -> None:
        """Have a request answered, in the log and among what was used."""
        self.now += 1
        entry = log_entry(self.organization, time=self.now)._replace(
            connection=self.connection.id, status=status, code=code, request=f"r{self.now}", **more
        )
        noted = NotedUse(
            self.organization, self.connection.id, self.key.id, self.now, "::1", None, status >= 400
        )

        async def write() -> None:
            await self.database.administer(
                self.organization, lambda administration: administration.registers.requests.keep(entry)
            )
            if status != 401:
                self.database.note(noted)
                await self.database._log.flush()

        self.run(write())


@pytest.fixture
def setting(scene: Scene) -> SettingUp:
    """A connection that is being set up."""
    return SettingUp(scene)


def test_looking_at_a_link_uses_nothing_up(setting: SettingUp) -> None:
    """Mail scanners look; who follows it uses it. Who has it whole is told what became of it."""
    link, made = setting.link(once=True)
    database, world = setting.database, setting.world
    for _ in range(2):
        assert setting.ending(link_with(database, world, made.api_key)) is None
    assert setting.run(follow_setup_link(database, world, made.api_key)) is not None
    assert setting.ending(link_with(database, world, made.api_key)) == "used"
    forged = made.api_key[:-9] + ("0" * 9)
    for wrong in (forged, "msl_x", setting.key.api_key):
        assert setting.ending(link_with(database, world, wrong)) == "unknown"
    setting.run(revoke_setup_link(database, world, setting.organization, link.id))
    assert setting.ending(link_with(database, world, made.api_key)) == "revoked"


def test_a_session_is_over_with_its_link(setting: SettingUp) -> None:
    """One that was used up lets its session go on, until it expires or is revoked."""
    organization = setting.organization
    once, made = setting.link(once=True, life=HOUR)
    setting.run(follow_setup_link(setting.database, setting.world, made.api_key))
    other, _ = setting.link()

    def goes_on(link: SetupLink) -> str | None:
        return setting.ending(setting_with(setting.database, setting.world, organization, link.id))

    assert (goes_on(once), goes_on(other)) == (None, None)
    setting.now += HOUR
    assert (goes_on(once), goes_on(other)) == ("expired", None)
    setting.run(revoke_setup_link(setting.database, setting.world, organization, other.id))
    assert goes_on(other) == "revoked"


def test_what_came_first_is_told(setting: SettingUp) -> None:
    """Nothing at first; then the first user and group, and a deactivation; the provider's own test is passed over."""
    nothing = setting.progress()
    assert (nothing.seen, nothing.user, nothing.group, nothing.deactivated) == (None, None, None, None)
    test = setting.side.user("test@example.com", active=False)
    assert setting.progress().user is not None
    found = setting.progress("test@example.com")
    assert (found.user, found.deactivated) == (None, None)
    ada = setting.side.user("ada@example.com", displayName="Ada")
    setting.side.user("bob@example.com", active=False)
    setting.side.group("Staff", {ada: "User"})
    found = setting.progress("test@example.com")
    assert [one.name for one in (found.user, found.group, found.deactivated) if one] == [
        "Ada",
        "Staff",
        "bob@example.com",
    ]
    assert test


def test_a_wrong_key_is_explained_until_a_right_one_comes(setting: SettingUp) -> None:
    """With the menus of its provider; afterwards it is told as what was."""
    setting.answered(401, "key-unknown")
    wrong = setting.progress()
    assert (wrong.state, wrong.seen is None, wrong.opened) == ("failing", False, None)
    (problem,) = wrong.problems
    assert "Okta" in problem.explanation.fix
    setting.answered(200)
    right = setting.progress()
    assert (right.state, right.served is None, [one.over for one in right.problems]) == (
        "waiting",
        False,
        [True],
    )


def test_a_set_up_says_healthy_only_where_the_connection_lets_requests_in(setting: SettingUp) -> None:
    """What was refused before it was mended does not count; that it is paused since does."""
    setting.answered(401, "key-unknown")
    setting.answered(200)
    setting.side.user("ada@example.com")
    assert setting.progress().state == "healthy"
    settling = Settling(state="paused")
    setting.run(settle_connection(setting.database, setting.world, setting.connection.id, settling))
    paused = setting.progress()
    assert (paused.state, paused.health.label) == ("paused", "paused")


def test_pages_cost_the_same_however_much_has_come(setting: SettingUp) -> None:
    """Each page of the set-up sends a number of statements that does not grow."""
    link, _ = setting.link()
    world = setting.world
    _, secret = setting.run(
        begin_setup(setting.database, world, setting.organization, link.id, link.expires, From(None, None))
    )
    application = pages(setting.database, world, Settings(public_url="https://muster.test"))
    paths = ["", "/provider", "/guide", "/listening", "/listening/part", "/review", "/done"]

    async def cost(path: str) -> float:
        before = setting.database.measures().statements.total()
        transport = httpx2.ASGITransport(app=application)
        async with httpx2.AsyncClient(transport=transport, base_url="https://muster.test") as client:
            answer = await client.get(f"/setup{path}", headers={"cookie": f"{cookies.SETTING_UP}={secret}"})
        assert answer.status_code == 200, answer.text
        return setting.database.measures().statements.total() - before

    def costs() -> dict[str, float]:
        return {path: setting.run(cost(path)) for path in paths}

    setting.answered(200)
    setting.answered(409, "user-name-taken", scim_type="uniqueness")
    setting.side.user("first")
    costs()  # what is kept after the first time is not counted
    small = costs()
    for number in range(FLOOD):
        setting.side.user(f"user {number}", active=bool(number % 2))
        setting.side.group(f"group {number}")
    for number in range(FLOOD):
        setting.answered(409, f"code-{number}", scim_type="uniqueness")
    assert costs() == small
    assert max(small.values()) <= 18
    assert min(small.values()) > 0


def test_another_connection_has_not_begun(setting: SettingUp, scene: Scene) -> None:
    """What came through one is nothing to another."""
    setting.side.user("ada")
    other = scene.side(setting.organization)

    async def first() -> Beginning:
        return await setting.database.consult(
            setting.organization, lambda registers: registers.beginnings.of(other.scope.owner)
        )

    assert setting.run(first()) == Beginning()
