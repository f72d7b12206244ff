"""From a credential to what it opens: the only way to data.

Law: a refusal never says what was wrong with the credential. What was read is kept only as long as the database says
that nothing was committed since, so that a revocation by any process is seen by the next request.
"""

from __future__ import annotations

import hmac
from functools import partial

import orjson

from muster.directory.access import Access
from muster.directory.cursors import Cursors
from muster.directory.identifiers import key_hash, key_id, organization_of
from muster.directory.ports import Clock, Database
from muster.directory.records import Grant, Scope
from muster.directory.seal import CURSOR_KEY
from muster.scim.catalog import builtin, with_extensions
from muster.scim.dialect import DEFAULT, STRICT
from muster.scim.schema import SchemaSet

_MOST_KEPT = 10_000
_NO_HASH = bytes(32)


class Authenticator:
    """Turns API keys into `Access`; keeps what it read for as long as it is certainly true."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._generation = -1
        self._known: dict[bytes, Access] = {}
        self._schemas: dict[tuple[int, int], SchemaSet] = {}

    async def access(self, api_key: str) -> Access | None:
        """Return what the API key opens now, or None: unknown, wrong, expired and revoked look alike."""
        generation = self._database.generation()
        if generation != self._generation:
            self._known.clear()
            self._generation = generation
        digest = key_hash(api_key)
        access = self._known.get(digest)
        if access is None:
            access = await self._read(api_key, digest)
        if access is None or access.expires <= self._clock():
            return None
        return access

    async def _read(self, api_key: str, digest: bytes) -> Access | None:
        id = key_id(api_key)
        organization = organization_of(id) if id else None
        if id is None or organization is None:
            return None
        grant = await self._database.grant(organization, id)
        # Compared also when there is nothing to compare with: an unknown id takes as long as a wrong secret.
        same = hmac.compare_digest(grant.credential.hash if grant else _NO_HASH, digest)
        if grant is None or not same or grant.credential.revoked is not None:
            return None
        access = await self._open(grant)
        if len(self._known) >= _MOST_KEPT:
            self._known.clear()
        self._known[digest] = access
        return access

    async def _open(self, grant: Grant) -> Access:
        connection = grant.connection
        scope = Scope(connection.organization, connection.owner)
        return Access(
            connection=connection,
            credential=grant.credential.id,
            expires=grant.credential.expires,
            schemas=await self._schema_set(
                grant.organization.organization, grant.organization.schema_version
            ),
            dialect=STRICT if connection.strict else DEFAULT,
            store=self._database.store(scope, nested=grant.organization.nested),
            cursors=Cursors(
                partial(self._database.keyring.open, grant.cursor_key, connection.organization, CURSOR_KEY)
            ),
        )

    async def _schema_set(self, organization: int, version: int) -> SchemaSet:
        if not version:
            return builtin()
        known = self._schemas.get((organization, version))
        if known is None:
            known = with_extensions(builtin(), await custom_schemas(self._database, organization))
            self._schemas = {k: v for k, v in self._schemas.items() if k[0] != organization}
            self._schemas[organization, version] = known
        return known


async def custom_schemas(database: Database, organization: int) -> list[dict[str, object]]:
    """Return the custom schema documents of an organization, oldest first."""
    return [orjson.loads(document) for document in await database.schemas(organization)]
