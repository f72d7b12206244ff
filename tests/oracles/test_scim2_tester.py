"""scim2-tester, an independent checker of servers, finds no failing check on the running server.

Its exit code says nothing about its findings, so its results are read one by one.
"""

from collections import Counter

import httpx2
from scim2_client.engines.httpx2 import SyncSCIMClient
from scim2_tester import CheckResult, Status, check_server

from tests.harness.client import ScimClient

FAILING = {Status.ERROR, Status.CRITICAL}


def checked(client: ScimClient, *resource_types: str) -> list[CheckResult]:
    """Every result of a run on one connection; of all resource types unless some are named."""
    headers = {"Authorization": f"Bearer {client.api_key}"}
    with httpx2.Client(base_url=client.base_url, headers=headers, timeout=60) as http:
        return check_server(SyncSCIMClient(http), resource_types=list(resource_types) or None)


def failing(results: list[CheckResult]) -> set[tuple[str | None, str | None, str | None]]:
    """The results that are errors or worse."""
    found = [result for result in results if result.status in FAILING]
    return {(result.resource_type, result.title, result.reason) for result in found}


def test_no_check_fails(client: ScimClient) -> None:
    """A whole run, users and groups, nothing left out: no failing check."""
    results = checked(client)
    counts = Counter(result.status for result in results)

    assert failing(results) == set()
    assert counts[Status.SKIPPED] == 0
    assert counts[Status.SUCCESS] > 130
    assert {"User", "Group"} <= {result.resource_type for result in results}


def test_no_check_fails_in_strict_mode(strict_client: ScimClient) -> None:
    """Discovery and groups.

    Users are left out: it writes random text as language, country and certificate, which a strict connection refuses
    by the schema's format rules.
    """
    results = checked(strict_client, "Group")

    assert failing(results) == set()
    assert Counter(result.status for result in results)[Status.SUCCESS] > 40
