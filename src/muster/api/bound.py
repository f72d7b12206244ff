"""What a route works with: the database and the one organization that the request is about.

Law: the key and the parameter `organization` agree, or there is nothing here (404); a route never reads an organization
from anywhere else.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated, Final

from fastapi import Depends, Path, Query, Request

from muster.api.keys import Asking, Caller
from muster.api.problem import FORBIDDEN, NOT_FOUND, ORGANIZATION_REQUIRED, Problem
from muster.api.surroundings import outside_of
from muster.directory.current import REQUEST_ID
from muster.directory.identifiers import PLATFORM, organization_with
from muster.directory.organizations import Missing, organization_numbered
from muster.directory.ports import Database
from muster.directory.world import World

_NO_ORGANIZATION: Final = (
    "There is no organization with this id for this management key. An id has 8 characters and is no name:"
    " `GET /organizations` and `muster organization list` show it."
)
_DESCRIPTION: Final = (
    "The organization, by its id of 8 characters: needed with a key of the platform, else implied."
)
_Organization = Annotated[str | None, Query(max_length=8, description=_DESCRIPTION)]


@dataclass(frozen=True, slots=True)
class Binding:
    """The database, the organization's number (0: the platform itself), and a world whose actor is the caller."""

    database: Database
    organization: int
    world: World
    public_url: str


async def bound(request: Request, asking: Asking, organization: _Organization = None) -> Binding:
    """Return what a route of one organization works with. Raises Problem: it is not named, or not the key's."""
    if asking.organization is None and organization is None:
        raise Problem(
            ORGANIZATION_REQUIRED, "The key is the platform's: name the organization as `?organization=ID`."
        )
    return await _binding(request, asking, organization)


async def bound_or_platform(request: Request, asking: Asking, organization: _Organization = None) -> Binding:
    """Return what a route works with that is also there for the platform itself: where no organization is named."""
    return await _binding(request, asking, organization)


def platform(request: Request, asking: Asking) -> Binding:
    """Return what a route works with that only the platform has. Raises Problem: the key is an organization's."""
    if asking.organization is not None:
        raise Problem(FORBIDDEN, "This needs a management key of the platform; yours is one organization's.")
    return _made(request, asking, PLATFORM)


async def named(
    request: Request,
    asking: Asking,
    id: Annotated[str, Path(description="The organization's id of 8 characters.")],
) -> Binding:
    """Return what a route works with whose path names the organization. Raises Problem: there is none for the key."""
    return await _binding(request, asking, id)


Bound = Annotated[Binding, Depends(bound)]
"""The parameter of every route that is about one organization."""

BoundOrPlatform = Annotated[Binding, Depends(bound_or_platform)]
"""The same for what the platform itself has too."""

Platform = Annotated[Binding, Depends(platform)]
"""The parameter of a route that only keys of the platform open."""


Named = Annotated[Binding, Depends(named)]
"""The parameter of a route with an organization's `{id}` in its path."""


async def _binding(request: Request, asking: Caller, id: str | None) -> Binding:
    if id is None:
        return _made(request, asking, asking.organization or PLATFORM)
    number = organization_with(id)
    if number is None or asking.organization not in (None, number):
        raise Problem(NOT_FOUND, _NO_ORGANIZATION)
    made = _made(request, asking, number)
    if asking.organization is None:
        try:
            await organization_numbered(made.database, number)
        except Missing:
            raise Problem(NOT_FOUND, _NO_ORGANIZATION) from None
    return made


def _made(request: Request, asking: Caller, organization: int) -> Binding:
    outside = outside_of(request)
    world = replace(outside.world, management_key=asking.key, new_request_id=lambda: REQUEST_ID.get() or "")
    return Binding(outside.database, organization, world, outside.public_url)
