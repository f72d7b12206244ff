"""Why a request opened nothing: told to the organization it was meant for, and never to whoever sent it."""

from __future__ import annotations

from muster.directory.ports import Database
from muster.directory.records import Grant, LogEntry, Organization
from muster.directory.registers.registers import Registers
from muster.directory.registers.service_accounts import ServiceAccount

UNTOLD = "key-refused"
"""The code of an answer that does not say what was wrong with a key."""

_UNKNOWN = "key-unknown"


async def placed(database: Database, entry: LogEntry, now: int) -> LogEntry | None:
    """Return the entry of a refused request as its organization may see it; None: there is no such organization.

    Organization, connection and credential are what the request says of itself. A connection that there is not is left
    out; if nothing else leads to the organization, the entry is nobody's.
    """
    grant = await database.grant(entry.organization, entry.credential) if entry.credential else None
    connection = None
    if entry.connection:
        connection = await database.connection(entry.organization, entry.connection)
    if connection is None and (entry.credential is None or not await _is_there(database, entry)):
        return None
    found = connection or (grant.connection if grant else None)
    code = diagnose(entry.code or UNTOLD, grant, now)
    if code == _UNKNOWN and await _is_service_account(database, entry):
        code = "service-account-id"
    return entry._replace(
        connection=found.id if found else "",
        credential=grant.credential.id if grant else None,
        code=code,
    )


async def _is_there(database: Database, entry: LogEntry) -> bool:
    async def operation(registers: Registers) -> Organization | None:
        return await registers.organization.get()

    return await database.consult(entry.organization, operation) is not None


async def _is_service_account(database: Database, entry: LogEntry) -> bool:
    async def operation(registers: Registers) -> ServiceAccount | None:
        return await registers.service_accounts.get(entry.credential or "")

    return await database.consult(entry.organization, operation) is not None


def diagnose(code: str, grant: Grant | None, now: int) -> str:
    """Return the code that says what was wrong with a well-formed key, where the answer did not."""
    if code != UNTOLD:
        return code
    if grant is None:
        return "key-unknown"
    credential = grant.credential
    if credential.revoked is not None:
        return "key-revoked"
    if credential.expires <= now:
        return "key-expired"
    if credential.ends <= now:
        return "key-replaced"
    return diagnose_connection(grant)


def diagnose_connection(grant: Grant) -> str:
    """Return what stands against a key that is good: the state of what it leads to, or else what proves it is wrong."""
    connection, organization = grant.connection, grant.organization
    if connection.deleted is not None or connection.state == "disabled" or organization.disabled is not None:
        return "connection-disabled"
    if connection.state == "paused":
        return "connection-paused"
    return "key-wrong"
