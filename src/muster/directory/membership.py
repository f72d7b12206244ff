"""Members of a group: the steps of a request carried out on rows, never on the whole list (design law 3).

Law: either every step is done or the operation raises; an id that is neither a user or group of this connection nor one
of its deleted users is refused by name, in the same words whether it is another organization's or made up.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from muster.directory.access import Request
from muster.directory.adoption import adopt
from muster.directory.ports import Transaction
from muster.directory.records import Kind
from muster.scim.effort import Allowance
from muster.scim.errors import InvalidValue, NoTarget
from muster.scim.evaluate import element_matches
from muster.scim.members import (
    AddMembers,
    ExpectMembers,
    MemberRef,
    MemberStep,
    RemoveMatching,
    RemoveMembers,
    ReplaceMembers,
)


class Membership:
    """The members of one group within one operation; collects what really came and went."""

    def __init__(
        self, transaction: Transaction, group: str, request: Request, allowance: Allowance | None = None
    ) -> None:
        """`allowance` is what filters may still be compared with; without one as of a request with no other PATCH."""
        self._allowance = allowance or Allowance()
        self._transaction = transaction
        self._group = group
        self._request = request
        self.added: dict[str, None] = {}
        self.removed: dict[str, None] = {}

    @property
    def changed(self) -> bool:
        """Whether any member came or went, all steps taken together."""
        return bool(self.added or self.removed)

    async def carry_out(self, steps: Iterable[MemberStep]) -> None:
        """Take the steps in order. Raises InvalidValue, NoTarget, PayloadTooLarge."""
        for step in steps:
            match step:
                case AddMembers():
                    await self._add(step.refs)
                case RemoveMembers():
                    self._went(await self._transaction.remove_members(self._group, step.ids))
                case RemoveMatching():
                    await self._remove_matching(step)
                case ReplaceMembers():
                    await self._replace(step.refs)
                case ExpectMembers():
                    await self._expect(step)

    def before(self) -> dict[str, Any]:
        """Return the `before` of the change row: the members that went."""
        return {"members": list(self.removed)} if self.removed else {}

    def after(self) -> dict[str, Any]:
        """Return the `after` of the change row: the members that came."""
        return {"members": list(self.added)} if self.added else {}

    def _came(self, ids: Iterable[str]) -> None:
        for id in ids:
            if id in self.removed:
                del self.removed[id]
            else:
                self.added[id] = None

    def _went(self, ids: Iterable[str]) -> None:
        for id in ids:
            if id in self.added:
                del self.added[id]
            else:
                self.removed[id] = None

    async def _add(self, refs: Iterable[MemberRef]) -> None:
        ids = [ref.value for ref in refs]
        if not ids:
            return
        kinds = await self._kinds(ids)
        missing = [id for id in ids if id not in kinds]
        pending = await self._transaction.tombstones(missing) if missing else ()
        self._refuse_unknown(missing, pending)
        await self._refuse_cycles(kinds)
        members = {id: kinds[id] for id in ids if id in kinds}
        transaction, request = self._transaction, self._request
        self._came(await transaction.add_members(self._group, members, request.now, request.id))
        if pending:
            await transaction.add_pending(self._group, pending, request.now)

    async def _kinds(self, ids: Collection[str]) -> Mapping[str, Kind]:
        """Return which of these ids are users or groups; local users are adopted, where the connection does so."""
        kinds = await self._transaction.kinds(ids)
        missing = [id for id in ids if id not in kinds]
        adopted = await adopt(self._transaction, self._request, missing) if missing else ()
        return {**kinds, **dict.fromkeys(adopted, "User")} if adopted else kinds

    def _refuse_unknown(self, missing: Iterable[str], pending: Iterable[str]) -> None:
        known = set(pending)
        for id in missing:
            if id not in known:
                raise InvalidValue(
                    f"members: there is no user or group with the id {id[:64]!r}; nothing was changed.",
                    code="member-unknown",
                )

    async def _refuse_cycles(self, kinds: Mapping[str, Kind]) -> None:
        groups = [id for id, kind in kinds.items() if kind == "Group"]
        if groups and await self._transaction.reaches(groups, self._group):
            raise InvalidValue(
                "members: a group cannot be a member of itself, directly or through other groups.",
                code="group-in-itself",
            )

    async def _replace(self, refs: Iterable[MemberRef]) -> None:
        wanted = {ref.value: ref for ref in refs}
        if not wanted:
            self._went(await self._transaction.remove_kind(self._group, None))
            return
        present = await self._transaction.member_ids(self._group)
        gone = [id for id in present if id not in wanted]
        if gone:
            self._went(await self._transaction.remove_members(self._group, gone))
        await self._add([ref for id, ref in wanted.items() if id not in present])

    async def _remove_matching(self, step: RemoveMatching) -> None:
        self._allowance.compare(step.filter, 1)  # even to read them is work
        members = await self._transaction.member_ids(self._group)
        self._allowance.compare(step.filter, len(members))
        ids = [
            id for id, kind in members.items() if element_matches(step.filter, {"value": id, "type": kind})
        ]
        if ids:
            self._went(await self._transaction.remove_members(self._group, ids))

    async def _expect(self, step: ExpectMembers) -> None:
        present = await self._transaction.are_members(self._group, step.ids)
        for id in step.ids:
            if id not in present:
                raise NoTarget(f"members: {id[:64]!r} is not a member of this group.")
