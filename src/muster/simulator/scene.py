"""Where an act is played: the line to the server, the provider's manner, and what has been found wrong so far.

Law: an act sends through its scene, and nothing that comes back is taken on trust: what has a shape is checked for it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from muster.scim.schema import CORE_GROUP, CORE_USER
from muster.simulator.judge import (
    is_scim_error,
    lost,
    member_ids,
    misshapen_list,
    misshapen_resource,
    resources,
)
from muster.simulator.line import Line, Request
from muster.simulator.people import Cast, Group, Person
from muster.simulator.provider import Provider
from muster.simulator.step import Exchange

CREATED: Final = 201
DONE: Final = (200, 204)
GONE: Final = 404


class Skipped(Exception):
    """The act needs something that an earlier one did not get."""


@dataclass(slots=True)
class Scene:
    """What the acts of one simulation share; `findings` are those of the act that is being played."""

    line: Line
    provider: Provider
    cast: Cast
    findings: list[str] = field(default_factory=list)

    def find(self, findings: Iterable[str]) -> None:
        """Note what was found wrong."""
        self.findings.extend(findings)

    async def send(self, request: Request, *statuses: int, authorization: str | None = None) -> Exchange:
        """Send a request whose answer has to have one of these statuses; a refusal has to be a SCIM Error."""
        exchange = await self.line.send(request, authorization=authorization)
        self.judge(exchange, *statuses)
        return exchange

    def judge(self, exchange: Exchange, *statuses: int) -> None:
        """Note what is wrong with the status of an answer, and with the form of a refusal."""
        what = f"{exchange.method} {exchange.target}"
        if exchange.status not in statuses:
            wanted = " or ".join(map(str, statuses))
            self.find([f"{what}: {wanted} was expected, {exchange.outcome} came{_detail(exchange.came)}"])
        elif exchange.status >= 400 and not is_scim_error(exchange.came):  # noqa: PLR2004 - the refusals
            self.find(
                [f"{what}: the {exchange.status} is no SCIM Error (RFC 7644 §3.12); IdPs cannot show why"]
            )

    async def resource(self, request: Request, status: int, *, urn: str, id: str = "") -> Mapping[str, Any]:
        """Send a request that is answered with a resource; return it, or nothing where it was refused."""
        exchange = await self.send(request, status)
        if exchange.status != status:
            return {}
        self.find(misshapen_resource(exchange.came, urn, id))
        return exchange.came if isinstance(exchange.came, Mapping) else {}

    async def write(self, request: Request, *, urn: str, id: str) -> bool:
        """Send a PUT or PATCH; tell whether it was acknowledged, by 204 or by 200 with the resource."""
        exchange = await self.send(request, *DONE)
        if exchange.status == 200:  # noqa: PLR2004
            self.find(misshapen_resource(exchange.came, urn, id))
        return exchange.status in DONE

    async def listed(self, request: Request) -> list[Mapping[str, Any]]:
        """Send a query; return the resources that it found."""
        exchange = await self.send(request, 200)
        if exchange.status == 200:  # noqa: PLR2004
            self.find(misshapen_list(exchange.came))
        return resources(exchange.came)

    async def user(self, person: Person) -> Mapping[str, Any]:
        """Read a user by its id."""
        return await self.resource(Request("GET", f"/Users/{person.id}"), 200, urn=CORE_USER, id=person.id)

    async def check_user(self, person: Person) -> None:
        """Read a user back by its id: everything that was sent has to be there."""
        kept = await self.user(person)
        sent = self.provider.document(person)
        findings = [line for line in lost(sent, kept, more=person.linked) if line not in person.noted]
        if kept:
            self.find(findings)
            person.noted.update(findings)

    async def check_found(self, person: Person) -> None:
        """Read a user back by the filter that the provider matches with: it, and nobody else."""
        found = [str(each.get("id")) for each in await self.listed(self.provider.match(person))]
        if found != [person.id]:
            self.find([f"the filter finds {found or 'nobody'} in place of {person.id} alone"])

    async def check_gone(self, target: str, find: Request) -> None:
        """Make sure that a resource is there neither by its id nor by a filter."""
        await self.send(Request("GET", target), GONE)
        if await self.listed(find):
            self.find(["it was deleted, and the filter still finds it"])

    async def check_members(self, group: Group) -> None:
        """Read a group back: its name, and exactly those who were put into it. What is wrong is said once."""
        kept = await self.resource(Request("GET", f"/Groups/{group.id}"), 200, urn=CORE_GROUP, id=group.id)
        if not kept:
            return
        if kept.get("displayName") != group.name:
            self.find([f"displayName: {group.name!r} was sent, {kept.get('displayName')!r} is there"])
        members = member_ids(kept)
        if members is None:
            self.find(["members: is no list"])
            return
        self.find(_membership(group.inside, members, len(kept.get("members") or ())))
        group.name, group.inside = str(kept.get("displayName") or group.name), members


@dataclass(frozen=True, slots=True)
class Act:
    """One step of the conversation, before it is played."""

    title: str
    why: str
    expected: str
    play: Callable[[Scene], Awaitable[None]]


def known(*things: Person | Group) -> None:
    """Make sure that the server has told the ids of all of them. Raises Skipped."""
    if any(not thing.id for thing in things):
        raise Skipped("an earlier step that had to make it failed")


def _detail(body: Any) -> str:
    said = body.get("detail") if isinstance(body, Mapping) else body
    return f": {said}" if isinstance(said, str) and said else ""


def _membership(wanted: set[str], members: set[str], listed: int) -> list[str]:
    findings = []
    if wanted - members:
        findings.append(
            f"members: {len(wanted - members)} of {len(wanted)} are lost: {sorted(wanted - members)[:3]}"
        )
    if members - wanted:
        findings.append(
            f"members: {len(members - wanted)} are there that should not be: {sorted(members - wanted)[:3]}"
        )
    if listed > len(members):
        findings.append(f"members: {listed - len(members)} of them are there twice")
    return findings
