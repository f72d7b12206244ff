"""scim2-tester, an independent checker of servers, finds no failing check on the running server but the one listed.

Its exit code says nothing about its findings, so its results are read one by one.
"""

from collections import Counter

import httpx2
from scim2_client.engines.httpx2 import SyncSCIMClient
from scim2_tester import CheckResult, Status, check_server

from tests.harness.client import ScimClient

FAILING = {Status.ERROR, Status.CRITICAL}

# What it holds to be wrong and we do on purpose: (resource type, check, beginning of its reason) -> why.
ON_PURPOSE = {
    (
        "User",
        "check_remove_attribute",
        "PATCH modify() did not remove attribute 'active'",
    ): "R066 and pitfall 42: `active` always has a value and is always answered. Were it gone from a deactivated user, "
    "nobody could read whether the account is alive.",
}


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
    """A whole run, users and groups, nothing left out: no failing check that is not on purpose."""
    results = checked(client)
    counts = Counter(result.status for result in results)

    assert failing(results) == set(ON_PURPOSE)
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
