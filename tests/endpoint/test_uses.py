"""What a request leaves behind beside the log: that its credential and its connection were used."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from muster.directory.identifiers import key_id
from muster.directory.registers.uses import Activity, Use
from tests.endpoint.asgi import Endpoint


@pytest.fixture
def endpoint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Endpoint]:
    """An endpoint that writes nothing by itself."""
    monkeypatch.setattr("muster.store.log.WITHIN", 3600.0)
    opened = Endpoint(tmp_path)
    yield opened
    opened.close()


def noted(endpoint: Endpoint) -> tuple[Use | None, Activity | None]:
    """The last use of the API key and what came in through the connection, once it is written."""
    endpoint.run(endpoint.database._log.flush())  # type: ignore[attr-defined]
    id = key_id(endpoint.api_key)
    assert id is not None
    known = endpoint.run(
        endpoint.database.consult(endpoint.organization, lambda registers: registers.credentials.get(id))
    )
    activity = endpoint.run(
        endpoint.database.consult(
            endpoint.organization, lambda registers: registers.uses.activity(endpoint.connection_id)
        )
    )
    return known.used if known else None, activity


def test_reads_writes_and_refusals_are_uses(endpoint: Endpoint) -> None:
    """Each counts once; what the credential did not open does not count at all."""
    agent = ((b"user-agent", b"Okta SCIM Client 1.0.0"),)
    assert endpoint.request("GET", b"/Users").status == 200
    assert endpoint.request("POST", b"/Users", b'{"userName":"ada"}').status == 201
    assert endpoint.request("GET", b"/Users/nobody", headers=agent).status == 404
    assert endpoint.request("GET", b"/Users", api_key=endpoint.api_key[:-1] + "_").status == 401
    assert endpoint.request("GET", b"/Users", connection_id="0" * 21).status == 404
    used, activity = noted(endpoint)
    assert used is not None
    assert (used.address, used.user_agent) == (None, "Okta SCIM Client 1.0.0")
    assert activity is not None
    assert (activity.requests, activity.refused) == (3, 1)
    assert activity.first_request == activity.first_success
    assert activity.last_request == used.time
    assert activity.last_success is not None
    assert activity.first_success is not None
    assert activity.first_success < activity.last_success < activity.last_request


def test_a_key_in_a_user_agent_is_not_kept(endpoint: Endpoint) -> None:
    """Wherever it is sent, it is not written down."""
    endpoint.request("GET", b"/Users", headers=((b"user-agent", f"x {endpoint.api_key}".encode()),))
    used, _ = noted(endpoint)
    assert used is not None
    assert used.user_agent == "x (not kept)"


def test_nobody_has_used_what_nobody_has_used(endpoint: Endpoint) -> None:
    """A new connection is waiting."""
    assert noted(endpoint) == (None, None)
