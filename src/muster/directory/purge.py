"""Purging a person for good: what was said of them goes, that there was somebody and what was done stays.

Law: after it no document, no comparison key, no before and after of a change and no body in the request log has
anything of the person; sequence numbers, actors, times and ids stay as they were, so that nobody who follows the
changes loses their place.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

import orjson

from muster.directory.accounts import account_of_user
from muster.directory.local_users import delete_local_user
from muster.directory.organizations import Conflict, Missing
from muster.directory.ports import Administration, Database
from muster.directory.records import Change, Operation
from muster.directory.registers.accounts import Account
from muster.directory.registers.purging import Remains
from muster.directory.requests import subject_key
from muster.directory.sources import LOCAL
from muster.directory.world import World


async def purge(database: Database, world: World, organization: int, user: str) -> None:
    """Erase a user who was deleted, or a local one, for good.

    Raises Missing: there never was one, or it is purged already; Conflict: an IdP still has the user, or the account
    is held.
    """
    found = await account_of_user(database, organization, user)
    if found is None or found.account.document is None:
        raise Missing("There is no user with this id.")
    if found.account.deleted is None:
        if found.source != LOCAL:
            raise Conflict(
                f"This user is owned by the connection {found.source}: delete it in the IdP first, then purge it."
            )
        await delete_local_user(database, world, organization, user)
    now, actor = world.clock(), world.actor()

    async def operation(administration: Administration) -> None:
        account = await administration.registers.accounts.of_user(user)
        await _erase(administration.registers.remains, _gone(account))
        await administration.record(Change(now, actor, Operation.PURGE, "User", user, None, None, None))

    await database.administer(organization, operation)


def _gone(account: Account | None) -> Account:
    """Return the account of somebody who is gone, and not purged yet. Raises Missing, Conflict."""
    if account is None or account.document is None:
        raise Missing("There is no user with this id.")
    if account.deleted is None:
        raise Conflict("This user has come back in the meantime; nothing was purged.")
    if account.status != "removed":
        raise Conflict(
            "The account has kept its access: approve its deactivation in its alert, then purge it."
        )
    return account


async def _erase(remains: Remains, account: Account) -> None:
    names = _names(orjson.loads(account.document or b"{}"))
    texts = [account.user, *(form for name in names for form in _forms(name))]
    for entry in await remains.entries(account.user, [subject_key(name) for name in names], texts):
        await remains.blank_entry(entry._replace(target=entry.target.partition("?")[0]))
    await remains.blank_changes(account.user)
    await remains.forget(account.user)


def _names(document: Mapping[str, Any]) -> set[str]:
    """Return what a person is called by, in a stored document."""
    names = [document.get(name) for name in ("userName", "externalId", "displayName")]
    names += [email.get("value") for email in document.get("emails", ())]
    return {name for name in names if isinstance(name, str) and name}


def _forms(name: str) -> Iterator[str]:
    """Yield how a name stands in JSON, and in a URL."""
    yield f'"{name}"'
    yield json.dumps(name)
    yield f"%22{quote(name, safe='')}%22"
    yield f"%22{quote(name, safe='@')}%22"
