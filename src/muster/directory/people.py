"""People and roles as pages show them: each page is one read, so that what it shows belongs together."""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import orjson

from muster.directory.accounts import (
    Asked,
    Person,
    candidates_of,
    person_of,
    unknown_account,
    wanted,
)
from muster.directory.lookup import users_with
from muster.directory.ports import Database
from muster.directory.records import Connection
from muster.directory.registers.accounts import Account, NamePlace
from muster.directory.registers.changes import Numbered
from muster.directory.registers.registers import Registers
from muster.directory.registers.requests import Sought
from muster.directory.registers.roles import MembersNamed, Place, Role, RoleMember
from muster.directory.requests import Shown, explained
from muster.directory.roles import SourcedRole, role_of
from muster.directory.sources import schemas_of, sources_of
from muster.directory.standing import Standing, standing_in
from muster.scim.value import fold

AMONG: Final = 5000
"""How many people, in the order of their userNames, a page looks at that shows those alone who are in a role, or so."""


class People(NamedTuple):
    """Some people of an organization, and its connections, those that are deleted too.

    `following` is what the next of them come behind: a place among names, or an account's id. None: there are no more.
    """

    people: Sequence[Person]
    connections: Sequence[Connection]
    following: NamePlace | str | None = None


class Biography(NamedTuple):
    """What is known of a person: who, with which roles and why, what changed, and what was asked for.

    `connection` is None for a local person, `attributes` None for one that is gone. `changes` and `requests` begin with
    the latest. `alert` is the one that holds the account, `candidates` are those who may be the same person.
    """

    person: Person
    connection: Connection | None
    attributes: dict[str, Any] | None
    standing: Standing
    changes: Sequence[Numbered]
    requests: Sequence[Shown]
    alert: str | None
    candidates: Sequence[Person]


class RoleWithMembers(NamedTuple):
    """A role, its connection (None: it is local), and some of its direct members.

    `following` is the place that the next of them come behind; None: there are no more.
    """

    role: SourcedRole
    connection: Connection | None
    members: Sequence[RoleMember]
    following: str | None


class RoleList(NamedTuple):
    """Some roles of an organization, and its connections, those that are deleted too."""

    roles: Sequence[SourcedRole]
    connections: Sequence[Connection]


async def list_people(
    database: Database, organization: int, asked: Asked, after: NamePlace | None, limit: int
) -> People:
    """Return up to `limit` people behind a place, in the order of userNames. Raises Missing, Refused.

    Those who are gone are among them only if a name is asked for. With a status, the next `AMONG` are looked at.
    """
    schemas = await schemas_of(database, organization)

    async def operation(registers: Registers) -> People:
        sources = await sources_of(registers, schemas)
        sought = wanted(sources, asked)
        among = max(limit + 1, AMONG // max(1, len(sought.owners))) if asked.status else limit + 1
        found, last = await registers.accounts.by_name(sought, after, limit + 1, among)
        people = [person_of(sources, account) for account, _ in found[:limit]]
        following = found[limit - 1][1] if len(found) > limit else last
        return People(people, [*sources.connections.values()], following)

    return await database.consult(organization, operation)


async def list_people_by_id(
    database: Database, organization: int, asked: Asked, after: str | None, limit: int
) -> People:
    """Return up to `limit` people behind an account's id, in the order of those, who is gone too.

    Raises Missing, Refused.
    """
    schemas = await schemas_of(database, organization)

    async def operation(registers: Registers) -> People:
        sources = await sources_of(registers, schemas)
        found = await registers.accounts.list(wanted(sources, asked), after, limit + 1)
        people = [person_of(sources, account) for account in found[:limit]]
        following = found[limit - 1].id if len(found) > limit else None
        return People(people, [*sources.connections.values()], following)

    return await database.consult(organization, operation)


async def people_with_id(database: Database, organization: int, id: str) -> People:
    """Return who has this as the id of the user or of the account, or as externalId in some source."""
    schemas = await schemas_of(database, organization)
    users = await users_with(database, organization, "externalId", id)

    async def operation(registers: Registers) -> People:
        sources, accounts = await sources_of(registers, schemas), registers.accounts
        asked = [await accounts.get(id), *[await accounts.of_user(user) for user in (id, *users)]]
        found = {one.id: one for one in asked if one is not None}
        people = [person_of(sources, one) for one in found.values()]
        return People(people, [*sources.connections.values()])

    return await database.consult(organization, operation)


async def biography(
    database: Database, organization: int, user: str, now: int, before: int | None, limit: int
) -> Biography:
    """Return what is known of a person by the user's id, with up to `limit` changes before a number. Raises Missing."""
    schemas = await schemas_of(database, organization)

    async def operation(registers: Registers) -> Biography:
        sources = await sources_of(registers, schemas)
        account = await registers.accounts.of_user(user)
        if account is None:
            raise unknown_account()
        requests = registers.requests
        logged = await requests.search(Sought(resources=(user,)), None, limit)
        return Biography(
            person_of(sources, account),
            sources.connections.get(account.owner),
            _attributes(account),
            await standing_in(registers.accounts, account, None, now),
            await _changes(registers, account, before, limit),
            explained(logged, await requests.owners()),
            await registers.held.alert_of(user),
            await candidates_of(registers, sources, account),
        )

    return await database.consult(organization, operation)


async def list_named_roles(
    database: Database,
    organization: int,
    source: str | None,
    name: str | None,
    after: Place | None,
    limit: int,
) -> RoleList:
    """Return up to `limit` roles behind one of them whose names begin so, in the order of names.

    Raises Missing: there is no such source.
    """
    schemas = await schemas_of(database, organization)

    async def operation(registers: Registers) -> RoleList:
        sources = await sources_of(registers, schemas)
        found = await registers.roles.named(sources.named(source), fold(name or ""), after, limit)
        roles = [SourcedRole(role, sources.name(role.owner)) for role in found]
        return RoleList(roles, [*sources.connections.values()])

    return await database.consult(organization, operation)


async def role_with_members(
    database: Database, organization: int, id: str, name: str | None, after: str | None, limit: int
) -> RoleWithMembers:
    """Return a role with up to `limit` members behind a place; with a name, the people whose userName begins so.

    Each time, the next `AMONG` people called so are looked at. Raises Missing.
    """
    schemas = await schemas_of(database, organization)

    async def operation(registers: Registers) -> RoleWithMembers:
        sources = await sources_of(registers, schemas)
        found = await role_of(registers, sources, id)
        members, last = await _members(registers, found.role, name, after, limit + 1)
        following = members[limit - 1].place if len(members) > limit else last
        return RoleWithMembers(found, sources.connections.get(found.role.owner), members[:limit], following)

    return await database.consult(organization, operation)


async def _members(
    registers: Registers, role: Role, name: str | None, after: str | None, limit: int
) -> MembersNamed:
    """Return some members; those without a name are all looked at."""
    if name:
        return await registers.roles.members_named(role, fold(name), after, limit, AMONG)
    return MembersNamed(await registers.roles.members(role, after, limit), None)


def _attributes(account: Account) -> dict[str, Any] | None:
    if account.document is None or account.deleted is not None:
        return None
    found: dict[str, Any] = orjson.loads(account.document)
    return found


async def _changes(
    registers: Registers, account: Account, before: int | None, limit: int
) -> Sequence[Numbered]:
    """Return the changes of a user and of its account together, the latest first."""
    found = [
        *await registers.changes.before(before, account.user, limit),
        *await registers.changes.before(before, account.id, limit),
    ]
    return heapq.nlargest(limit, found, key=lambda one: one.sequence)
