"""A request whose key was good when its body began to come writes nothing once it has been overtaken."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any, Final, NamedTuple

import pytest

from muster.bootstrap import world
from muster.directory import organizations
from muster.directory.connection_end import delete_connection
from muster.directory.connections import Settling, settle_connection
from muster.directory.credentials import revoke_credential, rotate_credential
from muster.directory.identifiers import key_id
from muster.directory.lifetime import OVERLAP
from muster.directory.schemas import add_schema
from tests.conformance.bodies import attribute, schema_document
from tests.connections.switched import GROUP, PATCH_OP, USER, Switched
from tests.endpoint.asgi import Response, assert_scim

BULK: Final = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
_COUNTED: Final = ("users", "groups", "members", "pending_members", "attribute_keys", "tombstones", "changes")
_SUMMED: Final = {"users": "version", "groups": "version", "accounts": "changed"}
WRITTEN: Final = "SELECT " + ", ".join(
    [f"(SELECT count(*) FROM {table})" for table in _COUNTED]
    + [f"(SELECT sum({column}) FROM {table})" for table, column in _SUMMED.items()]
)
"""What no write leaves as it was."""


class Overtaken(NamedTuple):
    """A connection of its own whose request is overtaken, with what there is to write about."""

    its: Switched
    connection: str
    api_key: str
    user: str
    gone: str
    group: str

    @classmethod
    def made(cls, its: Switched) -> Overtaken:
        """A new connection with a user, one who was deleted, and a group."""
        connection, api_key = its.connection(strict=False)
        as_it: dict[str, str] = {"connection_id": connection, "api_key": api_key}

        def made(path: str, **attributes: Any) -> str:
            answer = its.send("POST", path, attributes, **as_it)
            assert answer.status == 201, answer.body
            return str(answer.json["id"])

        here, gone = (made("/Users", schemas=[USER], userName=name) for name in ("here", "gone"))
        group = made("/Groups", schemas=[GROUP], displayName="Team")
        assert its.send("DELETE", f"/Users/{gone}", **as_it).status == 204
        return cls(its, connection, api_key, here, gone, group)

    @property
    def credential(self) -> str:
        """The id of its API key."""
        found = key_id(self.api_key)
        assert found is not None
        return found

    def send(self, ask: Ask, change: Change) -> tuple[Response, bool]:
        """Send a request that a change overtakes; the answer, and whether anything is written behind the change."""
        seen: list[Any] = []

        async def meanwhile() -> None:
            await change(self)
            seen.append(await asyncio.to_thread(self.its.ask, WRITTEN))

        as_it: dict[str, str] = {"connection_id": self.connection, "api_key": self.api_key}
        answer = self.its.send(*ask(self), **as_it, meanwhile=meanwhile)
        (behind,) = seen
        return answer, self.its.ask(WRITTEN) != behind


Ask = Callable[[Overtaken], tuple[str, str, Any]]
Change = Callable[[Overtaken], Awaitable[Any]]


def patch(path: str, /, **operation: Any) -> tuple[str, str, Any]:
    """A PATCH of one operation."""
    return "PATCH", path, {"schemas": [PATCH_OP], "Operations": [operation]}


def create(_: Overtaken) -> tuple[str, str, Any]:
    """POST of a user."""
    return "POST", "/Users", {"schemas": [USER], "userName": "late"}


def bulk(one: Overtaken) -> tuple[str, str, Any]:
    """Two operations, of which the first is refused whatever happens, and the second is not."""
    operations = [
        {"method": "DELETE", "path": "/Users/nobody"},
        {"method": "PUT", "path": f"/Users/{one.user}", "data": {"schemas": [USER], "userName": "late"}},
    ]
    return "POST", "/Bulk", {"schemas": [BULK], "Operations": operations}


ASKED: Final[dict[str, Ask]] = {
    "create a user": create,
    "replace a user": lambda one: ("PUT", f"/Users/{one.user}", {"schemas": [USER], "userName": "late"}),
    "deactivate a user": lambda one: patch(f"/Users/{one.user}", op="replace", path="active", value=False),
    "create a group": lambda one: (
        "POST",
        "/Groups",
        {"schemas": [GROUP], "displayName": "Late", "members": [{"value": one.user}]},
    ),
    "add a member": lambda one: patch(
        f"/Groups/{one.group}", op="add", path="members", value=[{"value": one.user}]
    ),
    "add who was deleted": lambda one: patch(  # which waits for the user to come back, and is no change
        f"/Groups/{one.group}", op="add", path="members", value=[{"value": one.gone}]
    ),
    "bulk": bulk,
}


async def settle_organization(one: Overtaken, *, disabled: bool) -> None:
    """Disable the organization, or enable it."""
    settling = organizations.Settling(disabled=disabled)
    await organizations.settle_organization(one.its.database, world(), one.its.organization, settling)


async def behind_the_back(one: Overtaken) -> None:
    """Revoke it by no statement of this process."""
    sql = "UPDATE credentials SET revoked = created WHERE id = ? RETURNING id"
    assert await asyncio.to_thread(one.its.ask, sql, one.credential) == [(one.credential,)]


def settled(**settled: Any) -> Change:
    """Change what is settled for the connection."""
    return lambda one: settle_connection(one.its.database, world(), one.connection, Settling(**settled))


def rotated(overlap: int | None) -> Change:
    """Rotate the API key."""
    return lambda one: rotate_credential(
        one.its.database, world(), one.its.organization, one.credential, overlap
    )


def a_schema(one: Overtaken) -> Awaitable[Any]:
    """Add a custom schema to the organization."""
    document = json.loads(schema_document(attribute("shade", type="string")))
    return add_schema(one.its.database, world(), one.its.organization, document)


ENDS: Final[dict[str, tuple[int, Change]]] = {
    "revoked": (
        401,
        lambda one: revoke_credential(one.its.database, world(), one.its.organization, one.credential),
    ),
    "revoked by another process": (401, behind_the_back),
    "rotated": (401, rotated(None)),
    "deleted": (401, lambda one: delete_connection(one.its.database, world(), one.connection, "deactivate")),
    "paused": (429, settled(state="paused")),
    "disabled": (403, settled(state="disabled")),
    "organization disabled": (403, lambda one: settle_organization(one, disabled=True)),
}
GOES_ON: Final[dict[str, Change]] = {
    "rotated with an overlap": rotated(OVERLAP.longest),
    "renamed": settled(name="Another"),
    "a schema": a_schema,
}


@pytest.mark.parametrize("end", ENDS)
def test_what_is_overtaken_by_its_end_writes_nothing(its: Switched, end: str) -> None:
    """It is refused as if it began now: neither a row of anything that it was about, nor a change.

    On SQLite it may first find that what it was about has gone with its connection.
    """
    status, change = ENDS[end]
    refused = {status, 404} if end == "deleted" else {status}
    for what, ask in ASKED.items():
        one = Overtaken.made(its)
        answer, written = one.send(ask, change)
        assert_scim(answer)
        assert (answer.status in refused, written) == (True, False), (what, answer.body)
        its.run(settle_organization(one, disabled=False))


@pytest.mark.parametrize("change", GOES_ON)
def test_what_is_overtaken_by_a_change_is_done_once(its: Switched, change: str) -> None:
    """It begins anew with the body that has come, and goes on with what it may still do."""
    one = Overtaken.made(its)
    before = one.its.ask("SELECT count(*) FROM changes WHERE credential = ?", one.credential)[0][0]
    answer, written = one.send(create, GOES_ON[change])
    assert (answer.status, written) == (201, True), answer.body
    listed = its.send("GET", "/Users", connection_id=one.connection, api_key=one.api_key).json["Resources"]
    assert sorted(found["userName"] for found in listed) == ["here", "late"]
    assert its.ask("SELECT count(*) FROM changes WHERE credential = ?", one.credential) == [(before + 1,)]


def test_a_bulk_that_is_overtaken_is_done_once(its: Switched) -> None:
    """All of its parts begin anew."""
    one = Overtaken.made(its)
    answer, written = one.send(bulk, settled(name="Another"))
    assert (answer.status, written) == (200, True), answer.body
    assert [part["status"] for part in answer.json["Operations"]] == ["404", "200"]


def test_what_changes_nothing_is_refused_too(its: Switched) -> None:
    """A PATCH by what is there already is answered with the user: not behind a revocation."""
    one = Overtaken.made(its)
    same: Ask = lambda one: patch(f"/Users/{one.user}", op="replace", path="userName", value="here")  # noqa: E731
    assert one.send(same, settled(name="Another"))[0].status == 200
    assert one.send(same, ENDS["revoked"][1])[0].status == 401
