"""What may be created and what may replace a resource: the envelope, what is left aside, and what outlives a PUT."""

from __future__ import annotations

import copy
import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muster.scim import members
from muster.scim.catalog import builtin, with_extensions
from muster.scim.dialect import DEFAULT, STRICT, Dialect, Notes
from muster.scim.errors import InvalidSyntax, InvalidValue, Mutability, PayloadTooLarge, ScimError
from muster.scim.members import MemberRef
from muster.scim.schema import CORE_GROUP, CORE_USER, ENTERPRISE_USER, ResourceType
from muster.scim.validate import Incoming, new_document, read_body, replaced_document
from tests.scim.strategies import documents
from tests.scim.test_validate_values import json_values

VECTORS = "urn:ietf:params:scim:schemas:extension:vectors:2.0:User"
FILE = Path(__file__).parent.parent / "vectors" / "filters.json"
BOTH = pytest.mark.parametrize("dialect", [DEFAULT, STRICT], ids=lambda dialect: dialect.name)

Json = dict[str, Any]


@cache
def of(name: str) -> ResourceType:
    """Return User, with the vectors' extension, or Group."""
    return with_extensions(builtin(), [json.loads(FILE.read_text())["schemas"][0]]).resource_type(name)


def user(**values: Any) -> Json:
    """Return a User body with more values."""
    return {"schemas": [CORE_USER], "userName": "u", **values}


def group(**values: Any) -> Json:
    """Return a Group body with more values."""
    return {"schemas": [CORE_GROUP], "displayName": "g", **values}


def create(body: object, dialect: Dialect = DEFAULT, notes: Notes | None = None) -> Incoming:
    """Create from a body; a Group when it has a displayName and no userName."""
    kind = "Group" if isinstance(body, dict) and CORE_GROUP in (body.get("schemas") or ()) else "User"
    return new_document(of(kind), body, dialect, notes or Notes())


def replace(stored: Json, body: Json, dialect: Dialect = DEFAULT) -> Json:
    """Replace a stored User; it must stay as it is."""
    kept = copy.deepcopy(stored)
    try:
        return replaced_document(of("User"), stored, read_body(of("User"), body, dialect, Notes()))
    finally:
        assert stored == kept


def noted(body: object) -> dict[str, str]:
    """Return the rules that creating by default used, with where."""
    notes = Notes()
    create(body, DEFAULT, notes)
    return {note.rule: note.where for note in notes.items}


# --- the envelope -----------------------------------------------------------------------------------------------------


def test_one_value_where_a_list_belongs() -> None:
    """One value of several, bare, is a list of one by default, with a note; strict refuses it (R131)."""
    body = user(emails={"value": "a"})

    assert create(body).document["emails"] == [{"value": "a"}]
    assert noted(body) == {"list_from_single": "emails"}
    with pytest.raises(InvalidValue):
        create(body, STRICT)


@BOTH
@pytest.mark.parametrize("body", [None, [], "x", 5, True])
def test_a_body_is_an_object(body: object, dialect: Dialect) -> None:
    """Anything else is invalidSyntax (R131)."""
    with pytest.raises(InvalidSyntax):
        create(body, dialect)


@BOTH
@pytest.mark.parametrize(
    "schemas",
    [[], "x", CORE_USER, [5], [""], [CORE_USER, CORE_USER.upper()], [CORE_GROUP.lower()],
     ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], ["urn:scim:schemas:core:1.0"],
     [CORE_USER, "urn:scim:schemas:extension:enterprise:1.0"]],
)  # fmt: skip
def test_schemas_of_something_else_are_refused(schemas: object, dialect: Dialect) -> None:
    """An empty list, a URN twice, another endpoint's schema, a message, or SCIM 1.x (R023, R024, catalogue 127)."""
    with pytest.raises(InvalidSyntax, match="schemas"):
        create(user(schemas=schemas), dialect)


def test_scim_1_is_told_what_to_do() -> None:
    """The detail names the way out (catalogue 107, 127)."""
    with pytest.raises(InvalidSyntax, match=r"SCIM 2\.0 template"):
        create(user(schemas=["urn:scim:schemas:core:1.0"]))


@pytest.mark.parametrize(
    "body, rule",
    [
        ({"userName": "u"}, "missing_schemas"),
        (user(schemas=None), "missing_schemas"),
        (
            user(schemas=["urn:scim:schemas:core:2.0", "urn:scim:schemas:extension:enterprise:2.0"]),
            "missing_schemas",
        ),
        (
            user(schemas=[CORE_USER, "urn:ietf:params:scim:schemas:extension:enterprise:2.0User"]),
            "unknown_schemas",
        ),
        (
            group(
                schemas=[
                    CORE_GROUP,
                    "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group",
                ]
            ),
            "unknown_schemas",
        ),
        (user(**{VECTORS: {"level": 1}}), "unlisted_extensions"),
        (user(adreses=[]), "unknown_attributes"),
        (user(department="x"), "unknown_attributes"),
        (
            user(**{"urn:ietf:params:scim:schemas:extension:enterprise:2.0User": {"department": None}}),
            "unknown_attributes",
        ),
        (user(**{ENTERPRISE_USER: {"rank": 1}}, schemas=[CORE_USER, ENTERPRISE_USER]), "unknown_attributes"),
    ],
)
def test_what_clients_get_wrong_is_noted_by_default_and_refused_when_strict(body: Json, rule: str) -> None:
    """Catalogue 9, 31, 36, 67, 106, 126; R023 to R027, D2."""
    assert rule in noted(body)
    with pytest.raises(InvalidSyntax):
        create(body, STRICT)


@BOTH
def test_schemas_say_what_there_is_data_of(dialect: Dialect) -> None:
    """An extension that is listed without data is not stored as listed; order does not matter (R026)."""
    assert create(user(schemas=[ENTERPRISE_USER, CORE_USER]), dialect).document["schemas"] == [CORE_USER]
    data = {ENTERPRISE_USER.upper(): {"DEPARTMENT": "IT", "manager": None}}
    document = create(user(schemas=[ENTERPRISE_USER, CORE_USER], **data), dialect).document
    assert document["schemas"] == [CORE_USER, ENTERPRISE_USER]
    assert document[ENTERPRISE_USER] == {"department": "IT"}


@BOTH
@pytest.mark.parametrize(
    "body",
    [user(username="v"), user(title="a", TITLE="a"), user(name={"givenName": "a", "GivenName": "b"}),
     user(schemas=[CORE_USER, ENTERPRISE_USER], **{ENTERPRISE_USER: {"division": "a", "Division": "b"}}),
     user(x=1, X=2)],
)  # fmt: skip
def test_names_that_differ_in_case_only_are_refused(body: Json, dialect: Dialect) -> None:
    """Two parsers could choose differently (R003)."""
    with pytest.raises(InvalidSyntax):
        create(body, dialect)


@BOTH
@pytest.mark.parametrize("value", [5, [], "x", [{"department": "x"}]])
def test_an_extension_is_an_object(value: object, dialect: Dialect) -> None:
    """Its attributes cannot be given otherwise (R027)."""
    with pytest.raises(InvalidValue, match="enterprise"):
        create(user(schemas=[CORE_USER, ENTERPRISE_USER], **{ENTERPRISE_USER: value}), dialect)


# --- what is left aside, and what is there anyway -------------------------------------------------------------------------


@BOTH
def test_read_only_attributes_are_ignored(dialect: Dialect) -> None:
    """A client sends back what it got (R034, R045, R124, catalogue 80)."""
    extra: Json = {VECTORS: {"serial": "x"}, "schemas": [CORE_USER, VECTORS]}
    body = user(id="x", meta={"resourceType": 5}, groups=[{"value": 1}], **extra)
    assert create(body, dialect).document == {"schemas": [CORE_USER], "userName": "u", "active": True}


@BOTH
def test_a_password_is_accepted_and_discarded(dialect: Dialect) -> None:
    """It is nowhere in what comes out but in the name of the note (D8, R067)."""
    notes = Notes()
    incoming = create(user(password="t1meMa$heen"), dialect, notes)
    assert "t1meMa$heen" not in repr(incoming) + repr(notes)
    assert [note.rule for note in notes.items] == ["password_discarded"]


@BOTH
@pytest.mark.parametrize(
    "body, missing",
    [({"schemas": [CORE_USER]}, "userName"), (user(userName=None), "userName"), (user(userName=""), "userName"),
     (group(displayName=""), "displayName"), ({"schemas": [CORE_GROUP]}, "displayName")],
)  # fmt: skip
def test_required_attributes_are_required(body: Json, missing: str, dialect: Dialect) -> None:
    """The error is invalidValue and names the one that is missing (R041, R056, R080)."""
    with pytest.raises(InvalidValue, match=missing):
        create(body, dialect)


@BOTH
@pytest.mark.parametrize(
    "given, expected", [({}, True), ({"active": None}, True), ({"active": False}, False)]
)
def test_a_new_user_is_active_unless_told(given: Json, expected: bool, dialect: Dialect) -> None:
    """R066; a group has no such attribute."""
    assert create(user(**given), dialect).document["active"] is expected
    assert "active" not in create(group(), dialect).document


def test_what_was_sent_is_known_by_name() -> None:
    """What is returned on request only is returned when it was sent (R051)."""
    sent = create(user(TITLE="x", **{VECTORS: {"Level": 1}})).sent
    assert {"title", VECTORS.lower(), f"{VECTORS}:level".lower()} <= sent
    assert "nickname" not in sent


# --- members ---------------------------------------------------------------------------------------------------------------


@BOTH
def test_members_are_read_apart_from_the_document(dialect: Dialect) -> None:
    """In order, each once; null $ref, display and type in any case are taken (R082, R083, catalogue 39, 89)."""
    listed = [
        {"value": "b", "$ref": None, "display": "B"},
        {"VALUE": "a", "type": "group"},
        {"value": "b", "type": "User"},
    ]
    incoming = create(group(members=listed), dialect)
    assert incoming.members == (MemberRef("b"), MemberRef("a", "Group"))
    assert "members" not in incoming.document


@BOTH
def test_no_members_given_is_not_the_same_as_none(dialect: Dialect) -> None:
    """Absent and null say nothing, [] says that there are none."""
    assert create(group(), dialect).members is None
    assert create(group(members=None), dialect).members is None
    assert create(group(members=[]), dialect).members == ()


@BOTH
@pytest.mark.parametrize(
    "member", [{"value": None}, {"value": ""}, {"display": "x"}, {"value": 5}, 5, [], {"value": "a\x00"},
               {"value": "a", "type": "Device"}, {"value": "a", "type": 5}],
)  # fmt: skip
def test_a_member_without_usable_id_or_type_is_refused_by_position(member: object, dialect: Dialect) -> None:
    """The detail names the position (R082, catalogue 127)."""
    with pytest.raises(InvalidValue, match=r"members\[1\]"):
        create(group(members=[{"value": "a"}, member]), dialect)


def test_a_bare_id_is_a_member_by_default() -> None:
    """Microsoft's collection sends one (catalogue 69); strict refuses it."""
    assert create(group(members=["a", "b"])).members == (MemberRef("a"), MemberRef("b"))
    assert create(group(members="a")).members == (MemberRef("a"),)
    with pytest.raises(InvalidValue):
        create(group(members=["a"]), STRICT)


def test_too_many_members_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Above the limit it is 413, before any of them is read (R231)."""
    monkeypatch.setattr(members, "MAX_MEMBER_VALUES", 2)
    with pytest.raises(PayloadTooLarge):
        create(group(members=[{"value": "a"}, {"value": "b"}, 5]))


# --- replace -----------------------------------------------------------------------------------------------------------------


@BOTH
def test_what_a_replace_leaves_out_is_cleared(dialect: Dialect) -> None:
    """Absent, null and [] alike (R194, R198)."""
    stored = user(
        active=True,
        title="x",
        emails=[{"value": "a"}],
        nickName="n",
        **{ENTERPRISE_USER: {"department": "x"}},
    )
    assert replace(stored, user(emails=[], title=None), dialect) == user(active=True)


@BOTH
@pytest.mark.parametrize("given", [{}, {"active": None}])
def test_a_replace_without_active_leaves_it(given: Json, dialect: Dialect) -> None:
    """It never reactivates by omission (R066)."""
    assert replace(user(active=False), user(**given), dialect)["active"] is False
    assert replace(user(active=True), user(**given), dialect)["active"] is True
    assert replace(user(active=False), user(active=True), dialect)["active"] is True


@BOTH
def test_an_immutable_value_can_be_set_once(dialect: Dialect) -> None:
    """Unset it is applied; then the same value is fine, another or null is not, and leaving it out keeps it (R196, R046)."""
    listed = {"schemas": [CORE_USER, VECTORS]}
    body = user(**listed, **{VECTORS: {"fixedString": "a"}})
    first = replace(user(active=True), body, dialect)
    assert first[VECTORS] == {"fixedString": "a"}
    assert replace(first, body, dialect) == first
    assert replace(first, user(), dialect)[VECTORS] == {"fixedString": "a"}
    for other in ("b", None):
        with pytest.raises(Mutability, match="fixedString"):
            replace(first, user(**listed, **{VECTORS: {"fixedString": other}}), dialect)


@BOTH
def test_read_only_values_outlive_a_replace(dialect: Dialect) -> None:
    """They are ours (R195, R200)."""
    stored = user(active=True, **{VECTORS: {"serial": "s"}})
    assert replace(stored, user(id="other"), dialect)[VECTORS] == {"serial": "s"}


# --- anything at all ------------------------------------------------------------------------------------------------------------


@given(st.sampled_from(["User", "Group"]), st.data())
def test_a_stored_document_creates_itself(kind: str, data: st.DataObject) -> None:
    """What is stored is what would be stored again, and a PUT of it changes nothing (R199)."""
    drawn = data.draw(documents(of(kind)))
    document = new_document(of(kind), drawn, DEFAULT, Notes()).document
    assert new_document(of(kind), document, DEFAULT, Notes()).document == document
    assert replaced_document(of(kind), document, read_body(of(kind), document, DEFAULT, Notes())) == document


NAMES = st.sampled_from(
    [
        "schemas",
        "userName",
        "USERNAME",
        "name",
        "emails",
        "members",
        "active",
        "password",
        "meta",
        VECTORS,
        ENTERPRISE_USER,
        "__proto__",
    ]
)


@given(
    st.sampled_from(["User", "Group"]),
    st.dictionaries(NAMES, json_values(), max_size=5) | json_values(),
    st.sampled_from([DEFAULT, STRICT]),
    st.booleans(),
)
def test_any_body_is_read_or_refused(kind: str, body: Any, dialect: Dialect, complete: bool) -> None:
    """Nothing but a document or a SCIM error comes out of any JSON (law 12)."""
    if complete and isinstance(body, dict):
        body = {**body, "schemas": [of(kind).schema.id], "userName" if kind == "User" else "displayName": "x"}
    try:
        incoming = new_document(of(kind), body, dialect, Notes())
        replaced_document(of(kind), incoming.document, read_body(of(kind), body, dialect, Notes()))
    except ScimError as error:
        error.detail.encode()
