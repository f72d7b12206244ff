"""Accounts: the platform's people, whichever source they came from."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter
from pydantic import Field

from muster.api.bound import Binding, Bound
from muster.api.models import Body, Page
from muster.api.paging import Paging
from muster.api.people import (
    AccountShown,
    AccountWithRoles,
    PeopleAsked,
    UserAsked,
    account_shown,
    account_with_roles_shown,
)
from muster.directory.accounts import (
    account_of_user,
    account_with_roles,
    list_accounts,
    revoke_account,
)
from muster.directory.joining import join_accounts
from muster.directory.records import AccountStatus

router = APIRouter(prefix="/accounts", tags=["accounts"])

_LIST = "accounts"


class Earlier(Body):
    """Which account the person had before."""

    earlier: Annotated[
        str, Field(min_length=1, max_length=200, description="The id of the account; its user was deleted.")
    ]


@router.get("", operation_id="listAccounts")
async def list_(
    bound: Bound,
    paging: Paging,
    asked: PeopleAsked,
    status: AccountStatus | None = None,
    user: UserAsked = None,
) -> Page[AccountShown]:
    """List accounts in the order of their ids. Letter case does not matter in names."""
    if user is not None:
        found = await account_of_user(bound.database, bound.organization, user)
        return Page(items=[account_shown(found)] if found else [], next=None)
    after = paging.after(_LIST, str)
    people = await list_accounts(
        bound.database,
        bound.organization,
        asked._replace(status=status),
        after[0] if after else None,
        paging.limit + 1,
    )
    return paging.page(_LIST, people, lambda person: (person.account.id,), account_shown)


@router.get("/{id}", operation_id="retrieveAccount")
async def retrieve(bound: Bound, id: str) -> AccountWithRoles:
    """Show an account with its profile and roles, and who may be the same person."""
    return await _account(bound, id)


@router.post("/{id}/revoke", operation_id="revokeAccount")
async def revoke(bound: Bound, id: str) -> AccountWithRoles:
    """End everything that was issued to the account until now; its status stays."""
    await revoke_account(bound.database, bound.world, bound.organization, id)
    return await _account(bound, id)


@router.post("/{id}/join", operation_id="joinAccounts")
async def join(bound: Bound, id: str, body: Earlier) -> AccountWithRoles:
    """Let a person who has come back go on under their earlier account, which is answered; this one ends as removed.

    What was issued to either of the two is dead. Where it was done already, nothing is done.
    """
    await join_accounts(bound.database, bound.world, bound.organization, id, body.earlier)
    return await _account(bound, body.earlier)


async def _account(bound: Binding, id: str) -> AccountWithRoles:
    return account_with_roles_shown(await account_with_roles(bound.database, bound.organization, id))
