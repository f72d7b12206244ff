"""The PATCH vectors, case by case, on the plan itself: no server, no store.

Law: in the strict dialect a case must come out as the RFC says (or, where it is ambiguous, in a listed way), in the
default dialect so or as the client that is known to send it needs.
"""

from __future__ import annotations

import copy
import json
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from muster.scim.catalog import builtin, with_extensions
from muster.scim.dialect import DEFAULT, STRICT, Dialect, Notes
from muster.scim.errors import ScimError
from muster.scim.patch import parse_patch
from muster.scim.schema import ResourceType
from muster.scim.validate import new_document
from tests.scim.members import after

VECTORS = Path(__file__).parent.parent / "vectors"

# Where a dialect leaves the vectors on purpose, with the reason.
DEVIATIONS = {
    (
        "default",
        "P267",
    ): "scimgateway sends PATCH without schemas; the vectors give no lenient outcome for it",
    ("default", "P237"): "uniqueness is the store's to decide",
    ("strict", "P237"): "uniqueness is the store's to decide",
}

Json = dict[str, Any]


@cache
def vectors() -> Json:
    """Return the PATCH vectors; decimals as the endpoint reads them."""
    document: Json = json.loads((VECTORS / "patch.json").read_text(), parse_float=Decimal)
    return document


@cache
def resource_type(name: str) -> ResourceType:
    """Return User or Group with the vectors' extension."""
    extension = json.loads((VECTORS / "filters.json").read_text())["schemas"][0]
    return with_extensions(builtin(), [extension]).resource_type(name)


def outcome(case: Json, dialect: Dialect) -> tuple[Json | None, ScimError | None]:
    """Return the resource after the request, or the error that it met."""
    of = resource_type(case["resourceType"])
    base = vectors()["bases"][case["base"]]
    document = {name: value for name, value in base.items() if name not in {"id", "members"}}
    members = {member["value"]: "User" for member in base.get("members", [])}
    kept = copy.deepcopy(document)
    try:
        plan = parse_patch(case["request"], of, dialect, Notes())
        result = document if plan.is_members_only else plan.apply(document, base["id"])
        members = after(plan.members, members)
    except ScimError as error:
        assert document == kept, "the input was changed"
        return None, error
    assert document == kept, "the input was changed"
    defaults = {"active": True} if of.name == "User" else {}
    again = new_document(of, result, STRICT, Notes()).document
    assert {**defaults, **result} == again, "what comes out could not be created"
    return {**result, "members": [{"value": one} for one in members]}, None


def normal(value: Any, key: str = "") -> Any:
    """Return a value as the vectors compare them: see the README beside them."""
    if isinstance(value, dict):
        if key in {"members", "manager"}:
            return {"value": value.get("value")}
        parts = {name: normal(part, name) for name, part in value.items()}
        return {
            name: part
            for name, part in parts.items()
            if part not in (None, [], {}) and (name, part) != ("primary", False)
        }
    if isinstance(value, list):
        return sorted(
            (normal(item, key) for item in value if item is not None),
            key=lambda item: json.dumps(item, sort_keys=True),
        )
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        return float(value)
    return value


def view(resource: Json) -> Any:
    """Return what of a resource the vectors compare."""
    return normal(
        {
            name: value
            for name, value in resource.items()
            if name not in {"id", "meta", "groups", "password", "schemas"}
        }
    )


def fits(wanted: Json, resource: Json | None, error: ScimError | None) -> bool:
    """Whether an outcome is the one wanted."""
    if error is not None:
        if wanted.get("error", {}).get("status") != error.status:
            return False
        types = wanted["error"]["scimType"]
        return not types or error.scim_type in types
    if "resource" not in wanted or resource is None:
        return False
    listed = {urn.lower() for urn in resource["schemas"]}
    expected = wanted["resource"]
    return bool(view(expected) == view(resource)) and {urn.lower() for urn in expected["schemas"]} <= listed


@pytest.mark.parametrize("dialect", [DEFAULT, STRICT], ids=lambda dialect: dialect.name)
@pytest.mark.parametrize("case", vectors()["cases"], ids=lambda case: case["id"])
def test_vector(case: Json, dialect: Dialect) -> None:
    """The plan does with the resource what the vector expects, or refuses as it expects."""
    resource, error = outcome(case, dialect)
    wanted = [case["expect"], *case.get("alternatives", [])]
    if not dialect.strict and "lenient" in case:
        wanted.append(case["lenient"])
    met = any(fits(one, resource, error) for one in wanted)
    if (dialect.name, case["id"]) in DEVIATIONS:
        assert not met, "the deviation is no more; take it off the list"
        return
    assert met, f"{case['request']}: {error!r} {resource}"
