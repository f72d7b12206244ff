"""Whether a domain is an organization's own: a TXT record that only who runs its DNS can set, at a label of ours.

Law: a domain that was verified stays so for some days after its record is gone, and only an answer takes it away: that
the DNS cannot be asked proves nothing.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final, NamedTuple

from muster.directory.registers.domains import Domain
from muster.directory.resolver import Absent, Resolver, Unanswered

GRACE: Final = 7 * 24 * 3600 * 1_000_000  # microseconds from the first check that fails

_LABEL: Final = "_muster-challenge"
_PREFIX: Final = "muster-verification="


class Finding(NamedTuple):
    """What a look-up says: nothing is wrong (`problem` None), or what; `answered`: the DNS has said so."""

    problem: str | None
    answered: bool


def record_name(domain: Domain) -> str:
    """Return the name of the TXT record that proves a domain."""
    return f"{_LABEL}.{domain.name}"


def record_value(domain: Domain) -> str:
    """Return what that record has to say."""
    return _PREFIX + domain.challenge


async def find(resolver: Resolver, domain: Domain) -> Finding:
    """Look for a domain's record. Any of several TXT records at the name may be it."""
    name, value = record_name(domain), record_value(domain)
    try:
        texts = await resolver.texts(name)
    except Absent as absent:
        return Finding(f"{name}: {absent}. Create it as a TXT record with the value {value}", answered=True)
    except Unanswered as unanswered:
        return Finding(f"{name}: {unanswered}. Try again later, and check the domain's DNS", answered=False)
    if value in (text.strip() for text in texts):
        return Finding(None, answered=True)
    count = (
        "the TXT record there is another"
        if len(texts) == 1
        else f"none of the {len(texts)} TXT records is it"
    )
    return Finding(f"{name}: {count}. Its value has to be {value}", answered=True)


def after(domain: Domain, finding: Finding, now: int) -> Domain:
    """Return the domain as it is after a check."""
    checked = replace(domain, checked=now, problem=finding.problem)
    if finding.problem is None:
        return replace(checked, verified=domain.verified or now, failing=None)
    if domain.verified is None:
        return checked
    failing = now if domain.failing is None else domain.failing
    if finding.answered and now - failing >= GRACE:
        return replace(checked, verified=None, failing=None)
    return replace(checked, failing=failing)


def facts(domain: Domain) -> dict[str, Any]:
    """Return what changes tell of a domain: times in microseconds since 1970."""
    return {"verified": domain.verified, "failing": domain.failing, "problem": domain.problem}
