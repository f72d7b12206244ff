"""Domains: claimed by an organization, proven by a TXT record of ours, released.

Law: a domain counts only once it is verified, and then for one organization at a time; nobody is told which. Whether it
is taken is answered only to who has proven that the domain is theirs.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from muster.directory.document import dump
from muster.directory.domain_names import a_labels, claimable
from muster.directory.organizations import Conflict, Missing, Refused
from muster.directory.ownership import Finding, after, facts, find
from muster.directory.ports import Administration, Database
from muster.directory.records import Actor, Change, Operation
from muster.directory.registers.domains import Domain
from muster.directory.world import World

_CHALLENGE_BYTES: Final = 20
_RESOURCE: Final = "Domain"
_PART: Final = 200


async def claim_domain(database: Database, world: World, organization: int, text: str) -> Domain:
    """Claim a domain, and return it with its challenge. Raises Refused; Conflict: it is claimed already."""
    name = claimable(text)
    now, actor = world.clock(), world.actor()
    domain = Domain(name, world.random(_CHALLENGE_BYTES).hex(), now)

    async def operation(administration: Administration) -> None:
        if not await administration.registers.domains.add(domain):
            raise Conflict(f"The domain {name} is claimed already: verify it, or release it first.")
        await administration.record(_change(actor, now, Operation.CREATE, name, None, {"name": name}))

    await database.administer(organization, operation)
    return domain


async def list_domains(database: Database, organization: int, after: str, limit: int) -> Sequence[Domain]:
    """Return up to `limit` domains of an organization with names behind one, in their order."""
    return await database.consult(organization, lambda registers: registers.domains.list(after, limit))


async def list_every_domain(database: Database, organization: int) -> Sequence[Domain]:
    """Return all domains of an organization by name."""
    found: list[Domain] = []
    while part := await list_domains(database, organization, found[-1].name if found else "", _PART):
        found += part
    return found


async def domain_named(database: Database, organization: int, text: str) -> Domain:
    """Return a domain of an organization. Raises Missing."""
    name = _name(text)
    found = await database.consult(organization, lambda registers: registers.domains.get(name))
    if found is None:
        raise _unclaimed(name)
    return found


async def verify_domain(database: Database, world: World, organization: int, text: str) -> Domain:
    """Look for the challenge of a domain now, and return the domain where it is found, verified.

    Raises Missing; Refused: it is not found, which is kept as the domain's problem; Conflict: another organization has
    the domain.
    """
    domain = await domain_named(database, organization, text)
    finding = await find(world.resolver, domain)
    settled = await settle(database, world, organization, domain, finding)
    if finding.problem is not None:
        raise Refused(finding.problem)
    return settled


async def release_domain(database: Database, world: World, organization: int, text: str) -> str:
    """Give a domain up: another organization may verify it from now on. Return its name. Raises Missing."""
    name = _name(text)
    now, actor = world.clock(), world.actor()

    async def operation(administration: Administration) -> None:
        domains = administration.registers.domains
        found = await domains.hold(name)
        if found is None:
            raise _unclaimed(name)
        await domains.let_go(name)
        await domains.remove(name)
        await administration.record(_change(actor, now, Operation.DELETE, name, facts(found), None))

    await database.administer(organization, operation)
    return name


async def settle(
    database: Database, world: World, organization: int, domain: Domain, finding: Finding
) -> Domain:
    """Keep what a check of a domain has found, and return the domain as it is then.

    A change is written where the domain was verified, begins or ceases to fail, or is verified no more; a check that
    finds what the one before found is none. Raises Missing: it was released meanwhile; Conflict: it was claimed anew
    meanwhile, or another organization has it.
    """
    now, actor = world.clock(), world.actor()

    async def operation(administration: Administration) -> Domain:
        domains = administration.registers.domains
        held = await domains.hold(domain.name)
        if held is None:
            raise _unclaimed(domain.name)
        if held.challenge != domain.challenge:
            raise Conflict(f"The domain {domain.name} was claimed anew meanwhile: look at its challenge.")
        settled = after(held, finding, now)
        await _own(administration, held, settled)
        await domains.settle(settled)
        if (held.verified, held.failing) != (settled.verified, settled.failing):
            told = _change(actor, now, Operation.MODIFY, domain.name, facts(held), facts(settled))
            await administration.record(told)
        return settled

    return await database.administer(organization, operation)


async def _own(administration: Administration, held: Domain, settled: Domain) -> None:
    """Take the name, or let it go, as it becomes verified or is so no more. Raises Conflict: it is another's."""
    domains = administration.registers.domains
    if settled.verified is None:
        await domains.let_go(held.name)
    elif not await domains.take(held.name):
        raise Conflict(
            f"The domain {held.name} is verified by another organization, which has to release it first;"
            " your TXT record was found."
        )


def _name(text: str) -> str:
    """Return the name that a text may be kept under. Raises Missing: nothing is kept under it."""
    try:
        return a_labels(text)
    except Refused:
        raise _unclaimed(text.strip()) from None


def _unclaimed(name: str) -> Missing:
    return Missing(f"The organization has not claimed the domain {name!r}.")


def _change(
    actor: Actor,
    now: int,
    operation: Operation,
    name: str,
    before: dict[str, Any] | None,
    after: dict[str, Any] | None,
) -> Change:
    told = (None if one is None else dump(one) for one in (before, after))
    return Change(now, actor, operation, _RESOURCE, name, None, *told)
