"""Carry out a bulk request (RFC 7644 §3.7).

Law: each operation is the one that a single request makes, with its own change row and request log entry, and stands or
falls by itself; all of them share one commit. Ids are given out before the first one runs, so references are ids then.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from muster.directory.access import Access, Request
from muster.directory.condition import Condition
from muster.directory.create import group_creation, user_creation
from muster.directory.delete import deletion
from muster.directory.modify import group_modification, user_modification
from muster.directory.ports import NewId, Transaction, Work
from muster.directory.records import LogEntry, Operation, StoredGroup, StoredUser
from muster.scim.bulk import BulkPlan, BulkStep, resolved
from muster.scim.dialect import Notes
from muster.scim.effort import Allowance
from muster.scim.errors import Conflict, InvalidValue, ScimError
from muster.scim.members import ReplaceMembers
from muster.scim.patch import parse_patch
from muster.scim.schema import ResourceType
from muster.scim.validate import new_document, read_body, replaced_document

Done = StoredUser | StoredGroup | None
Ready = Callable[[Allowance], Work[Done]]
"""An operation once it is known what it may still spend."""


class Journal(Protocol):
    """What an operation would be as a single request, and what the request log keeps of it."""

    def request(self, step: BulkStep, notes: Notes, status: int) -> Request:
        """Return the request of an operation that is answered with `status` when it succeeds."""

    def refusal(self, step: BulkStep, notes: Notes, error: ScimError) -> LogEntry:
        """Return the entry of an operation that was refused."""


class Outcome(NamedTuple):
    """What became of an operation: `id` of its resource where known, `version` where it has one now."""

    step: BulkStep
    id: str
    status: int
    version: int | None = None
    error: ScimError | None = None


@dataclass(frozen=True, slots=True)
class Prepared:
    """An operation that is ready to run, or is refused already."""

    step: BulkStep
    notes: Notes
    id: str
    status: int
    work: Ready | None = None
    error: ScimError | None = None


def prepare(access: Access, plan: BulkPlan, journal: Journal, new_id: NewId) -> list[Prepared]:
    """Understand every operation as a single request would be, with references replaced. Needs no store."""
    ids = {step.makes: new_id() for step in plan.steps if step.makes is not None}
    return [_prepared(access, plan, step, ids, journal) for step in plan.steps]


async def carry_out(
    access: Access, plan: BulkPlan, prepared: Sequence[Prepared], journal: Journal
) -> list[Outcome]:
    """Carry the operations out and return what became of each, as the request orders them.

    Those that came after the last error that is allowed are left out (R250).
    """

    async def operation(transaction: Transaction) -> list[Outcome]:
        return await _Run(transaction, access, prepared, journal).all(plan)

    return await access.store.write(operation, heavy=True)


def _prepared(
    access: Access, plan: BulkPlan, step: BulkStep, ids: Mapping[str, str], journal: Journal
) -> Prepared:
    notes, status = Notes(), _status(step)
    if step.error is not None:
        return Prepared(step, notes, "", status, error=step.error)
    try:
        id = ids[step.makes] if step.makes is not None else resolved(step.id, ids)
    except ScimError as error:
        return Prepared(step, notes, "", status, error=error)
    try:
        _refuse_circle(plan, step)
        work = _work(access, step, id, resolved(step.data, ids), journal.request(step, notes, status), notes)
    except ScimError as error:
        return Prepared(step, notes, id, status, error=error)
    return Prepared(step, notes, id, status, work=work)


def _status(step: BulkStep) -> int:
    """Return what a single request of this kind is answered with when it succeeds."""
    match step.method:
        case "POST":
            return 201
        case "PUT":
            return 200
        case "PATCH" if step.resource_type is not None and step.resource_type.name == "User":
            return 200
    return 204


def _refuse_circle(plan: BulkPlan, step: BulkStep) -> None:
    if step.number in plan.schedule.circular:
        raise Conflict(
            "members: the groups of this request name each other in a circle; no group can be in itself."
        )


def _work(access: Access, step: BulkStep, id: str, data: object, request: Request, notes: Notes) -> Ready:
    """Return the operation of a step. Raises as the same single request does."""
    resource_type = step.resource_type
    assert resource_type is not None
    condition = Condition.parse(step.version) if step.version else None
    match step.method:
        case "POST":
            incoming = new_document(resource_type, data, access.dialect, notes)
            creation = user_creation if resource_type.name == "User" else group_creation
            return _free(creation(request, incoming, id))
        case "PUT":
            return _free(_replacement(request, resource_type, id, data, condition, notes))
        case "PATCH":
            return _modification(request, resource_type, id, data, condition, notes)
    return _free(deletion(request, resource_type, id, condition))


def _free(work: Work[Done]) -> Ready:
    """Return an operation that spends nothing."""
    return lambda _: work


def _replacement(
    request: Request,
    resource_type: ResourceType,
    id: str,
    data: object,
    condition: Condition | None,
    notes: Notes,
) -> Work[Done]:
    incoming = read_body(resource_type, data, request.access.dialect, notes)

    def following(document: dict[str, object]) -> dict[str, object]:
        return replaced_document(resource_type, document, incoming)

    if resource_type.name == "User":
        return user_modification(request, id, following, condition, Operation.REPLACE)
    steps = (ReplaceMembers(incoming.members or ()),)
    return group_modification(request, id, following, steps, condition, Operation.REPLACE)


def _modification(
    request: Request,
    resource_type: ResourceType,
    id: str,
    data: object,
    condition: Condition | None,
    notes: Notes,
) -> Ready:
    plan = parse_patch(data, resource_type, request.access.dialect, notes)

    def ready(allowance: Allowance) -> Work[Done]:
        def following(document: dict[str, object]) -> dict[str, object]:
            return plan.apply(document, id, allowance)

        if resource_type.name == "User":
            return user_modification(request, id, following, condition, Operation.MODIFY)
        document = None if plan.is_members_only else following
        return group_modification(request, id, document, plan.members, condition, Operation.MODIFY, allowance)

    return ready


class _Refused(Exception):
    """An operation of a unit was refused, which undoes the unit."""

    def __init__(self, operation: Prepared, error: ScimError) -> None:
        super().__init__(error.detail)
        self.operation = operation
        self.error = error


class _Run:
    """One pass over the operations within a transaction; begun anew where a store begins its transaction anew."""

    def __init__(
        self, transaction: Transaction, access: Access, prepared: Sequence[Prepared], journal: Journal
    ) -> None:
        self._transaction = transaction
        self._access = access
        self._prepared = prepared
        self._journal = journal
        self._allowance = Allowance(len(prepared))
        self._outcomes: dict[int, Outcome] = {}
        self._failed: set[str] = set()
        self._back: dict[str, str] = {}  # bulkIds of users who came back, under ids that nobody gave out
        self._errors = 0

    async def all(self, plan: BulkPlan) -> list[Outcome]:
        for unit in plan.schedule.units:
            if plan.most_errors is not None and self._errors >= plan.most_errors:
                break
            await self._unit([self._prepared[number] for number in unit])
        return [self._outcomes[number] for number in sorted(self._outcomes)]

    async def _unit(self, operations: Sequence[Prepared]) -> None:
        try:
            outcomes = await self._transaction.attempt(lambda: self._each(operations))
        except _Refused as refused:
            for operation in operations:
                await self._refuse(operation, _reason(operation, refused))
        else:
            self._outcomes.update((outcome.step.number, outcome) for outcome in outcomes)

    async def _each(self, operations: Sequence[Prepared]) -> list[Outcome]:
        outcomes = []
        for operation in operations:
            try:
                outcomes.append(await self._one(operation))
            except ScimError as error:
                raise _Refused(operation, error) from error
        return outcomes

    async def _one(self, operation: Prepared) -> Outcome:
        if operation.work is None:
            assert operation.error is not None
            raise operation.error
        lost = operation.step.refers & self._failed
        if lost:
            raise InvalidValue(
                f"bulkId:{min(lost)[:64]} is not there: the operation that makes it was refused.",
                code="bulk-id-unknown",
            )
        work = self._anew(operation) if operation.step.refers & self._back.keys() else operation.work
        done = await work(self._allowance)(self._transaction)
        if done is None:
            return Outcome(operation.step, operation.id, operation.status)
        if operation.step.makes is not None and done.id != operation.id:
            self._back[operation.step.makes] = done.id
        return Outcome(operation.step, done.id, operation.status, done.version)

    def _anew(self, operation: Prepared) -> Ready:
        """Return an operation that names users who came back, with the ids that they have."""
        step, made = operation.step, (one for one in self._prepared if one.step.makes is not None)
        ids = {str(one.step.makes): one.id for one in made} | self._back
        id = operation.id if step.makes is not None else resolved(step.id, ids)
        request = self._journal.request(step, operation.notes, operation.status)
        return _work(self._access, step, id, resolved(step.data, ids), request, operation.notes)

    async def _refuse(self, operation: Prepared, error: ScimError) -> None:
        step = operation.step
        await self._transaction.log(self._journal.refusal(step, operation.notes, error))
        self._outcomes[step.number] = Outcome(step, operation.id, error.status, error=error)
        self._errors += 1
        if step.makes is not None:
            self._failed.add(step.makes)


def _reason(operation: Prepared, refused: _Refused) -> ScimError:
    """Return why an operation was not done: its own error, or that of one which it names in a circle."""
    if operation is refused.operation:
        return refused.error
    return operation.error or Conflict(
        "This operation and others name each other by bulkId, and one of those was refused."
    )
