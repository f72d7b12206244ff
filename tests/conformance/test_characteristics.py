"""RFC 7643 §7: what the characteristics of an attribute mean for each operation (R041 to R055)."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.conformance.bodies import EXTENSION, SCHEMA, USER, attribute, extended_user, fresh, group, user
from tests.conformance.expect import (
    add,
    bad_filter,
    done,
    found,
    listed,
    new_user,
    read,
    refused,
    remove,
    replace,
    unchanged,
)
from tests.conformance.marks import Extend, requirement
from tests.harness.client import ScimClient
from tests.harness.server import CommandFailed, RunningServer

RESOURCE_TYPES = {"User", "Group", "external", "uri"}


def definitions(scim: ScimClient) -> list[dict[str, Any]]:
    """Every attribute and sub-attribute that is published."""
    attributes = [one for schema in listed(scim, "/Schemas")["Resources"] for one in schema["attributes"]]
    return attributes + [sub for one in attributes for sub in one.get("subAttributes", [])]


@requirement("R041")
@pytest.mark.parametrize(
    "endpoint, name, body", [("/Users", "userName", user), ("/Groups", "displayName", group)]
)
def test_r041_required_attributes(scim: ScimClient, endpoint: str, name: str, body: Any) -> None:
    """A required attribute is missed in POST and PUT, and cannot be removed or emptied by PATCH."""
    made = done(scim.post(endpoint, body()), 201)
    target = f"{endpoint}/{made['id']}"

    refused(scim.post(endpoint, body(**{name: None})), 400, "invalidValue")
    with unchanged(scim, target):
        refused(scim.put(target, body(**{name: None})), 400, "invalidValue")
        refused(scim.patch(target, remove(name)), 400, "mutability")
        refused(scim.patch(target, replace(name, None)), 400, "mutability", "invalidValue")


@requirement("R041")
def test_r041_required_attributes_of_an_extension(scim: ScimClient, extend: Extend) -> None:
    """A required attribute of a custom extension is required where the extension is used."""
    extend(attribute("badge", required=True), attribute("floor"))

    refused(scim.post("/Users", extended_user(floor="1")), 400, "invalidValue")
    made = new_user(scim, extended_user(badge="B"))
    refused(scim.patch(f"/Users/{made['id']}", remove(f"{EXTENSION}:badge")), 400, "mutability")
    new_user(scim)


@requirement("R042")
def test_r042_canonical_values_are_suggestions(scim: ScimClient) -> None:
    """The canonical types of emails are published, and another one is accepted."""
    (emails,) = (one for one in read(scim, f"/Schemas/{USER}")["attributes"] if one["name"] == "emails")
    (kind,) = (sub for sub in emails["subAttributes"] if sub["name"] == "type")

    assert set(kind["canonicalValues"]) == {"work", "home", "other"}
    assert (
        new_user(scim, emails=[{"value": "a@example.com", "type": "Personal"}])["emails"][0]["type"]
        == "Personal"
    )


@requirement("R043")
def test_r043_case_is_kept_and_compared_as_declared(scim: ScimClient, extend: Extend) -> None:
    """Values come back in the case they were sent; filters honour caseExact."""
    extend(attribute("loose"), attribute("exact", caseExact=True))
    made = new_user(scim, extended_user(loose="MiXed", exact="MiXed"))

    assert made[EXTENSION] == {"loose": "MiXed", "exact": "MiXed"}
    assert found(scim, f'{EXTENSION}:loose eq "mIxED"') == {made["id"]}
    assert found(scim, f'{EXTENSION}:exact eq "mIxED"') == set()
    assert found(scim, f'{EXTENSION}:exact eq "MiXed"') == {made["id"]}


@requirement("R044")
@pytest.mark.parametrize(
    "endpoint, name",
    [("/Users", "userName"), ("/Users", "externalId"), ("/Groups", "displayName"), ("/Groups", "externalId")],
)
@pytest.mark.parametrize("variant", ["Anna", "ANNA", "\uff21\uff4e\uff4e\uff41", "Ann", "Anna "])
def test_r044_filter_and_uniqueness_agree(scim: ScimClient, endpoint: str, name: str, variant: str) -> None:
    """A filter with `eq` finds a resource exactly when a second one with that value conflicts."""
    body = user if endpoint == "/Users" else group
    done(scim.post(endpoint, body(**{name: "Anna"})), 201)

    finds = bool(found(scim, f'{name} eq "{variant}"', endpoint))
    answer = scim.post(endpoint, body(**{name: variant}))
    assert answer.status == (409 if finds else 201), answer.raw


@requirement("R045")
def test_r045_read_only_attributes(scim: ScimClient, extend: Extend) -> None:
    """A readOnly attribute is ignored in POST and PUT, and an error in PATCH."""
    extend(attribute("serial", mutability="readOnly"), attribute("floor"))
    made = new_user(scim, extended_user(serial="S", floor="1"))
    target = f"/Users/{made['id']}"
    assert made[EXTENSION] == {"floor": "1"}

    replaced = done(scim.put(target, extended_user(serial="S", floor="1") | {"userName": made["userName"]}))
    assert replaced[EXTENSION] == {"floor": "1"}
    with unchanged(scim, target):
        for change in (
            replace(f"{EXTENSION}:serial", "S"),
            add("groups", [{"value": "x"}]),
            replace("meta.version", "x"),
        ):
            refused(scim.patch(target, change), 400, "mutability")


@requirement("R046")
def test_r046_immutable_attributes(scim: ScimClient, extend: Extend) -> None:
    """An immutable attribute is set once; the same value is fine later, another is refused."""
    extend(attribute("fixed", mutability="immutable"))
    made = new_user(scim, extended_user(fixed="A"))
    target = f"/Users/{made['id']}"
    name = {"userName": made["userName"]}

    with unchanged(scim, target):
        refused(scim.put(target, extended_user(fixed="B") | name), 400, "mutability")
        refused(scim.patch(target, replace(f"{EXTENSION}:fixed", "B")), 400, "mutability")
        refused(scim.patch(target, remove(f"{EXTENSION}:fixed")), 400, "mutability")
        done(scim.put(target, extended_user(fixed="A") | name))
        done(scim.patch(target, add(f"{EXTENSION}:fixed", "A")))


@requirement("R047")
def test_r047_write_only_values_appear_nowhere(
    scim: ScimClient, server: RunningServer, extend: Extend
) -> None:
    """A writeOnly value is in no answer, no error and no file of the server's log."""
    extend(attribute("pin", mutability="writeOnly", returned="never"))
    canary = fresh("canary")
    created = scim.post("/Users", extended_user(pin=canary) | {"password": canary})
    target = f"/Users/{done(created, 201)['id']}"
    answers = [
        created,
        scim.get(target, query={"attributes": f"password,{EXTENSION}:pin"}),
        scim.patch(target, replace("password", canary)),
        scim.put(target, extended_user(pin=canary) | {"password": canary, "userName": None}),
        scim.post("/Users", user(password=[canary], active={"no": canary})),
        scim.get("/Users"),
    ]

    assert not any(canary in answer.raw.decode() for answer in answers)
    assert canary not in server.log_path.read_text()


@requirement("R048")
def test_r048_always_is_always(scim: ScimClient) -> None:
    """The id and schemas are answered whether others are asked for or they are excluded."""
    made = new_user(scim)
    target = f"/Users/{made['id']}"

    for query in ({"attributes": "userName"}, {"excludedAttributes": "id,schemas,userName"}):
        assert {"id", "schemas"} <= set(read(scim, target, **query))
        assert {"id", "schemas"} <= set(listed(scim, **query)["Resources"][0])


@requirement("R049", "R171")
def test_r049_never_is_never(scim: ScimClient, extend: Extend) -> None:
    """An attribute that is never returned is not answered on request and not filterable."""
    extend(attribute("pin", returned="never", mutability="writeOnly"))
    made = new_user(scim, extended_user(pin="1234") | {"password": "t1meMa$heen"})
    names = f"password,{EXTENSION}:pin"

    assert set(read(scim, f"/Users/{made['id']}", attributes=names)) <= {"id", "schemas"}
    for expression in (
        f'{EXTENSION}:pin eq "1234"',
        f"{EXTENSION}:pin pr",
        "password pr",
        'password eq "t1meMa$heen"',
    ):
        bad_filter(scim, expression)


@requirement("R050")
def test_r050_default_can_be_excluded_or_overridden(scim: ScimClient) -> None:
    """A default attribute is answered, unless it is excluded or others are asked for."""
    made = new_user(scim, title="T")
    target = f"/Users/{made['id']}"

    assert read(scim, target)["title"] == "T"
    assert "title" not in read(scim, target, excludedAttributes="title")
    assert "title" not in read(scim, target, attributes="userName")


@requirement("R051")
def test_r051_on_request(scim: ScimClient, extend: Extend) -> None:
    """An attribute that is returned on request comes when it was sent, or is named in attributes."""
    extend(attribute("note", returned="request"))
    made = new_user(scim, extended_user(note="N"))
    target = f"/Users/{made['id']}"

    assert made[EXTENSION] == {"note": "N"}
    assert "note" not in read(scim, target).get(EXTENSION, {})
    assert read(scim, target, attributes=f"{EXTENSION}:note")[EXTENSION] == {"note": "N"}
    assert "note" not in done(scim.patch(target, replace("title", "T"))).get(EXTENSION, {})


@requirement("R052")
def test_r052_user_name_is_unique(scim: ScimClient) -> None:
    """Of twelve concurrent creates of one userName exactly one succeeds."""
    body = user()
    twins = [scim.twin() for _ in range(12)]
    with ThreadPoolExecutor(len(twins)) as threads:
        statuses = sorted(threads.map(lambda twin: twin.post("/Users", body).status, twins))
    for twin in twins:
        twin.close()

    assert statuses == [201] + [409] * 11


@requirement("R053")
def test_r053_nothing_is_globally_unique(scim: ScimClient) -> None:
    """No published attribute has uniqueness "global"."""
    assert {one["uniqueness"] for one in definitions(scim) if one["type"] != "complex"} == {"none", "server"}


@requirement("R054")
def test_r054_reference_types(scim: ScimClient, extend: Extend) -> None:
    """The referenceTypes stand on references only, name known types, and are published for each reference."""
    for bad in (
        attribute("a", type="string", referenceTypes=["User"]),
        attribute("a", type="reference", referenceTypes=["Robot"]),
    ):
        with pytest.raises(CommandFailed):
            extend(bad)

    for one in definitions(scim):
        assert (one["type"] == "reference") == bool(one.get("referenceTypes")), one
        assert set(one.get("referenceTypes", [])) <= RESOURCE_TYPES


@requirement("R055", "R285", "R286")
def test_r055_schema_of_schemas(scim: ScimClient) -> None:
    """The published Schema schema has the type binary, and referenceTypes as a multi-valued attribute."""
    (attributes,) = (
        one for one in read(scim, f"/Schemas/{SCHEMA}")["attributes"] if one["name"] == "attributes"
    )
    inner = {sub["name"]: sub for sub in attributes["subAttributes"]}

    assert "binary" in inner["type"]["canonicalValues"]
    assert inner["referenceTypes"]["multiValued"] is True
