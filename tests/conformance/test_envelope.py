"""RFC 7643 §3: schemas, id, externalId and meta (R023 to R040)."""

import re
from typing import Any

import pytest

from tests.conformance.bodies import (
    ENTERPRISE,
    EXTENSION,
    GROUP,
    USER,
    attribute,
    enterprise_user,
    fresh,
    group,
    user,
)
from tests.conformance.expect import (
    by_mode,
    done,
    found,
    listed,
    modified,
    new_group,
    new_user,
    read,
    refused,
    replace,
    uris,
)
from tests.conformance.marks import Connect, Extend, requirement
from tests.harness.client import ScimClient
from tests.harness.server import CommandFailed

UUID4 = r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"


@requirement("R023")
def test_r023_schemas_is_present(scim: ScimClient) -> None:
    """A body without schemas is taken for its endpoint's type by default, and refused when strict."""
    made = by_mode(scim, scim.post("/Users", user(schemas=None)), 201, "invalidSyntax")

    assert scim.strict or made["schemas"] == [USER]
    refused(scim.post("/Users", user(schemas=[])), 400, "invalidSyntax")


@requirement("R023")
def test_r023_schemas_has_no_duplicates(scim: ScimClient) -> None:
    """Each schema URI is answered once; a body that repeats one is refused when strict."""
    answer = scim.post("/Users", user(schemas=[USER, USER]))

    if scim.strict:
        refused(answer, 400, "invalidSyntax", "invalidValue")
    elif answer.status == 201:
        assert answer.body["schemas"] == [USER]
    else:
        refused(answer, 400, "invalidSyntax", "invalidValue")


@requirement("R023")
@pytest.mark.parametrize("foreign", ["urn:example:unknown:2.0:User", GROUP])
def test_r023_foreign_uris(scim: ScimClient, foreign: str) -> None:
    """A URI that the resource type does not declare is left out by default, and refused when strict."""
    made = by_mode(scim, scim.post("/Users", user(schemas=[USER, foreign])), 201, "invalidSyntax")

    assert scim.strict or made["schemas"] == [USER]


@requirement("R024")
def test_r024_base_schema_is_listed(scim: ScimClient) -> None:
    """Schemas without the base URI: it is added by default, and missed when strict."""
    body = enterprise_user(department="D") | {"schemas": [ENTERPRISE]}
    made = by_mode(scim, scim.post("/Users", body), 201, "invalidSyntax")

    assert scim.strict or uris(made) == {USER, ENTERPRISE}


@requirement("R025")
def test_r025_extension_data_without_its_uri(scim: ScimClient) -> None:
    """An extension object whose URI is not in schemas is accepted by default, and refused when strict."""
    body = enterprise_user(department="D") | {"schemas": [USER]}
    made = by_mode(scim, scim.post("/Users", body), 201, "invalidSyntax")

    if not scim.strict:
        assert uris(made) == {USER, ENTERPRISE}
        assert made[ENTERPRISE] == {"department": "D"}


@requirement("R026")
@pytest.mark.parametrize("data", [None, {}, {"department": None}])
def test_r026_extension_without_data_is_not_listed(scim: ScimClient, data: Any) -> None:
    """The URI of an extension may be sent without data; it is answered only with data."""
    body = user(schemas=[USER, ENTERPRISE])
    made = new_user(scim, body if data is None else body | {ENTERPRISE: data})
    filled = new_user(scim, enterprise_user(department="D"))

    assert made["schemas"] == [USER]
    assert ENTERPRISE not in made
    assert uris(filled) == {USER, ENTERPRISE}


@requirement("R027")
def test_r027_extension_attributes_stay_in_their_extension(scim: ScimClient) -> None:
    """A top-level department is not the enterprise extension's department."""
    made = by_mode(scim, scim.post("/Users", user(department="D")), 201, "invalidSyntax")

    if not scim.strict:
        assert ENTERPRISE not in made
        assert "department" not in made
    assert found(scim, f"{ENTERPRISE}:department pr") == set()


@requirement("R028")
def test_r028_common_attributes(scim: ScimClient) -> None:
    """Users and groups have id, externalId and meta."""
    for made in (new_user(scim, externalId=fresh()), new_group(scim, externalId=fresh())):
        assert {"id", "externalId", "meta"} <= set(made)


@requirement("R029")
def test_r029_ids_are_ours(scim: ScimClient) -> None:
    """An id in the body is ignored, one in the URL is case exact, and none is used again."""
    wished = "11111111-1111-4111-8111-111111111111"
    made = new_user(scim, id=wished)
    assert re.fullmatch(UUID4, made["id"])
    assert made["id"] != wished
    shouted = made["id"].upper()
    if shouted != made["id"]:
        refused(scim.get(f"/Users/{shouted}"), 404)

    done(scim.delete(f"/Users/{made['id']}"), 204)
    assert new_user(scim, userName=made["userName"])["id"] != made["id"]


@requirement("R030")
def test_r030_ids_avoid_the_reserved_word(scim: ScimClient) -> None:
    """Ids are lower-case UUIDs, so none holds "bulkId"."""
    for made in [new_user(scim) for _ in range(10)] + [new_group(scim) for _ in range(10)]:
        assert re.fullmatch(UUID4, made["id"])


@requirement("R031")
def test_r031_external_ids_are_the_clients(scim: ScimClient) -> None:
    """The externalId is case exact, not invented, and no key: another user's id in it changes nothing."""
    victim = new_user(scim)
    made = new_user(scim, externalId=victim["id"])
    mixed = new_user(scim, externalId="AbC")

    assert "externalId" not in victim
    assert read(scim, f"/Users/{victim['id']}")["userName"] == victim["userName"]
    assert found(scim, f'externalId eq "{victim["id"]}"') == {made["id"]}
    assert found(scim, 'externalId eq "AbC"') == {mixed["id"]}
    assert found(scim, 'externalId eq "abc"') == set()
    refused(scim.get("/Users/AbC"), 404)


@requirement("R032")
def test_r032_external_ids_belong_to_an_organization(scim: ScimClient, connect: Connect) -> None:
    """Two organizations use one externalId."""
    name = fresh()

    for one in (scim, connect(strict=scim.strict)):
        assert new_user(one, externalId=name)["externalId"] == name
        assert new_group(one, externalId=name)["externalId"] == name


@requirement("R033")
def test_r033_connections_do_not_share_external_ids(scim: ScimClient, connect: Connect) -> None:
    """What one connection of an organization provisioned is invisible to another."""
    made = new_user(scim, externalId=fresh())
    other = connect(strict=scim.strict, organization=scim.organization)

    assert found(other, f'externalId eq "{made["externalId"]}"') == set()
    refused(other.get(f"/Users/{made['id']}"), 404)


@requirement("R034")
def test_r034_meta_is_ignored(scim: ScimClient) -> None:
    """A client's meta has no effect in POST and PUT."""
    lie = {
        "resourceType": "Robot",
        "created": "1999-01-01T00:00:00Z",
        "location": "https://evil.example",
        "version": "x",
    }
    made = new_user(scim, meta=lie)
    replaced = done(scim.put(f"/Users/{made['id']}", user(userName=made["userName"], meta=lie)))

    for meta in (made["meta"], replaced["meta"]):
        assert not set(meta.items()) & set(lie.items())
    assert replaced["meta"]["created"] == made["meta"]["created"]


@requirement("R035")
def test_r035_resource_type_is_the_name(scim: ScimClient) -> None:
    """The meta.resourceType of a resource is its type's name, case exact."""
    made, crowd = new_user(scim), new_group(scim)

    assert (made["meta"]["resourceType"], crowd["meta"]["resourceType"]) == ("User", "Group")
    assert found(scim, 'meta.resourceType eq "User"') == {made["id"]}
    assert found(scim, 'meta.resourceType eq "user"') == set()


@requirement("R036")
def test_r036_created_stays(scim: ScimClient) -> None:
    """Created and lastModified are equal at first; created stays, lastModified never goes back."""
    made = new_user(scim)
    changed = modified(scim, f"/Users/{made['id']}", replace("title", "T"))

    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", made["meta"]["created"])
    assert made["meta"]["lastModified"] == made["meta"]["created"] == changed["meta"]["created"]
    assert changed["meta"]["lastModified"] >= changed["meta"]["created"]


@requirement("R037")
def test_r037_locations_agree(scim: ScimClient) -> None:
    """The Location and Content-Location headers are the meta.location, and it is the resource's URL."""
    for endpoint, body in (("/Users", user()), ("/Groups", group())):
        created = scim.post(endpoint, body)
        made = done(created, 201)
        location = f"{scim.base_url}{endpoint}/{made['id']}"
        assert made["meta"]["location"] == created.headers["location"] == location
        retrieved = scim.get(f"{endpoint}/{made['id']}")
        given = {
            retrieved.headers[name] for name in ("location", "content-location") if name in retrieved.headers
        }
        assert given == {location}


@requirement("R038")
def test_r038_version_is_the_etag(scim: ScimClient) -> None:
    """The ETag header and meta.version are the same bytes on every answer with a resource."""
    created = scim.post("/Users", user())
    target = f"/Users/{created.body['id']}"
    same = user(userName=created.body["userName"], title="T")
    answers = [created, scim.get(target), scim.put(target, same), scim.patch(target, replace("title", "U"))]

    for answer in answers:
        assert answer.headers["etag"] == answer.body["meta"]["version"]
        assert re.fullmatch(r'W/"\d+"', answer.headers["etag"])
    assert len({answer.headers["etag"] for answer in answers}) == 3


@requirement("R039")
def test_r039_locations_come_from_the_public_url(scim: ScimClient) -> None:
    """Host and forwarding headers do not reach meta.location."""
    forged = {
        "Host": "evil.example",
        "X-Forwarded-Proto": "javascript",
        "X-Forwarded-Host": "evil.example",
        "Forwarded": "host=evil.example;proto=javascript",
    }
    answer = scim.post("/Users", user(), headers=forged)

    made = done(answer, 201)
    assert made["meta"]["location"] == answer.headers["location"] == f"{scim.base_url}/Users/{made['id']}"


@requirement("R040")
@pytest.mark.parametrize("name", ["id", "META", "externalId", "schemas"])
def test_r040_common_attributes_cannot_be_redefined(scim: ScimClient, extend: Extend, name: str) -> None:
    """A custom schema that names a common attribute is refused, or has no effect on the common one."""
    try:
        extend(attribute(name, mutability="readWrite", returned="never"))
    except CommandFailed:
        assert EXTENSION not in {schema["id"] for schema in listed(scim, "/Schemas")["Resources"]}
    made = new_user(scim, externalId=fresh())

    assert {"id", "meta", "externalId", "schemas"} <= set(read(scim, f"/Users/{made['id']}"))
