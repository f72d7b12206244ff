"""RFC 7644 §3.4.2.5, §3.9 and §3.4.3: attributes, excludedAttributes and POST .search (R183 to R192)."""

from typing import Any

import pytest

from tests.conformance.bodies import ENTERPRISE, LIST, SEARCH, USER, enterprise_user, user
from tests.conformance.expect import done, found, listed, new_group, new_user, read, refused, replace
from tests.conformance.marks import requirement
from tests.harness.client import Answer, ScimClient

MINIMUM = {"schemas", "id"}
EMAILS = [{"value": "a@example.com", "type": "work"}]


def sample(scim: ScimClient) -> dict[str, Any]:
    """A user with a bit of everything."""
    extra = {"name": {"givenName": "A", "familyName": "B"}, "emails": EMAILS, "title": "T"}
    return new_user(scim, enterprise_user(department="D", division="V") | extra)


def search(scim: ScimClient, target: str = "/Users", **parameters: Any) -> Answer:
    """The answer to a SearchRequest."""
    return scim.post(f"{target}/.search", {"schemas": [SEARCH]} | parameters)


@requirement("R183")
def test_r183_parameters_on_every_operation(scim: ScimClient) -> None:
    """GET, list, .search, POST, PUT and PATCH honour attributes and excludedAttributes."""
    body = user(title="T", nickName="N")
    chosen, without = {"attributes": "title"}, {"excludedAttributes": "title"}
    made = done(scim.post("/Users", body, query=chosen), 201)
    target = f"/Users/{made['id']}"
    answers = [
        made,
        done(scim.get(target, query=chosen)),
        done(scim.get("/Users", query=chosen))["Resources"][0],
        done(search(scim, attributes=["title"]))["Resources"][0],
        done(scim.put(target, body, query=chosen)),
        done(scim.patch(target, replace("nickName", "M"), query=chosen)),
    ]
    assert all(set(answer) == MINIMUM | {"title"} for answer in answers)

    lacking = [
        done(scim.get(target, query=without)),
        done(scim.get("/Users", query=without))["Resources"][0],
        done(search(scim, excludedAttributes=["title"]))["Resources"][0],
        done(scim.put(target, body, query=without)),
        done(scim.patch(target, replace("nickName", "O"), query=without)),
        done(scim.post("/Users", user(title="T", nickName="N"), query=without), 201),
    ]
    assert all("title" not in answer and "nickName" in answer for answer in lacking)


@requirement("R184")
@pytest.mark.parametrize(
    "names, expected",
    [
        ("title", {"title": "T"}),
        ("TITLE", {"title": "T"}),
        (f"{USER}:title", {"title": "T"}),
        ("title,name.givenName", {"title": "T", "name": {"givenName": "A"}}),
        ("title, name", {"title": "T", "name": {"givenName": "A", "familyName": "B"}}),
        ("emails.value", {"emails": [{"value": "a@example.com"}]}),
        (f"{ENTERPRISE}:department", {ENTERPRISE: {"department": "D"}}),
        (ENTERPRISE, {ENTERPRISE: {"department": "D", "division": "V"}}),
        (f"{ENTERPRISE.upper()}:DEPARTMENT,title", {ENTERPRISE: {"department": "D"}, "title": "T"}),
    ],
)
def test_r184_notations(scim: ScimClient, names: str, expected: dict[str, Any]) -> None:
    """Attributes are named plainly, with a part, with their schema, or as a whole extension."""
    made = sample(scim)
    body = read(scim, f"/Users/{made['id']}", attributes=names)

    assert {key: value for key, value in body.items() if key not in MINIMUM} == expected


@requirement("R184", "R186")
def test_r184_notations_when_excluding(scim: ScimClient) -> None:
    """The same notations exclude; what is always returned stays."""
    made = sample(scim)
    names = f"name.givenName,emails.type,{ENTERPRISE}:department,id,schemas,TITLE"
    body = read(scim, f"/Users/{made['id']}", excludedAttributes=names)

    assert set(body) >= MINIMUM
    assert body["name"] == {"familyName": "B"}
    assert body["emails"] == [{"value": "a@example.com"}]
    assert body[ENTERPRISE] == {"division": "V"}
    assert "title" not in body
    assert body["userName"] == made["userName"]


@requirement("R185")
def test_r185_the_minimum(scim: ScimClient) -> None:
    """With attributes come those asked for, schemas and id; meta only when asked for."""
    made = sample(scim)
    target = f"/Users/{made['id']}"

    assert set(read(scim, target, attributes="nickName")) == MINIMUM
    assert set(read(scim, target, attributes="meta")) == MINIMUM | {"meta"}
    assert read(scim, target, attributes="meta.version")["meta"] == {"version": made["meta"]["version"]}
    assert set(listed(scim, attributes="userName")["Resources"][0]) == MINIMUM | {"userName"}


@requirement("R187")
def test_r187_unknown_and_empty_names(scim: ScimClient) -> None:
    """Unknown names are ignored; an empty parameter is none; both together are refused."""
    made = sample(scim)
    target = f"/Users/{made['id']}"

    assert set(read(scim, target, attributes="title,nosuch,urn:example:x:y")) == MINIMUM | {"title"}
    assert read(scim, target, excludedAttributes="nosuch,name.nosuch") == made
    assert read(scim, target, attributes="") == made
    both = {"attributes": "title", "excludedAttributes": "name"}
    refused(scim.get(target, query=both), 400, "invalidSyntax")
    refused(scim.get("/Users", query=both), 400, "invalidSyntax")


@requirement("R188")
def test_r188_members_left_out(scim: ScimClient) -> None:
    """Groups are retrieved, listed and searched without their members."""
    crowd = new_group(scim, *(new_user(scim)["id"] for _ in range(20)))
    assert len(crowd["members"]) == 20
    query = {"excludedAttributes": "members"}
    bodies = [
        read(scim, f"/Groups/{crowd['id']}", **query),
        listed(scim, "/Groups", **query)["Resources"][0],
        listed(scim, "/Groups", filter=f'displayName eq "{crowd["displayName"]}"', **query)["Resources"][0],
        done(search(scim, "/Groups", excludedAttributes=["members"]))["Resources"][0],
    ]

    for body in bodies:
        assert body == {key: value for key, value in crowd.items() if key != "members"}


@requirement("R189")
def test_r189_patch_with_attributes(scim: ScimClient) -> None:
    """A PATCH of a group with attributes answers 200 and those attributes, otherwise 204."""
    crowd = new_group(scim)
    target = f"/Groups/{crowd['id']}"
    plain = scim.patch(target, replace("displayName", "A"))
    answer = scim.patch(target, replace("displayName", "B"), query={"attributes": "displayName"})

    assert (plain.status, plain.raw) == (204, b"")
    assert done(answer) == {"schemas": crowd["schemas"], "id": crowd["id"], "displayName": "B"}
    assert answer.headers["etag"] == read(scim, target)["meta"]["version"]


@requirement("R190")
def test_r190_search(scim: ScimClient) -> None:
    """A SearchRequest at the root and at each endpoint answers a ListResponse."""
    made, crowd = new_user(scim), new_group(scim)

    for target, expected in (
        ("", {made["id"], crowd["id"]}),
        ("/Users", {made["id"]}),
        ("/Groups", {crowd["id"]}),
    ):
        body = done(search(scim, target, filter="id pr", startIndex=1, count=10))
        assert body["schemas"] == [LIST]
        assert {one["id"] for one in body["Resources"]} == expected


@requirement("R191")
@pytest.mark.parametrize("schemas", [[USER], ["urn:example:x"], [LIST], "x"])
def test_r191_another_message(scim: ScimClient, schemas: Any) -> None:
    """Another message than a SearchRequest is refused."""
    refused(scim.post("/Users/.search", {"schemas": schemas}), 400, "invalidSyntax")


@requirement("R191")
def test_r191_message_without_schemas(scim: ScimClient) -> None:
    """A search without schemas is refused when strict; by default it is refused or served."""
    answer = scim.post("/Users/.search", {"filter": "id pr"})

    if scim.strict or answer.status != 200:
        refused(answer, 400, "invalidSyntax")
    else:
        assert answer.body["totalResults"] == 0


@requirement("R191")
@pytest.mark.parametrize(
    "parameters",
    [
        {"count": "1"},
        {"startIndex": 1.5},
        {"filter": 5},
        {"attributes": "title"},
        {"sortBy": ["title"]},
        {"count": True},
    ],
)
def test_r191_parameters_of_wrong_types(scim: ScimClient, parameters: dict[str, Any]) -> None:
    """The parameters of a search have JSON types; others are refused, or taken for what they say."""
    answer = search(scim, **parameters)

    if answer.status != 200:
        refused(answer, 400, "invalidValue", "invalidSyntax", "invalidFilter")


@requirement("R192")
@pytest.mark.parametrize(
    "query",
    [
        {},
        {"filter": 'userName sw "u" and title eq "A"'},
        {"sortBy": "userName", "sortOrder": "descending"},
        {"startIndex": 2, "count": 2},
        {"count": 0},
        {"filter": "title pr", "sortBy": "title", "startIndex": 2, "count": 1},
    ],
)
def test_r192_search_is_get(scim: ScimClient, query: dict[str, Any]) -> None:
    """The same parameters give the same answer as a GET."""
    for number in range(5):
        new_user(scim, title="AB"[number % 2])

    assert done(search(scim, **query)) == listed(scim, **query)
    chosen = done(search(scim, **query, attributes=["title", "userName"]))
    assert chosen == listed(scim, **query, attributes="title,userName")


@requirement("R192")
def test_r192_search_has_the_same_limits(scim: ScimClient) -> None:
    """A bad filter is as bad in a search, and nothing of others is found."""
    refused(search(scim, filter="nosuch pr"), 400, "invalidFilter")
    refused(search(scim, filter='userName zz "x"'), 400, "invalidFilter")
    assert found(scim, "id pr") == {one["id"] for one in done(search(scim, filter="id pr"))["Resources"]}
