"""Verified domains are looked at again once a day; what is gone for a week is taken back."""

import asyncio

import dns.rcode
import orjson
import pytest

from muster.directory.chores import Done, run_chores
from muster.directory.domains import claim_domain, release_domain, settle
from muster.directory.organizations import Conflict, Missing
from muster.directory.ownership import GRACE, Finding, after, record_name
from muster.directory.recheck import AGE, recheck_domains
from muster.directory.registers.domains import Domain
from tests.domains.conftest import DAY, HOUR, Realm

NAME = "_muster-challenge.example.com"
FOUND = Finding(None, answered=True)
GONE = Finding("gone", answered=True)
UNHEARD = Finding("no answer", answered=False)


def recheck(realm: Realm) -> int:
    """Do the chore."""
    return realm.run(recheck_domains(realm.database, realm.world))


def told(realm: Realm, organization: int) -> list[dict[str, object]]:
    """What the changes behind claim and verification say."""
    return [orjson.loads(change[3] or b"") for change in realm.changes(organization)[2:]]


def test_a_domain_is_checked_once_a_day(realm: Realm) -> None:
    """Not before, and one that is not verified never; without a change where all is well."""
    acme, other = realm.organization("acme"), realm.organization("other")
    realm.verified(acme)
    realm.verified(other, "other.example")
    realm.claim(realm.organization("third"), "unverified.example.com")
    realm.now += AGE - 1
    assert recheck(realm) == 0
    realm.now += 1
    assert recheck(realm) == 2
    assert realm.domain(acme).checked == realm.now
    assert recheck(realm) == 0
    assert told(realm, acme) == told(realm, other) == []


def test_more_domains_than_are_looked_up_at_once_are_all_checked(realm: Realm) -> None:
    """One page after the other."""
    acme = realm.organization("acme")
    for number in range(18):
        realm.verified(acme, f"d{number}.example.com")
    realm.now += AGE
    assert recheck(realm) == 18


def test_a_domain_whose_record_is_gone_is_taken_back_after_the_grace(realm: Realm) -> None:
    """A change and a problem at the first failure, none while it goes on, one when it is not verified any more."""
    acme, rival = realm.organization("acme"), realm.organization("rival")
    verified = realm.verified(acme)
    del realm.names.texts[NAME]
    realm.now += DAY
    failing = realm.now
    assert recheck(realm) == 1
    found = realm.domain(acme)
    assert (found.verified, found.failing) == (verified.verified, failing)
    assert found.problem
    assert "NXDOMAIN" in found.problem
    for _ in range(6):
        realm.now += DAY
        recheck(realm)
    assert realm.domain(acme).verified == verified.verified
    first = {"verified": verified.verified, "failing": failing, "problem": found.problem}
    assert told(realm, acme) == [first]

    realm.now += DAY
    recheck(realm)
    lost = realm.domain(acme)
    assert (lost.verified, lost.failing, lost.problem) == (None, None, found.problem)
    assert told(realm, acme)[1:] == [first | {"verified": None, "failing": None}]
    assert realm.owners() == {}
    realm.now += DAY
    assert recheck(realm) == 0
    assert realm.verified(rival).verified == realm.now


def test_a_domain_that_recovers_begins_anew(realm: Realm) -> None:
    """The change says so, and the grace is whole again."""
    acme = realm.organization("acme")
    realm.verified(acme)
    record = realm.names.texts.pop(NAME)
    realm.now += DAY
    recheck(realm)
    realm.names.texts[NAME] = record
    realm.now += DAY
    recheck(realm)
    found = realm.domain(acme)
    assert (found.failing, found.problem) == (None, None)
    assert told(realm, acme)[-1] == {"verified": found.verified, "failing": None, "problem": None}
    del realm.names.texts[NAME]
    realm.now += GRACE
    recheck(realm)
    assert realm.domain(acme).verified is not None


def test_a_dns_that_does_not_answer_takes_no_domain_away(realm: Realm) -> None:
    """It is told of as failing; only an answer, after the grace, is a proof."""
    acme = realm.organization("acme")
    realm.verified(acme)
    realm.names.failures[NAME] = dns.rcode.SERVFAIL
    for _ in range(10):
        realm.now += DAY
        recheck(realm)
    found = realm.domain(acme)
    assert found.verified is not None
    assert found.problem
    assert "SERVFAIL" in found.problem
    realm.names.failures.clear()
    realm.names.texts[NAME] = [("another",)]
    realm.now += DAY
    recheck(realm)
    assert realm.domain(acme).verified is None


def test_two_processes_that_check_at_once_tell_of_it_once(realm: Realm) -> None:
    """What is decided is decided on what is there then."""
    acme = realm.organization("acme")
    realm.verified(acme)
    del realm.names.texts[NAME]
    realm.now += DAY
    databases = [realm.database, realm.open()]

    async def both() -> list[int]:
        return await asyncio.gather(*(recheck_domains(one, realm.world) for one in databases))

    assert max(realm.run(both())) == 1
    assert len(told(realm, acme)) == 1


def test_what_was_released_meanwhile_is_not_checked(realm: Realm) -> None:
    """Nor is what was claimed anew with another challenge."""
    acme = realm.organization("acme")
    before = realm.verified(acme)
    realm.run(release_domain(realm.database, realm.world, acme, before.name))
    with pytest.raises(Missing):
        realm.run(settle(realm.database, realm.world, acme, before, FOUND))
    realm.run(claim_domain(realm.database, realm.world, acme, before.name))
    with pytest.raises(Conflict, match="anew"):
        realm.run(settle(realm.database, realm.world, acme, before, FOUND))
    assert realm.domain(acme).verified is None


def test_a_round_is_done_by_one_process(realm: Realm) -> None:
    """Within the pause; behind it by the next that comes, and at any time by who asks for it."""
    databases = [realm.database, realm.open()]

    async def rounds(pause: int | None) -> list[Done]:
        return [done for one in databases async for done in run_chores(one, realm.world, pause)]

    def names(pause: int | None) -> list[str]:
        return [done.chore for done in realm.run(rounds(pause))]

    assert names(HOUR).count("recheck_domains") == 1
    assert names(HOUR).count("recheck_domains") == 0
    realm.now += HOUR
    assert names(HOUR).count("recheck_domains") == 1
    assert names(None).count("recheck_domains") == 2


def test_at_the_edges_of_the_grace() -> None:
    """As long as it lasts, not a microsecond longer; what was never verified has none."""
    domain = Domain("example.com", "x", 0, verified=1, checked=1, failing=10)
    assert after(domain, GONE, 10 + GRACE - 1).verified == 1
    assert after(domain, GONE, 10 + GRACE).verified is None
    assert after(domain, UNHEARD, 10 + GRACE).verified == 1
    assert after(domain, FOUND, 10 + GRACE).failing is None
    claimed = Domain("example.com", "x", 0)
    assert after(claimed, GONE, 5) == Domain("example.com", "x", 0, checked=5, problem="gone")
    assert record_name(claimed) == NAME
