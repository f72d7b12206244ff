"""Local roles in the console: made, filled, renamed, emptied and deleted, beside an IdP's, which are only read."""

from __future__ import annotations

import re

from tests.api.idp import Idp
from tests.api.platform import Platform
from tests.console.visitor import Visitor


def test_a_local_role_s_life(admin: Visitor, acme: Platform) -> None:
    """What the API sees of it each time, and of its member."""
    user = acme.post("/users", {"attributes": {"userName": "bo"}})["id"]
    path = admin.post("/roles/new", display_name=" Support ").location.removeprefix(admin.base)
    role = path.rpartition("/")[2]
    assert (acme.get(f"/roles/{role}")["name"], acme.get(f"/roles/{role}")["source"]) == ("Support", "local")
    assert admin.post(f"{path}/give", permissions="desk.use").status == 303
    assert admin.post(f"{path}/put-in", user_name="BO").status == 303
    assert [one["name"] for one in acme.access(user)["permissions"]] == ["desk.use"]
    page = admin.get(path)
    assert "/take-out" in page.html
    assert "command line" not in page.text
    assert admin.post(f"{path}/rename", name="Desk").status == 303
    assert acme.get(f"/roles/{role}")["name"] == "Desk"
    assert admin.post(f"{path}/take-out", member=user).status == 303
    assert acme.access(user)["roles"] == []
    assert admin.post(f"{path}/delete").location == f"{admin.base}/roles"
    assert admin.get(path).status == 404


def test_what_is_wrong_with_a_role_is_said_at_the_field(admin: Visitor, acme: Platform, idp: Idp) -> None:
    """No name, one that is taken, nobody local of that name; where provisioning is enforced, none is made."""
    idp.user("alice")
    path = admin.post("/roles/new", display_name="Support").location.removeprefix(admin.base)
    other = admin.post("/roles/new", display_name="Other").location.removeprefix(admin.base)
    for where, field, typed in (
        ("/roles/new", "display_name", " "),
        ("/roles/new", "display_name", "support"),
        (f"{other}/rename", "name", "SUPPORT"),
        (f"{path}/put-in", "user_name", "alice"),
        (f"{path}/put-in", "user_name", "nobody"),
        (f"{path}/put-in", "user_name", "\0"),
        (f"{other}/rename", "name", "a\0"),
    ):
        page = admin.post(where, **{field: typed})
        assert (page.status, bool(re.search(rf'id="{field}"[^>]*aria-invalid', page.html))) == (422, True), (
            where
        )
        assert not re.search(
            r'<form[^>]*method="get"(?![^>]*action=)|href="\?', page.html
        )  # this address has no page
    acme.post(f"/organizations/{acme.organization}", {"enforce_provisioning": True}, method="PATCH")
    assert "/roles/new" not in admin.get("/roles").html
    assert "enforces provisioning" in admin.post("/roles/new", display_name="X").text


def test_an_idp_s_role_is_not_changed(admin: Visitor, acme: Platform, idp: Idp) -> None:
    """Neither its name nor its members, and it is not deleted."""
    user = idp.user()
    role = idp.group("Staff", user)
    assert "/take-out" not in admin.get(f"/roles/{role}").html
    assert admin.post(f"/roles/{role}/rename", name="Mine").status == 422
    acme.post("/users", {"attributes": {"userName": "bo"}})
    refused = admin.post(f"/roles/{role}/put-in", user_name="bo")
    assert (refused.status, "owned by the connection" in refused.text) == (422, True)
    assert admin.post(f"/roles/{role}/take-out", member=user).status == 409
    assert admin.post(f"/roles/{role}/delete").status == 409
    assert (acme.get(f"/roles/{role}")["name"], acme.get(f"/roles/{role}")["members"]) == ("Staff", 1)
