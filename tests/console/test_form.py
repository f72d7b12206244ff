"""Forms: nothing but what our pages send is decoded, and of somebody who is not known little of it."""

from __future__ import annotations

import pytest

from muster.console.form import LARGEST, LARGEST_AT_THE_DOOR
from tests.api.platform import Platform
from tests.console.visitor import Visitor

MULTIPART = b"--B\r\nContent-Disposition: form-data; name=name\r\n\r\n" + b"a" * 2000 + b"-b\r\n--B--\r\n"


@pytest.mark.parametrize(
    "content_type",
    ["multipart/form-data; boundary=B; charset=punycode", "text/plain", "application/json", ""],
)
def test_another_type_is_refused_before_it_is_decoded(admin: Visitor, content_type: str) -> None:
    """Whoever sends it: with a charset of their own choice, decoding took minutes."""
    for address in ("/console/sign-in", f"{admin.base}/roles/new"):
        refused = admin.send(address, MULTIPART, content_type)
        assert refused.status == 415
        assert "application/x-www-form-urlencoded" in refused.text


def test_a_form_is_read_up_to_a_size(admin: Visitor, acme: Platform) -> None:
    """More is read of somebody who is signed in; the rest is not even received."""
    stranger = Visitor.nobody(acme.api)
    for visitor, largest in ((admin, LARGEST), (stranger, LARGEST_AT_THE_DOOR)):
        address = "/console/sign-in"
        fits, too_large = b"name=" + b"a" * (largest - 5), b"name=" + b"a" * largest
        assert visitor.send(address, fits).status in {403, 422}
        assert visitor.send(address, too_large).status == 413
        assert "200 fields" in visitor.send(address, b"a=1&" * 201).text


def test_what_was_typed_comes_as_it_was_typed(admin: Visitor) -> None:
    """Also what is not ASCII, and the field that is empty."""
    made = admin.post("/roles/new", display_name="Bücher & Zeug + 100 %")
    assert made.status == 303
    assert "Bücher & Zeug + 100 %" in admin.get(made.location.removeprefix(admin.base)).text
    assert admin.post("/roles/new", display_name="").status == 422
