"""Claiming, verifying and releasing domains against a real DNS server, on both stores."""

import asyncio

import dns.rcode
import orjson
import pytest

from muster.directory.domains import (
    claim_domain,
    list_domains,
    list_every_domain,
    release_domain,
    verify_domain,
)
from muster.directory.organizations import Conflict, Missing, Refused
from muster.directory.ownership import record_name, record_value
from tests.domains.conftest import Realm


def test_a_domain_counts_once_its_record_is_found(realm: Realm) -> None:
    """Beside other records at the name; the change says when it became the organization's."""
    acme = realm.organization("acme")
    domain = realm.claim(acme, "Bücher.example.com")
    assert domain.name == "xn--bcher-kva.example.com"
    assert record_name(domain) == "_muster-challenge.xn--bcher-kva.example.com"
    assert realm.owners() == {}
    realm.names.texts[record_name(domain)].append(("other", "text"))
    realm.now += 5
    found = realm.verify(acme, "BÜCHER.example.com.")
    assert (found.verified, found.checked, found.problem) == (realm.now, realm.now, None)
    assert realm.domain(acme, domain.name) == found
    assert realm.owners() == {domain.name: acme}
    claimed, verified = realm.changes(acme)
    assert claimed == ("create", domain.name, None, orjson.dumps({"name": domain.name}))
    assert verified[0] == "modify"
    nothing = {"verified": None, "failing": None, "problem": None}
    assert orjson.loads(verified[2] or b"") == nothing
    assert orjson.loads(verified[3] or b"") == nothing | {"verified": realm.now}


def test_a_second_verification_changes_nothing_but_when_it_was_checked(realm: Realm) -> None:
    """It is the organization's since the first one."""
    acme = realm.organization("acme")
    first = realm.verified(acme)
    realm.now += 5
    second = realm.verify(acme)
    assert (second.verified, second.checked) == (first.verified, realm.now)
    assert len(realm.changes(acme)) == 2


@pytest.mark.parametrize("what", ["nothing", "no record", "another's", "failure", "silence"])
def test_without_the_record_nothing_is_verified(realm: Realm, what: str) -> None:
    """The refusal says what was found instead, and it is kept as the domain's problem; no change is told of."""
    acme = realm.organization("acme")
    domain = realm.claim(acme, proven=False)
    name = record_name(domain)
    word = {"nothing": "NXDOMAIN", "no record": "no TXT", "another's": "2 TXT", "failure": "SERVFAIL"}
    match what:
        case "no record":
            realm.names.texts[name] = []
        case "another's":
            realm.names.texts[name] = [("muster-verification=0",), (record_value(domain) + "0",)]
        case "failure":
            realm.names.failures[name] = dns.rcode.SERVFAIL
        case "silence":
            realm.names.silent.add(name)
    with pytest.raises(Refused, match=word.get(what, "timeout")) as refused:
        realm.verify(acme)
    kept = realm.domain(acme)
    assert (kept.verified, kept.checked, kept.failing) == (None, realm.now, None)
    assert kept.problem == str(refused.value)
    assert realm.owners() == {}
    assert len(realm.changes(acme)) == 1


def test_a_domain_is_one_organizations_at_a_time(realm: Realm) -> None:
    """Who proves it too is told that it is taken, not by whom; once released, it is the other's."""
    acme, rival = realm.organization("acme"), realm.organization("rival")
    realm.verified(acme)
    realm.claim(rival)
    with pytest.raises(Conflict, match="another organization") as refused:
        realm.verify(rival)
    assert "acme" not in str(refused.value)
    assert realm.domain(rival).verified is None
    assert realm.owners() == {"example.com": acme}
    realm.run(release_domain(realm.database, realm.world, acme, "example.com"))
    assert realm.verify(rival).verified == realm.now
    assert realm.owners() == {"example.com": rival}
    with pytest.raises(Missing):
        realm.domain(acme)
    operation, _, before, after = realm.changes(acme)[-1]
    assert (operation, orjson.loads(before or b"")["verified"], after) == ("delete", realm.now, None)


def test_only_who_proves_a_domain_learns_that_it_is_taken(realm: Realm) -> None:
    """A claim, and a verification without the record, say what they say of any other domain."""
    acme, rival = realm.organization("acme"), realm.organization("rival")
    realm.verified(acme)
    realm.claim(rival, proven=False)
    with pytest.raises(Refused, match="TXT record there is another"):
        realm.verify(rival)


def test_of_two_organizations_that_verify_at_once_one_has_the_domain(realm: Realm) -> None:
    """Whichever; the other is refused."""
    numbers = [realm.organization("acme"), realm.organization("rival")]
    for number in numbers:
        realm.claim(number)
    results = realm.run(_both(realm, numbers))
    assert sorted(type(one).__name__ for one in results) == ["Conflict", "Domain"]
    (owner,) = realm.owners().values()
    assert [realm.domain(number).verified is not None for number in numbers] == [
        number == owner for number in numbers
    ]


async def _both(realm: Realm, numbers: list[int]) -> list[object]:
    work = (verify_domain(realm.database, realm.world, number, "example.com") for number in numbers)
    return await asyncio.gather(*work, return_exceptions=True)


def test_a_domain_is_claimed_once(realm: Realm) -> None:
    """However it is written; nothing changes."""
    acme = realm.organization("acme")
    first = realm.claim(acme)
    with pytest.raises(Conflict, match="claimed already"):
        realm.run(claim_domain(realm.database, realm.world, acme, "EXAMPLE.COM."))
    assert realm.domain(acme) == first
    assert len(realm.changes(acme)) == 1


def test_a_released_domain_is_claimed_with_another_challenge(realm: Realm) -> None:
    """What proved it before proves nothing any more."""
    acme = realm.organization("acme")
    first = realm.verified(acme)
    realm.run(release_domain(realm.database, realm.world, acme, first.name))
    second = realm.claim(acme, proven=False)
    assert second.challenge != first.challenge
    with pytest.raises(Refused, match="TXT record there is another"):
        realm.verify(acme)


def test_another_organizations_domains_are_not_there(realm: Realm) -> None:
    """Not shown, not verified, not released."""
    acme, rival = realm.organization("acme"), realm.organization("rival")
    realm.verified(acme)
    for wrong in (realm.domain, realm.verify):
        with pytest.raises(Missing):
            wrong(rival)
    with pytest.raises(Missing):
        realm.run(release_domain(realm.database, realm.world, rival, "example.com"))
    assert realm.owners() == {"example.com": acme}
    assert realm.run(list_every_domain(realm.database, rival)) == []


def test_domains_are_listed_by_name(realm: Realm) -> None:
    """Some at a time."""
    acme = realm.organization("acme")
    for name in ("c.example.com", "a.example.com", "b.example.com"):
        realm.claim(acme, name)
    first = realm.run(list_domains(realm.database, acme, "", 2))
    rest = realm.run(list_domains(realm.database, acme, first[-1].name, 2))
    assert [one.name[0] for one in [*first, *rest]] == ["a", "b", "c"]
    assert len(realm.run(list_every_domain(realm.database, acme))) == 3
