"""Every provider against the real server over HTTP, on both stores, in both modes, with every fault."""

from collections.abc import Iterator
from typing import Any

import pytest

from muster.simulator.options import FAULTS, TargetRefused, target
from muster.simulator.script import PROVIDERS
from muster.simulator.step import Step
from tests.conftest import new_connection
from tests.harness.client import ScimClient
from tests.harness.server import RunningServer, muster
from tests.simulator.playing import EVERY_FAULT, at, played, titled, told

SENDS_WHAT_STRICT_REFUSES = {"entra", "entra-flag"}


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def either(
    request: pytest.FixtureRequest, server: RunningServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningServer]:
    """A server on each store."""
    if request.param == "sqlite":
        yield server
        return
    running = RunningServer()
    log = tmp_path_factory.mktemp("simulator") / "muster.log"
    yield running.start(request.getfixturevalue("cluster").new_store(), log=log)
    running.stop()


def everything(client: ScimClient, endpoint: str) -> list[Any]:
    """All resources that the connection has."""
    listed: list[Any] = client.get(endpoint, query={"count": 1000}).body["Resources"]
    return listed


@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize("strict", [False, True], ids=["default", "strict"])
def test_a_provider_is_served(either: RunningServer, provider: str, *, strict: bool) -> None:
    """All steps pass with every fault, and nothing stays; strict refuses what Entra sends, and refuses it whole."""
    with new_connection(either, provider.split("-", maxsplit=1)[0], strict=strict) as client:
        steps = played(at(client), provider, users=6, seed=7, faults=EVERY_FAULT, delete_at_end=True)
        left = everything(client, "/Users") + everything(client, "/Groups")

    assert [step.number for step in steps] == list(range(1, steps[0].of + 1))
    assert left == []
    if strict and provider in SENDS_WHAT_STRICT_REFUSES:
        assert titled(steps, "Create the group")[0].verdict == "failed"
        assert [line for line in told(steps) if not refused(line)] == []
    else:
        assert told(steps) == []


def refused(line: str) -> bool:
    """Whether a finding is an honest refusal, or about a step that needed what was refused."""
    return "400 came" in line or "had to make it failed" in line


def test_what_the_provider_believes_is_what_is_there(client: ScimClient) -> None:
    """After Okta has played, people and groups are there as its steps say, in every script, and it has deleted nobody."""
    steps = played(at(client), "okta", users=12, groups=2, seed=1)
    users, groups = everything(client, "/Users"), everything(client, "/Groups")

    assert len(titled(steps, "Create ")) == 12 + 2
    assert len(users) == 12
    assert {user["locale"] for user in users} >= {"ja-JP", "ar-EG", "uk-UA", "hi-IN"}
    assert {user["active"] for user in users} == {True, False}
    assert len(groups) == 1  # the other one was deleted
    assert 0 < len(groups[0]["members"]) < 6


def test_the_same_again_links_who_is_there(client: ScimClient) -> None:
    """A second run with the same seed finds everybody, creates nobody and passes."""
    for number, provider in enumerate(("okta", "entra-flag", "okta-custom")):
        before = played(at(client), provider, users=5, groups=1, seed=number, faults=EVERY_FAULT)
        users = {user["id"] for user in everything(client, "/Users")}
        again = played(at(client), provider, users=5, groups=1, seed=number, faults=EVERY_FAULT)
        assert told(before) + told(again) == []
        assert {user["id"] for user in everything(client, "/Users")} == users


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("provider", ["okta", "entra", "jumpcloud"])
def test_a_fault_is_really_provoked(client: ScimClient, provider: str, fault: str) -> None:
    """Each fault alone has steps of its own, whose requests show it."""
    steps = played(at(client), provider, users=3, seed=2, faults=frozenset({fault}))
    provoked = titled(steps, "Fault: ")

    assert told(steps) == []
    assert provoked
    assert shows(fault, provoked)


def shows(fault: str, steps: list[Step]) -> bool:
    """Whether the requests of the steps are those of the fault."""
    statuses = [exchange.status for step in steps for exchange in step.exchanges]
    problems = [exchange.problem for step in steps for exchange in step.exchanges]
    return {
        "duplicate": statuses.count(409) == 2,
        "timeout": "hung up" in problems,
        "wrong-key": statuses.count(401) == 4,
        "out-of-order": 404 in statuses,
    }[fault]


def test_the_next_key_takes_over_half_way(client: ScimClient, server: RunningServer) -> None:
    """After the step that says so the old key is not used any more: it may be revoked."""
    made = muster(server.database, "credential", "create", "--connection", client.connection_id)
    where = target(client.base_url, key=client.api_key, next_key=made["api_key"])
    steps = played(where, "okta", users=2, groups=1)
    assert told(steps) == []
    assert len(titled(steps, "Go on with the next key")) == 1

    wrong = played(
        target(client.base_url, key=client.api_key, next_key="mst_wrong"), "okta", users=2, groups=1
    )
    failed = next(step for step in wrong if step.verdict == "failed")
    assert failed.title == "Go on with the next key"
    assert "401" in failed.findings[0]


def test_a_password_and_a_key_are_in_no_step(client: ScimClient) -> None:
    """What a step tells may be shown to anybody who may see the simulation."""
    steps = played(at(client), "okta", users=2, groups=0, faults=EVERY_FAULT)
    text = str([step.document() for step in steps])
    assert client.api_key is not None
    assert client.api_key not in text
    assert "Sim-" not in text
    assert "'password': '********'" in text


def test_where_there_is_nothing_to_talk_to(client: ScimClient, server: RunningServer) -> None:
    """A wrong key, a wrong connection, a wrong path and a dead port are each explained in one line."""
    wrong = {
        "refuses the key": target(client.base_url, key="mst_wrong"),
        "no SCIM at": target(f"{server.origin}/elsewhere", key=client.api_key),
        "nobody answers": target("http://127.0.0.1:9/scim/v2", key=client.api_key),
    }
    for words, where in wrong.items():
        with pytest.raises(TargetRefused, match=words) as refusal:
            played(where, "entra", users=1)
        assert "\n" not in str(refusal.value)
