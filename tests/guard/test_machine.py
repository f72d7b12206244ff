"""Whatever an IdP and an operator do in whatever order: users, accounts, epochs and alerts go together."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from muster.directory.registers.held import Decision
from tests.conformance.bodies import operation, user
from tests.guard.scene import Guarded

MOST = 2
PICK = st.integers(0, 10_000)


@dataclass
class Person:
    """What a user is for SCIM, None: gone; what the account is; whether it was ever revoked."""

    active: bool | None = True
    status: str = "active"
    revoked: bool = False


class Accounts(RuleBasedStateMachine):
    """A model of user.active, account status and hold; the guard lets two go."""

    opened: ClassVar[Callable[[], Guarded]]

    def __init__(self) -> None:
        super().__init__()
        self.scene = type(self).opened()
        self.people: dict[str, Person] = {}
        self.counted: set[str] = set()
        self.held: set[str] = set()  # as the open alert has them
        self.alert = False

    def teardown(self) -> None:
        """Close the database."""
        self.scene.close()

    @initialize(hold=st.booleans())
    def begin(self, hold: bool) -> None:
        """Three people, and a guard that holds or only alerts."""
        self.hold = hold
        self.scene.guard(users=MOST, percent=0, hold=hold)
        for _ in range(3):
            self.arrive()

    @rule()
    def arrive(self) -> None:
        """One more."""
        self.people[self.scene.new("/Users", user())] = Person()

    def present(self, pick: int) -> str:
        """One of those who are there for SCIM."""
        there = [id for id, person in self.people.items() if person.active is not None]
        return there[pick % len(there)]

    def anybody(self) -> bool:
        """Whether somebody is there."""
        return any(person.active is not None for person in self.people.values())

    @precondition(anybody)
    @rule(pick=PICK)
    def deactivate(self, pick: int) -> None:
        """The IdP switches somebody off, perhaps once more."""
        id = self.present(pick)
        self.scene.set_active(id, active=False)
        if self.people[id].active:
            self.people[id].active = False
            self._end(id, "inactive")

    @precondition(anybody)
    @rule(pick=PICK)
    def reactivate(self, pick: int) -> None:
        """The IdP switches somebody on."""
        id = self.present(pick)
        self.scene.set_active(id, active=True)
        if not self.people[id].active:
            self.people[id].active, self.people[id].status = True, "active"

    @precondition(anybody)
    @rule(pick=PICK)
    def say_nothing(self, pick: int) -> None:
        """The IdP changes something else."""
        self.scene.patch(f"/Users/{self.present(pick)}", operation("replace", "title", str(pick)))

    @precondition(anybody)
    @rule(pick=PICK)
    def delete(self, pick: int) -> None:
        """The IdP deletes somebody."""
        id = self.present(pick)
        self.scene.delete(id)
        self.people[id].active = None
        self._end(id, "removed")

    def _end(self, id: str, status: str) -> None:
        person = self.people[id]
        if person.status == "held":
            return
        over = False
        if person.status == "active":
            self.counted.add(id)
            over = len(self.counted) > MOST
            self.alert = self.alert or over
        if over and self.hold:
            person.status = "held"
            self.held.add(id)
        else:
            person.status, person.revoked = status, True

    def waiting(self) -> list[str]:
        """Who waits for a decision."""
        return sorted(id for id in self.held if self.people[id].status == "held")

    @precondition(lambda self: self.alert)
    @rule(decision=st.sampled_from(["approved", "rejected"]), pick=st.none() | PICK)
    def decide(self, decision: Decision, pick: int | None) -> None:
        """An operator decides on one that waits, or on all."""
        waiting = self.waiting()
        named = [] if pick is None or not waiting else [waiting[pick % len(waiting)]]
        (alert,) = self.scene.alerts(open_only=True)
        closed = self.scene.decide(alert.id, decision, *named).closed is not None
        for id in named or waiting:
            person = self.people[id]
            if decision == "rejected":
                person.status = "active"
            else:
                person.status, person.revoked = "removed" if person.active is None else "inactive", True
        assert closed == (not self.waiting())
        if closed:
            self.alert = False
            self.counted.clear()
            self.held.clear()

    @invariant()
    def every_account_is_as_it_should_be(self) -> None:
        """Status, whether anything was revoked, whom the one open alert lists."""
        for id, person in self.people.items():
            account = self.scene.account(id)
            assert (account.status, account.revoked_before > 0) == (person.status, person.revoked), id
        found = self.scene.alerts(open_only=True)
        assert len(found) == self.alert
        if found:
            assert [one.user for one in self.scene.held(found[0].id)] == self.waiting()


@pytest.mark.parametrize("store", ["sqlite", "postgres"])
def test_accounts_follow_users_and_decisions(request: pytest.FixtureRequest, store: str) -> None:
    """On each store, in random orders."""

    def opened() -> Guarded:
        folder = Path(tempfile.mkdtemp(dir=request.getfixturevalue("tmp_path")))
        place = folder / "muster.db"
        return Guarded(
            folder, request.getfixturevalue("cluster").empty_store() if store == "postgres" else place
        )

    machine = type("Accounts", (Accounts,), {"opened": staticmethod(opened)})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=12,
            stateful_step_count=25,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )
