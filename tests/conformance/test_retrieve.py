"""RFC 7644 §3.4.1 and §3.4.2: retrieving one resource, and the envelope of a list (R132 to R143)."""

import pytest

from tests.conformance.bodies import LIST, fresh, user
from tests.conformance.expect import (
    bad_filter,
    done,
    found,
    listed,
    modified,
    new_group,
    new_user,
    read,
    refused,
    replace,
)
from tests.conformance.marks import Connect, requirement
from tests.harness.client import ScimClient

NOBODY = "00000000-0000-4000-8000-000000000000"


@requirement("R132")
def test_r132_retrieved(scim: ScimClient) -> None:
    """200 with ETag, a location header and the resource as it was created."""
    made = new_user(scim, password="t1meMa$heen", title="T")
    answer = scim.get(f"/Users/{made['id']}")

    assert done(answer) == made
    assert answer.headers["etag"] == made["meta"]["version"]
    assert made["meta"]["location"] in {
        answer.headers.get("location"),
        answer.headers.get("content-location"),
    }
    assert "password" not in made


@requirement("R133")
def test_r133_not_here(scim: ScimClient, connect: Connect) -> None:
    """Unknown, malformed, deleted and foreign ids get one and the same 404."""
    deleted = new_user(scim)["id"]
    done(scim.delete(f"/Users/{deleted}"), 204)
    foreign = new_user(connect(strict=scim.strict))["id"]

    errors = []
    for missing in (NOBODY, deleted, foreign, "x"):
        error = refused(scim.get(f"/Users/{missing}"), 404)
        errors.append({key: str(value).replace(missing, "ID") for key, value in error.items()})
    assert errors == [errors[0]] * 4


@requirement("R134")
def test_r134_inactive_users_are_visible(scim: ScimClient) -> None:
    """A deactivated user is retrieved, listed, found, and keeps its memberships."""
    made = new_user(scim)
    crowd = new_group(scim, made["id"])
    modified(scim, f"/Users/{made['id']}", replace("active", False))

    assert read(scim, f"/Users/{made['id']}")["active"] is False
    assert listed(scim)["totalResults"] == 1
    assert found(scim, f'userName eq "{made["userName"]}"') == {made["id"]}
    assert [one["value"] for one in read(scim, f"/Users/{made['id']}")["groups"]] == [crowd["id"]]
    assert read(scim, f"/Groups/{crowd['id']}")["members"][0]["value"] == made["id"]


@requirement("R135")
def test_r135_not_modified(scim: ScimClient) -> None:
    """If-None-Match with the current version, weak or not, is 304 without body."""
    made = new_user(scim)
    target = f"/Users/{made['id']}"
    version = made["meta"]["version"]

    for tag in (version, version.removeprefix("W/"), "*", f'"x", {version}'):
        for query in ({}, {"attributes": "userName"}):
            answer = scim.get(target, headers={"If-None-Match": tag}, query=query)
            assert (answer.status, answer.raw) == (304, b""), tag
            assert answer.headers["etag"] == version
    assert done(scim.get(target, headers={"If-None-Match": 'W/"other"'})) == made
    changed = modified(scim, target, replace("title", "T"))
    assert done(scim.get(target, headers={"If-None-Match": version})) == changed


@requirement("R136")
def test_r136_list_response(scim: ScimClient) -> None:
    """A list says what it is, how many there are, where it begins and how long it is."""
    for _ in range(3):
        new_user(scim)
    body = listed(scim, startIndex=2, count=1)

    assert (body["schemas"], body["totalResults"]) == ([LIST], 3)
    assert (body["startIndex"], body["itemsPerPage"], len(body["Resources"])) == (2, 1, 1)
    assert all(isinstance(body[name], int) for name in ("totalResults", "startIndex", "itemsPerPage"))


@requirement("R137")
@pytest.mark.parametrize("endpoint", ["/Users", "/Groups"])
def test_r137_no_match(scim: ScimClient, endpoint: str) -> None:
    """Nothing found is 200 with an empty list."""
    for query in ({}, {"filter": f'id eq "{NOBODY}"'}):
        body = listed(scim, endpoint, **query)
        expected = {"schemas": [LIST], "totalResults": 0, "startIndex": 1, "itemsPerPage": 0, "Resources": []}
        assert body == expected


@requirement("R138")
@pytest.mark.parametrize(
    "query", ["foo=bar", "aadOptscim062020", "aadOptscim062020=", "=", "&&", "foo=1&foo=2", ""]
)
def test_r138_unknown_parameters(scim: ScimClient, query: str) -> None:
    """Parameters that nobody knows are ignored."""
    made = new_user(scim)

    assert done(scim.get(f"/Users?{query}"))["totalResults"] == 1
    assert done(scim.get(f"/Users/{made['id']}?{query}")) == made


@requirement("R139")
@pytest.mark.parametrize(
    "query",
    ["count=1&count=2", "count=1&count=1", "startIndex=1&startIndex=2", "attributes=id&attributes=userName"],
)
def test_r139_parameters_given_twice(scim: ScimClient, query: str) -> None:
    """A known parameter that is given twice is refused."""
    refused(scim.get(f"/Users?{query}"), 400)


@requirement("R139")
def test_r139_filter_given_twice(scim: ScimClient) -> None:
    """Two filters are refused."""
    refused(scim.get("/Users?filter=id%20pr&filter=userName%20pr"), 400)


@requirement("R140")
@pytest.mark.parametrize("target", ["", "/"])
def test_r140_root_queries(scim: ScimClient, target: str) -> None:
    """A query at the root finds users and groups; what a type does not have is absent there."""
    made, crowd = new_user(scim), new_group(scim)
    expression = f'userName eq "{made["userName"]}" or displayName eq "{crowd["displayName"]}"'

    assert found(scim, expression, target) == {made["id"], crowd["id"]}
    assert found(scim, "userName pr", target) == {made["id"]}
    assert found(scim, "not (userName pr)", target) == {crowd["id"]}
    assert found(scim, 'meta.resourceType eq "Group"', target) == {crowd["id"]}


@requirement("R141")
def test_r141_many_results_are_paged(scim: ScimClient) -> None:
    """A query without filter is served in pages rather than refused; where refused it is tooMany."""
    new_user(scim)
    new_group(scim)
    answer = scim.get("/")

    if answer.status == 200:
        assert answer.body["totalResults"] == 2
    else:
        refused(answer, 400, "tooMany")


@requirement("R142")
def test_r142_queries_on_one_resource(scim: ScimClient) -> None:
    """The attributes parameter works on a single resource; a filter there is refused."""
    made = new_user(scim, title="T")
    target = f"/Users/{made['id']}"

    assert set(read(scim, target, attributes="title")) == {"schemas", "id", "title"}
    bad_filter(scim, "userName pr", target)


@requirement("R143")
@pytest.mark.parametrize(
    "expression", ['nosuch eq "x"', "nosuch pr", "not (nosuch pr)", 'name.nosuch eq "x"']
)
def test_r143_unknown_attributes(scim: ScimClient, expression: str) -> None:
    """An attribute of no schema of the type is refused in a filter."""
    new_user(scim)

    bad_filter(scim, expression)


@requirement("R143")
def test_r143_unknown_attributes_at_the_root(scim: ScimClient) -> None:
    """At the root an unknown attribute is absent, and no type answers for another's."""
    made = done(scim.post("/Users", user(userName=fresh())), 201)

    assert found(scim, 'nosuch eq "x"', "/") == set()
    assert found(scim, 'nosuch eq "x" or userName pr', "/") == {made["id"]}
    bad_filter(scim, f'members.value eq "{NOBODY}"', "/Users")
    bad_filter(scim, 'userName eq "x"', "/Groups")
