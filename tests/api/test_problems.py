"""Whatever goes wrong is a problem document, which quotes nothing that was sent."""

from typing import Any

import pytest
from structlog.testing import capture_logs

from muster.directory.failures import StoreUnavailable
from tests.api.asgi import Api, assert_problem

SECRET = "msm_hunter2hunter2"


def test_an_address_that_is_not_there(api_on_sqlite: Api) -> None:
    """404 with a key; so is a path with U+0000."""
    assert_problem(api_on_sqlite.request("GET", "/nothing"), 404, "not_found")
    assert_problem(api_on_sqlite.request("GET", "/api-keys/%00"), 404, "not_found")
    assert_problem(api_on_sqlite.request("GET", "/organizations/"), 404, "not_found")


def test_a_method_that_an_address_does_not_take(api_on_sqlite: Api) -> None:
    """405 with Allow; OPTIONS says the same without an error, and HEAD is GET without a body."""
    answer = api_on_sqlite.request("DELETE", "/organizations")
    assert_problem(answer, 405, "method_not_allowed")
    assert answer.headers["allow"] == "GET, POST, HEAD, OPTIONS"
    options = api_on_sqlite.request("OPTIONS", "/organizations")
    assert (options.status, options.headers["allow"]) == (204, answer.headers["allow"])
    head = api_on_sqlite.request("HEAD", "/organizations")
    assert (head.status, head.body) == (200, b"")


@pytest.mark.parametrize(
    "content, media_type, status, code",
    [
        (b"{", b"application/json", 400, "malformed"),
        (b'{"name": NaN}', b"application/json", 400, "malformed"),
        (b"\xff", b"application/json", 400, "malformed"),
        (b"[" * 100_000, b"application/json", 400, "malformed"),
        (b'{"name": "a", "na\\u006de": "b"}', b"application/json", 400, "malformed"),
        (b'{"name": "a\\u0000"}', b"application/json", 400, "malformed"),
        (b'{"name": "\\ud800"}', b"application/json", 400, "malformed"),
        (b'{"name": ' + b"9" * 5000 + b"}", b"application/json", 400, "malformed"),
        (b"[" + b"{}," * 100_000 + b"{}]", b"application/json", 422, "invalid"),
        (b"name=x", b"application/x-www-form-urlencoded", 415, "unsupported_media_type"),
        (b"{}", b"", 415, "unsupported_media_type"),
        (b"[]", b"application/json", 422, "invalid"),
        (b"", b"application/json", 422, "invalid"),
        (b" " * (1024 * 1024 + 1), b"application/json", 413, "too_large"),
    ],
)
def test_a_body_that_is_not_what_it_must_be(
    api_on_sqlite: Api, content: bytes, media_type: bytes, status: int, code: str
) -> None:
    """Refused by its kind, and nothing is made."""
    headers = ((b"content-type", media_type), (b"content-length", b"%d" % len(content)))
    assert_problem(
        api_on_sqlite.request("POST", "/organizations", content=content, headers=headers), status, code
    )
    assert api_on_sqlite.request("GET", "/organizations").json["items"] == []


def test_a_parameter_that_is_not_known_is_refused_by_its_name(api_on_sqlite: Api) -> None:
    """On every method, however it is spelled; so is one that comes twice. Nothing is done."""
    for path, name in (
        ("/organizations?limt=5", "limt"),
        ("/organizations?limit=5&", None),
        ("/organizations?limit=5&%6cimit=6", "limit"),
        ("/organizations?limit=5&x", "x"),
        ("/api-keys?Organization=00000000", "Organization"),
    ):
        answer = api_on_sqlite.request("GET", path)
        if name is None:
            assert answer.status == 200
            continue
        document = assert_problem(answer, 400, "invalid_parameter")
        assert [one["parameter"] for one in document["errors"]] == [name]
        assert name in document["detail"]
    answer = api_on_sqlite.request("POST", "/organizations?organization=x", {"name": "acme"})
    assert_problem(answer, 400, "invalid_parameter")
    assert api_on_sqlite.request("GET", "/organizations").json["items"] == []


def test_a_key_in_the_wrong_place_is_not_shown(api: Api) -> None:
    """As an id, an organization, a parameter, a field, a name: whatever says what is wrong leaves it out."""
    id = api.new_organization("acme")
    api.new_organization(api.key)
    secret = api.key.encode()
    for method, path, body in (
        ("GET", f"/{api.key}", None),
        ("GET", f"/api-keys/{api.key}", None),
        ("GET", f"/organizations/{api.key}", None),
        ("GET", f"/api-keys?organization={api.key}", None),
        ("GET", f"/organizations?cursor={api.key}", None),
        ("GET", f"/organizations?{api.key}=1", None),
        ("POST", "/organizations", {"name": api.key}),
        ("POST", "/organizations", {"name": "x", api.key: 1}),
        ("PATCH", f"/organizations/{id}", {"redacted": [f"{api.key} "]}),
        ("PATCH", f"/organizations/{id}", {"redacted": [{api.key: 1}]}),
        ("POST", "/api-keys", {"name": "x", "ttl": api.key[:20]}),
        ("POST", f"/api-keys/{api.key}/revoke", None),
    ):
        answer = api.request(method, path, body)
        assert answer.status >= 400, path
        assert secret[:20] not in answer.body, (path, answer)
    content = f'{{"{api.key}": 1, "{api.key}": 2}}'.encode()
    headers = ((b"content-type", b"application/json"),)
    answer = api.request("POST", "/organizations", content=content, headers=headers)
    assert "(not shown) stands twice" in assert_problem(answer, 400, "malformed")["detail"].replace("'", "")


@pytest.mark.parametrize("body", [{"name": [SECRET]}, {"name": "x", "ttl": SECRET * 2}, {"scopes": SECRET}])
def test_a_refusal_quotes_no_value(api_on_sqlite: Api, body: Any) -> None:
    """It says where and what is expected."""
    answer = api_on_sqlite.request("POST", "/api-keys", body)
    assert answer.status == 422
    assert SECRET.encode() not in answer.body


def test_a_database_that_cannot_is_a_503(api_on_sqlite: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    """With Retry-After, and without the reason."""

    async def lost(*_: object) -> None:
        raise StoreUnavailable("disk 7 is on fire")

    monkeypatch.setattr(api_on_sqlite.database, "organizations_behind", lost)
    answer = api_on_sqlite.request("GET", "/organizations")
    assert_problem(answer, 503, "unavailable")
    assert answer.headers["retry-after"] == "1"
    assert b"fire" not in answer.body


def test_a_bug_is_a_500_that_tells_nothing(api_on_sqlite: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    """But the request's id, under which the operator finds it."""

    async def broken(*_: object) -> None:
        raise RuntimeError(SECRET)

    monkeypatch.setattr(api_on_sqlite.database, "organizations_behind", broken)
    with capture_logs() as logged:
        answer = api_on_sqlite.request("GET", "/organizations")
    assert [line["event"] for line in logged] == ["unexpected error"]
    document = assert_problem(answer, 500, "internal")
    assert answer.headers["x-request-id"] in document["detail"]
    assert SECRET.encode() not in answer.body
