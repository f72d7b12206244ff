"""Accounts: the platform's people, whichever source they came from."""

from __future__ import annotations

from fastapi import APIRouter

from muster.api.bound import Binding, Bound
from muster.api.models import Page
from muster.api.paging import Paging
from muster.api.people import (
    AccountShown,
    AccountWithRoles,
    EmailAsked,
    NameAsked,
    SourceAsked,
    UserAsked,
    account_shown,
    account_with_roles_shown,
)
from muster.directory.accounts import (
    Asked,
    account_of_user,
    account_with_roles,
    list_accounts,
    revoke_account,
)
from muster.directory.records import AccountStatus

router = APIRouter(prefix="/accounts", tags=["accounts"])

_LIST = "accounts"


@router.get("", operation_id="listAccounts")
async def list_(
    bound: Bound,
    paging: Paging,
    status: AccountStatus | None = None,
    source: SourceAsked = None,
    user_name: NameAsked = None,
    email: EmailAsked = None,
    user: UserAsked = None,
) -> Page[AccountShown]:
    """List accounts in the order of their ids. Letter case does not matter in names."""
    if user is not None:
        found = await account_of_user(bound.database, bound.organization, user)
        return Page(items=[account_shown(found)] if found else [], next=None)
    asked = Asked(source, status, user_name, email)
    after = paging.after(_LIST, str)
    people = await list_accounts(
        bound.database, bound.organization, asked, after[0] if after else None, paging.limit + 1
    )
    return paging.page(_LIST, people, lambda person: (person.account.id,), account_shown)


@router.get("/{id}", operation_id="retrieveAccount")
async def retrieve(bound: Bound, id: str) -> AccountWithRoles:
    """Show an account with its profile and roles."""
    return await _account(bound, id)


@router.post("/{id}/revoke", operation_id="revokeAccount")
async def revoke(bound: Bound, id: str) -> AccountWithRoles:
    """End everything that was issued to the account until now; its status stays."""
    await revoke_account(bound.database, bound.world, bound.organization, id)
    return await _account(bound, id)


async def _account(bound: Binding, id: str) -> AccountWithRoles:
    person, roles = await account_with_roles(bound.database, bound.organization, id)
    return account_with_roles_shown(person, [*roles])
