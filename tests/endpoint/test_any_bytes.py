"""Any bytes as body, path, filter or header: a 2xx or a SCIM Error, and never a 500 (design law 12)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.endpoint.asgi import Endpoint, assert_scim

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
PATCH_OP = "urn:ietf:params:scim:api:messages:2.0:PatchOp"

_many = settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))

_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=12,
)
_names = st.sampled_from(
    [
        "userName",
        "name",
        "emails",
        "active",
        "members",
        "displayName",
        "externalId",
        "schemas",
        "id",
        "meta",
        "groups",
        "password",
        "x509Certificates",
        "addresses",
        "manager",
        ENTERPRISE,
        USER,
        "__proto__",
        "__class__",
    ]
)
_nearly = st.dictionaries(_names | st.text(max_size=8), _json, max_size=6)
_paths = st.sampled_from(
    [
        'emails[type eq "work"].value',
        "name.givenName",
        f"{ENTERPRISE}:manager",
        "members",
        'members[value eq "x"]',
        "active",
        "userName",
        "emails",
        "id",
        "meta.version",
        "groups",
        "schemas",
        'roles[primary eq "True"].value',
    ]
)
_operation = st.fixed_dictionaries(
    {},
    optional={
        "op": st.sampled_from(["add", "Replace", "REMOVE"]) | _json,
        "path": _paths | _json,
        "value": _json | _nearly,
    },
)
_fragments = st.sampled_from(
    [
        "userName",
        "emails",
        "[",
        "]",
        "(",
        ")",
        "eq",
        "ne",
        "co",
        "pr",
        "and",
        "or",
        "not",
        '"x"',
        "true",
        "null",
        "1",
        ".",
        " ",
        "type",
        "value",
        "meta.created",
        '"2020-01-01T00:00:00Z"',
        "urn:",
        USER,
        "\\",
        '"',
        "gt",
        "members",
        "İ",
        "%",
    ]
)


@pytest.fixture(scope="module", params=["default", "strict"])
def endpoint(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoint]:
    """The endpoint with a connection of each mode."""
    made = Endpoint(Path(tmp_path_factory.mktemp("any_bytes")))
    if request.param == "strict":
        made.connection_id, made.api_key = made.connection(strict=True)
    yield made
    made.close()


@pytest.fixture(scope="module")
def resources(endpoint: Endpoint) -> dict[str, bytes]:
    """A user and a group to aim at."""
    user = endpoint.request("POST", b"/Users", json.dumps({"schemas": [USER], "userName": "target"}).encode())
    group_type = "urn:ietf:params:scim:schemas:core:2.0:Group"
    members = [{"value": user.json["id"]}]
    body = {"schemas": [group_type], "displayName": "target", "members": members}
    group = endpoint.request("POST", b"/Groups", json.dumps(body).encode())
    return {
        "/Users": b"/Users/" + user.json["id"].encode(),
        "/Groups": b"/Groups/" + group.json["id"].encode(),
    }


@_many
@given(st.sampled_from(["POST", "PUT", "PATCH"]), st.sampled_from(["/Users", "/Groups"]), st.data())
def test_any_json_as_body(
    endpoint: Endpoint, resources: dict[str, bytes], method: str, collection: str, data: st.DataObject
) -> None:
    """Random JSON, and JSON that is nearly a resource or a PatchOp, in every writing operation."""
    patch = st.fixed_dictionaries(
        {"schemas": st.just([PATCH_OP]) | _json, "Operations": st.lists(_operation, max_size=4)}
    )
    known = st.fixed_dictionaries({"schemas": st.just([USER]), "userName": st.text(max_size=5)})
    body: Any = data.draw(_json | _nearly | patch | st.builds(lambda a, b: {**b, **a}, known, _nearly))
    path = collection.encode() if method == "POST" else resources[collection]
    assert_scim(endpoint.request(method, path, json.dumps(body).encode()))


@_many
@given(st.binary(max_size=300), st.sampled_from(["/Users", "/Groups", "/.search", "/Users/.search", "/Bulk"]))
def test_any_bytes_as_body(endpoint: Endpoint, body: bytes, path: str) -> None:
    """Bytes that are no JSON at all."""
    assert_scim(endpoint.request("POST", path.encode(), body))


@_many
@given(
    st.binary(max_size=60),
    st.sampled_from(["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "BREW"]),
)
def test_any_bytes_as_path(endpoint: Endpoint, path: bytes, method: str) -> None:
    """Whatever stands after the base URL, with any method."""
    response = endpoint.request(method, b"/" + path.replace(b"?", b""), b"{}")
    if method != "HEAD":
        assert_scim(response)


@_many
@given(st.lists(_fragments, max_size=12), st.sampled_from([b"/Users", b"/Groups", b"/"]))
def test_any_fragments_as_filter(endpoint: Endpoint, fragments: list[str], path: bytes) -> None:
    """Pieces of the grammar in any order, as a search body, so that every character arrives."""
    search = {
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"],
        "filter": " ".join(fragments),
    }
    assert_scim(endpoint.request("POST", path.rstrip(b"/") + b"/.search", json.dumps(search).encode()))


@_many
@given(st.binary(max_size=80))
def test_any_bytes_as_query_string(endpoint: Endpoint, query: bytes) -> None:
    """Bytes as query string, and as each known parameter."""
    for prefix in (b"", b"filter=", b"sortBy=", b"startIndex=", b"attributes="):
        assert_scim(endpoint.request("GET", b"/Users", query=prefix + query))


@_many
@given(
    st.sampled_from(
        [b"content-type", b"content-length", b"if-match", b"if-none-match", b"authorization", b"accept"]
    ),
    st.binary(max_size=40),
)
def test_any_bytes_as_header(
    endpoint: Endpoint, resources: dict[str, bytes], name: bytes, value: bytes
) -> None:
    """Every header that is looked at, with any value."""
    body = json.dumps({"schemas": [USER], "userName": "target"}).encode()
    response = endpoint.request("PUT", resources["/Users"], body, headers=((name, value),))
    assert_scim(response)
