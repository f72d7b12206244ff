"""RFC 7644 §3.8 and §8.1: media types, encoding and the bounds of bodies (R268 to R273)."""

import json

import pytest

from tests.conformance.bodies import compact, fresh, group, user
from tests.conformance.expect import MEDIA_TYPE, done, listed, new_user, read, refused
from tests.conformance.marks import requirement
from tests.harness.client import ScimClient


@requirement("R268")
@pytest.mark.parametrize(
    "media_type",
    [
        "application/scim+json",
        "application/json",
        "application/scim+json;charset=utf-8",
        "application/scim+json; charset=UTF-8",
        "application/json; charset=utf-8",
        "Application/SCIM+JSON",
        'application/json; charset="utf-8"; profile=x',
    ],
)
def test_r268_media_types(scim: ScimClient, media_type: str) -> None:
    """Both media types are accepted with parameters; answers are always scim+json."""
    answer = scim.post("/Users", user(), headers={"Content-Type": media_type, "Accept": "application/json"})

    assert answer.status == 201
    assert answer.headers["content-type"].startswith(MEDIA_TYPE)


@requirement("R269")
@pytest.mark.parametrize(
    "accept",
    [
        None,
        "*/*",
        "application/json",
        "application/scim+json",
        "text/html",
        "application/json, text/plain, */*",
        "",
        "x",
    ],
)
def test_r269_accept(scim: ScimClient, accept: str | None) -> None:
    """Whatever a client accepts, it gets scim+json and never 406."""
    answer = scim.get("/Users", headers={"Accept": accept})

    assert answer.status == 200
    assert answer.headers["content-type"].startswith(MEDIA_TYPE)


@requirement("R270")
@pytest.mark.parametrize(
    "media_type",
    [
        "application/xml",
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "text/html",
    ],
)
def test_r270_other_media_types(scim: ScimClient, media_type: str) -> None:
    """XML, forms and text are 415, whatever is in them."""
    refused(scim.post("/Users", user(), headers={"Content-Type": media_type}), 415)

    assert listed(scim)["totalResults"] == 0


@requirement("R270")
def test_r270_no_media_type(scim: ScimClient) -> None:
    """A body without Content-Type is taken for JSON."""
    done(scim.post("/Users", user(), headers={"Content-Type": None}), 201)


@requirement("R271")
@pytest.mark.parametrize("bad", [b"\xff", b"\xc3\x28", b"\xed\xa0\x80", b"\xc0\x80", b"\xf5\x80\x80\x80"])
def test_r271_no_utf_8(scim: ScimClient, bad: bytes) -> None:
    """What is no UTF-8 is refused."""
    raw = compact(user(title="@")).replace(b"@", bad)

    refused(scim.post("/Users", raw=raw), 400, "invalidSyntax", "invalidValue")


@requirement("R271")
def test_r271_utf_8(scim: ScimClient) -> None:
    """A byte order mark is tolerated, and text of all planes comes back."""
    text = "\u00e9\u4e2d\U0001f600\u200d\u05d0"
    made = done(scim.post("/Users", raw=b"\xef\xbb\xbf" + compact(user(title=text))), 201)

    assert read(scim, f"/Users/{made['id']}")["title"] == text


@requirement("R271")
@pytest.mark.parametrize("name", ["title", "userName", "externalId"])
def test_r271_nul(scim: ScimClient, name: str) -> None:
    """NUL in a string is refused."""
    refused(scim.post("/Users", user(**{name: "a\0b"})), 400, "invalidValue", "invalidSyntax")


@requirement("R272")
def test_r272_size(scim: ScimClient) -> None:
    """A user's body of just under one MiB is taken, one above it is 413; a group's may be larger."""
    photos = [{"value": f"https://example.com/{'x' * 10_000}/{number}"} for number in range(90)]
    assert 800_000 < len(json.dumps(photos)) < 1_000_000
    new_user(scim, photos=photos)

    refused(scim.post("/Users", user(photos=photos + photos)), 413)
    nobody = [{"value": "00000000-0000-4000-8000-000000000000", "display": "x" * 20_000}] * 100
    refused(scim.post("/Groups", group(members=nobody)), 400, "invalidValue")


@requirement("R272")
@pytest.mark.parametrize("depth", [40, 1000, 100_000])
@pytest.mark.parametrize("brackets", [(b"[", b"]"), (b'{"a":', b"}")])
def test_r272_depth(scim: ScimClient, depth: int, brackets: tuple[bytes, bytes]) -> None:
    """Deep nesting is refused."""
    opening, closing = brackets
    raw = compact(user(title="@")).replace(b'"@"', opening * depth + b"1" + closing * depth)

    refused(scim.post("/Users", raw=raw), 400, "invalidSyntax", "invalidValue")
    assert listed(scim)["totalResults"] == 0


@requirement("R272")
@pytest.mark.parametrize(
    "literal", [b"NaN", b"Infinity", b"-Infinity", b"1e400", b"9" * 100_000, b"0x1", b"01", b"1_000", b"tru"]
)
def test_r272_numbers(scim: ScimClient, literal: bytes) -> None:
    """Numbers that JSON does not have, or that have no bounds, are refused."""
    raw = compact(user(active="@")).replace(b'"@"', literal)

    refused(scim.post("/Users", raw=raw), 400, "invalidSyntax", "invalidValue")


@requirement("R273")
def test_r273_no_store(scim: ScimClient) -> None:
    """Answers with resources, and errors, are not to be cached."""
    made = new_user(scim, title=fresh())
    answers = [
        scim.get("/Users"),
        scim.get(f"/Users/{made['id']}"),
        scim.post("/Users", user()),
        scim.get("/Groups"),
        scim.get("/Users/x"),
    ]

    for answer in answers:
        assert "no-store" in answer.headers["cache-control"]
