"""Finding users by a name that one source gives to one user: one indexed read for each source."""

from __future__ import annotations

import json
from typing import Final, Literal

from muster.directory.ports import Database
from muster.directory.records import LOCAL_OWNER, QueryPlan, Scope
from muster.scim.catalog import builtin
from muster.scim.dialect import STRICT
from muster.scim.errors import InvalidFilter
from muster.scim.filter import parse_filter

_MOST_FOUND: Final = 200

Naming = Literal["userName", "externalId"]
"""What one source gives to one user."""


async def users_with(database: Database, organization: int, naming: Naming, value: str) -> list[str]:
    """Return the ids of the users whose userName, or externalId, is this, of every source."""
    plan = _plan(naming, value)
    if plan is None:
        return []
    owners = await database.consult(organization, lambda registers: registers.requests.owners())
    found: list[str] = []
    for owner in (LOCAL_OWNER, *(owner.number for owner in owners)):
        page = await database.store(Scope(organization, owner), nested=False).query(plan)
        found += [user.id for user in page.resources]
    return found[:_MOST_FOUND]


def _plan(naming: Naming, value: str) -> QueryPlan | None:
    """Return the query for the user with this name; None where nobody can be called so."""
    user_type = builtin().user
    try:
        condition = parse_filter(f"{naming} eq {json.dumps(value)}", user_type, STRICT)
    except InvalidFilter:
        return None
    return QueryPlan(
        user_type,
        condition,
        sort=None,
        descending=False,
        offset=0,
        limit=1,
        with_groups=False,
        with_members=False,
    )
