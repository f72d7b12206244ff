"""The access answer: whether something that was issued is still good, and what its bearer may do, with why."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import AfterValidator, Field

from muster.api.bound import Bound
from muster.api.models import Moment, Shown
from muster.api.people import RoleNamed, revoked_before
from muster.directory import criteria
from muster.directory.records import AccountStatus
from muster.directory.standing import HeldRole, Reason, Standing, Step, standing, standing_of_user
from muster.scim.value import moment

router = APIRouter(tags=["accounts"])


class StepShown(Shown):
    """A membership on the way to a role."""

    group: str
    name: str
    since: Moment
    request: str | None = Field(description="The request that brought it.")
    change: int | None = Field(description="The sequence number of the change that brought it.")
    alert: str | None = Field(
        description="The alert that keeps it though the IdP has taken it away; null: it is a membership."
    )


class WayShown(Shown):
    """A way to a role: the group that the person is in themselves first, the role last."""

    path: list[StepShown]


class HeldRoleShown(RoleNamed):
    """A role that the account has, and why."""

    why: list[WayShown] = Field(description="The shortest way from each group that the person is in.")


class HeldPermissionShown(Shown):
    """A permission that the account has, and the ids of the roles that give it."""

    name: str
    roles: list[str]


class AccessShown(Shown):
    """Whether something that was issued is still good, and what the account may do now."""

    account: str
    user: str
    good: bool
    reason: Reason = Field(
        description="Good: `active`, `held`. Not good: `inactive`, `removed`; `revoked`: it was issued before the"
        " account was revoked; `ahead`: it is said to be issued more than a minute from now, the clocks disagree."
    )
    status: AccountStatus
    revoked_before: Moment | None = Field(description="Whatever was issued earlier is dead.")
    roles: list[HeldRoleShown]
    permissions: list[HeldPermissionShown]


def _checked(text: str | None) -> str | None:
    try:
        if text is not None:
            criteria.issued_at(text)
    except ValueError:
        raise ValueError(
            "Write an instant as RFC 3339 has it, with `Z` or an offset, such as 2026-11-26T10:00:00Z."
        ) from None
    return text


IssuedAt = Annotated[
    str | None,
    Query(
        max_length=40,
        description="When that which is asked about was issued, with `Z` or an offset; cut to what your clock has,"
        " never rounded up. Without it, the answer is for what would be issued now.",
        json_schema_extra={"format": "date-time"},
    ),
    AfterValidator(_checked),
]


@router.get("/accounts/{id}/access", operation_id="retrieveAccess")
async def access(bound: Bound, id: str, issued_at: IssuedAt = None) -> AccessShown:
    """Say whether something issued at that moment is still good, and what the account may do."""
    now = bound.world.clock()
    return _shown(await standing(bound.database, bound.organization, id, _issued(issued_at), now))


@router.get("/users/{id}/access", operation_id="retrieveAccessOfUser")
async def access_of_user(bound: Bound, id: str, issued_at: IssuedAt = None) -> AccessShown:
    """Say the same for the account of a user, by the user's id."""
    now = bound.world.clock()
    return _shown(await standing_of_user(bound.database, bound.organization, id, _issued(issued_at), now))


def _issued(text: str | None) -> int | None:
    return None if text is None else criteria.issued_at(text)


def _shown(found: Standing) -> AccessShown:
    return AccessShown(
        account=found.account.id,
        user=found.account.user,
        good=found.good,
        reason=found.reason,
        status=found.account.status,
        revoked_before=revoked_before(found.account),
        roles=[_role(role) for role in found.roles],
        permissions=[HeldPermissionShown(name=one.name, roles=[*one.roles]) for one in found.permissions],
    )


def _role(role: HeldRole) -> HeldRoleShown:
    why = [WayShown(path=[_step(step) for step in way]) for way in role.why]
    return HeldRoleShown(id=role.id, name=role.name, why=why)


def _step(step: Step) -> StepShown:
    return StepShown(
        group=step.group,
        name=step.name,
        since=moment(step.since),
        request=step.request,
        change=step.sequence,
        alert=step.alert,
    )
