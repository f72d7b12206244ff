"""What the server writes to its log: each line of a request names it, and no secret is in any line or file."""

import base64
import json
import logging
from pathlib import Path
from typing import Any

import pytest

from muster.directory.current import REQUEST_ID
from muster.endpoint.routes import inventory
from muster.store.store import SqliteStore
from muster.telemetry import configure_logging
from tests.conftest import new_connection
from tests.endpoint.asgi import Endpoint
from tests.harness.client import ScimClient
from tests.harness.server import RunningServer, muster

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
CANARY = "canary-3f9c1d"
WRONG_KEY = f"mst_{CANARY.replace('-', '_')}_0123456789abcdefghijklmnopqrstuvwxyz"
BODY = {"schemas": [USER], "userName": "somebody", "password": CANARY}
ROUTES = sorted(set(inventory()))


def attack(client: ScimClient, method: str, path: str) -> None:
    """One route with secrets in every place where clients have been seen to put them."""
    target = path.replace("{id}", "no-such-id")
    body = BODY if method != "GET" else None
    basic = base64.b64encode(f"admin:{CANARY}".encode()).decode()
    key = client.api_key or ""
    client.request(method, target, body)
    client.request(method, target, body, query={"api_key": key, "filter": f'userName eq "{WRONG_KEY}"'})
    client.request(method, f"{target}/{key}", body)
    client.request(method, target, body, headers={"Authorization": f"Bearer {WRONG_KEY}"})
    client.request(method, target, body, headers={"Authorization": f"Basic {basic}", "Cookie": CANARY})
    client.request(method, target, raw=json.dumps(BODY).encode()[:-1])
    patch = (
        {"op": "replace", "value": {"password": CANARY}},
        {"op": "add", "path": "password", "value": CANARY},
    )
    client.request(method, target, {"schemas": [], "Operations": list(patch)})


def test_no_secret_is_written_anywhere(own_server: RunningServer) -> None:
    """After every route was given keys and passwords in every place: neither the log nor the database has one of them."""
    with new_connection(own_server) as client:
        for method, path in ROUTES:
            attack(client, method, path)
        issued = muster(own_server.database, "credential", "create", "--connection", client.connection_id)
        key = client.api_key or ""
    own_server.stop()
    files = [own_server.database, own_server.log_path, *own_server.database.parent.glob("muster.db-*")]
    content = {path.name: path.read_bytes() for path in files}
    assert b"stopped" in content["muster.db.log"]
    assert b"no-such-id" in content["muster.db"]  # the request log was written
    basic = base64.b64encode(f"admin:{CANARY}".encode())
    for secret in (CANARY.encode(), WRONG_KEY.encode(), basic, key.encode(), issued["api_key"].encode()):
        assert [name for name, text in content.items() if secret in text] == []


@pytest.fixture
def broken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Endpoint:
    """An endpoint whose store has a bug in every verb, and which logs as the program does."""

    async def fail(*_: Any, **__: Any) -> None:
        raise RuntimeError("a bug")

    for verb in ("user", "group", "members", "query", "write"):
        monkeypatch.setattr(SqliteStore, verb, fail)
    configure_logging()
    return Endpoint(tmp_path)


def test_every_line_of_a_request_names_it(broken: Endpoint, capsys: pytest.CaptureFixture[str]) -> None:
    """Each line of a failing request is one JSON object with the id that the answer has as X-Request-Id, and no secret."""
    wanted: list[str] = []
    for method, path in ROUTES:
        raw = path.replace("{id}", "no-such-id").encode()
        answer = broken.request(method, raw, json.dumps(BODY).encode(), b"api_key=" + WRONG_KEY.encode())
        if answer.status == 500:
            wanted.append(answer.headers["x-request-id"])
    broken.close()
    output = capsys.readouterr().err
    lines = [json.loads(line) for line in output.splitlines()]

    assert len(wanted) > 5
    assert [line["request"] for line in lines] == wanted
    assert {(line["event"], line["level"]) for line in lines} == {("unexpected error", "error")}
    assert all("RuntimeError: a bug" in line["exception"] for line in lines)
    assert [secret for secret in (CANARY, WRONG_KEY, broken.api_key) if secret in output] == []


def test_what_a_library_logs_is_a_line_too(capsys: pytest.CaptureFixture[str]) -> None:
    """One JSON object with where it comes from, its traceback and the request's id, and no key."""
    configure_logging()
    configure_logging()
    token = REQUEST_ID.set("r-1")
    logging.getLogger("asyncio").error("a task failed with %s", WRONG_KEY, exc_info=RuntimeError(WRONG_KEY))
    REQUEST_ID.reset(token)
    output = capsys.readouterr().err
    line = json.loads(output)
    assert (line["library"], line["level"], line["request"]) == ("asyncio", "error", "r-1")
    assert "RuntimeError" in line["exception"]
    assert WRONG_KEY not in output


def test_a_line_outside_of_a_request_names_none(own_server: RunningServer) -> None:
    """The start is nobody's request."""
    own_server.stop()
    lines = [
        json.loads(line) for line in own_server.log_path.read_text().splitlines() if line.startswith("{")
    ]
    assert [line["event"] for line in lines] == ["started", "stopped"]
    assert all("request" not in line for line in lines)
