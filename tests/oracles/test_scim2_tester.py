"""scim2-tester, an independent checker of servers, finds no failing check on the running server.

Its exit code says nothing about its findings, so its results are read one by one.
"""

from collections import Counter

import httpx2
import pytest
from scim2_client.engines.httpx2 import SyncSCIMClient
from scim2_tester import CheckResult, Status, check_server

from tests.harness.client import ScimClient

FAILING = {Status.ERROR, Status.CRITICAL}


@pytest.fixture
def results(both_modes: ScimClient) -> list[CheckResult]:
    """Every result of a whole run on a new connection."""
    headers = {"Authorization": f"Bearer {both_modes.api_key}"}
    with httpx2.Client(base_url=both_modes.base_url, headers=headers, timeout=60) as http:
        return check_server(SyncSCIMClient(http))


def test_no_check_fails(results: list[CheckResult]) -> None:
    """No result is an error or worse; the run was a whole one, and nothing was left out."""
    failing = [
        f"{result.resource_type or '-'} {result.title}: {result.reason}"
        for result in results
        if result.status in FAILING
    ]
    counts = Counter(result.status for result in results)

    assert failing == []
    assert counts[Status.SKIPPED] == 0
    assert counts[Status.SUCCESS] > 100
    assert {"User", "Group"} <= {result.resource_type for result in results if result.resource_type}
