"""Connections: made by choosing the provider, settled anew, deleted; each step says what follows from it."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Response
from pydantic import Field

from muster.api.bound import Binding, Bound
from muster.api.models import Body, Left, Moment, Name, Page, Shown, moment_or_none
from muster.api.paging import Paging
from muster.directory.connection_end import Fate, delete_connection, prospect
from muster.directory.connections import (
    Choice,
    Settling,
    add_connection,
    consequences,
    missing,
    settle_connection,
    state_of,
    used_connection,
)
from muster.directory.health import Condition
from muster.directory.identifiers import organization_of
from muster.directory.overview import Overview, overview, overviews
from muster.directory.records import Connection, Provider, State
from muster.directory.registers.api_keys import Position
from muster.directory.registers.connections import Used
from muster.directory.switches import (
    MOST_DAYS,
    MOST_MINUTES,
    MOST_NETWORKS,
    MOST_PERCENT,
    MOST_USERS,
    switches_of,
)
from muster.scim.value import moment

router = APIRouter(prefix="/connections", tags=["connections"])

_LIST = "connections"
_STEPS = 50  # of a deletion, within one request

Id = Annotated[str, Path(description="The connection's id.", max_length=64)]
Days = Annotated[int, Field(ge=1, le=MOST_DAYS)]


class GuardChosen(Body):
    """When deactivations are too many; what is not named stays as it is."""

    users: Left[Annotated[int, Field(ge=1, le=MOST_USERS)]] = None
    percent: Left[Annotated[int, Field(ge=0, le=MOST_PERCENT)]] = None
    minutes: Left[Annotated[int, Field(ge=1, le=MOST_MINUTES)]] = None
    hold: Left[bool] = None


class SwitchesChosen(Body):
    """What is switched; what is not named stays as it is."""

    group_management: Left[bool] = None
    adopt: Left[bool] = None
    verified_domains_only: Left[bool] = None
    purge_after_days: Days | None = Field(None, description="null: a deleted user is kept for ever.")
    allowed_networks: Left[Annotated[list[str], Field(max_length=MOST_NETWORKS)]] = None
    external_id_immutable: Left[bool] = None
    guard: Left[GuardChosen] = None

    def named(self) -> dict[str, Any]:
        """Return the switches that were named."""
        return self.model_dump(exclude_unset=True)


class GuardShown(Shown):
    """When deactivations are too many."""

    users: int
    percent: int
    minutes: int
    hold: bool = Field(description="Whether their accounts keep their access until somebody has approved.")


class SwitchesShown(Shown):
    """What is switched on and off."""

    group_management: bool = Field(
        description="Off: there are no groups for the IdP; those that are there stay."
    )
    adopt: bool = Field(description="Local users are found by the IdP, and its first write takes them over.")
    verified_domains_only: bool = Field(description="Users of other domains than verified ones are refused.")
    purge_after_days: int | None = Field(description="How long a deleted user is kept; null: for ever.")
    allowed_networks: list[str] = Field(description="Where requests may come from; none: anywhere.")
    external_id_immutable: bool = Field(
        description="The same externalId is the same person, also after a deletion."
    )
    guard: GuardShown


class ActivityShown(Shown):
    """How a connection has been used."""

    first_request: Moment | None
    last_request: Moment | None
    last_success: Moment | None
    requests: int
    refused: int


class HealthShown(Shown):
    """How a connection is, and why."""

    condition: Condition
    label: str
    reason: str


class ConnectionShown(Shown):
    """A connection: one IdP's set-up in one organization."""

    id: str
    name: str
    provider: Provider
    strict: bool
    state: Literal["waiting", "active", "paused", "disabled"] = Field(
        description="waiting: active, and there was no request yet."
    )
    base_url: str = Field(description="What is entered into the IdP.")
    created: Moment
    users: int
    groups: int
    alerts: list[str] = Field(description="The ids of its open alerts: somebody has to look at them.")
    activity: ActivityShown
    health: HealthShown
    switches: SwitchesShown


class FirstCredential(Shown):
    """The first credential of a connection; its key is shown this once."""

    id: str
    api_key: str
    expires: Moment


class ConnectionMade(ConnectionShown):
    """A new connection with its first credential."""

    credential: FirstCredential


class ConnectionNew(Body):
    """A connection to be made."""

    provider: Provider
    name: Left[Name] = None
    strict: bool = False
    switches: Left[SwitchesChosen] = None


class ConnectionSettings(Body):
    """What is to be changed; what is not named stays as it is."""

    name: Left[Name] = None
    state: Left[State] = None
    strict: Left[bool] = None
    provider: Left[Provider] = None
    switches: Left[SwitchesChosen] = None
    confirm: bool = Field(default=False, description="Whether what follows from another provider is to be.")


class Consequences(Shown):
    """What would follow, in sentences."""

    consequences: list[str]


class Deleted(Shown):
    """What became of a connection, and what went with it."""

    deleted: bool = Field(
        description="false: it is disabled, and more is to go; send the same request again."
    )
    users: int
    groups: int
    credentials: int
    setup_links: int


@router.get("", operation_id="listConnections")
async def list_(bound: Bound, paging: Paging) -> Page[ConnectionShown]:
    """List the connections of an organization, oldest first."""
    after = paging.after(_LIST, int, str)
    position = Position(*after) if after else None
    now = bound.world.clock()
    found = await overviews(bound.database, bound.organization, position, paging.limit + 1, now)
    return paging.page(_LIST, found, _position, lambda seen: ConnectionShown(**_shown(bound, seen)))


@router.post("", operation_id="createConnection", status_code=201)
async def create(bound: Bound, body: ConnectionNew) -> ConnectionMade:
    """Make a connection for a provider, with its first credential, whose key is shown this once."""
    switches = body.switches.named() if body.switches else None
    choice = Choice(body.provider, body.strict, body.name or "", switches)
    made, credential, key = await add_connection(bound.database, bound.world, bound.organization, choice)
    first = FirstCredential(id=credential.id, api_key=key.api_key, expires=moment(credential.expires))
    return ConnectionMade(**_shown(bound, await _seen(bound, made.id)), credential=first)


@router.get("/{id}", operation_id="retrieveConnection")
async def retrieve(bound: Bound, id: Id) -> ConnectionShown:
    """Show a connection with its switches, and how it is used."""
    return ConnectionShown(**_shown(bound, await _seen(bound, id)))


@router.patch("/{id}", operation_id="modifyConnection")
async def modify(bound: Bound, id: Id, body: ConnectionSettings) -> ConnectionShown:
    """Change what is settled for a connection; with the next request it holds.

    Another provider is given only with `confirm`; without it the answer is 409, and says what would follow.
    """
    await _found(bound, id)
    switches = body.switches.named() if body.switches else None
    settling = Settling(body.name, body.state, body.strict, body.provider, switches)
    await settle_connection(bound.database, bound.world, id, settling, confirmed=body.confirm)
    return ConnectionShown(**_shown(bound, await _seen(bound, id)))


@router.get("/{id}/consequences", operation_id="foreseeConnection")
async def foresee(
    bound: Bound,
    id: Id,
    provider: Annotated[Provider | None, Query(description="If it had this provider.")] = None,
    delete: Annotated[
        Fate | None, Query(description="If it were deleted, and this became of its users.")
    ] = None,
) -> Consequences:
    """Say what would follow if a connection had another provider, or were deleted; nothing is done."""
    found = (await _found(bound, id)).connection
    told = consequences(found, provider)
    if delete is not None:
        told += (await prospect(bound.database, id)).consequences(delete)
    return Consequences(consequences=told)


@router.delete("/{id}", operation_id="deleteConnection", responses={202: {"model": Deleted}})
async def delete_(
    bound: Bound,
    id: Id,
    response: Response,
    users: Annotated[
        Fate | None, Query(description="What becomes of its users: needed where some are active, else 409.")
    ] = None,
) -> Deleted:
    """Delete a connection with all its credentials.

    202: it has more users than one request takes; it is disabled, and the same request goes on with it.
    """
    await _found(bound, id)
    done = await delete_connection(bound.database, bound.world, id, users, steps=_STEPS)
    if not done.done:
        response.status_code = 202
    return Deleted(
        deleted=done.done,
        users=done.users,
        groups=done.groups,
        credentials=done.credentials,
        setup_links=done.setup_links,
    )


async def _found(bound: Binding, id: str) -> Used:
    """Return a connection of the organization. Raises Missing."""
    if organization_of(id) != bound.organization:
        raise missing()
    return await used_connection(bound.database, id)


async def _seen(bound: Binding, id: str) -> Overview:
    """Return the same with how it is. Raises Missing."""
    return await overview(bound.database, bound.organization, id, bound.world.clock())


def _position(seen: Overview) -> Position:
    return Position(seen.used.connection.created, seen.used.connection.id)


def _shown(bound: Binding, seen: Overview) -> dict[str, Any]:
    used, found = seen.used, seen.used.connection
    return {
        "id": found.id,
        "name": found.name,
        "provider": found.provider,
        "strict": found.strict,
        "state": state_of(used),
        "base_url": _base_url(bound, found),
        "created": moment(found.created),
        "users": found.users,
        "groups": found.groups,
        "alerts": list(used.alerts),
        "activity": _activity(used),
        "health": HealthShown(**seen.health._asdict()),
        "switches": switches_of(found.provider, found.switches).document(),
    }


def _activity(used: Used) -> ActivityShown:
    seen = used.activity
    return ActivityShown(
        first_request=moment_or_none(seen and seen.first_request),
        last_request=moment_or_none(seen and seen.last_request),
        last_success=moment_or_none(seen and seen.last_success),
        requests=seen.requests if seen else 0,
        refused=seen.refused if seen else 0,
    )


def _base_url(bound: Binding, connection: Connection) -> str:
    return f"{bound.public_url}/scim/{connection.id}/v2"
