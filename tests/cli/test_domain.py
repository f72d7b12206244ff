"""`muster domain`, `muster chores`, `muster organization enforce` and `muster schema`, on both stores."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from muster.settings import Settings
from tests.harness.inside import rows
from tests.harness.name_server import NameServer
from tests.harness.postgres import Cluster
from tests.harness.server import CommandFailed, Place, muster

ORGANIZATION = ("--organization", "acme")


@pytest.fixture
def names() -> Iterator[NameServer]:
    """A DNS server."""
    with NameServer() as server:
        yield server


@pytest.fixture(params=["sqlite", "postgres"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """A database of each store with an organization in it."""
    cluster: Cluster | None = request.getfixturevalue("cluster") if request.param == "postgres" else None
    made: Place = cluster.empty_store() if cluster else tmp_path / "muster.db"
    muster(made, "organization", "create", "acme")
    return made


def test_a_domain_from_its_claim_to_its_release(place: Place, names: NameServer) -> None:
    """Verified with the record that is printed; a refusal is one line, and the servers do not take it away."""
    servers = {"MUSTER_DNS_SERVERS": f"127.0.0.1:{names.port}"}
    claimed = muster(place, "domain", "claim", "EXAMPLE.com", *ORGANIZATION)
    assert (claimed["domain"], claimed["verified"]) == ("example.com", None)
    with pytest.raises(CommandFailed, match="NXDOMAIN") as failed:
        muster(place, "domain", "verify", "example.com", *ORGANIZATION, **servers)
    assert (failed.value.exit_code, failed.value.stderr.count("\n")) == (1, 1)
    names.texts[claimed["record_name"]] = [(claimed["record_value"],)]
    verified = muster(place, "domain", "verify", "example.com", *ORGANIZATION, **servers)
    assert verified["verified"] is not None
    assert muster(place, "domain", "list", *ORGANIZATION) == [verified]

    rows(place, "UPDATE domains SET checked = 0")
    asked = names.asked[claimed["record_name"]]
    (done,) = [one for one in muster(place, "chores", **servers) if one["chore"] == "recheck_domains"]
    assert (done["things"], names.asked[claimed["record_name"]]) == (1, asked + 1)

    assert muster(place, "domain", "release", "example.com.", *ORGANIZATION) == {"released": "example.com"}
    assert muster(place, "domain", "list", *ORGANIZATION) == []


def test_wrong_dns_servers_stop_the_start(place: Place) -> None:
    """The line names the setting and how it is written."""
    for wrong in ("example.com", "127.0.0.1:0", "127.0.0.1:x", "[::1", "127.0.0.1:53/x", "1.2.3.4 5.6.7.8"):
        with pytest.raises(CommandFailed, match=r"MUSTER_DNS_SERVERS.*127\.0\.0\.1:5353"):
            muster(place, "domain", "list", *ORGANIZATION, MUSTER_DNS_SERVERS=wrong)


def test_dns_servers_are_written_as_addresses_with_or_without_a_port() -> None:
    """Of both kinds; 53 is the port of those without."""
    written = "192.0.2.53, 127.0.0.1:5353,2001:db8::53 ,[::1],[::1]:5353,"
    assert Settings(dns_servers=written).name_servers == [
        ("192.0.2.53", 53), ("127.0.0.1", 5353), ("2001:db8::53", 53), ("::1", 53), ("::1", 5353),
    ]  # fmt: skip
    assert Settings().name_servers == []


def test_provisioning_is_enforced_and_ceases_to_be(place: Place) -> None:
    """Both are shown, with the local accounts that there are."""
    enforced = muster(place, "organization", "enforce", "acme")
    assert (enforced["enforce_provisioning"], enforced["local_accounts"]) == (True, [])
    assert muster(place, "organization", "show", "acme")["enforce_provisioning"]
    assert not muster(place, "organization", "enforce", "acme", "--off")["enforce_provisioning"]
    with pytest.raises(CommandFailed, match="no organization"):
        muster(place, "organization", "enforce", "nobody")


def test_schemas_are_listed_and_shown(place: Place, tmp_path: Path) -> None:
    """As they were added."""
    document = {
        "id": "urn:example:acme:Group",
        "name": "Acme",
        "attributes": [{"name": "floor", "type": "integer"}],
    }
    file = tmp_path / "acme.json"
    file.write_text(json.dumps(document))
    muster(place, "schema", "add", *ORGANIZATION, str(file))
    with pytest.raises(CommandFailed, match="already"):
        muster(place, "schema", "add", *ORGANIZATION, str(file))
    (listed,) = muster(place, "schema", "list", *ORGANIZATION)
    assert listed == {
        "schema": "urn:example:acme:Group", "name": "Acme", "extends": "Group", "attributes": "floor",
    }  # fmt: skip
    assert muster(place, "schema", "show", *ORGANIZATION, "URN:example:acme:group") == document
    for wrong in (
        {"id": "urn:example:b:Group", "description": "\ud800"},
        {"id": "urn:example:b:Group", "meta": {"n": 2**70}},
    ):
        file.write_text(json.dumps(document | wrong))
        with pytest.raises(CommandFailed, match="cannot be kept"):
            muster(place, "schema", "add", *ORGANIZATION, str(file))
    with pytest.raises(CommandFailed, match="no custom schema"):
        muster(place, "schema", "show", *ORGANIZATION, "urn:example:other")
