"""Organizations, and what is settled for all of one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import orjson

from muster.directory.document import difference, dump
from muster.directory.identifiers import new_organization, routing_part
from muster.directory.ports import Administration, Database
from muster.directory.records import Change, Operation, Organization
from muster.directory.sealing import new_secrets, require_keys
from muster.directory.world import World

_LONGEST_NAME = 200
LONGEST_LOG: Final = 3650  # days
MOST_REDACTED: Final = 100
ATTRIBUTE: Final = "[A-Za-z][A-Za-z0-9_.:$-]{0,199}"
"""What the name of an attribute looks like that the request log leaves out, its parts by dots."""

PERMISSION: Final = "[a-z0-9][a-z0-9._:-]{0,99}"
"""What the name of a permission looks like."""

NOBODY: Final = ""
"""In the place of a permission: nobody is taken for an administrator."""


class Refused(Exception):
    """An administrative request that cannot be carried out; the message says what to do, `code` is of the catalogue."""

    code: str = "refused"

    def __init__(self, message: str, *, code: str | None = None) -> None:
        super().__init__(message)
        if code is not None:
            self.code = code


class Missing(Refused):
    """There is no such thing here, or it is another organization's: nobody is told which."""

    code = "not_found"


class Conflict(Refused):
    """What is asked for does not go together with what is there already."""

    code = "conflict"


@dataclass(frozen=True, slots=True)
class Settling:
    """What is to be settled anew for an organization; None leaves it as it is.

    `name` is another one, which no organization has.
    `administrators` is the permission that its administrators have, or `NOBODY`.
    """

    disabled: bool | None = None
    enforced: bool | None = None
    log_days: int | None = None
    redacted: Sequence[str] | None = None
    administrators: str | None = None
    name: str | None = None


async def create_organization(database: Database, world: World, name: str) -> Organization:
    """Create an organization. Raises Refused: the name is empty, too long or taken; StoreError: a key is missing."""
    name = _named(name)
    await require_keys(database)
    now = world.clock()
    organization = Organization(new_organization(world.random), name, now, 0, nested=False)
    after = dump({"name": name})
    actor = world.actor()
    change = Change(
        now, actor, Operation.CREATE, "Organization", routing_part(organization.organization), 1, None, after
    )
    secrets = new_secrets(database, world, organization.organization)
    try:
        await database.add_organization(organization, change, secrets)
    except ValueError:
        raise _taken(name) from None
    return organization


def _named(name: str) -> str:
    """Return the name of an organization as it is kept. Raises Refused."""
    name = name.strip()
    if not name or len(name) > _LONGEST_NAME or not name.isprintable():
        raise Refused(f"An organization's name has 1 to {_LONGEST_NAME} printable characters.")
    return name


def _taken(name: str) -> Conflict:
    return Conflict(f"There is an organization called {name!r} already.")


async def organization_named(database: Database, name: str) -> Organization:
    """Return the organization with that name. Raises Refused."""
    found = await database.organization_named(name.strip())
    if found is None:
        raise Missing(
            f"There is no organization called {name!r}; create it with `muster organization create`."
        )
    return found


async def organization_numbered(database: Database, number: int) -> Organization:
    """Return the organization with that number. Raises Missing."""
    found = await database.consult(number, lambda registers: registers.organization.get())
    if found is None:
        raise Missing(f"There is no organization with the id {routing_part(number)!r}.")
    return found


async def settle_organization(
    database: Database, world: World, number: int, settling: Settling
) -> Organization:
    """Change what is settled for an organization, and return it as it is then.

    Raises Missing, Refused; Conflict: another one has the name.
    """
    _check(settling)
    now, actor = world.clock(), world.actor()

    async def operation(administration: Administration) -> Organization:
        found = await administration.registers.organization.hold()
        if found is None:
            raise Missing(f"There is no organization with the id {routing_part(number)!r}.")
        settled = _settled(found, settling, now)
        if settled != found:
            before, after = difference(_settings(found), _settings(settled))
            await administration.registers.organization.settle(settled)
            if settled.name != found.name:
                await _rename(administration, settled.name)
            id = routing_part(number)
            await administration.record(
                Change(now, actor, Operation.MODIFY, "Organization", id, None, dump(before), dump(after))
            )
        return settled

    return await database.administer(number, operation)


async def _rename(administration: Administration, name: str) -> None:
    try:
        await administration.rename(name)
    except ValueError:
        raise _taken(name) from None


def _check(settling: Settling) -> None:
    if settling.log_days is not None and not 1 <= settling.log_days <= LONGEST_LOG:
        raise Refused(f"The request log is kept from 1 to {LONGEST_LOG} days.")
    names = settling.redacted or ()
    if len(names) > MOST_REDACTED or not all(re.fullmatch(ATTRIBUTE, name) for name in names):
        raise Refused(
            f"What the log leaves out are up to {MOST_REDACTED} attributes, such as `emails.value`."
        )
    if settling.administrators and not re.fullmatch(PERMISSION, settling.administrators):
        raise Refused(
            "A permission is up to 100 small letters, digits, dots, colons, - and _, such as `billing.read`."
        )


def _settled(found: Organization, settling: Settling, now: int) -> Organization:
    """Return the organization with what is settled anew; one that is disabled stays so from its first time."""
    disabled = found.disabled
    if settling.disabled is not None:
        disabled = (disabled or now) if settling.disabled else None
    administrators = found.administrators
    if settling.administrators is not None:
        administrators = settling.administrators or None
    return replace(
        found,
        disabled=disabled,
        enforced=found.enforced if settling.enforced is None else settling.enforced,
        log_days=found.log_days if settling.log_days is None else settling.log_days,
        redacted=found.redacted if settling.redacted is None else dump(settling.redacted).decode(),
        administrators=administrators,
        name=found.name if settling.name is None else _named(settling.name),
    )


def _settings(organization: Organization) -> dict[str, Any]:
    return {
        "name": organization.name,
        "disabled": organization.disabled,
        "enforced": organization.enforced,
        "log_days": organization.log_days,
        "redacted": orjson.loads(organization.redacted),
        "administrators": organization.administrators,
    }
