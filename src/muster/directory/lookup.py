"""Finding users by a name that one source gives to one user: one indexed read for each source, all in one statement."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from muster.directory.ports import Database
from muster.directory.registers.registers import Registers
from muster.directory.registers.users import Naming
from muster.scim.value import exact, fold

_MOST_FOUND: Final = 200
_NO_TEXT: Final = re.compile("[\0\ud800-\udfff]")  # nobody is called so
_KEYS: Final[Mapping[Naming, Callable[[str], str]]] = {"userName": fold, "externalId": exact}


async def users_with(
    database: Database,
    organization: int,
    naming: Naming,
    value: str,
    owners: Sequence[int] | None = None,
) -> list[str]:
    """Return the ids of the users whose userName, or externalId, is this, of these sources; None: of every one."""
    if _NO_TEXT.search(value):
        return []
    key = _KEYS[naming](value)

    async def operation(registers: Registers) -> list[str]:
        return [*await registers.users.called(naming, key, owners, _MOST_FOUND)]

    return await database.consult(organization, operation)
