"""Credentials of a connection: issued, rotated, revoked. A revoked one is dead when the revoking command returns.

Law: what proves a credential is in the result of what made it, and nowhere else. A rotation with an overlap leaves two
live ones; the old one's end is written down with it, so that nothing has to run for it to be dead then.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal, NamedTuple

from muster.directory.document import dump
from muster.directory.identifiers import (
    SCIM_KEY,
    SERVICE_ACCOUNT,
    NewKey,
    NewPair,
    new_key,
    new_pair,
    organization_of,
)
from muster.directory.lifetime import LIFE, LONGEST, OVERLAP
from muster.directory.organizations import Conflict, Missing
from muster.directory.ports import Administration, Database
from muster.directory.records import Actor, Change, Connection, Credential, Operation
from muster.directory.registers.api_keys import Position
from muster.directory.registers.credentials import KnownCredential, Of
from muster.directory.world import World
from muster.scim.value import moment

LONGEST_LIFE = LONGEST
"""Microseconds; the schema holds the same bound (design law 7)."""

Status = Literal["live", "replaced", "expired", "revoked"]

_RESOURCE: Final = "Credential"


class Successor(NamedTuple):
    """The credential that took another's place, what proves it, and from when on the old one is dead."""

    credential: Credential
    made: NewKey | NewPair
    old_ends: int


def status(credential: Credential, now: int) -> Status:
    """Return what has become of a credential; one that was replaced still opens, and has expired after its overlap."""
    if credential.revoked is not None:
        return "revoked"
    if credential.ends <= now:
        return "expired"
    return "live" if credential.overlap is None else "replaced"


def prefix_of(credential: Credential) -> str:
    """Return what can be read of a credential's proof before its secret: an API key has its id in it."""
    return SERVICE_ACCOUNT if credential.service_account else f"{SCIM_KEY}{credential.id}_"


async def issue(
    administration: Administration,
    actor: Actor,
    connection: Connection,
    key: NewKey | NewPair,
    now: int,
    *,
    life: int = LONGEST_LIFE,
    service_account: str | None = None,
) -> Credential:
    """Store a new credential of a connection with its change; for use inside an operation. Raises Refused: its life.

    It is an API key, or with `service_account` a key of that one; `life` is in microseconds.
    """
    LIFE.check(life)
    credential = Credential(
        connection.organization,
        key.id,
        connection.id,
        key.hash,
        key.last_four,
        now,
        now + life,
        None,
        "api_key" if service_account is None else "service_account_key",
        service_account,
        actor.credential or "command line",
    )
    await administration.add_credential(credential)
    after = dump({"connection": connection.id, "kind": credential.kind, "expires": credential.expires})
    await administration.record(Change(now, actor, Operation.CREATE, _RESOURCE, key.id, 1, None, after))
    return credential


async def create_credential(
    database: Database, world: World, connection: Connection, life: int = LONGEST_LIFE
) -> tuple[Credential, NewKey]:
    """Create one more API key of a connection. Raises Refused: its life; Missing: the connection is gone."""
    key = new_key(connection.organization, world.random)
    now, actor = world.clock(), world.actor()

    async def operation(administration: Administration) -> Credential:
        found = await connection_in(administration, connection.id)
        return await issue(administration, actor, found, key, now, life=life)

    return await database.administer(connection.organization, operation), key


async def rotate_credential(
    database: Database, world: World, organization: int, id: str, overlap: int | None = None
) -> Successor:
    """Replace a credential by a new one of the same kind and length of life, in one transaction.

    The old one is dead at once, or `overlap` microseconds later. Raises Missing; Conflict: it is dead or replaced
    already; Refused: the overlap.
    """
    now, actor = world.clock(), world.actor()
    if overlap is not None:
        OVERLAP.check(overlap)

    async def operation(administration: Administration) -> Successor:
        old = await _held(administration, id)
        _check_replaceable(old, now, overlap)
        connection = await connection_in(administration, old.connection)
        make = new_key if old.service_account is None else new_pair
        made = make(organization, world.random)
        ends = await _replace(administration, actor, old, made.id, now, overlap)
        life, account = old.expires - old.created, old.service_account
        new = await issue(administration, actor, connection, made, now, life=life, service_account=account)
        return Successor(new, made, ends)

    return await database.administer(organization, operation)


async def revoke_credential(database: Database, world: World, organization: int, id: str) -> None:
    """Revoke a credential, one that was replaced too. Raises Missing; Conflict: it is revoked already."""
    now, actor = world.clock(), world.actor()

    async def operation(administration: Administration) -> None:
        _check_not_revoked(await _held(administration, id))
        await administration.revoke_credential(id, now)
        after = dump({"revoked": now})
        await administration.record(Change(now, actor, Operation.REVOKE, _RESOURCE, id, 2, None, after))

    await database.administer(organization, operation)


async def credential_by_id(database: Database, organization: int, id: str) -> KnownCredential:
    """Return a credential with its last use. Raises Missing."""
    found = await database.consult(organization, lambda registers: registers.credentials.get(id))
    if found is None:
        raise _unknown()
    return found


async def list_credentials(
    database: Database, organization: int, of: Of, after: Position | None, limit: int
) -> Sequence[KnownCredential]:
    """Return up to `limit` credentials behind a position, oldest first, the dead ones too."""
    return await database.consult(
        organization, lambda registers: registers.credentials.list(of, after, limit)
    )


async def connection_in(administration: Administration, id: str) -> Connection:
    """Return a connection within a transaction of its organization. Raises Missing: there is none, or not any more."""
    return _there(await administration.connection(id))


async def connection_of(database: Database, organization: int, id: str) -> Connection:
    """Return a connection of an organization. Raises Missing: there is none, or not any more."""
    known = organization_of(id) == organization
    return _there(await database.connection(organization, id) if known else None)


def _there(found: Connection | None) -> Connection:
    if found is None or found.deleted is not None:
        raise Missing("There is no connection with this id; `muster connection list` shows them.")
    return found


async def _held(administration: Administration, id: str) -> Credential:
    """Return a credential that nobody else can change or multiply before the transaction ends. Raises Missing."""
    known = await administration.registers.credentials.get(id)
    if known is not None and known.credential.service_account is not None:
        # First, as whoever deletes it does: no key of it may come to be while all of them are revoked.
        await administration.registers.service_accounts.hold(known.credential.service_account)
    credential = await administration.credential(id)
    if credential is None:
        raise _unknown()
    return credential


def _check_replaceable(old: Credential, now: int, overlap: int | None) -> None:
    _check_not_revoked(old)
    if old.overlap is not None:
        raise Conflict(
            f"This credential is replaced already, and ends {moment(old.ends)}; rotate the new one,"
            " or revoke this one to end it now."
        )
    if overlap is not None and old.expires <= now:
        raise Conflict("This credential has expired, nothing is left to overlap; rotate it at once.")


def _check_not_revoked(credential: Credential) -> None:
    if credential.revoked is not None:
        raise Conflict("This credential is revoked already.")


async def _replace(
    administration: Administration, actor: Actor, old: Credential, by: str, now: int, overlap: int | None
) -> int:
    """Write down that another one has taken a credential's place; return from when on the old one is dead."""
    ends = now if overlap is None else min(now + overlap, old.expires)
    if overlap is None:
        await administration.revoke_credential(old.id, now)
    else:
        await administration.registers.credentials.replace(old.id, ends)
    after = dump({"replaced_by": by, "ends": ends})
    await administration.record(Change(now, actor, Operation.ROTATE, _RESOURCE, old.id, 2, None, after))
    return ends


def _unknown() -> Missing:
    return Missing("There is no credential with this id; `muster credential list` shows a connection's.")
