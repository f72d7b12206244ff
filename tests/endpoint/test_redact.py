"""What the request log never keeps."""

from __future__ import annotations

import base64
import json
import subprocess
import sys

import pytest

from muster.directory.secrecy import HIDDEN
from muster.endpoint.redact import redacted_body, redacted_target, redacted_text

PREFIXES = ("mst_", "msm_", "mss_", "msl_", "msi_", "msn_")
_KEY = "mst_0123456789abcdefghjkm_0123456789abcdefghjkmnpqrstvwxyz0123456"


@pytest.mark.parametrize(
    "body",
    [
        {"password": "s3cret-pass"},
        {"PassWord": "s3cret-pass"},
        {"Operations": [{"op": "replace", "value": {"password": "s3cret-pass"}}]},
        {"Operations": [{"op": "replace", "path": "password", "value": "s3cret-pass"}]},
        {
            "Operations": [
                {
                    "op": "add",
                    "path": "urn:ietf:params:scim:schemas:core:2.0:User:Password",
                    "Value": "s3cret-pass",
                }
            ]
        },
        {"Operations": [{"value": {"urn:ietf:params:scim:schemas:core:2.0:User:password": "s3cret-pass"}}]},
    ],
)
def test_passwords_are_blanked_wherever_they_stand(body: object) -> None:
    """In a body, in a PATCH value, by path and by URN; the rest of the body stays."""
    kept = redacted_body(json.dumps(body).encode())
    assert b"s3cret-pass" not in kept
    assert json.loads(kept).keys() == json.loads(json.dumps(body)).keys()


def test_an_escaped_name_does_not_hide_a_password() -> None:
    r"""`\\u0070assword` is the same name."""
    assert b"s3cret" not in redacted_body(b'{"\\u0070assword":"s3cret"}')


@pytest.mark.parametrize("key", [_KEY.replace("mst_", prefix) for prefix in PREFIXES])
def test_keys_are_blanked_in_body_and_target(key: str) -> None:
    """A key of any kind, pasted into a body, a query string or a sentence, is not kept."""
    assert key.encode() not in redacted_body(json.dumps({"userName": key}).encode())
    assert key not in redacted_target(b"/scim/v2/Users", f"access_token={key}".encode())
    assert key not in redacted_text(f"There is no User with the id {key!r}.")


@pytest.mark.parametrize(
    "third, encoded", [("t", "t"), ("m", "%6d"), ("s", "%73"), ("l", "%6C"), ("i", "%69"), ("n", "%6e")]
)
def test_an_encoded_key_is_a_key(third: str, encoded: str) -> None:
    """Percent-encoded in a target, escaped in a body: what stands there is the same, so it is not kept either."""
    secret = _KEY.removeprefix("mst_")
    assert secret not in redacted_target(b"/scim/v2/Users", f"k=%6Ds{encoded}%5f{secret}".encode())
    escaped = b'{"userName":"\\u006ds' + third.encode() + b"_" + secret.encode() + b'"}'
    assert secret.encode() not in redacted_body(escaped)


def test_a_sentence_that_quotes_a_key_is_kept_without_it() -> None:
    """The detail of an error names what was asked for."""
    assert (
        redacted_text(f"There is no User with the id {_KEY!r}.")
        == "There is no User with the id '(not kept)'."
    )


def test_a_broken_or_long_body_is_not_kept_raw() -> None:
    """What cannot be read cannot be redacted, and what is too long is for nobody to read."""
    assert b"s3cret" not in redacted_body(b'{"password": "s3cret')
    assert len(redacted_body(b"x" * 100_000)) < 100


def test_an_ordinary_body_is_kept_as_it_came() -> None:
    """Byte for byte: the log shows what the client really sent."""
    body = b'{ "userName" : "a" }'
    assert redacted_body(body) is body


_PATCHED = {
    "Operations": [
        {"op": "replace", "path": 'emails[type eq "work" and value eq "ada@x"].value', "value": "ada@x"},
        {"op": "add", "path": "emails", "value": [{"type": "work", "value": "ada@x"}]},
        {"op": "replace", "value": {'emails[value eq "ada@x"].value': "ada@x", "emails": {"value": "ada@x"}}},
        {"op": "replace", "path": "urn:ietf:params:scim:schemas:core:2.0:User:emails.value", "value": "ada@x"},
    ]
}  # fmt: skip


@pytest.mark.parametrize(
    "body",
    [
        {"userName": "ada", "emails": [{"type": "work", "value": "ada@x"}]},
        {"EMAILS": {"Value": "ada@x"}},
        _PATCHED,
        {"filter": 'emails.value eq "ada@x"'},
    ],
)
def test_a_hidden_part_is_blanked_wherever_it_stands(body: object) -> None:
    """In a body, by path, in a selection, without a path, by URN and in a search; what is beside it stays."""
    kept = redacted_body(json.dumps(body).encode(), {"emails.value"})
    assert b"ada@x" not in kept
    assert (b"work" in kept) is (b"work" in json.dumps(body).encode())


@pytest.mark.parametrize("name", ["title", "urn:ietf:params:scim:schemas:core:2.0:User:title"])
def test_a_hidden_attribute_goes_with_all_its_parts(name: str) -> None:
    """And is the same with its URN or without; an attribute of the same name inside another is not meant."""
    body = {"title": {"deep": ["Countess"]}, "other": {"title": "kept"}}
    kept = json.loads(redacted_body(json.dumps(body).encode(), {name}))
    assert kept == {"title": "(not kept)", "other": {"title": "kept"}}


def test_an_extension_is_seen_through() -> None:
    """Its attributes are meant by their names, with the URN of the extension around them or before them."""
    urn = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
    body = {urn: {"costCenter": "7"}, f"{urn}:manager": {"displayName": "Boss"}}
    kept = redacted_body(json.dumps(body).encode(), {"costcenter", f"{urn}:manager.displayName"})
    assert b"7" not in kept
    assert b"Boss" not in kept


def test_a_question_about_something_hidden_is_not_kept() -> None:
    """Its filter in a target, and a sentence of ours about it; other parameters stay."""
    kept = redacted_target(b"/Users", b"count=1&filter=eMails.value+eq+%22ada@x%22", {"emails.value"})
    assert kept == "/Users?count=1&filter=(not kept)"
    assert redacted_text("emails.value: 'ada' is no address", {"emails.value"}) == "(not kept)"


@pytest.mark.parametrize("prefix", PREFIXES)
@pytest.mark.parametrize("before", ["", "a:", "0123456789abcdefghjkm:", "x" * 22, "x" * 23])
def test_a_key_in_base_64_is_a_key(prefix: str, before: str) -> None:
    """As HTTP Basic sends it, wherever in the three bytes it begins: nothing that is left of it has a part of its secret."""
    secret = "0123456789abcdefghjkmnpqrstvwxyz0123456"
    sent = base64.b64encode(f"{before}{prefix}{secret}".encode()).decode()
    kept = (
        redacted_body(json.dumps({"userName": sent}).encode()).decode(),
        redacted_body(json.dumps({"userName": sent}).replace("/", "\\/").encode()).decode(),
        redacted_target(b"/scim/v2/Users", f"authorization=Basic%20{sent.replace('=', '%3D')}".encode()),
        redacted_text(f"There is no User with the id {sent!r}."),
    )
    for text in kept:
        assert HIDDEN in text
        assert not any(part in text for part in _parts(sent[len(before) * 4 // 3 + 8 :]))


def _parts(text: str) -> list[str]:
    return [text[place : place + 8] for place in range(len(text) - 8)]


def test_other_base_64_is_kept() -> None:
    """A picture is not a key."""
    body = json.dumps({"photo": base64.b64encode(bytes(range(256)) * 20).decode()}).encode()
    assert redacted_body(body) is body


def test_a_selection_that_is_never_closed_is_not_kept() -> None:
    """In the path of an operation, and as a name: what is behind the bracket goes, however it is quoted."""
    for path in ('emails["s3cret', 'emails[value eq "s3cret\\', 'emails[value eq \\"s3cret"'):
        body = {"Operations": [{"op": "add", "path": path, "value": "x"}], path: "x"}
        assert b"s3cret" not in redacted_body(json.dumps(body).encode(), ["emails.value"]), path


@pytest.mark.parametrize("hidden", ["emails", "emails.value", "urn:example:2.0:emails", "EMAILS[x]"])
def test_what_is_inside_of_something_hidden_is_hidden(hidden: str) -> None:
    """And nothing that only begins like it."""
    body = {"emails": {"value": {"deep": "s3cret"}}, "emailsOld": "kept", "e": "kept"}
    kept = redacted_body(json.dumps(body).encode(), [hidden])
    assert b"s3cret" not in kept
    assert kept.count(b"kept") - kept.count(HIDDEN.encode()) == 2


def test_a_body_that_is_nested_without_end_is_not_kept() -> None:
    """However deep: what reads it gives up, and the log goes on."""
    for depth in (100, 300, 1000, 3000):
        body = b'{"password":"s3cret","x":' * depth + b"1" + b"}" * depth
        assert b"s3cret" not in redacted_body(body)


def test_redacting_is_linear() -> None:
    """A moment for each; with a pattern or a look that begins again at each bracket or step it would be hours."""
    script = (
        "from muster.endpoint import redact\n"
        "redact._LONGEST_BODY = 10**9\n"
        "for name in ('[' + chr(92) + chr(34), '.a', '[' + chr(34), chr(92)):\n"
        "    redact.redacted_body(redact.json.dumps({'password': 1, name * 1_000_000: 1}).encode(), ['title'])\n"
        "    redact.plain(name * 1_000_000)\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True, timeout=120)
