"""Domains over the management API, with a real DNS server behind it."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from muster.bootstrap import world
from muster.dns.resolver import DnsResolver
from tests.api.asgi import Api, assert_problem
from tests.harness.name_server import NameServer
from tests.harness.postgres import Cluster


@pytest.fixture
def names() -> Iterator[NameServer]:
    """A DNS server."""
    with NameServer() as server:
        yield server


@pytest.fixture(params=["sqlite", "postgres"])
def api(request: pytest.FixtureRequest, tmp_path: Path, names: NameServer) -> Iterator[Api]:
    """The API over an empty database, asking that server."""
    cluster: Cluster | None = request.getfixturevalue("cluster") if request.param == "postgres" else None
    outside = replace(world(), resolver=DnsResolver([names.address], patience=1))
    opened = Api(cluster.empty_store() if cluster else tmp_path / "muster.db", outside)
    yield opened
    opened.close()


def test_a_domain_is_claimed_verified_and_released(api: Api, names: NameServer) -> None:
    """With the record that the claim answers; before it is set, the refusal names it."""
    key = api.new_key(api.new_organization("acme"))
    made = api.request("POST", "/domains", {"name": "Bücher.example.com"}, key=key)
    assert made.status == 201
    assert (made.json["name"], made.json["displayed"]) == ("xn--bcher-kva.example.com", "bücher.example.com")
    assert made.json["verified"] is None
    path = f"/domains/{made.json['name']}"
    refused = assert_problem(api.request("POST", f"{path}/verify", key=key), 422, "refused")
    assert made.json["record_value"] in refused["detail"]
    assert api.request("GET", path, key=key).json["problem"] == refused["detail"]
    names.texts[made.json["record_name"]] = [(made.json["record_value"],)]
    verified = api.request("POST", f"{path}/verify", key=key)
    assert verified.status == 200
    assert verified.json["verified"] == verified.json["checked"] is not None
    assert api.request("GET", "/domains", key=key).json == {"items": [verified.json], "next": None}
    gone = api.request("DELETE", path, key=key)
    assert (gone.status, gone.body) == (204, b"")
    assert_problem(api.request("GET", path, key=key), 404, "not_found")


def test_a_domain_of_another_organization_is_not_there(api: Api, names: NameServer) -> None:
    """Alike whether anybody has it; who proves it is told that it is taken."""
    acme, rival = (api.new_key(api.new_organization(name)) for name in ("acme", "rival"))
    for key in (acme, rival):
        made = api.request("POST", "/domains", {"name": "example.com"}, key=key).json
        names.texts.setdefault(made["record_name"], []).append((made["record_value"],))
    assert api.request("POST", "/domains/example.com/verify", key=acme).status == 200
    conflict = assert_problem(api.request("POST", "/domains/example.com/verify", key=rival), 409, "conflict")
    assert "acme" not in conflict["detail"]
    api.request("DELETE", "/domains/example.com", key=rival)
    for method, path in (("GET", ""), ("POST", "/verify"), ("DELETE", "")):
        taken = api.request(method, f"/domains/example.com{path}", key=rival)
        free = api.request(method, f"/domains/example.org{path}", key=rival)
        assert taken.json["detail"].replace("example.com", "example.org") == free.json["detail"]
        assert_problem(taken, 404, "not_found")


def test_a_name_that_nobody_may_have_is_refused(api: Api) -> None:
    """And nothing is kept of it; a field that is not there is refused by its name."""
    key = api.new_key(api.new_organization("acme"))
    for name in ("gmail.com", "co.uk", "localhost", "192.0.2.1", "nonsense", "a b.example.com"):
        assert_problem(api.request("POST", "/domains", {"name": name}, key=key), 422, "refused")
    assert_problem(
        api.request("POST", "/domains", {"name": "example.com", "verified": True}, key=key), 422, "invalid"
    )
    assert api.request("GET", "/domains", key=key).json["items"] == []


def test_domains_are_listed_in_parts(api: Api) -> None:
    """By name."""
    key = api.new_key(api.new_organization("acme"))
    for name in "cab":
        api.request("POST", "/domains", {"name": f"{name}.example.com"}, key=key)
    first = api.request("GET", "/domains?limit=2", key=key).json
    second = api.request("GET", f"/domains?limit=2&cursor={first['next']}", key=key).json
    assert [one["name"][0] for one in first["items"] + second["items"]] == ["a", "b", "c"]
    assert second["next"] is None


def test_a_key_that_only_reads_changes_nothing(api: Api) -> None:
    """Neither claims nor verifies nor releases."""
    organization = api.new_organization("acme")
    reading = api.new_key(organization, ["read"])
    api.request("POST", "/domains", {"name": "example.com"}, key=api.new_key(organization))
    assert_problem(api.request("POST", "/domains", {"name": "a.example"}, key=reading), 403, "forbidden")
    for method, path in (("POST", "/verify"), ("DELETE", "")):
        assert_problem(api.request(method, f"/domains/example.com{path}", key=reading), 403, "forbidden")
    assert len(api.request("GET", "/domains", key=reading).json["items"]) == 1
