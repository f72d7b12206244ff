"""How large a stored resource may be, on both stores: it grows to the limit, and from beyond it only shrinks."""

from __future__ import annotations

import json
from typing import Any

import pytest

from muster.directory import rows
from muster.scim import effort, size
from tests.conformance.bodies import operation
from tests.conformance.bulking import patch as patching
from tests.conformance.bulking import rename, request, statuses
from tests.connections.switched import PATCH_OP, Switched

PHOTOS = [{"value": f"{number}".ljust(60_000, "x")} for number in range(20)]


def patch(its: Switched, id: str, kind: str, photos: list[dict[str, str]]) -> Any:
    """Add or replace photos."""
    operation = {"op": kind, "path": "photos", "value": photos}
    return its.send("PATCH", f"/Users/{id}", {"schemas": [PATCH_OP], "Operations": [operation]})


def length(its: Switched, id: str) -> int:
    """The size of the stored document."""
    ((document,),) = its.ask("SELECT document FROM users WHERE id = ?", id)
    return len(document)


def test_repeated_patches_do_not_grow_a_user_for_ever(its: Switched) -> None:
    """400 invalidValue that names the attribute and the limit; nothing is changed."""
    id = its.create("ada", photos=PHOTOS[:10]).json["id"]
    assert patch(its, id, "add", PHOTOS[10:17]).status == 200
    before = length(its, id)
    refused = patch(its, id, "add", PHOTOS[17:])
    assert (refused.status, refused.json["scimType"]) == (400, "invalidValue")
    assert refused.json["detail"].startswith("photos: ")
    assert "at most 1048576" in refused.json["detail"]
    assert refused.json["detail"].endswith("[value-too-large]")
    assert length(its, id) == before < 1024 * 1024


def test_a_new_user_is_not_too_large(its: Switched) -> None:
    """The size is that of what is stored: here with the schemas that the largest of bodies has left out."""
    body = {"userName": "ada", "photos": PHOTOS[:17], "title": ""}
    room = 1024 * 1024 - len(json.dumps(body))
    refused = its.send("POST", "/Users", body | {"title": "x" * room})
    assert (refused.status, refused.json["detail"].partition(":")[0]) == (400, "photos")
    assert its.send("POST", "/Users", body | {"title": "x" * (room - 200)}).status == 201


def test_who_is_too_large_already_is_still_deactivated(
    its: Switched, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was stored before there was a limit is changed and shrinks; it only does not grow."""
    with monkeypatch.context() as before:
        for module in (rows, size):
            before.setattr(module, "MAX_DOCUMENT_BYTES", 10 * 1024 * 1024)
        id = its.create("ada", photos=PHOTOS[:15]).json["id"]
        assert patch(its, id, "add", PHOTOS[15:]).status == 200
    assert length(its, id) > 1024 * 1024
    assert its.patch(f"/Users/{id}", active=False).status == 200
    assert its.patch(f"/Users/{id}", title="longer").status == 400
    assert patch(its, id, "replace", PHOTOS[:1]).status == 200


def test_the_patches_of_a_bulk_are_bounded_together(its: Switched) -> None:
    """What is beyond is refused in its own answer, with what to do, and counts as an error; nothing of it is done."""
    id = its.create("ada", emails=[{"value": f"{number}@example.com"} for number in range(900)]).json["id"]
    display = operation("replace", 'emails[value eq "7@example.com"].display', "Ada")
    costly = patching(f"/Users/{id}", *[display] * 60)
    named = [rename(f"/Users/{id}", name) for name in ("first", "second")]

    listed = bulk(its, costly, costly, costly, named[0])
    assert statuses(listed) == ["200", "200", "413", "200"]
    detail = listed[2]["response"]["detail"]
    assert detail.startswith("operation ")
    assert "all PATCHes of the bulk request together" in detail
    assert "send this one in another request" in detail
    assert detail.endswith("[request-too-large]")

    assert statuses(bulk(its, costly, costly, costly, named[1], failOnErrors=1)) == ["200", "200", "413"]
    assert its.send("GET", f"/Users/{id}").json["displayName"] == "first"
    assert statuses(bulk(its, costly)) == ["200"]


def test_filters_are_compared_with_members_so_often_and_no_more(
    its: Switched, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By one PATCH, and by all of a bulk together; then nothing of that PATCH is done."""
    users = [its.create(f"user {number}").json["id"] for number in range(5)]
    path = f"/Groups/{its.group('Staff', *users).json['id']}"
    none, every = (
        operation("remove", 'members[type eq "Group"]'),
        operation("remove", 'members[type eq "User"]'),
    )
    monkeypatch.setattr(effort, "MAX_MEMBER_COMPARISONS", 100)

    refused = its.send("PATCH", path, {"schemas": [PATCH_OP], "Operations": [none] * 17 + [every]})
    assert refused.status == 413
    assert "more than 100 comparisons with members; name the members by their ids" in refused.json["detail"]
    half = patching(path, *[none] * 10)
    assert statuses(bulk(its, half, half, patching(path, every), rename(path, "Crew"))) == [
        "204",
        "413",
        "413",
        "204",
    ]
    kept = its.send("GET", path).json
    assert (kept["displayName"], len(kept["members"])) == ("Crew", 5)
    assert statuses(bulk(its, half, patching(path, every))) == ["204", "204"]
    assert "members" not in its.send("GET", path).json


def bulk(its: Switched, *operations: Any, **members: Any) -> list[dict[str, Any]]:
    """Send a bulk request and return what is said of each operation."""
    answer = its.send("POST", "/Bulk", request(*operations, **members))
    assert answer.status == 200, answer.body
    results: list[dict[str, Any]] = answer.json["Operations"]
    return results
