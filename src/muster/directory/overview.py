"""A connection as somebody looks at it: what it is, how it is, how it is used, and what waits for a decision.

Law: read in one snapshot with as many statements for one connection as for a page of them, and nothing of others.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from muster.directory.connections import missing
from muster.directory.health import Health, Signs, health_of
from muster.directory.ports import Database
from muster.directory.records import Organization
from muster.directory.registers.alerts import Alert
from muster.directory.registers.api_keys import Position
from muster.directory.registers.connections import Used
from muster.directory.registers.credentials import KnownCredential
from muster.directory.registers.hours import KEPT, Hour
from muster.directory.registers.registers import Registers
from muster.directory.registers.requests import Logged


class Overview(NamedTuple):
    """A connection with its organization, its health, its latest hours, its living credentials and its open alerts."""

    organization: Organization
    used: Used
    health: Health
    hours: Sequence[Hour]
    credentials: Sequence[KnownCredential]
    alerts: Sequence[Alert]


async def overview(database: Database, organization: int, id: str, now: int) -> Overview:
    """Return one connection. Raises Missing."""

    async def operation(registers: Registers) -> Overview:
        its, used = await registers.organization.get(), await registers.connections.get(id)
        if its is None or used is None:
            raise missing()
        return await overview_in(registers, its, used, now)

    return await database.consult(organization, operation)


async def overviews(
    database: Database, organization: int, after: Position | None, limit: int, now: int
) -> Sequence[Overview]:
    """Return up to `limit` connections of an organization behind a position, oldest first."""

    async def operation(registers: Registers) -> Sequence[Overview]:
        its = await registers.organization.get()
        if its is None:
            return ()
        found = await registers.connections.list(after, limit)
        if not found:
            return ()
        known = await _Known.read(registers, its, found, now)
        return [known.overview(used, now) for used in found]

    return await database.consult(organization, operation)


async def overview_in(registers: Registers, organization: Organization, used: Used, now: int) -> Overview:
    """Return one connection within a snapshot that is read already."""
    known = await _Known.read(registers, organization, [used], now)
    return known.overview(used, now)


class _Known(NamedTuple):
    """What is known of some connections, by their ids."""

    organization: Organization
    credentials: Mapping[str, list[KnownCredential]]
    hours: Mapping[str, list[Hour]]
    alerts: Mapping[str, list[Alert]]
    shut_out: Mapping[str, Logged]
    holding: frozenset[int]

    @classmethod
    async def read(
        cls, registers: Registers, organization: Organization, of: Sequence[Used], now: int
    ) -> _Known:
        ids = [used.connection.id for used in of]
        credentials: dict[str, list[KnownCredential]] = defaultdict(list)
        for known in await registers.credentials.alive(now, ids):
            credentials[known.credential.connection].append(known)
        hours: dict[str, list[Hour]] = defaultdict(list)
        for hour in await registers.hours.since(now - KEPT, ids):
            hours[hour.connection].append(hour)
        alerts: dict[str, list[Alert]] = defaultdict(list)
        for alert in await registers.alerts.open_of(ids):
            alerts[alert.connection].append(alert)
        refused = await registers.requests.shut_out(ids)
        shut_out = {logged.entry.connection: logged for logged in refused}
        holding = frozenset(await registers.held.among([used.connection.owner for used in of]))
        return cls(organization, credentials, hours, alerts, shut_out, holding)

    def overview(self, used: Used, now: int) -> Overview:
        connection, id = used.connection, used.connection.id
        credentials, hours = self.credentials.get(id, []), self.hours.get(id, [])
        alerts = self.alerts.get(id, [])
        signs = Signs(
            connection.provider,
            connection.state,
            off=self.organization.disabled is not None,
            last_request=used.activity.last_request if used.activity else None,
            hours=hours,
            shut_out=self.shut_out.get(id),
            credentials=credentials,
            alerts=len(alerts),
            held=bool(alerts) and connection.owner in self.holding,
        )
        return Overview(self.organization, used, health_of(signs, now), hours, credentials, alerts)
