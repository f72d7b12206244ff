"""RFC 7644 §3.2: endpoints, methods and the spelling of paths (R116 to R122)."""

import pytest

from tests.conformance.bodies import LIST, group, user
from tests.conformance.expect import done, listed, new_group, new_user, refused
from tests.conformance.marks import Body, requirement
from tests.harness.client import ScimClient

NOBODY = "00000000-0000-4000-8000-000000000000"


@requirement("R116")
@pytest.mark.parametrize("endpoint, body", [("/Users", user), ("/Groups", group)])
def test_r116_resources(scim: ScimClient, endpoint: str, body: Body) -> None:
    """Users and groups are created, retrieved, queried, replaced, modified and deleted."""
    first = body()
    made = done(scim.post(endpoint, first), 201)
    target = f"{endpoint}/{made['id']}"

    assert listed(scim, endpoint)["totalResults"] == 1
    assert done(scim.get(target))["id"] == made["id"]
    assert done(scim.put(target, first))["id"] == made["id"]
    assert scim.patch(target, {"op": "replace", "path": "externalId", "value": "x"}).status in (200, 204)
    done(scim.delete(target), 204)


@requirement("R116")
def test_r116_other_endpoints(scim: ScimClient) -> None:
    """Discovery and search answer; what is not offered says so with 501."""
    for endpoint in ("/ServiceProviderConfig", "/ResourceTypes", "/Schemas"):
        done(scim.get(endpoint))
    for endpoint in ("/.search", "/Users/.search", "/Groups/.search"):
        body = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"]}
        assert done(scim.post(endpoint, body))["schemas"] == [LIST]
    refused(scim.get("/Me"), 501)
    refused(scim.post("/Bulk", {}), 400, "invalidSyntax")


@requirement("R117")
@pytest.mark.parametrize("endpoint, body", [("/Users", user), ("/Groups", group)])
def test_r117_put_never_creates(scim: ScimClient, endpoint: str, body: Body) -> None:
    """PUT on an unknown id is 404 and makes nothing."""
    refused(scim.put(f"{endpoint}/{NOBODY}", body()), 404)

    assert listed(scim, endpoint)["totalResults"] == 0


@requirement("R118")
@pytest.mark.parametrize(
    "method, target, allowed",
    [
        ("PUT", "/Users", {"GET", "POST"}),
        ("PATCH", "/Users", {"GET", "POST"}),
        ("DELETE", "/Groups", {"GET", "POST"}),
        ("POST", f"/Users/{NOBODY}", {"GET", "PUT", "PATCH", "DELETE"}),
        ("POST", f"/Groups/{NOBODY}", {"GET", "PUT", "PATCH", "DELETE"}),
        ("GET", "/Users/.search", {"POST"}),
        ("DELETE", "/.search", {"POST"}),
        ("TRACE", "/Users", {"GET", "POST"}),
        ("REPORT", "/Users", {"GET", "POST"}),
    ],
)
def test_r118_wrong_methods(scim: ScimClient, method: str, target: str, allowed: set[str]) -> None:
    """A method that the route does not have is 405 with the ones it has."""
    answer = scim.request(method, target, user() if method in {"PUT", "PATCH", "POST"} else None)

    refused(answer, 405)
    named = {name.strip() for name in answer.headers["allow"].split(",")}
    assert allowed <= named
    assert method not in named


@requirement("R118")
def test_r118_methods_that_nobody_knows(scim: ScimClient) -> None:
    """A method that is none of HTTP's is 501."""
    refused(scim.request("BREW", "/Users"), 501)


@requirement("R119")
@pytest.mark.parametrize("version", ["v1", "v3", "v2.0", "V2", "2", ""])
def test_r119_other_versions(scim: ScimClient, version: str) -> None:
    """Another version than v2 is refused, never served as v2."""
    path = scim.base_path.removesuffix("v2") + version
    answer = scim.get(f"{path.removesuffix('/')}/Users", absolute=True)

    refused(answer, 400, "invalidVers") if answer.status == 400 else refused(answer, 404)


@requirement("R120")
def test_r120_resources_are_addressed_by_id(scim: ScimClient) -> None:
    """Neither userName, externalId nor displayName is an address."""
    made = new_user(scim, externalId="ext")
    crowd = new_group(scim, displayName="crowd")

    for target in (
        f"/Users/{made['userName']}",
        "/Users/ext",
        "/Groups/crowd",
        f"/Groups/{made['id']}",
        f"/{made['id']}",
    ):
        refused(scim.get(target), 404)
    refused(scim.get(f"/Users/{crowd['id']}"), 404)


@requirement("R121")
@pytest.mark.parametrize(
    "spelling",
    [
        "/%55sers",
        "/Users/",
        "//Users",
        "/Users//",
        "/users",
        "/USERS",
        "/Users;x=1",
        "/Users/;x",
        "/Groups/../Users",
        "/Groups/%2e%2e/Users",
        "/Groups/%252e%252e/Users",
        "/./Users",
        "%2FUsers",
        "/%2555sers",
        "/Users%00",
        "/Users%0a",
        "/Users%",
        "/Users%zz",
        "/Users\\",
    ],
)
def test_r121_odd_paths(scim: ScimClient, spelling: str) -> None:
    """An odd spelling is 401 or 404 without a credential, and the canonical answer or an error with one."""
    new_user(scim)
    anonymous = scim.get(spelling, headers={"Authorization": None})
    answer = scim.get(spelling)

    refused(anonymous, anonymous.status)
    assert anonymous.status in (400, 401, 404)
    if answer.status == 200:
        assert answer.body == scim.get("/Users").body
    else:
        refused(answer, answer.status)
        assert answer.status in (400, 404)


@requirement("R121")
@pytest.mark.parametrize("letter", range(5))
def test_r121_encoded_letters(scim: ScimClient, letter: int) -> None:
    """Any single letter of the endpoint may be percent-encoded once, and then means itself."""
    name = "Users"
    spelling = f"/{name[:letter]}%{ord(name[letter]):02X}{name[letter + 1 :]}"

    refused(scim.get(spelling, headers={"Authorization": None}), 401)
    assert done(scim.get(spelling)) == done(scim.get("/Users"))


@requirement("R122")
def test_r122_no_suffix(scim: ScimClient) -> None:
    """The .scim suffix is not part of any address."""
    made = new_user(scim)

    refused(scim.get(f"/Users/{made['id']}.scim"), 404)
    refused(scim.get("/Users.scim"), 404)
