"""Local accounts of an organization: what is there beside its connections, also while it enforces provisioning."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter
from pydantic import Field

from muster.api.bound import Named
from muster.api.models import Moment, Page, Shown
from muster.api.paging import Paging
from muster.directory.enforcement import list_local_accounts
from muster.directory.registers.local_accounts import LocalAccount
from muster.scim.value import moment

router = APIRouter(prefix="/organizations", tags=["organizations"])

_LIST = "local-accounts"


class LocalAccountShown(Shown):
    """An account that no connection has brought."""

    id: str
    user: str = Field(description="The id of its user.")
    user_name: str
    status: Literal["active", "inactive", "held", "removed"]
    created: Moment


@router.get("/{id}/local-accounts", operation_id="listLocalAccounts")  # noqa: FAST003 - `Named` has it
async def list_(bound: Named, paging: Paging) -> Page[LocalAccountShown]:
    """List an organization's local accounts. Where provisioning is enforced there come no more; those that are stay."""
    (behind,) = paging.after(_LIST, str) or ("",)
    found = await list_local_accounts(bound.database, bound.organization, behind, paging.limit + 1)
    return paging.page(_LIST, found, lambda account: (account.user,), _shown)


def _shown(account: LocalAccount) -> LocalAccountShown:
    return LocalAccountShown.model_validate(account._asdict() | {"created": moment(account.created)})
