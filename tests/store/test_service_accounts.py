"""Service accounts on both stores: several keys each, none of which outlives its account."""

from __future__ import annotations

import pytest

from muster.directory.authenticate import Authenticator
from muster.directory.credentials import create_credential, list_credentials, rotate_credential
from muster.directory.identifiers import NewPair
from muster.directory.organizations import Conflict, Missing, Refused
from muster.directory.registers.credentials import Of
from muster.directory.service_accounts import (
    create_service_account,
    create_service_account_key,
    delete_service_account,
    list_service_accounts,
    service_account_by_id,
)
from tests.store.managed import DAY, Managed
from tests.store.scene import Scene


@pytest.fixture
def managed(scene: Scene) -> Managed:
    """A connection with its first API key."""
    return Managed(scene)


def test_each_kind_of_credential_opens_by_its_own_scheme_alone(managed: Managed) -> None:
    """An API key is no pair, a pair no API key, also once a server knows them; nor does a secret go with another id."""
    _, _, pair = managed.run(
        create_service_account(managed.database, managed.world, managed.connection, "Sync")
    )
    server, sent = Authenticator(managed.database, managed.world.clock), f"{pair.id}:{pair.secret}"
    for _ in range(2):
        assert managed.run(server.access(sent, "service_account_key")) is not None
        assert managed.run(server.access(managed.key.api_key)) is not None
        assert managed.run(server.access(sent)) is None
        assert managed.run(server.access(pair.secret)) is None
        assert managed.run(server.access(managed.key.api_key, "service_account_key")) is None
        mixed = f"{managed.key.id}:{pair.secret}"
        assert managed.run(server.access(mixed, "service_account_key")) is None


def test_all_keys_die_with_their_account(managed: Managed) -> None:
    """Those that were rotated with an overlap too; the connection's API key lives on, and no key is made any more."""
    account, _, first = managed.run(
        create_service_account(managed.database, managed.world, managed.connection, "Sync", "nightly")
    )
    arguments = (managed.database, managed.world, managed.organization)
    _, second = managed.run(create_service_account_key(*arguments, account.id))
    _, third, _ = managed.run(rotate_credential(*arguments, first.id, DAY))
    assert isinstance(third, NewPair)
    assert [managed.opens(key) for key in (first, second, third)] == [True] * 3
    found = managed.run(
        list_credentials(managed.database, managed.organization, Of(None, account.id), None, 9)
    )
    assert {known.credential.id for known in found} == {first.id, second.id, third.id}

    assert managed.run(delete_service_account(*arguments, account.id)) == 3
    assert [managed.opens(key) for key in (first, second, third)] == [False] * 3
    assert managed.opens(managed.key)
    for work in (
        lambda: delete_service_account(*arguments, account.id),
        lambda: create_service_account_key(*arguments, account.id),
        lambda: service_account_by_id(managed.database, managed.organization, account.id),
    ):
        with pytest.raises(Missing):
            managed.run(work())
    with pytest.raises(Conflict):
        managed.run(rotate_credential(*arguments, second.id))
    assert managed.run(list_service_accounts(managed.database, managed.organization, None, None, 9)) == []


@pytest.mark.parametrize(
    "name, description", [("", ""), (" ", ""), ("x" * 201, ""), ("a\nb", ""), ("a", "x" * 1001), ("a", "\0")]
)
def test_a_name_that_nobody_can_read_is_refused(managed: Managed, name: str, description: str) -> None:
    """And nothing is made."""
    before = managed.changes()
    with pytest.raises(Refused, match="printable"):
        managed.run(
            create_service_account(managed.database, managed.world, managed.connection, name, description)
        )
    assert managed.changes() == before


def test_an_account_of_another_organization_is_not_there(managed: Managed, scene: Scene) -> None:
    """Whatever is asked of it."""
    other = Managed(scene)
    account, _, key = managed.run(
        create_service_account(managed.database, managed.world, managed.connection, "Sync")
    )
    foreign = (other.database, other.world, other.organization)
    for work in (
        lambda: service_account_by_id(other.database, other.organization, account.id),
        lambda: create_service_account_key(*foreign, account.id),
        lambda: delete_service_account(*foreign, account.id),
        lambda: rotate_credential(*foreign, key.id),
        lambda: create_credential(other.database, other.world, managed.connection.__class__(
            other.organization, managed.connection.id, 1, "okta", strict=False, created=0)),
    ):  # fmt: skip
        with pytest.raises(Missing):
            managed.run(work())
    assert managed.opens(key)
