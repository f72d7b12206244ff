"""Bodies and plans for the PATCH tests.

Law: a patch made here is parsed and carried out as a directory would, and the document given must stay as it was.
"""

from __future__ import annotations

import copy
import json
from functools import cache
from pathlib import Path
from typing import Any

from muster.scim.catalog import builtin, with_extensions
from muster.scim.dialect import DEFAULT, Dialect, Notes
from muster.scim.message import PATCH_OP
from muster.scim.patch import PatchPlan, parse_patch
from muster.scim.schema import CORE_GROUP, CORE_USER, ResourceType

VECTORS = "urn:ietf:params:scim:schemas:extension:vectors:2.0:User"
ID = "2819c223-7f76-453a-919d-413861904646"

Json = dict[str, Any]


@cache
def of(name: str) -> ResourceType:
    """Return User, with the vectors' extension, or Group."""
    file = Path(__file__).parent.parent / "vectors" / "filters.json"
    return with_extensions(builtin(), [json.loads(file.read_text())["schemas"][0]]).resource_type(name)


def user(**values: Any) -> Json:
    """Return a stored User."""
    extensions = [name for name in values if name.startswith("urn:")]
    return {"schemas": [CORE_USER, *extensions], "userName": "u", "active": True, **values}


def group(**values: Any) -> Json:
    """Return a stored Group."""
    return {"schemas": [CORE_GROUP], "displayName": "g", **values}


def message(*operations: object) -> Json:
    """Return a PatchOp message."""
    return {"schemas": [PATCH_OP], "Operations": list(operations)}


def op(kind: str, path: str | None = None, value: Any = ...) -> Json:
    """Return one operation; without a value unless one is given."""
    operation: Json = {"op": kind}
    if path is not None:
        operation["path"] = path
    if value is not ...:
        operation["value"] = value
    return operation


def plan(
    *operations: object, dialect: Dialect = DEFAULT, kind: str = "User", notes: Notes | None = None
) -> PatchPlan:
    """Parse operations for User or Group."""
    return parse_patch(message(*operations), of(kind), dialect, notes or Notes())


def patch(
    document: Json, *operations: object, dialect: Dialect = DEFAULT, notes: Notes | None = None
) -> Json:
    """Return the document after the operations; a Group when it has no userName."""
    kept = copy.deepcopy(document)
    kind = "User" if "userName" in document else "Group"
    try:
        return plan(*operations, dialect=dialect, kind=kind, notes=notes).apply(document, ID)
    finally:
        assert document == kept, "the document given was changed"


def rules(document: Json, *operations: object) -> set[str]:
    """Return the tolerances that a patch in the default dialect used."""
    notes = Notes()
    patch(document, *operations, notes=notes)
    return {note.rule for note in notes.items}
