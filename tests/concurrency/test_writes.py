"""Writes that meet: one wins where only one may, and none is lost where all may."""

from collections import Counter
from typing import Any

from tests.concurrency.crowd import all_at_once
from tests.harness.client import Answer, ScimClient

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"


def create_user(client: ScimClient, name: str) -> Any:
    """The body of a new user."""
    answer = client.post("/Users", {"schemas": [USER], "userName": name})
    assert answer.status == 201, answer.raw
    return answer.body


def create_group(client: ScimClient, name: str, members: list[str] | None = None) -> str:
    """The id of a new group."""
    values = [{"value": member} for member in members or []]
    answer = client.post("/Groups", {"schemas": [GROUP], "displayName": name, "members": values})
    assert answer.status == 201, answer.raw
    return str(answer.body["id"])


def member_ids(client: ScimClient, group: str) -> list[str]:
    """The ids of a group's members as they are answered."""
    return [member["value"] for member in client.get(f"/Groups/{group}").body.get("members", [])]


def test_200_creates_of_one_user_name_make_one_user(client: ScimClient) -> None:
    """One 201, the rest 409 uniqueness, one row; letter case makes no other name."""

    def create(twin: ScimClient, number: int) -> Answer:
        name = "Only.One@example.com" if number % 2 else "only.one@EXAMPLE.com"
        return twin.post("/Users", {"schemas": [USER], "userName": name, "title": f"t{number}"})

    answers = all_at_once(client, 200, create)

    assert Counter(answer.status for answer in answers) == {201: 1, 409: 199}
    assert {answer.body["scimType"] for answer in answers if answer.status == 409} == {"uniqueness"}
    listed = client.get("/Users").body
    winner = next(answer.body for answer in answers if answer.status == 201)
    assert [user["id"] for user in listed["Resources"]] == [winner["id"]]


def test_100_member_adds_make_100_members(client: ScimClient) -> None:
    """Each PATCH adds its own member to one group: none is lost, and the version counts each."""
    users = [create_user(client, f"member{number}")["id"] for number in range(100)]
    group = create_group(client, "crowd")

    def add(twin: ScimClient, number: int) -> Answer:
        operation = {"op": "add", "path": "members", "value": [{"value": users[number]}]}
        return twin.patch(f"/Groups/{group}", operation)

    answers = all_at_once(client, 100, add)

    assert {answer.status for answer in answers} == {204}
    assert sorted(member_ids(client, group)) == sorted(users)
    assert client.get(f"/Groups/{group}").headers["etag"] == 'W/"101"'


def test_adds_and_removes_that_meet_each_count(client: ScimClient) -> None:
    """50 members leave while 50 others come: exactly the others are there."""
    users = [create_user(client, f"member{number}")["id"] for number in range(100)]
    group = create_group(client, "exchange", users[:50])

    def change(twin: ScimClient, number: int) -> Answer:
        if number < 50:
            path = f'members[value eq "{users[number]}"]'
            return twin.patch(f"/Groups/{group}", {"op": "remove", "path": path})
        operation = {"op": "add", "path": "members", "value": [{"value": users[number]}]}
        return twin.patch(f"/Groups/{group}", operation)

    answers = all_at_once(client, 100, change)

    assert {answer.status for answer in answers} == {204}
    assert sorted(member_ids(client, group)) == sorted(users[50:])


def test_one_member_added_by_all_is_there_once(client: ScimClient) -> None:
    """50 PATCHes add the same member: one membership, and one version for it."""
    user = create_user(client, "popular")["id"]
    group = create_group(client, "fans")

    def add(twin: ScimClient, _number: int) -> Answer:
        return twin.patch(f"/Groups/{group}", {"op": "add", "path": "members", "value": [{"value": user}]})

    answers = all_at_once(client, 50, add)

    assert {answer.status for answer in answers} == {204}
    assert member_ids(client, group) == [user]
    assert client.get(f"/Groups/{group}").headers["etag"] == 'W/"2"'


PATHS = [
    "displayName",
    "nickName",
    "title",
    "userType",
    "preferredLanguage",
    "name.givenName",
    "name.familyName",
    "name.middleName",
    "name.honorificPrefix",
    f"{ENTERPRISE}:employeeNumber",
    f"{ENTERPRISE}:costCenter",
    f"{ENTERPRISE}:organization",
    f"{ENTERPRISE}:division",
    f"{ENTERPRISE}:department",
]
REPEATS = 10


def value_at(user: dict[str, Any], path: str) -> Any:
    """The value at one of the PATHS."""
    if path.startswith(ENTERPRISE):
        return user[ENTERPRISE][path.removeprefix(f"{ENTERPRISE}:")]
    first, _, second = path.partition(".")
    return user[first][second] if second else user[first]


def test_patches_of_different_attributes_all_stay(client: ScimClient) -> None:
    """Without If-Match: each of 14 clients writes its own attribute ten times; the last of each is there."""
    user = create_user(client, "busy")["id"]

    def modify(twin: ScimClient, number: int) -> Answer:
        for turn in range(REPEATS):
            operation = {"op": "replace", "path": PATHS[number], "value": f"{number}-{turn}"}
            answer = twin.patch(f"/Users/{user}", operation)
            assert answer.status == 200, answer.raw
        return answer

    all_at_once(client, len(PATHS), modify)

    after = client.get(f"/Users/{user}")
    expected = {path: f"{number}-{REPEATS - 1}" for number, path in enumerate(PATHS)}
    assert {path: value_at(after.body, path) for path in PATHS} == expected
    assert after.headers["etag"] == f'W/"{1 + len(PATHS) * REPEATS}"'


def test_one_of_many_with_the_same_etag_wins(client: ScimClient) -> None:
    """20 PATCHes with If-Match on one version: one 200, the others 412, and the winner's value is there."""
    user = create_user(client, "raced")
    etag = user["meta"]["version"]

    def modify(twin: ScimClient, number: int) -> Answer:
        operation = {"op": "replace", "path": "title", "value": f"t{number}"}
        return twin.patch(f"/Users/{user['id']}", operation, headers={"If-Match": etag})

    answers = all_at_once(client, 20, modify)

    assert Counter(answer.status for answer in answers) == {200: 1, 412: 19}
    winner = next(answer for answer in answers if answer.status == 200)
    after = client.get(f"/Users/{user['id']}")
    assert after.body == winner.body
    assert after.headers["etag"] == 'W/"2"'


def test_one_of_many_puts_with_the_same_etag_wins(client: ScimClient) -> None:
    """The same for PUT and DELETE, mixed: whoever is first decides, all others are refused."""
    user = create_user(client, "raced")

    def write(twin: ScimClient, number: int) -> Answer:
        headers = {"If-Match": user["meta"]["version"]}
        if number % 5 == 0:
            return twin.delete(f"/Users/{user['id']}", headers=headers)
        body = {"schemas": [USER], "userName": "raced", "title": f"t{number}"}
        return twin.put(f"/Users/{user['id']}", body, headers=headers)

    answers = all_at_once(client, 20, write)

    done = [answer.status for answer in answers if answer.status in {200, 204}]
    assert len(done) == 1
    refused = {answer.status for answer in answers} - {200, 204}
    assert refused == ({404} if done == [204] else {412})
