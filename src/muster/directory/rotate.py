"""Rotating the secret key: everything that must be readable again is sealed under the first one, while servers run.

Law: one transaction and one change row for each organization that had something to seal, so that a rotation that was
interrupted is finished by the next; a key is called needless only when no secret is sealed under it any more.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from muster.directory.document import dump
from muster.directory.identifiers import routing_part
from muster.directory.organizations import Refused
from muster.directory.ports import Administration, Database
from muster.directory.records import Change, Operation, Organization, Secret
from muster.directory.seal import Keyring, NotOpened, UnknownKey, key_of
from muster.directory.sealing import require_keys
from muster.directory.world import World

_ROUNDS: Final = 3


class Rotated(NamedTuple):
    """What a rotation did: the id of the key that seals now, how many organizations there are, secrets sealed anew."""

    key: str
    organizations: int
    secrets: int


async def rotate_secret_key(database: Database, world: World) -> Rotated:
    """Seal every secret under the first key that is not. Raises Refused and StoreError; what was sealed stays so."""
    if not database.keyring.ids:
        raise Refused(
            "There is no key to seal with: set MUSTER_SECRET_KEY (`muster secret-key create` makes one)."
        )
    await require_keys(database)
    key, secrets = database.keyring.ids[0], 0
    for _ in range(_ROUNDS):
        organizations = await database.organizations()
        for organization in organizations:
            secrets += await _seal(database, world, organization)
        others = sorted(set(await database.settle_secret_keys()) - {key})
        if not others:
            return Rotated(key, len(organizations), secrets)
    raise Refused(
        f"Another process goes on sealing under {', '.join(others)}: put {key} first there, and try again."
    )


async def _seal(database: Database, world: World, organization: Organization) -> int:
    """Seal the secrets of one organization; return how many were not sealed under the first key. Raises Refused."""
    now, actor, number = world.clock(), world.actor(), organization.organization
    key = database.keyring.ids[0]

    async def operation(administration: Administration) -> int:
        others = [secret for secret in await administration.secrets() if key_of(secret.kept) != key]
        for secret in others:
            await administration.keep_secret(_anew(database.keyring, number, secret))
        if others:
            after = dump({"secret_key": key, "secrets": len(others)})
            await administration.record(
                Change(now, actor, Operation.ROTATE, "Organization", routing_part(number), None, None, after)
            )
        return len(others)

    try:
        return await database.administer(number, operation)
    except (NotOpened, UnknownKey) as error:
        raise Refused(f"The organization {organization.name!r}: {error}.") from None


def _anew(keyring: Keyring, organization: int, secret: Secret) -> Secret:
    opened = keyring.open(secret.kept, organization, secret.purpose)
    return Secret(secret.purpose, keyring.keep(opened, organization, secret.purpose))
