"""Accounts: the people of an organization as the platform sees them, whichever source they came from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple, get_args

from muster.directory.document import dump
from muster.directory.mapping import Profile
from muster.directory.organizations import Missing, Refused
from muster.directory.ports import Administration, Database
from muster.directory.records import AccountStatus, Change, Operation
from muster.directory.registers.accounts import Account, Wanted
from muster.directory.registers.registers import Registers
from muster.directory.sources import Sources, name_of, schemas_of, sources_of
from muster.directory.world import World
from muster.scim.value import fold

STATUSES: Final[tuple[AccountStatus, ...]] = get_args(AccountStatus)
LONGEST_NAME: Final = 64
LONGEST_WHOLE_NAME: Final = 320
LONGEST_EMAIL: Final = 320
MOST_CANDIDATES: Final = 10
"""How many who may be the same person are told of."""


class Asked(NamedTuple):
    """What a list is narrowed to: `source` is a connection's id or `local`, `user_name` what userName begins with.

    `whole_user_name` is the userName, of which each source has one at most beside those that are gone.
    """

    source: str | None = None
    status: str | None = None
    user_name: str | None = None
    email: str | None = None
    whole_user_name: str | None = None


class Person(NamedTuple):
    """An account with the profile that its source's mapping makes of the user."""

    account: Account
    profile: Profile
    source: str


class RoleName(NamedTuple):
    """A role by id and name."""

    id: str
    name: str


class PersonWithRoles(NamedTuple):
    """A person with their roles, and with those who were called the same, were deleted, and may be the same person."""

    person: Person
    roles: Sequence[RoleName]
    candidates: Sequence[Person]


async def list_accounts(
    database: Database, organization: int, asked: Asked, after: str | None, limit: int
) -> Sequence[Person]:
    """Return up to `limit` accounts behind an id, in the order of ids. Raises Missing: there is no such source."""
    schemas = await schemas_of(database, organization)

    async def operation(registers: Registers) -> Sequence[Person]:
        sources = await sources_of(registers, schemas)
        found = await registers.accounts.list(wanted(sources, asked), after, limit)
        return [person_of(sources, account) for account in found]

    return await database.consult(organization, operation)


def wanted(sources: Sources, asked: Asked) -> Wanted:
    """Return what is asked for in the words of the registers. Raises Missing, Refused."""
    name, email = asked.user_name or "", asked.email or ""
    if len(name) > LONGEST_NAME or len(email) > LONGEST_EMAIL:
        raise Refused(f"Look for at most {LONGEST_NAME} characters of a name, {LONGEST_EMAIL} of an e-mail.")
    owners = sources.named(asked.source)
    whole_name = fold(asked.whole_user_name or "")
    return Wanted(owners, asked.status, fold(name) or None, fold(email) or None, whole_name or None)


async def account_with_roles(database: Database, organization: int, id: str) -> PersonWithRoles:
    """Return an account with the roles that its user has, and who may be its user's earlier ones. Raises Missing."""
    schemas = await schemas_of(database, organization)

    async def operation(registers: Registers) -> PersonWithRoles:
        account = await registers.accounts.get(id)
        if account is None:
            raise unknown_account()
        sources = await sources_of(registers, schemas)
        granted = await registers.accounts.granted(account)
        roles = {one.role: RoleName(one.role, name_of(one.document)) for one in granted}
        candidates = await candidates_of(registers, sources, account)
        return PersonWithRoles(person_of(sources, account), list(roles.values()), candidates)

    return await database.consult(organization, operation)


async def candidates_of(registers: Registers, sources: Sources, account: Account) -> Sequence[Person]:
    """Return who may be the same person as an account's user: of every source, those who were deleted last first."""
    found = await registers.accounts.candidates(account, sources.owners, MOST_CANDIDATES)
    return [person_of(sources, one) for one in found]


async def account_of_user(database: Database, organization: int, user: str) -> Person | None:
    """Return the account of a user, one that is gone included, or None."""
    schemas = await schemas_of(database, organization)

    async def operation(registers: Registers) -> Person | None:
        account = await registers.accounts.of_user(user)
        return None if account is None else person_of(await sources_of(registers, schemas), account)

    return await database.consult(organization, operation)


async def revoke_account(database: Database, world: World, organization: int, id: str) -> None:
    """End everything that was issued to the account until now, whatever its status. Raises Missing."""
    actor = world.actor()

    async def operation(administration: Administration) -> None:
        now = world.clock()  # here, so that what is issued while this waits for its turn is not left out
        if not await administration.registers.accounts.revoke(id, now):
            raise unknown_account()
        after = dump({"revoked_before": now})
        await administration.record(Change(now, actor, Operation.REVOKE, "Account", id, None, None, after))

    await database.administer(organization, operation)


def unknown_account() -> Missing:
    """Return the one answer for an account that is not here, or is another organization's."""
    return Missing("There is no account with this id.")


def person_of(sources: Sources, account: Account) -> Person:
    """Return an account with its profile."""
    return Person(account, sources.profile(account.owner, account.document), sources.name(account.owner))
