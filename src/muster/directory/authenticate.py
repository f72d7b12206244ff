"""From a credential to what it opens: the only way to data.

Law: a refusal never says what was wrong with the credential. What was read is kept, but an access counts only once its
store has found that it still holds, so that a revocation by any process is seen by the next request.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping
from functools import partial
from typing import Final, NamedTuple

import orjson

from muster.directory.access import Access
from muster.directory.cursors import Cursors
from muster.directory.identifiers import key_hash, key_id, organization_of, pair_id
from muster.directory.ports import Clock, Database, Store
from muster.directory.records import LOCAL_OWNER, CredentialKind, Grant, Scope
from muster.directory.seal import CURSOR_KEY
from muster.directory.switches import Switches, switches_of
from muster.scim.catalog import builtin, with_extensions
from muster.scim.dialect import DEFAULT, STRICT, Dialect
from muster.scim.schema import SchemaSet

_MOST_KEPT = 10_000
_NO_HASH = bytes(32)
_ID_IN: Final[Mapping[str, Callable[[str], str | None]]] = {
    "api_key": key_id,
    "service_account_key": pair_id,
}


class _Known(NamedTuple):
    """What a credential opens, as far as it is the same for each request."""

    grant: Grant
    switches: Switches
    schemas: SchemaSet
    dialect: Dialect
    cursors: Cursors
    hidden: frozenset[str]


class Authenticator:
    """Turns what proves a credential into `Access`; keeps what it read for as long as it is certainly true."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._generation = -1
        self._known: dict[bytes, _Known] = {}
        self._schemas: dict[tuple[int, int], SchemaSet] = {}

    async def access(
        self, proof: str, kind: CredentialKind = "api_key", *, anew: bool = False
    ) -> Access | None:
        """Return what a proof opens, or None: whatever is wrong with it looks alike.

        The proof is an API key, or `key id:secret` of a service account. It is not certain before the access' store has
        confirmed it; `anew`: what is known of it does not count.
        """
        generation = self._database.generation()
        if generation != self._generation:
            self._known.clear()
            self._generation = generation
        digest = key_hash(proof)
        if anew:
            self._known.pop(digest, None)
        known = self._known.get(digest)
        if known is None:
            known = await self._read(proof, kind, digest)
        if known is None or known.grant.credential.kind != kind:
            return None
        return None if known.grant.credential.ends <= self._clock() else self._open(known)

    async def _read(self, proof: str, kind: CredentialKind, digest: bytes) -> _Known | None:
        id = _ID_IN[kind](proof)
        organization = organization_of(id) if id else None
        if id is None or organization is None:
            return None
        grant = await self._database.grant(organization, id)
        # Compared also when there is nothing to compare with: an unknown id takes as long as a wrong secret.
        same = hmac.compare_digest(grant.credential.hash if grant else _NO_HASH, digest)
        if grant is None or not same or grant.credential.revoked is not None:
            return None
        if grant.connection.deleted is not None:
            return None
        known = await self._understood(grant)
        if len(self._known) >= _MOST_KEPT:
            self._known.clear()
        self._known[digest] = known
        return known

    async def _understood(self, grant: Grant) -> _Known:
        organization, connection = grant.organization, grant.connection
        switches = switches_of(connection.provider, connection.switches)
        schemas = await self._schema_set(organization.organization, organization.schema_version)
        opening = partial(
            self._database.keyring.open, grant.cursor_key, organization.organization, CURSOR_KEY
        )
        if not switches.group_management:
            schemas = schemas.without_groups()
        hidden = frozenset(name.lower() for name in orjson.loads(organization.redacted))
        dialect = STRICT if connection.strict else DEFAULT
        return _Known(grant, switches, schemas, dialect, Cursors(opening), hidden)

    def _open(self, known: _Known) -> Access:
        grant = known.grant
        return Access(
            grant.organization,
            grant.connection,
            grant.credential.id,
            known.schemas,
            known.dialect,
            self._database.open(grant),
            known.cursors,
            known.hidden,
            known.switches,
            self._local(grant) if known.switches.adopt else None,
        )

    def _local(self, grant: Grant) -> Store:
        organization = grant.organization
        return self._database.store(Scope(organization.organization, LOCAL_OWNER), nested=organization.nested)

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
