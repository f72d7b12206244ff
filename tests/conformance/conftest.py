"""Which numbered checks ran, in which mode, and how they ended.

Tests carry `@requirement("R056", ...)`. Where MUSTER_CONFORMANCE_RESULTS names a file, the outcome of each marked
test is written there as JSON when the run ends (on the controlling process, if there are several).
"""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from tests.conformance.bodies import schema_document
from tests.conformance.marks import Extend
from tests.harness.client import ScimClient
from tests.harness.server import RunningServer, muster

RESULTS = "MUSTER_CONFORMANCE_RESULTS"

_outcomes: dict[str, dict[str, Any]] = {}


@pytest.fixture
def scim(both_modes: ScimClient) -> ScimClient:
    """The client that most tests use, once in each mode."""
    return both_modes


@pytest.fixture
def extend(server: RunningServer, scim: ScimClient, tmp_path: Path) -> Extend:
    """Call it with attribute definitions to give the client's organization an extension of User."""

    def add(*attributes: dict[str, Any], **document: str) -> None:
        file = tmp_path / "schema.json"
        file.write_text(schema_document(*attributes, **document))
        muster(server.database, "schema", "add", "--organization", scim.organization, str(file))

    return add


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give each marked test its numbers and modes, in a form that travels with its reports."""
    for item in items:
        numbers = [number for mark in item.iter_markers("requirement") for number in mark.args]
        if numbers:
            item.user_properties.append(("requirements", numbers))
            item.user_properties.append(("modes", _modes(item)))


def _modes(item: pytest.Item) -> list[str]:
    """The mode of the client that a test uses; a test without one speaks for both."""
    parameters: dict[str, Any] = getattr(getattr(item, "callspec", None), "params", {})
    if "both_modes" in parameters:
        return [parameters["both_modes"]]
    names: list[str] = getattr(item, "fixturenames", [])
    return (
        ["default"]
        if "client" in names
        else ["strict"]
        if "strict_client" in names
        else ["default", "strict"]
    )


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Keep a test's outcome: a failure in set-up or clean-up counts as one of the test."""
    properties = dict(report.user_properties)
    if "requirements" not in properties or (report.when != "call" and report.passed):
        return
    kept = _outcomes.setdefault(
        report.nodeid,
        {"requirements": properties["requirements"], "modes": properties["modes"], "outcome": report.outcome},
    )
    if report.failed:
        kept["outcome"] = "failed"


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Write the outcomes where they were asked for."""
    file = os.environ.get(RESULTS)
    if file and not hasattr(session.config, "workerinput"):
        Path(file).write_text(json.dumps(_outcomes, indent=1, sort_keys=True))
