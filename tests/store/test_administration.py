"""Organizations, connections, credentials and schemas through a store: what stands before any scope is known."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

import orjson
import pytest

from muster.directory.ports import Administration
from muster.directory.records import Connection, Credential, Grant
from tests.scim.sample import VECTORS
from tests.store.scene import NOW, Scene, change

T = TypeVar("T")

HOUR = 3600 * 1_000_000
SCHEMA = orjson.dumps(VECTORS["schemas"][0])


def connection(organization: int, id: str = "c", owner: int = 1) -> Connection:
    """A connection."""
    return Connection(organization, id, owner, "entra", strict=True, created=NOW + owner)


def credential(organization: int, id: str = "k", of: str = "c", created: int = NOW) -> Credential:
    """A credential of a connection."""
    return Credential(organization, id, of, bytes(32), "last", created, created + HOUR, None)


def administer(scene: Scene, organization: int, operation: Callable[[Administration], Awaitable[T]]) -> T:
    """Run one administrative operation."""
    return scene.run(_administered(scene, organization, operation))


async def _administered(
    scene: Scene, organization: int, operation: Callable[[Administration], Awaitable[T]]
) -> T:
    return await scene.database.administer(organization, operation)


def furnished(scene: Scene, name: str | None = None) -> int:
    """An organization with a connection and a credential."""
    organization = scene.organization(name)

    async def operation(administration: Administration) -> None:
        owner = await administration.next_owner()
        await administration.add_connection(connection(organization, owner=owner))
        await administration.add_credential(credential(organization))

    administer(scene, organization, operation)
    return organization


def grant(scene: Scene, organization: int, id: str = "k") -> Grant | None:
    """What a credential opens."""
    return scene.run(scene.database.grant(organization, id))


def test_a_credential_opens_its_connection_and_organization(scene: Scene) -> None:
    """All three in one reading; of another organization, or unknown, nothing."""
    organization, other = furnished(scene, "Acme"), scene.organization()
    found = grant(scene, organization)
    assert found is not None
    assert found.credential == credential(organization)
    assert found.connection == connection(organization)
    assert (found.organization.name, found.organization.nested) == ("Acme", False)
    assert grant(scene, other) is None
    assert grant(scene, organization, "x") is None


def test_a_grant_says_whether_groups_are_nested(scene: Scene) -> None:
    """As soon as one group is in another, and no longer than that."""
    side = scene.side()
    inner, outer = side.group("Inner"), side.group("Outer")
    organization = side.scope.organization

    async def add_key(administration: Administration) -> None:
        await administration.add_credential(credential(organization, of="c1"))

    administer(scene, organization, add_key)

    def nested() -> bool:
        found = grant(scene, organization)
        assert found is not None
        return found.organization.nested

    assert not nested()
    side.join(outer, {inner: "Group"})
    assert nested()
    side.write(lambda transaction: transaction.remove_members(outer, [inner]))
    assert not nested()


def revoke(scene: Scene, organization: int, now: int) -> None:
    """Revoke the credential of an organization."""
    administer(scene, organization, lambda administration: administration.revoke_credential("k", now))


def test_a_revoked_credential_stays_revoked_from_its_first_time(scene: Scene) -> None:
    """A second revocation changes nothing."""
    organization = furnished(scene)
    for delay in (1, 2):
        revoke(scene, organization, NOW + delay)
    found = grant(scene, organization)
    assert found is not None
    assert found.credential.revoked == NOW + 1


def test_the_command_line_finds_what_was_made(scene: Scene) -> None:
    """Organizations by name, all of them, their connections and credentials, oldest first."""
    database = scene.database
    first, second = furnished(scene, "b"), furnished(scene, "a")
    named = scene.run(database.organization_named("a"))
    assert named is not None
    assert named.organization == second
    assert scene.run(database.organization_named("A")) is None
    assert {one.organization for one in scene.run(database.organizations())} == {first, second}
    assert len(scene.run(database.connections())) == 2
    assert scene.run(database.connection(first, "c")) == connection(first)
    assert scene.run(database.connection(first, "x")) is None

    async def add(administration: Administration) -> None:
        await administration.add_credential(credential(first, "j", created=NOW + 5))

    administer(scene, first, add)
    assert [one.id for one in scene.run(database.credentials(first, "c"))] == ["k", "j"]
    assert scene.run(database.credentials(second, "x")) == []


def test_a_name_belongs_to_one_organization(scene: Scene) -> None:
    """The second is refused with its change."""
    scene.organization("Acme")
    with pytest.raises(ValueError, match="Acme"):
        scene.organization("Acme")
    assert len(scene.run(scene.database.organizations())) == 1


def test_custom_schemas_are_kept_for_their_organization(scene: Scene) -> None:
    """In the order they came; each moves the number by which a process notices."""
    organization, other = furnished(scene), furnished(scene)
    before = grant(scene, organization)
    administer(scene, organization, lambda administration: administration.add_schema("urn:X", SCHEMA, NOW))
    after = grant(scene, organization)
    assert before is not None
    assert after is not None
    assert after.organization.schema_version > before.organization.schema_version
    assert scene.run(scene.database.schemas(organization)) == [SCHEMA]
    assert scene.run(scene.database.schemas(other)) == []


def test_a_schema_is_taken_once(scene: Scene) -> None:
    """Its URN compares without regard to case."""
    organization = scene.organization()
    administer(scene, organization, lambda administration: administration.add_schema("urn:x", SCHEMA, NOW))
    with pytest.raises(ValueError, match="there already"):
        administer(
            scene, organization, lambda administration: administration.add_schema("URN:X", SCHEMA, NOW)
        )
    assert len(scene.run(scene.database.schemas(organization))) == 1


def test_an_administrative_operation_is_all_or_nothing(scene: Scene) -> None:
    """Also its change."""
    organization = scene.organization()

    async def operation(administration: Administration) -> None:
        await administration.add_connection(connection(organization))
        await administration.record(change("c"))
        raise KeyError("no")

    with pytest.raises(KeyError):
        administer(scene, organization, operation)
    assert scene.run(scene.database.connection(organization, "c")) is None
    assert administer(scene, organization, lambda administration: administration.record(change("c"))) == 2
