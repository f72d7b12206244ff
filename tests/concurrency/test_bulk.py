"""Bulk requests at the same time, on the same resources in different orders: all of them are done, nothing is lost."""

from random import Random

from tests.concurrency.crowd import all_at_once
from tests.conformance.bodies import operation
from tests.conformance.bulking import patch, rename, request
from tests.conformance.expect import member_ids, new_group, new_user, read
from tests.harness.client import Answer, ScimClient

SENDERS, USERS = 8, 20


def test_bulk_requests_that_meet_are_all_done(client: ScimClient) -> None:
    """Eight bulk requests rename the same users and leave and join the same group, each in an order of its own."""
    users = [new_user(client)["id"] for _ in range(USERS)]
    team = new_group(client)["id"]

    def operations(number: int) -> list[dict[str, object]]:
        made = [rename(f"/Users/{user}", f"name {number}") for user in users]
        made += [
            patch(f"/Groups/{team}", operation("add", "members", [{"value": user}]))
            for user in users[number::SENDERS]
        ]
        Random(number).shuffle(made)
        return made

    def send(twin: ScimClient, number: int) -> Answer:
        return twin.post("/Bulk", request(*operations(number)))

    answers = all_at_once(client, SENDERS, send)

    assert [answer.status for answer in answers] == [200] * SENDERS
    results = [result for answer in answers for result in answer.body["Operations"]]
    assert {result["status"] for result in results} <= {"200", "204"}
    for user in users:
        versions = [result["version"] for result in results if result["location"].endswith(f"/Users/{user}")]
        assert sorted(versions) == sorted(f'W/"{number}"' for number in range(2, SENDERS + 2))
        assert read(client, f"/Users/{user}")["meta"]["version"] == f'W/"{SENDERS + 1}"'
    assert member_ids(read(client, f"/Groups/{team}")) == set(users)
