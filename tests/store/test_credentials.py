"""Credentials on both stores: how long they live, how they are replaced, and what is left of the old one."""

from __future__ import annotations

import pytest

from muster.directory.authenticate import Authenticator
from muster.directory.credentials import (
    create_credential,
    credential_by_id,
    list_credentials,
    revoke_credential,
    rotate_credential,
    status,
)
from muster.directory.identifiers import NewKey
from muster.directory.organizations import Conflict, Missing, Refused
from muster.directory.registers.api_keys import Position
from muster.directory.registers.credentials import Of
from tests.store.managed import DAY, HOUR, Managed
from tests.store.scene import Scene


@pytest.fixture
def managed(scene: Scene) -> Managed:
    """A connection with its first API key."""
    return Managed(scene)


def state(managed: Managed, id: str) -> str:
    """What has become of a credential."""
    known = managed.run(credential_by_id(managed.database, managed.organization, id))
    return status(known.credential, managed.now)


def rotated(managed: Managed, id: str, overlap: int | None = None) -> NewKey:
    """Rotate an API key; the new one."""
    rotating = rotate_credential(managed.database, managed.world, managed.organization, id, overlap)
    _, made, _ = managed.run(rotating)
    assert isinstance(made, NewKey)
    return made


@pytest.mark.parametrize("life", [HOUR, 365 * DAY])
def test_a_key_lives_as_long_as_was_asked_for(managed: Managed, life: int) -> None:
    """To the microsecond, and not one longer, also where a server has known it all the time."""
    made, key = managed.run(create_credential(managed.database, managed.world, managed.connection, life))
    assert (made.expires - made.created, made.created_by) == (life, "command line")
    known = Authenticator(managed.database, managed.world.clock)
    assert managed.run(known.access(key.api_key)) is not None
    managed.now += life - 1
    assert managed.run(known.access(key.api_key)) is not None
    managed.now += 1
    assert managed.run(known.access(key.api_key)) is None
    assert state(managed, key.id) == "expired"


@pytest.mark.parametrize("life", [0, -HOUR, HOUR - 1, 365 * DAY + 1])
def test_a_life_out_of_bounds_is_refused(managed: Managed, life: int) -> None:
    """In words, and nothing is made."""
    before = managed.changes()
    with pytest.raises(Refused, match="from one hour to 365 days"):
        managed.run(create_credential(managed.database, managed.world, managed.connection, life))
    assert managed.changes() == before


def test_without_an_overlap_the_old_key_is_dead_at_once(managed: Managed) -> None:
    """And the new one lives as long as the old one was made for."""
    old, first = managed.run(create_credential(managed.database, managed.world, managed.connection, 30 * DAY))
    managed.now += DAY
    new = rotated(managed, old.id)
    assert (managed.opens(first), managed.opens(new)) == (False, True)
    known = managed.run(credential_by_id(managed.database, managed.organization, new.id))
    assert known.credential.expires == managed.now + 30 * DAY
    assert state(managed, old.id) == "revoked"


def test_with_an_overlap_both_live_until_it_ends(managed: Managed) -> None:
    """Nothing runs when it does, and whoever has known the old key all the time refuses it too."""
    server = Authenticator(managed.database, managed.world.clock)
    new = rotated(managed, managed.key.id, 2 * DAY)
    assert managed.run(server.access(managed.key.api_key)) is not None
    assert (state(managed, managed.key.id), managed.opens(new)) == ("replaced", True)
    managed.now += 2 * DAY - 1
    assert managed.run(server.access(managed.key.api_key)) is not None
    managed.now += 1
    assert managed.run(server.access(managed.key.api_key)) is None
    assert (managed.opens(managed.key), managed.opens(new)) == (False, True)
    assert state(managed, managed.key.id) == "expired"


def test_an_overlap_ends_no_later_than_the_key_itself(managed: Managed) -> None:
    """And that is the end which the change names."""
    old, key = managed.run(create_credential(managed.database, managed.world, managed.connection, HOUR))
    rotated(managed, old.id, DAY)
    (after,) = [
        after for operation, _, id, after in managed.changes() if (operation, id) == ("rotate", old.id)
    ]
    assert after["ends"] == old.expires
    managed.now += HOUR
    assert not managed.opens(key)


@pytest.mark.parametrize("overlap", [0, -1, 7 * DAY + 1])
def test_an_overlap_is_at_most_seven_days(managed: Managed, overlap: int) -> None:
    """Nothing is rotated beyond."""
    with pytest.raises(Refused, match="at most 7 days"):
        rotated(managed, managed.key.id, overlap)
    assert state(managed, managed.key.id) == "live"


def test_what_was_replaced_is_not_replaced_again(managed: Managed) -> None:
    """Neither at once nor with an overlap; it may be revoked, and then it is dead at once."""
    new = rotated(managed, managed.key.id, DAY)
    for overlap in (None, DAY):
        with pytest.raises(Conflict, match="replaced already"):
            rotated(managed, managed.key.id, overlap)
    managed.run(revoke_credential(managed.database, managed.world, managed.organization, managed.key.id))
    assert (managed.opens(managed.key), managed.opens(new)) == (False, True)
    with pytest.raises(Conflict, match="revoked already"):
        managed.run(revoke_credential(managed.database, managed.world, managed.organization, managed.key.id))


def test_an_expired_key_is_rotated_at_once_alone(managed: Managed) -> None:
    """There is nothing left of it that a new one could overlap with."""
    old, _ = managed.run(create_credential(managed.database, managed.world, managed.connection, HOUR))
    managed.now += HOUR
    with pytest.raises(Conflict, match="expired"):
        rotated(managed, old.id, HOUR)
    assert managed.opens(rotated(managed, old.id))


def test_credentials_are_listed_in_parts(managed: Managed) -> None:
    """Oldest first, each once, those of another connection left out."""
    other = Managed(managed._scene)
    made = [managed.credential]
    for _ in range(4):
        managed.now += 1
        made.append(managed.run(create_credential(managed.database, managed.world, managed.connection))[0])
    found, after = [], None
    while part := managed.run(
        list_credentials(managed.database, managed.organization, Of(managed.connection.id), after, 2)
    ):
        found += [known.credential for known in part]
        after = Position(found[-1].created, found[-1].id)
    assert found == made
    assert managed.run(list_credentials(managed.database, managed.organization, Of(), None, 99))[4:]
    with pytest.raises(Missing):
        managed.run(credential_by_id(managed.database, managed.organization, other.key.id))
