"""Nobody who is disabled has a way back in, on both stores: no invitation, no sign-in under way, no disabled organization."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from muster.directory.api_keys import create_api_key, revoke_api_key
from muster.directory.console_users import accept, console_user_with, console_users, invitation_with, invite
from muster.directory.credentials import create_credential
from muster.directory.disabling import revoke_invitation, set_disabled
from muster.directory.identifiers import PLATFORM
from muster.directory.left_behind import left_behind
from muster.directory.oneself import change_passphrase
from muster.directory.organizations import Conflict, Missing, Refused, Settling, settle_organization
from muster.directory.registers.console import ConsoleUser, Role
from muster.directory.sessions import begin_session
from muster.directory.setup_links import create_setup_link
from muster.directory.world import World
from tests.store.managed import HOUR
from tests.store.office import NEW, NOWHERE, OLD, Office
from tests.store.scene import Scene


class Staff(Office):
    """Console users who do things as themselves."""

    def operator(self, name: str) -> ConsoleUser:
        """Invite and accept an operator of the platform."""
        _, secret = self.run(invite(self.database, self.world, PLATFORM, "operator"))
        return self.accepts(secret, name)

    def accepts(self, secret: str, name: str) -> ConsoleUser:
        """Become a console user by a link."""
        return self.run(accept(self.database, self.world, self.passphrases, secret, self.own(name), OLD))

    def invites(self, user: ConsoleUser, role: Role = "admin") -> tuple[str, str]:
        """Make an invitation to the organization as somebody; its id and the secret of its link."""
        made, secret = self.run(invite(self.database, self.as_(user), self.organization, role))
        return made.id, secret

    def as_(self, user: ConsoleUser) -> World:
        """The world whose actor is somebody."""
        return replace(self.world, console_user=user.id)

    def disables(self, user: ConsoleUser, *, disabled: bool = True) -> ConsoleUser:
        """Let somebody sign in no more, or again."""
        return self.run(
            set_disabled(self.database, self.world, user.organization, user.id, disabled=disabled)
        )

    def settles(self, *, disabled: bool) -> None:
        """Disable the organization, or enable it."""
        settling = settle_organization(
            self.database, self.world, self.organization, Settling(disabled=disabled)
        )
        self.run(settling)

    def open(self) -> list[str]:
        """The invitations to the organization that may still be used."""
        return [one.id for one in self.run(console_users(self.database, self.world, self.organization))[1]]

    def let_in(self, secret: str) -> bool:
        """Whether a link still makes somebody a console user."""
        try:
            self.run(invitation_with(self.database, self.world, secret))
        except Missing:
            return False
        return True


@pytest.fixture
def staff(scene: Scene) -> Staff:
    """An organization whose people use the console."""
    return Staff(scene)


def test_whoever_is_disabled_leaves_no_invitation(staff: Staff) -> None:
    """Those that they made are revoked with them, and stay so; those of others are as good as before."""
    ada, bob = staff.somebody("ada"), staff.somebody("bob")
    (mine, secret), (others, still) = staff.invites(ada), staff.invites(bob)
    assert staff.open() == sorted([mine, others])
    staff.disables(ada)
    assert staff.open() == [others]
    staff.disables(ada, disabled=False)
    assert (staff.let_in(secret), staff.let_in(still)) == (False, True)
    with pytest.raises(Missing, match="over"):
        staff.accepts(secret, "ada again")
    told = [(operation, id) for operation, kind, id, _ in staff.changes() if kind == "Invitation"]
    assert told[-1] == ("revoke", mine)


def test_an_operators_invitations_end_in_every_organization(staff: Staff) -> None:
    """Those to organizations too; one that came to be a moment later opens nothing as long as they are disabled."""
    ada, bob = staff.operator("ada"), staff.operator("bob")
    _, secret = staff.invites(ada)
    staff.disables(ada)
    assert staff.open() == []
    assert not staff.let_in(secret)
    _, late = staff.invites(ada)
    assert not staff.let_in(late)
    staff.disables(ada, disabled=False)
    assert staff.let_in(late)
    staff.disables(bob)


def test_an_invitation_is_revoked_once(staff: Staff) -> None:
    """One that is used, over or revoked is not open; one that is not there is missing."""
    ada = staff.somebody("ada")
    id, secret = staff.invites(ada)
    used, link = staff.invites(ada)
    staff.accepts(link, "bob")

    def revokes(id: str) -> None:
        staff.run(revoke_invitation(staff.database, staff.world, staff.organization, id))

    assert staff.open() == [id]
    revokes(id)
    assert (staff.open(), staff.let_in(secret)) == ([], False)
    for again in (id, used):
        with pytest.raises(Conflict):
            revokes(again)
    with pytest.raises(Missing):
        revokes("unknown")


def test_what_lives_on_is_named(staff: Staff) -> None:
    """What somebody made, and what was made with that; not what is dead, and not what others made."""
    ada, bob = staff.somebody("ada"), staff.somebody("bob")
    mine = staff.as_(ada)
    database, organization = staff.database, staff.organization
    key, _ = staff.run(create_api_key(database, mine, organization, "deploys", ["write"]))
    dead, _ = staff.run(create_api_key(database, mine, organization, "old", ["write"]))
    staff.run(revoke_api_key(database, staff.world, organization, dead.id))
    staff.run(create_api_key(database, staff.as_(bob), organization, "bobs", ["read"]))
    staff.now += 1
    link, _ = staff.run(create_setup_link(database, mine, staff.connection, HOUR, once=False))
    by_key = replace(staff.world, management_key=key.id)
    staff.now += 1
    made, _ = staff.run(create_credential(database, by_key, staff.connection))
    guest = staff.accepts(staff.invites(ada, "auditor")[1], "guest")
    found = staff.run(left_behind(database, staff.world, ada))
    assert {(left.kind, left.id) for left in found} == {
        ("management key", key.id),
        ("setup link", link.id),
        ("credential", made.id),
        ("console user", guest.id),
    }
    staff.now += HOUR
    assert link.id not in {left.id for left in staff.run(left_behind(database, staff.world, ada))}
    operator = staff.operator("operator")
    theirs, _ = staff.run(create_api_key(database, staff.as_(operator), organization, "theirs", ["read"]))
    assert [left.id for left in staff.run(left_behind(database, staff.world, operator))] == [theirs.id]


def test_a_sign_in_that_is_under_way_does_not_survive(staff: Staff) -> None:
    """Neither another passphrase nor being disabled, between the right passphrase and the session."""
    ada = staff.somebody("ada")
    here = staff.signs_in(ada)

    def verified() -> ConsoleUser:
        found = staff.run(console_user_with(staff.database, staff.passphrases, ada.name, OLD))
        assert found is not None
        return found

    def refused(user: ConsoleUser) -> None:
        with pytest.raises(Refused, match="sign in again"):
            staff.run(begin_session(staff.database, staff.world, user, NOWHERE))

    before = verified()
    staff.disables(ada)
    refused(before)
    staff.disables(ada, disabled=False)
    assert staff.sessions(ada) == []
    before, here = verified(), staff.signs_in(ada)
    visitor = staff.visitor(here)
    assert visitor is not None
    changing = change_passphrase(staff.database, staff.world, staff.passphrases, visitor, OLD, NEW)
    assert staff.run(changing) == 0
    refused(before)
    assert len(staff.sessions(ada)) == 1


def test_in_a_disabled_organization_nobody_is_signed_in(staff: Staff) -> None:
    """No session, no sign-in, no invitation, until it is enabled; the platform's operators are in as before."""
    ada, operator = staff.somebody("ada"), staff.operator("operator")
    session, theirs = staff.signs_in(ada), staff.signs_in(operator)
    _, secret = staff.invites(operator)
    staff.settles(disabled=True)
    assert staff.visitor(session) is None
    assert staff.visitor(theirs) is not None
    with pytest.raises(Refused, match="organization is disabled"):
        staff.signs_in(ada)
    with pytest.raises(Missing, match="disabled"):
        staff.accepts(secret, "bob")
    staff.settles(disabled=False)
    assert staff.visitor(session) is not None
    staff.accepts(secret, "bob")
    assert staff.signs_in(ada)


def test_two_operators_who_disable_each_other_at_once_do_not_both_pass(staff: Staff) -> None:
    """Each in a transaction of its own, that begin together: one finds that there is nobody else."""
    ada, bob = staff.operator("ada"), staff.operator("bob")
    told: list[object] = []

    async def both() -> None:
        told.extend(
            await asyncio.gather(
                *(
                    set_disabled(staff.database, staff.world, PLATFORM, user.id, disabled=True)
                    for user in (ada, bob)
                ),
                return_exceptions=True,
            )
        )

    for _ in range(10):
        told.clear()
        staff.run(both())
        assert sorted(type(one).__name__ for one in told) == ["Conflict", "ConsoleUser"]
        for one in told:
            if isinstance(one, ConsoleUser):
                staff.disables(one, disabled=False)


def test_the_last_operator_is_disabled_only_if_it_is_said(staff: Staff) -> None:
    """As before a copy into a database where they would be operators of others."""
    ada = staff.operator("ada")
    with pytest.raises(Conflict, match="last operator"):
        staff.disables(ada)
    last = set_disabled(staff.database, staff.world, PLATFORM, ada.id, disabled=True, last=True)
    assert staff.run(last).disabled is not None
