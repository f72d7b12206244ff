"""Console users on both stores: their sessions, another passphrase, and what is forgotten of them."""

from __future__ import annotations

from functools import partial

import pytest

from muster.directory.console_users import accept, console_user_with, invitation_with, invite
from muster.directory.disabling import set_disabled
from muster.directory.forgetting import KEPT
from muster.directory.oneself import WrongPassphrase, change_passphrase, sign_out_everywhere
from muster.directory.organizations import Missing, Refused
from muster.directory.revoke import revoke_organization
from muster.directory.sessions import IDLE, LONGEST, Visitor, end_session
from tests.store.managed import HOUR
from tests.store.office import NEW, OLD, Office
from tests.store.scene import Scene


@pytest.fixture
def office(scene: Scene) -> Office:
    """An organization whose people use the console."""
    return Office(scene)


def test_another_passphrase_ends_every_other_session(office: Office) -> None:
    """Only for who knows the one before; nobody else's sessions end, and no passphrase is in the change."""
    ada, bob = office.somebody("ada"), office.somebody("bob")
    here, there, bobs = office.signs_in(ada), office.signs_in(ada), office.signs_in(bob)
    with pytest.raises(WrongPassphrase):
        office.changes_passphrase(here, "something else", NEW)
    for wrong in ("short", OLD, ada.name):
        with pytest.raises(Refused):
            office.changes_passphrase(here, OLD, wrong)
    assert len(office.sessions(ada)) == 2
    assert office.changes_passphrase(here, OLD, NEW) == 1
    assert [office.visitor(secret) is not None for secret in (here, there, bobs)] == [True, False, True]
    for passphrase, opens in ((OLD, False), (NEW, True)):
        found = office.run(console_user_with(office.database, office.passphrases, ada.name, passphrase))
        assert (found is not None) is opens
    visitor = office.visitor(here)
    assert visitor is not None
    assert office.run(sign_out_everywhere(office.database, office.world, visitor)) == 1
    assert office.visitor(here) is None
    told = office.changes()
    assert {"passphrase": "changed", "sessions_ended": 1} in [after for *_, after in told]
    assert all(secret not in str(told) for secret in (OLD, NEW, "argon2"))


def test_of_two_who_change_a_passphrase_at_once_one_does(office: Office) -> None:
    """Both had shown the one of before; the later one has to show the new one, and its session is over."""
    ada = office.somebody("ada")
    secrets = [office.signs_in(ada) for _ in range(2)]
    visitors = [office.visitor(secret) for secret in secrets]

    async def change(visitor: Visitor | None, new: str) -> int:
        assert visitor is not None
        return await change_passphrase(office.database, office.world, office.passphrases, visitor, OLD, new)

    assert office.run(change(visitors[0], NEW)) == 1
    with pytest.raises(WrongPassphrase, match="changed meanwhile"):
        office.run(change(visitors[1], "one more passphrase"))
    assert [office.visitor(secret) is not None for secret in secrets] == [True, False]
    assert office.run(console_user_with(office.database, office.passphrases, ada.name, NEW)) is not None
    assert [after for *_, after in office.changes() if "passphrase" in str(after)] == [
        {"passphrase": "changed", "sessions_ended": 1}
    ]


def test_nobody_who_was_disabled_meanwhile_changes_a_passphrase(office: Office) -> None:
    """Enabled again, they have the one that they had."""
    ada = office.somebody("ada")
    visitor = office.visitor(office.signs_in(ada))
    assert visitor is not None
    office.run(set_disabled(office.database, office.world, office.organization, ada.id, disabled=True))
    with pytest.raises(WrongPassphrase, match="changed meanwhile"):
        office.run(change_passphrase(office.database, office.world, office.passphrases, visitor, OLD, NEW))


def test_a_session_that_nobody_uses_is_not_listed(office: Office) -> None:
    """Those that would open nothing any more are over, whether or not anybody ended them."""
    ada = office.somebody("ada")
    office.signs_in(ada)
    office.now += IDLE - HOUR
    office.signs_in(ada)
    assert len(office.sessions(ada)) == 2
    office.now += HOUR
    assert len(office.sessions(ada)) == 1
    office.run(set_disabled(office.database, office.world, office.organization, ada.id, disabled=True))
    assert office.sessions(ada) == []


def test_a_restore_ends_sessions_and_invitations(office: Office) -> None:
    """Whether or not keys are to end too: the copy knows none that was ended since. What is over is not counted."""
    ada = office.somebody("ada")
    over, here = office.signs_in(ada), office.signs_in(ada)
    visitor = office.visitor(over)
    assert visitor is not None
    office.run(end_session(office.database, office.world, visitor.session))
    _, unused = office.run(invite(office.database, office.world, office.organization, "auditor"))
    for credentials, expected in ((False, (1, 1)), (True, (0, 0))):
        work = partial(
            revoke_organization,
            world=office.world,
            organization=office.organization,
            credentials=credentials,
        )
        revoked = office.run(office.database.administer(office.organization, work))
        assert (revoked.sessions, revoked.invitations) == expected
        assert office.visitor(here) is None
    told = [after for operation, *_, after in office.changes() if operation == "restore"]
    assert [(one["sessions"], one["invitations"]) for one in told] == [(1, 1), (0, 0)]
    with pytest.raises(Missing, match="over"):
        office.run(invitation_with(office.database, office.world, unused))
    assert office.signs_in(ada)


def test_what_was_over_long_ago_is_forgotten(office: Office) -> None:
    """Thirty days after its end, and not before; who has come by an invitation stays, with the invitation."""
    ada = office.somebody("ada")
    office.signs_in(ada)
    unused, _ = office.run(invite(office.database, office.world, office.organization, "auditor"))
    for name, ends in (("forget_sessions", office.now + LONGEST), ("forget_invitations", unused.expires)):
        office.chore(name)  # those of others, that are over for long
        office.now = ends + KEPT
        assert office.chore(name) == 0
        office.now += 1
        assert office.chore(name) == 1
        assert office.chore(name) == 0
    (come,) = [id for operation, kind, id, _ in office.changes() if kind == "Invitation" and id != unused.id]
    for id, stays in ((come, True), (unused.id, False)):
        assert (office.run(office.invitation(id)) is not None) is stays
    with pytest.raises(Missing):
        office.run(invitation_with(office.database, office.world, "minv_unknown"))


def test_a_name_that_is_longer_than_any_is_nobodys(office: Office) -> None:
    """Even when it begins with somebody's, who signs in with the same passphrase."""
    name = office.own("ada").ljust(200, "a")
    _, secret = office.run(invite(office.database, office.world, office.organization, "admin"))
    office.run(accept(office.database, office.world, office.passphrases, secret, name, OLD))

    def signs_in(typed: str) -> bool:
        user = office.run(console_user_with(office.database, office.passphrases, typed, OLD))
        return user is not None

    assert signs_in(f" {name} ")
    assert not signs_in(name + "a")
