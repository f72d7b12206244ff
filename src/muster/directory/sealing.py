"""Which secret keys a database needs of whoever works on it.

Law: what a database has sealed is never mixed with what a process without the key would keep readable.
"""

from __future__ import annotations

from muster.directory.failures import StoreError
from muster.directory.ports import Database
from muster.directory.records import Secret
from muster.directory.seal import CURSOR_KEY
from muster.directory.world import World

_CURSOR_KEY_BYTES = 32


async def require_keys(database: Database) -> None:
    """Make sure that the process has every key that secrets are sealed under. Raises StoreError naming the missing."""
    known = database.keyring.ids
    missing = sorted(set(await database.secret_keys()) - set(known))
    if not missing:
        return
    sealed = f"the database has secrets sealed under the secret key {', '.join(missing)}"
    if known:
        raise StoreError(f"{sealed}: add it to MUSTER_SECRET_KEY, behind {known[0]} and a comma")
    raise StoreError(f"{sealed}: set MUSTER_SECRET_KEY to it")


def new_secrets(database: Database, world: World, organization: int) -> list[Secret]:
    """Return the secrets that a new organization begins with; none where nothing is sealed: the store makes its own."""
    if not database.keyring.ids:
        return []
    kept = database.keyring.keep(world.random(_CURSOR_KEY_BYTES), organization, CURSOR_KEY)
    return [Secret(CURSOR_KEY, kept)]
