"""What the request log never keeps."""

from __future__ import annotations

import json

import pytest

from muster.endpoint.redact import redacted_body, redacted_target, redacted_text

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


@pytest.mark.parametrize("key", [_KEY, _KEY.replace("mst_", "msm_")])
def test_keys_are_blanked_in_body_and_target(key: str) -> None:
    """An API key of either kind, pasted into a body, a query string or a sentence, is not kept."""
    assert key.encode() not in redacted_body(json.dumps({"userName": key}).encode())
    assert key not in redacted_target(b"/scim/v2/Users", f"access_token={key}".encode())
    assert key not in redacted_text(f"There is no User with the id {key!r}.")


@pytest.mark.parametrize("third, encoded", [("t", "t"), ("m", "%6d")])
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
