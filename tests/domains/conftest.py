"""A database of each store, a DNS server of its own, and a clock that a test turns."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import pytest

from muster.bootstrap import open_database, request_ids
from muster.directory.domains import claim_domain, domain_named, verify_domain
from muster.directory.organizations import create_organization
from muster.directory.ownership import record_name, record_value
from muster.directory.ports import Database
from muster.directory.registers.domains import Domain
from muster.directory.world import World
from muster.dns.resolver import DnsResolver
from muster.settings import Settings
from tests.harness.inside import rows
from tests.harness.name_server import NameServer
from tests.harness.postgres import Cluster
from tests.harness.server import Place, url_of
from tests.store.consistency import violations
from tests.store.postgres.agreement import disagreements
from tests.store.postgres.copying import as_superuser

T = TypeVar("T")

HOUR = 3600 * 1_000_000
DAY = 24 * HOUR


@dataclass
class Realm:
    """Everything that a test of domains is about."""

    place: Place
    names: NameServer
    runner: asyncio.Runner
    now: int = 1_800_000_000_000_000
    opened: list[Database] = field(default_factory=list)

    @property
    def database(self) -> Database:
        """The database."""
        return self.opened[0]

    @property
    def world(self) -> World:
        """The outside: the test's clock, its DNS server."""
        resolver = DnsResolver([self.names.address], patience=0.2)
        return World(lambda: self.now, secrets.token_bytes, request_ids(), resolver=resolver)

    def run(self, work: Awaitable[T]) -> T:
        """Run something on the event loop."""

        async def awaited() -> T:
            return await work

        return self.runner.run(awaited())

    def open(self) -> Database:
        """Open the database once more, as another process does."""
        settings = Settings(database=url_of(self.place))
        opened = self.run(open_database(settings, serving=not self.opened and not settings.on_postgres))
        self.opened.append(opened)
        return opened

    def organization(self, name: str) -> int:
        """A new organization."""
        return self.run(create_organization(self.database, self.world, name)).organization

    def claim(self, organization: int, name: str = "example.com", *, proven: bool = True) -> Domain:
        """Claim a domain, and set the record that proves it."""
        domain = self.run(claim_domain(self.database, self.world, organization, name))
        if proven:
            self.names.texts.setdefault(record_name(domain), []).append((record_value(domain),))
        return domain

    def verified(self, organization: int, name: str = "example.com") -> Domain:
        """Claim a domain and verify it."""
        self.claim(organization, name)
        return self.verify(organization, name)

    def verify(self, organization: int, name: str = "example.com") -> Domain:
        """Verify a domain."""
        return self.run(verify_domain(self.database, self.world, organization, name))

    def domain(self, organization: int, name: str = "example.com") -> Domain:
        """The domain as it is kept."""
        return self.run(domain_named(self.database, organization, name))

    def changes(self, organization: int) -> list[tuple[str, str, bytes | None, bytes | None]]:
        """What the changes tell of domains, in their order."""
        sql = (
            "SELECT operation, resource, before, after FROM changes"
            " WHERE organization = ? AND resource_type = 'Domain' ORDER BY sequence"
        )
        return [(row[0], row[1], row[2], row[3]) for row in rows(self.place, sql, organization)]

    def owners(self) -> dict[str, int]:
        """Which organization has which name."""
        return dict(rows(self.place, "SELECT name, organization FROM domain_owners"))


@pytest.fixture(params=["sqlite", "postgres"])
def realm(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Realm]:
    """The realm on each store; whatever a test did to it, no table says half of what another one says."""
    place: Place = tmp_path / "muster.db"
    behind = ""
    if request.param == "postgres":
        cluster: Cluster = request.getfixturevalue("cluster")
        place = cluster.empty_store()
        behind = as_superuser(cluster, place)
    with asyncio.Runner() as runner, NameServer() as names:
        made = Realm(place, names, runner)
        made.open()
        yield made
        for opened in made.opened:
            made.run(opened.close())
    assert (violations(place) if isinstance(place, Path) else disagreements(behind)) == []
