"""RFC 7644 §4: the discovery endpoints (R274 to R278)."""

from urllib.parse import quote

import pytest

from tests.conformance.bodies import CONFIGURATION, ENTERPRISE, GROUP, LIST, USER
from tests.conformance.expect import done, listed, read, refused
from tests.conformance.marks import requirement
from tests.harness.client import ScimClient

ENDPOINTS = ["/ServiceProviderConfig", "/ResourceTypes", "/Schemas"]


@requirement("R274")
def test_r274_lists_and_single_resources(scim: ScimClient) -> None:
    """Schemas and resource types are lists, whose members can be read one by one; others are 404."""
    for endpoint in ("/ResourceTypes", "/Schemas"):
        body = listed(scim, endpoint)
        assert body["schemas"] == [LIST]
        for one in body["Resources"]:
            assert read(scim, f"{endpoint}/{one['id']}") == one
        refused(scim.get(f"{endpoint}/nothing"), 404)


@requirement("R275")
@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_r275_parameters_are_ignored(scim: ScimClient, endpoint: str) -> None:
    """Paging, sorting, attributes and unknown parameters change nothing."""
    query = {
        "startIndex": 2,
        "count": 1,
        "sortBy": "id",
        "attributes": "name",
        "excludedAttributes": "id",
        "foo": "bar",
    }

    assert read(scim, endpoint, **query) == read(scim, endpoint)


@requirement("R275")
@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_r275_filter_is_forbidden(scim: ScimClient, endpoint: str) -> None:
    """A filter is 403."""
    refused(scim.get(endpoint, query={"filter": 'id eq "x"'}), 403)


@requirement("R276")
@pytest.mark.parametrize("endpoint", [*ENDPOINTS, "/ResourceTypes/User", f"/Schemas/{USER}"])
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_r276_other_methods(scim: ScimClient, method: str, endpoint: str) -> None:
    """Discovery is read only: any other method is 405, and Allow says GET."""
    answer = scim.request(method, endpoint, {} if method != "DELETE" else None)

    refused(answer, 405)
    assert "GET" in answer.headers["allow"]
    assert method not in answer.headers["allow"]


@requirement("R277")
def test_r277_configuration_is_one_object(scim: ScimClient) -> None:
    """ServiceProviderConfig is no list, and has no members below it."""
    body = read(scim, "/ServiceProviderConfig")

    assert body["schemas"] == [CONFIGURATION]
    assert "Resources" not in body
    assert body["meta"]["resourceType"] == "ServiceProviderConfig"
    assert body["meta"]["location"] == f"{scim.base_url}/ServiceProviderConfig"
    refused(scim.get("/ServiceProviderConfig/x"), 404)


@requirement("R278")
@pytest.mark.parametrize("urn", [USER, GROUP, ENTERPRISE])
def test_r278_schema_uris_in_paths(scim: ScimClient, urn: str) -> None:
    """A schema's URI works raw, percent-encoded and in another case."""
    raw = read(scim, f"/Schemas/{urn}")

    assert raw["id"] == urn
    for spelling in (quote(urn, safe=""), urn.upper(), urn.lower(), quote(urn.upper(), safe="")):
        assert done(scim.get(f"/Schemas/{spelling}")) == raw
