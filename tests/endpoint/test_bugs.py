"""What happens when the code itself is wrong: 500 with a correlation id, and no secret in the log."""

from __future__ import annotations

from pathlib import Path

import pytest

from muster.directory import create
from muster.directory.failures import StoreUnavailable
from muster.telemetry import configure_logging
from tests.endpoint.asgi import Endpoint


@pytest.mark.parametrize("terminal", [True, False])
def test_an_unexpected_error_is_a_500_and_the_log_holds_no_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *, terminal: bool
) -> None:
    """The answer is a SCIM Error with the request's id; the log has the traceback but neither key nor body."""

    async def broken(*_: object) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr(create, "create_user", broken)
    monkeypatch.setattr("sys.stderr.isatty", lambda: terminal)
    configure_logging()
    endpoint = Endpoint(tmp_path)

    body = (
        b'{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"a","password":"s3cret-pass"}'
    )
    response = endpoint.request("POST", b"/Users", body)
    endpoint.close()
    log = capsys.readouterr().err

    assert response.status == 500
    assert response.json["status"] == "500"
    assert response.headers["x-request-id"] in response.json["detail"]
    assert "a bug" not in response.body.decode()
    assert "RuntimeError" in log
    assert response.headers["x-request-id"] in log
    assert endpoint.api_key not in log
    assert "s3cret-pass" not in log


def test_a_store_that_cannot_answer_is_a_503(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """503 with Retry-After: never 404 or 401 for a failing back end (R266)."""

    async def busy(*_: object) -> None:
        raise StoreUnavailable("busy")

    monkeypatch.setattr(create, "create_user", busy)
    endpoint = Endpoint(tmp_path)
    response = endpoint.request("POST", b"/Users", b'{"userName":"a"}')
    endpoint.close()

    assert response.status == 503
    assert response.headers["retry-after"] == "1"


def test_an_organization_that_has_too_much_under_way_is_told_to_wait(tmp_path: Path) -> None:
    """429 with whole seconds for queries and creates; modifications and deletions always get in."""
    endpoint = Endpoint(tmp_path, most_in_flight=1)
    endpoint.admission.enter(endpoint.organization, "GET")
    refused = endpoint.request("GET", b"/Users")
    created = endpoint.request("POST", b"/Users", b'{"userName":"a"}')
    deleted = endpoint.request("DELETE", b"/Users/x")
    endpoint.admission.leave(endpoint.organization)
    after = endpoint.request("GET", b"/Users")
    endpoint.close()

    assert (refused.status, created.status, deleted.status, after.status) == (429, 429, 404, 200)
    assert refused.headers["retry-after"] == "1"
    assert refused.json["status"] == "429"


def test_a_body_that_is_nested_too_deep_is_refused_and_logged(tmp_path: Path) -> None:
    """400, also where the log has to look for a password in it, deeper than Python can."""
    endpoint = Endpoint(tmp_path)
    body = b'{"password":"s3cret-pass","x":' * 300 + b"1" + b"}" * 300
    response = endpoint.request("POST", b"/Users", body)
    endpoint.close()
    assert (response.status, response.json["scimType"]) == (400, "invalidSyntax")
