"""What a connection's attributes are mapped to: edited with what was received, tried on real users, then saved."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from starlette.responses import Response
from starlette.routing import Route

from muster.console.views.around import at, connection_id, connection_page, looked_at
from muster.console.visit import WRITERS, Visit, page
from muster.directory.mapping import DEFAULT_MAPPING, FIELDS, TRANSFORMS, Source, Transform
from muster.directory.mappings import (
    Preview,
    UnusableMapping,
    mapping_of,
    preview_mapping,
    received_attributes,
    settle_mapping,
)
from muster.directory.overview import Overview

_PREVIEWED: Final = 10
_TRANSFORMS: Final[dict[str, Transform]] = {each: each for each in TRANSFORMS}


class Shown(NamedTuple):
    """What is shown of a user that a mapping is tried on: the name, fields that differ, what is missing afterwards."""

    name: str
    differences: Sequence[tuple[str, str | None, str | None]]
    warnings: Sequence[str]


async def mapping(visit: Visit) -> Response:
    """Show the mapping."""
    current, default = await mapping_of(visit.database, visit.bound, connection_id(visit))
    return await _edited(visit, await looked_at(visit), current, default=default)


async def change(visit: Visit) -> Response:
    """Try a mapping, save it, or go back to the default one."""
    id, seen = connection_id(visit), await looked_at(visit)
    if visit.sent("do") == "default":
        await settle_mapping(visit.database, visit.world, visit.bound, id, None)
        return visit.go(at(visit, "/mapping?saved=1"))
    proposed = _typed(visit)
    try:
        if visit.sent("do") == "save":
            await settle_mapping(
                visit.database,
                visit.world,
                visit.bound,
                id,
                None if proposed == [*DEFAULT_MAPPING] else proposed,
            )
            return visit.go(at(visit, "/mapping?saved=1"))
        tried = await preview_mapping(visit.database, visit.bound, id, proposed, _PREVIEWED)
    except UnusableMapping as error:
        problems = {proposed[error.place].field: str(error)}
        return await _edited(visit, seen, proposed, problems=problems)
    return await _edited(visit, seen, proposed, previews=[_shown(one) for one in tried])


def _typed(visit: Visit) -> list[Source]:
    """Return the mapping that was sent: the fields that have a source, in the order of all fields."""
    return [
        Source(
            field,
            path,
            _TRANSFORMS.get(visit.sent(f"{field}-transform"), "none"),
            bool(visit.sent(f"{field}-warn")),
        )
        for field in FIELDS
        if (path := visit.sent(field).strip())
    ]


def _shown(one: Preview) -> Shown:
    fields = dict.fromkeys((*one.before.fields, *one.after.fields))
    both = [(field, one.before.fields.get(field), one.after.fields.get(field)) for field in fields]
    name = one.before.fields.get("username") or one.user
    return Shown(name, [each for each in both if each[1] != each[2]], one.after.warnings)


async def _edited(visit: Visit, seen: Overview, sources: Sequence[Source], **more: Any) -> Response:
    shown = {"default": False, "problems": {}, "previews": None} | more
    received = await received_attributes(visit.database, visit.bound, connection_id(visit))
    return connection_page(
        visit,
        "connection_mapping.html",
        seen,
        422 if shown["problems"] else 200,
        fields=FIELDS,
        transforms=TRANSFORMS,
        sources={one.field: one for one in sources},
        received=received,
        saved=bool(visit.asked("saved")),
        **shown,
    )


_PATH: Final = "/console/connections/{connection}/mapping"
ROUTES: Final = [
    Route(_PATH, page(mapping), name="mapping"),
    Route(_PATH, page(change, WRITERS), methods=["POST"]),
]
