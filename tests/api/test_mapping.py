"""A connection's mapping over the management API: tried before it is saved, then there for everybody at once."""

from typing import Any

import pytest

from muster.bootstrap import world
from muster.directory.schemas import add_schema
from tests.api.asgi import assert_problem
from tests.api.idp import ALICE, Idp
from tests.api.platform import Platform
from tests.conformance.bodies import SCHEMA, attribute

LOWER: list[dict[str, Any]] = [
    {"field": "username", "source": "userName", "transform": "lower"},
    {"field": "email", "source": 'emails[type eq "home"].value', "warn_when_missing": True},
]


def test_a_mapping_is_tried_and_then_holds_for_everybody(acme: Platform, idp: Idp) -> None:
    """Those that are gone included; nothing moves before it is saved; back to the default with null."""
    gone, alice = idp.user("Bob"), idp.user(**ALICE)
    idp.delete(f"/Users/{gone}")
    path, before = f"/connections/{idp.connection}/mapping", len(acme.changes())
    shown = acme.get(path)
    assert shown["default"] is True
    assert "department" in shown["fields"]
    (tried,) = acme.post(f"{path}/preview", {"mapping": LOWER})["items"]
    assert tried["user"] == alice
    assert tried["before"]["fields"]["username"] == "Alice@Example.com"
    assert tried["after"] == {
        "fields": {"username": "alice@example.com", "email": "alice@home.example"}, "warnings": [],
    }  # fmt: skip
    assert acme.get(path) == shown
    assert len(acme.changes()) == before
    acme.post(path, {"mapping": LOWER}, method="PUT")
    assert acme.account(alice)["profile"] == tried["after"]
    assert acme.account(gone)["profile"] == {
        "fields": {"username": "bob", "email": None},
        "warnings": ['email: emails[type eq "home"].value is missing'],
    }
    acme.post(path, {"mapping": LOWER}, method="PUT")
    (change,) = acme.changes(before)
    assert (change["operation"], change["resource"]) == ("modify", idp.connection)
    assert change["before"] == {"mapping": None}
    assert [one["field"] for one in change["after"]["mapping"]] == ["username", "email"]
    acme.post(path, {"mapping": None}, method="PUT")
    assert acme.get(path) == shown
    assert acme.account(alice)["profile"]["fields"]["username"] == "Alice@Example.com"


def test_the_connection_goes_on_working(acme: Platform, idp: Idp) -> None:
    """What its key opened before a mapping was saved, it opens after it."""
    idp.user("one")
    acme.post(f"/connections/{idp.connection}/mapping", {"mapping": LOWER}, method="PUT")
    two = idp.user("TWO")
    assert acme.account(two)["profile"]["fields"]["username"] == "two"


@pytest.mark.parametrize(
    "entry, pointer",
    [
        ({"field": "surname", "source": "userName"}, "/mapping/0"),
        ({"field": "email", "source": "mails.value"}, "/mapping/0"),
        ({"field": "email", "source": "userName", "transform": "upper"}, "/mapping/0/transform"),
        ({"field": "E Mail", "source": "userName"}, "/mapping/0/field"),
        ({"field": "email", "source": ""}, "/mapping/0/source"),
        ({"field": "email", "source": "userName", "warn": True}, "/mapping/0/warn"),
    ],
)
def test_a_mapping_that_cannot_be_used_changes_nothing(
    acme: Platform, idp: Idp, entry: dict[str, Any], pointer: str
) -> None:
    """It is refused at its place, saved or tried."""
    path = f"/connections/{idp.connection}/mapping"
    before = acme.get(path)
    code = "refused" if pointer == "/mapping/0" else "invalid"
    for method, where in (("PUT", path), ("POST", f"{path}/preview")):
        document = assert_problem(acme.send(method, where, {"mapping": [entry]}), 422, code)
        assert document["errors"][0]["pointer"] == pointer
    assert acme.get(path) == before


def test_a_connection_that_is_not_there(acme: Platform) -> None:
    """404, whatever is asked of it."""
    assert_problem(acme.send("GET", "/connections/x/mapping"), 404, "not_found")
    assert_problem(acme.send("PUT", "/connections/x/mapping", {"mapping": LOWER}), 404, "not_found")
    assert_problem(acme.send("POST", "/connections/x/mapping/preview", {"mapping": LOWER}), 404, "not_found")


def test_an_organizations_own_attributes_are_mapped(acme: Platform, idp: Idp) -> None:
    """As soon as their schema is there."""
    path = f"/connections/{idp.connection}/mapping"
    shade = [{"field": "position", "source": "urn:example:shade:shade"}]
    assert acme.send("PUT", path, {"mapping": shade}).status == 422
    document: dict[str, Any] = {
        "schemas": [SCHEMA],
        "id": "urn:example:shade",
        "name": "Shade",
        "resourceType": "User",
    }
    document |= {"description": "A colour.", "attributes": [attribute("shade", type="string")]}
    acme.api.run(add_schema(acme.api.database, world(), idp.number, document))
    id = idp.user("ada", **{"urn:example:shade": {"shade": "red"}})
    acme.post(path, {"mapping": shade}, method="PUT")
    assert acme.account(id)["profile"]["fields"] == {"position": "red"}
