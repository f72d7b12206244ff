"""Passkeys on both stores: who is believed, once, and what is kept of it. The authenticator is one in software."""

from __future__ import annotations

import itertools
from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial
from typing import Any, cast

import pytest

from muster.directory.challenges import LIFE
from muster.directory.disabling import set_disabled
from muster.directory.identifiers import PLATFORM
from muster.directory.oneself import WrongPassphrase, change_passphrase
from muster.directory.organizations import Conflict, Missing, Refused, Settling, settle_organization
from muster.directory.passkey_sign_in import CounterWentBack, NotAdmitted, sign_in_by
from muster.directory.passkeys import MOST, add_passkey
from muster.directory.ports import Database
from muster.directory.relying_party import relying_party
from tests.harness.authenticator import PRESENT, VERIFIED, Authenticator
from tests.store.desk import PARTY, Desk
from tests.store.office import NEW, NOWHERE, OLD
from tests.store.scene import Scene


@pytest.fixture
def desk(scene: Scene) -> Desk:
    """An organization whose people have passkeys."""
    return Desk(scene)


def test_a_passkey_signs_in_until_it_is_removed(desk: Desk) -> None:
    """It is a change when it comes and when it goes, without anything of its key; nobody else removes it."""
    with pytest.raises(WrongPassphrase):
        desk.wish("something else entirely")
    authenticator, passkey = desk.passkey(" Laptop ")
    assert (passkey.name, passkey.console_user, passkey.used) == ("Laptop", desk.ada.id, None)
    desk.now += 7
    assert desk.signs(authenticator).id == desk.ada.id
    assert [one.used for one in desk.passkeys()] == [desk.now]
    with pytest.raises(Missing):
        desk.removes(passkey.id, desk.somebody("bob"))
    desk.removes(passkey.id)
    with pytest.raises(NotAdmitted):
        desk.signs(authenticator)
    with pytest.raises(Missing):
        desk.removes(passkey.id)
    told = [change for change in desk.changes() if change[1] == "Passkey"]
    assert told == [
        ("create", "Passkey", passkey.id, {"name": "Laptop", "console_user": desk.ada.id}),
        ("delete", "Passkey", passkey.id, None),
    ]


def test_only_the_right_answer_signs_in(desk: Desk) -> None:
    """Another origin, host, person, key, kind or challenge, no PIN, in a frame, or no answer at all: refused alike."""
    authenticator, _ = desk.passkey()
    stranger = Authenticator(PARTY.origin, PARTY.id, handle=authenticator.handle)
    for changed in (
        {"origin": "https://evil.test"},
        {"origin": "https://login.muster.test"},
        {"origin": "https://muster.test:8443"},
        {"host": "evil.test"},
        {"flags": PRESENT},
        {"flags": VERIFIED},
        {"handle": b""},
        {"handle": desk.somebody("bob").id.encode()},
        {"in_frame": True},
        {"kind": "webauthn.create"},
        {"key": stranger.key},
        {"credential": stranger.credential},
    ):
        with pytest.raises(NotAdmitted):
            desk.signs(replace(authenticator, **changed))
    asked, other = desk.asks(), desk.asks()
    with pytest.raises(NotAdmitted):
        desk.admits(asked.kept, authenticator.signs(other.options))
    for sent in ("{}", "[]", "null", "7", "{", '{"rawId": 7}', "\ud800", "[" * 5000, "x" * 30_000):
        with pytest.raises(NotAdmitted):
            desk.admits(asked.kept, sent)
    assert desk.admits(asked.kept, authenticator.signs(asked.options)).id == desk.ada.id


def test_only_the_right_answer_is_added(desk: Desk) -> None:
    """The same for a passkey that is made; the challenge is this session's, and says that the passphrase was given."""
    for changed in (
        {"origin": "https://evil.test"},
        {"host": "x"},
        {"flags": PRESENT},
        {"in_frame": True},
        {"algorithm": -65535},
        {"called": b"another"},
        {"credential": bytes(1024)},
    ):
        with pytest.raises(Refused):
            desk.passkey(**changed)
    wish, asked = desk.wish(), desk.asks()
    authenticator = Authenticator(PARTY.origin, PARTY.id)
    signing_in = asked.options | {"user": wish.options["user"]}
    for kept, sent in (
        ("", authenticator.makes(wish.options)),
        (asked.kept, authenticator.makes(signing_in)),
        (wish.kept, "{}"),
        (wish.kept, authenticator.signs(wish.options)),
    ):
        with pytest.raises(Refused):
            desk.adds(kept, sent)
    before, desk.secret = desk.secret, desk.signs_in(desk.ada)
    with pytest.raises(Refused):
        desk.adds(wish.kept, authenticator.makes(wish.options))
    desk.secret = before
    for name in ("", "a\nb", "x" * 101):
        with pytest.raises(Refused):
            desk.adds(wish.kept, authenticator.makes(wish.options), name)
    assert desk.passkeys() == []
    desk.removes(desk.adds(wish.kept, authenticator.makes(wish.options)).id)
    with pytest.raises(Refused, match="begin once more"):
        desk.adds(wish.kept, authenticator.makes(wish.options))
    assert desk.passkeys() == []


def test_a_challenge_is_answered_once_and_soon(desk: Desk) -> None:
    """Not twice, not after five minutes, not where the browser has changed what it keeps; spent ones are forgotten."""
    authenticator, _ = desk.passkey()
    asked = desk.asks()
    signed = authenticator.signs(asked.options)
    value, expires, code = asked.kept.split(".")
    for kept in (
        "", "..", "é.1.x", f"{value}.{expires}", f"{value}.{int(expires) + 1}.{code}", f"{value}.{expires}.{code[1:]}",
        f"{value}.{expires}.{'0' * 64}", "a" * 300,
    ):  # fmt: skip
        with pytest.raises(NotAdmitted):
            desk.admits(kept, signed)
    assert desk.admits(asked.kept, signed).id == desk.ada.id
    with pytest.raises(NotAdmitted, match="before"):
        desk.admits(asked.kept, signed)
    asked = desk.asks()
    desk.now += LIFE
    with pytest.raises(NotAdmitted, match="over"):
        desk.admits(asked.kept, authenticator.signs(asked.options))
    desk.now += 1
    assert desk.chore("forget_challenges") == 2  # the one that it was added with, too
    assert desk.chore("forget_challenges") == 0


def test_a_counter_that_goes_back_is_refused(desk: Desk) -> None:
    """Neither less nor the same, once it counts at all."""
    authenticator, passkey = desk.passkey(counter=3)
    for counter, believed in ((5, True), (5, False), (4, False), (0, False), (6, True), (2**32 - 1, True)):
        authenticator.counter = counter
        if believed:
            assert desk.signs(authenticator).id == desk.ada.id
        else:
            with pytest.raises(CounterWentBack, match=passkey.id):
                desk.signs(authenticator)
    assert [one.counter for one in desk.passkeys()] == [2**32 - 1]


def test_who_may_not_come_in_does_not(desk: Desk) -> None:
    """A user who is disabled, and everybody of an organization that is; they come in again when that is over."""
    authenticator, _ = desk.passkey()

    def disable(disabled: bool) -> None:
        desk.run(set_disabled(desk.database, desk.world, desk.organization, desk.ada.id, disabled=disabled))

    def close(disabled: bool) -> None:
        settling = Settling(disabled=disabled)
        desk.run(settle_organization(desk.database, desk.world, desk.organization, settling))

    for turn in (disable, close):
        turn(True)
        with pytest.raises(NotAdmitted):
            desk.signs(authenticator)
        turn(False)
        assert desk.signs(authenticator).id == desk.ada.id


def test_a_passkey_that_is_removed_meanwhile_does_not_sign_in(desk: Desk) -> None:
    """Whichever of a sign-in's transactions the removal comes before: only one that comes after all is too late."""
    signed_in = len(desk.sessions(desk.ada))
    for number in itertools.count():
        authenticator, passkey = desk.passkey()
        asked = desk.asks()
        database = Overtaken(desk.database, number, partial(desk.remove, passkey.id))
        sent = authenticator.signs(asked.options)
        try:
            desk.run(sign_in_by(database.itself, desk.world, PARTY, asked.kept, sent, NOWHERE))
        except NotAdmitted:
            assert len(desk.sessions(desk.ada)) == signed_in
        else:
            break
    assert number > 0
    assert database.begun == number


@pytest.mark.parametrize("meanwhile", ["changed", "disabled"])
def test_nobody_adds_a_passkey_by_a_passphrase_that_is_gone(desk: Desk, meanwhile: str) -> None:
    """Whichever of the transactions the end comes before: only one that comes after all is too late."""
    visitor = desk.visitor(desk.secret)
    assert visitor is not None
    user = visitor.user
    assert user is not None

    async def end() -> None:
        if meanwhile == "changed":
            await change_passphrase(desk.database, desk.world, desk.passphrases, visitor, OLD, NEW)
        else:
            await set_disabled(desk.database, desk.world, desk.organization, user.id, disabled=True)

    wish = desk.wish()
    sent = Authenticator(PARTY.origin, PARTY.id).makes(wish.options)
    overtaken = Overtaken(desk.database, 1, end)  # the challenge is spent before
    with pytest.raises(Refused, match="sign in again"):
        desk.run(add_passkey(overtaken.itself, desk.world, PARTY, visitor, wish.kept, sent, "Laptop"))
    assert desk.passkeys() == []


class Overtaken:
    """A database in which something is done before the transaction with a number begins, counting from 0."""

    def __init__(self, database: Database, number: int, act: Callable[[], Awaitable[None]]) -> None:
        self._database, self._number, self._act = database, number, act
        self.begun = 0

    @property
    def itself(self) -> Database:
        """The database that it is to who uses it."""
        return cast("Database", self)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._database, name)

    async def administer(self, organization: int, operation: Any) -> Any:
        """Run a transaction, and perhaps something before it."""
        if self.begun == self._number:
            await self._act()
        self.begun += 1
        return await self._database.administer(organization, operation)


def test_one_passkey_is_one_users(desk: Desk, scene: Scene) -> None:
    """What authenticators know it by is taken once, over all organizations; ten are the most."""
    authenticator, passkey = desk.passkey()
    other = Desk(scene)
    wish = other.wish()
    with pytest.raises(Conflict):
        other.adds(wish.kept, replace(authenticator).makes(wish.options))
    with pytest.raises(Missing):
        desk.removes(passkey.id, other.ada)
    desk.removes(passkey.id)
    wish = other.wish()
    theirs = replace(authenticator)
    other.adds(wish.kept, theirs.makes(wish.options))
    assert desk.signs(theirs).id == other.ada.id
    late = desk.wish()
    for number in range(MOST):
        desk.passkey(f"Device {number}")
    with pytest.raises(Refused, match="remove one"):
        desk.wish()
    with pytest.raises(Refused, match="remove one"):
        desk.adds(late.kept, Authenticator(PARTY.origin, PARTY.id).makes(late.options))
    assert [one.name for one in desk.passkeys()] == [f"Device {number}" for number in range(MOST)]
    assert len(desk.run(desk.database.consult(PLATFORM, lambda registers: registers.passkeys.of("x")))) == 0


@pytest.mark.parametrize(
    ("origin", "id"),
    [
        ("https://muster.example.com", "muster.example.com"),
        ("https://Muster.example.com:8443", "muster.example.com"),
        ("http://localhost:8080", "localhost"),
        ("https://localhost", "localhost"),
        ("http://muster.example.com", None),
        ("http://127.0.0.1:8080", None),
        ("https://192.0.2.1", None),
        ("https://[2001:db8::1]:8443", None),
    ],
)
def test_where_there_are_passkeys(origin: str, id: str | None) -> None:
    """At a name, with TLS or on this very machine."""
    found = relying_party(origin)
    assert (found and found.id) == id
    assert found is None or found.origin == origin


def test_the_wish_is_for_a_verified_person(desk: Desk) -> None:
    """Discoverable, the person verified, nothing attested; those that there are already are not made again."""
    authenticator, _ = desk.passkey()
    options = desk.wish().options
    assert options["rp"] == {"name": "Muster", "id": "muster.test"}
    assert options["attestation"] == "none"
    assert options["authenticatorSelection"]["residentKey"] == "required"
    assert options["authenticatorSelection"]["userVerification"] == "required"
    assert [one["id"] for one in options["excludeCredentials"]] == [desk.passkeys()[0].credential]
    assert desk.ada.name.encode() not in authenticator.handle
    asked = desk.asks().options
    assert (asked["rpId"], asked["userVerification"], asked.get("allowCredentials")) == (
        "muster.test",
        "required",
        None,
    )
