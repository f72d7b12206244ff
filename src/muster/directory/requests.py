"""The request log as it is searched: who asked for what, what it changed, why it was refused and what mends it.

Law: a person is looked for by id and by userName, so that a request that made nobody is found too; an organization sees
its own entries alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final, NamedTuple

from muster.directory.catalogue.catalogue import CATALOGUE
from muster.directory.catalogue.entry import Entry
from muster.directory.connections import missing
from muster.directory.lookup import users_with
from muster.directory.organizations import Missing
from muster.directory.ports import Database
from muster.directory.records import LogEntry
from muster.directory.registers.registers import Registers
from muster.directory.registers.requests import Logged, Moment, Owner, Sought
from muster.scim.value import fold

_LONGEST_SUBJECT: Final = 200
_MOST_PARTS: Final = 1001  # of a bulk request, and the request itself


class Explanation(NamedTuple):
    """Why a request was refused, as the catalogue has it, and what mends it in the IdP that sent it."""

    code: str
    cause: str
    evidence: str
    fix: str
    documentation: str


class Shown(NamedTuple):
    """An entry with its place in the log; `explanation` is None where nothing was refused, or it has no code."""

    at: Moment
    entry: LogEntry
    explanation: Explanation | None


def subject_key(name: str) -> str:
    """Return what the log keeps of a name that a request asked for and that nobody had."""
    return fold(name)[:_LONGEST_SUBJECT].replace("\0", "")


async def search_requests(
    database: Database,
    organization: int,
    sought: Sought,
    before: Moment | None = None,
    limit: int = 50,
    person: str | None = None,
) -> list[Shown]:
    """Return up to `limit` entries before a place, newest first; those about a person where one is named.

    `person` is the id of a user or group, or a userName: then entries are found of each user that has it now, and
    those of requests that named it and touched nobody. Raises Missing: there is no such connection.
    """
    if person is not None:
        found = await users_with(database, organization, "userName", person)
        sought = replace(
            sought, resources=tuple(dict.fromkeys((person, *found))), subject=subject_key(person)
        )

    async def operation(registers: Registers) -> list[Shown]:
        requests = registers.requests
        owners = await requests.owners()
        if not {*sought.connections} <= {owner.connection for owner in owners}:
            raise missing()
        return explained(await requests.search(sought, before, limit), owners)

    return await database.consult(organization, operation)


async def request_entries(database: Database, organization: int, request: str) -> list[Shown]:
    """Return the entries of one request by its id: one, or one for each operation of a bulk too. Raises Missing."""

    async def operation(registers: Registers) -> list[Shown]:
        requests = registers.requests
        return explained(await requests.of_request(request, _MOST_PARTS), await requests.owners())

    found = await database.consult(organization, operation)
    if not found:
        raise Missing(f"There is no request with the id {request[:64]!r} in the log, or not any more.")
    return found


def explain(entry: LogEntry, provider: str) -> Explanation | None:
    """Return what the catalogue says of a refused request, for the IdP that sent it; None where nothing was refused."""
    known = CATALOGUE.get(entry.code) if entry.code else None
    return None if known is None else explanation(known, provider)


def explanation(known: Entry, provider: str) -> Explanation:
    """Return an entry of the catalogue as it is told, with the way to mend it in an IdP."""
    return Explanation(known.code, known.cause, known.evidence, known.fix_for(provider), known.documentation)


def explained(found: Sequence[Logged], owners: Sequence[Owner]) -> list[Shown]:
    """Return entries with what the catalogue says of them."""
    providers: Mapping[str, str] = {owner.connection: owner.provider for owner in owners}
    return [Shown(at, entry, explain(entry, providers.get(entry.connection, ""))) for at, entry in found]
