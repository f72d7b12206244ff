"""An SQLite file that has become read-only: each surface says so, reads go on, and only the log names the file."""

from __future__ import annotations

from typing import cast

from structlog.testing import capture_logs

from muster.store.sqlite import SqliteDatabase
from tests.api.asgi import Api, assert_problem
from tests.api.idp import Idp
from tests.api.platform import Platform
from tests.console.visitor import Visitor

TOLD = "The database cannot be written: it is read-only. Nothing was done"


def test_what_cannot_be_written_is_said_at_each_surface(api_on_sqlite: Api) -> None:
    """503, and try again later; not that the database is busy."""
    acme = Platform(api_on_sqlite, api_on_sqlite.new_organization("acme"))
    idp, admin = Idp(acme.api, acme.organization), Visitor(acme.api, acme.organization, "admin")
    idp.user("alice")
    writing = cast("SqliteDatabase", acme.api.database).writing
    writing.execute("PRAGMA query_only=ON")
    with capture_logs() as log:
        refused = idp.send("POST", "/Users", {"userName": "bob"})
        problem = assert_problem(acme.send("POST", "/domains", {"name": "example.com"}), 503, "unavailable")
        page = admin.post("/domains", name="example.com")
    assert (refused.status, refused.headers["retry-after"]) == (503, "1")
    assert refused.json["detail"].endswith("[database-unavailable]")
    for detail in (refused.json["detail"], problem["detail"], page.text):
        assert TOLD in detail
        assert writing.filename not in detail
    assert page.status == 503
    reasons = [entry["reason"] for entry in log if entry["event"] == "database not writable"]
    assert len(reasons) == 3
    assert all(f"{writing.filename} or its folder is read-only" in reason for reason in reasons)
    assert idp.send("GET", "/Users").json["totalResults"] == 1
    assert acme.send("GET", "/domains").status == 200
    writing.execute("PRAGMA query_only=OFF")
    idp.user("bob")
