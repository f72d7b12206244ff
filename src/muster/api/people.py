"""How accounts are asked for and shown."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Depends, Query
from pydantic import Field

from muster.api.models import Moment, Shown, moment_or_none
from muster.directory.accounts import (
    LONGEST_EMAIL,
    LONGEST_NAME,
    LONGEST_WHOLE_NAME,
    Asked,
    Person,
    PersonWithRoles,
)
from muster.directory.mapping import Profile
from muster.directory.records import AccountStatus
from muster.directory.registers.accounts import Account
from muster.scim.value import moment

_AN_ID = "^[!-~]{1,200}$"

SourceAsked = Annotated[
    str | None, Query(pattern=_AN_ID, description="Only of one source: a connection's id, or `local`.")
]
UserAsked = Annotated[
    str | None, Query(pattern=_AN_ID, description="The id of the user; nothing else is looked at then.")
]
NameAsked = Annotated[
    str | None,
    Query(
        min_length=1,
        max_length=LONGEST_NAME,
        description="What userName begins with; those who are gone are found too.",
    ),
]
WholeNameAsked = Annotated[
    str | None,
    Query(
        min_length=1,
        max_length=LONGEST_WHOLE_NAME,
        description="The whole userName. Of one source, beside those who are gone, nobody or one person has it.",
    ),
]
EmailAsked = Annotated[
    str | None,
    Query(min_length=1, max_length=LONGEST_EMAIL, description="One of the e-mail addresses, as a whole."),
]


def people_asked(
    source: SourceAsked = None,
    user_name: NameAsked = None,
    whole_user_name: WholeNameAsked = None,
    email: EmailAsked = None,
) -> Asked:
    """Return which people a request asks for."""
    return Asked(source, None, user_name, email, whole_user_name)


PeopleAsked = Annotated[Asked, Depends(people_asked)]
"""The parameters of every list of people."""


class ProfileShown(Shown):
    """What the source's mapping makes of the user."""

    fields: dict[str, str | None] = Field(description="Every field that is mapped; null where it is missing.")
    warnings: list[str] = Field(description="What is missing though the mapping says that it must not be.")


class AccountShown(Shown):
    """A person as the platform sees them."""

    id: str
    user: str = Field(description="The id of its user; kept when that is deleted.")
    source: str = Field(description="The connection that has the user, or `local`.")
    status: AccountStatus = Field(
        description="`active` and `held` have access; `inactive` and `removed` none."
    )
    profile: ProfileShown
    revoked_before: Moment | None = Field(description="Whatever was issued earlier is dead.")
    created: Moment
    changed: Moment
    deleted: Moment | None = Field(
        description="When the user was deleted; null: it is there, or it is purged."
    )
    joined: str | None = Field(
        description="The account that has taken the place of this one, as the same person's earlier one."
    )


class CandidateShown(Shown):
    """Somebody who was called the same as a person, was deleted, and may be the same person."""

    account: str
    user: str
    source: str = Field(description="The connection that had the user, or `local`.")
    profile: ProfileShown
    deleted: Moment


class RoleNamed(Shown):
    """A role by id and name."""

    id: str
    name: str


class AccountWithRoles(AccountShown):
    """The same with the roles of the groups that the user is in, directly or through others, and who they may be."""

    roles: list[RoleNamed]
    candidates: list[CandidateShown] = Field(
        description="Those who had this userName or externalId, were deleted, and may be the same person."
    )


def profile_shown(profile: Profile) -> ProfileShown:
    """Return a profile as it is answered."""
    return ProfileShown(fields=dict(profile.fields), warnings=list(profile.warnings))


def account_shown(person: Person) -> AccountShown:
    """Return an account as it is answered."""
    return AccountShown(**_fields(person))


def account_with_roles_shown(found: PersonWithRoles) -> AccountWithRoles:
    """Return an account with its roles as it is answered."""
    return AccountWithRoles(
        **_fields(found.person),
        roles=[RoleNamed(id=one.id, name=one.name) for one in found.roles],
        candidates=[_candidate(one) for one in found.candidates],
    )


def _candidate(person: Person) -> CandidateShown:
    account = person.account
    return CandidateShown(
        account=account.id,
        user=account.user,
        source=person.source,
        profile=profile_shown(person.profile),
        deleted=moment(account.deleted or 0),
    )


def revoked_before(account: Account) -> str | None:
    """Return since when what was issued is good; None: nothing was ever revoked."""
    return moment_or_none(account.revoked_before or None)


def _fields(person: Person) -> dict[str, Any]:
    account = person.account
    return {
        "id": account.id,
        "user": account.user,
        "source": person.source,
        "status": account.status,
        "profile": profile_shown(person.profile),
        "revoked_before": revoked_before(account),
        "created": moment(account.created),
        "changed": moment(account.changed),
        "deleted": moment_or_none(account.deleted),
        "joined": account.joined,
    }
