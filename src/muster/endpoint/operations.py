"""The operations on users and groups: decode, use case, encode, each once (RFC 7644 §3).

Law: everything the client may have got wrong is found before the use case writes.
"""

from __future__ import annotations

from muster.directory import create, modify, query, retrieve
from muster.directory.delete import delete
from muster.directory.records import Operation, StoredGroup
from muster.endpoint.answer import Answer
from muster.endpoint.encode import LONG
from muster.endpoint.exchange import Exchange
from muster.scim.errors import InvalidFilter, NotImplementedHere
from muster.scim.limits import MAX_BODY_BYTES, MAX_GROUP_BODY_BYTES
from muster.scim.members import ReplaceMembers
from muster.scim.page import Query
from muster.scim.patch import PatchPlan, parse_patch
from muster.scim.projection import Projection
from muster.scim.schema import ResourceType
from muster.scim.validate import new_document, read_body, replaced_document


async def create_user(exchange: Exchange) -> Answer:
    """POST /Users (RFC 7644 §3.3)."""
    user_type = exchange.access.schemas.user
    projection = exchange.projection(user_type)
    body = await exchange.json(MAX_BODY_BYTES)
    incoming = new_document(user_type, body, exchange.access.dialect, exchange.notes)
    stored = await create.create_user(exchange.request(201), incoming)
    encoder = exchange.encoder
    return Answer(
        201, encoder.user(stored, projection, incoming.sent), encoder.headers(user_type, stored, "location")
    )


async def create_group(exchange: Exchange) -> Answer:
    """POST /Groups."""
    group_type = exchange.access.schemas.group
    projection = exchange.projection(group_type)
    body = await exchange.json(MAX_GROUP_BODY_BYTES)
    incoming = new_document(group_type, body, exchange.access.dialect, exchange.notes)
    stored = await create.create_group(exchange.request(201), incoming)
    headers = exchange.encoder.headers(group_type, stored, "location")
    return await _group(exchange, Answer(201, headers=headers), stored, projection, incoming.sent)


async def retrieve_user(exchange: Exchange) -> Answer:
    """GET /Users/{id} (RFC 7644 §3.4.1)."""
    user_type = exchange.access.schemas.user
    projection = _single(exchange, user_type)
    stored = await retrieve.retrieve_user(
        exchange.access, exchange.id, with_groups=projection.wants("groups")
    )
    headers = exchange.encoder.headers(user_type, stored, "location", "content-location")
    if exchange.not_modified(stored.version):
        return Answer(304, headers=headers)
    return Answer(200, exchange.encoder.user(stored, projection), headers)


async def retrieve_group(exchange: Exchange) -> Answer:
    """GET /Groups/{id}; members are not even read when they are excluded (R188)."""
    group_type = exchange.access.schemas.group
    projection = _single(exchange, group_type)
    stored = await retrieve.retrieve_group(exchange.access, exchange.id)
    headers = exchange.encoder.headers(group_type, stored, "location", "content-location")
    if exchange.not_modified(stored.version):
        return Answer(304, headers=headers)
    return await _group(exchange, Answer(200, headers=headers), stored, projection)


def _single(exchange: Exchange, resource_type: ResourceType) -> Projection:
    """Return the projection of a single resource; a filter has no meaning there (R142)."""
    request = exchange.query()
    if request.filter is not None:
        raise InvalidFilter("filter: a single resource is not filtered; send the filter to its collection.")
    return Projection.parse(
        request.attributes, request.excluded, resource_type, exchange.access.dialect, exchange.notes
    )


async def _group(
    exchange: Exchange,
    answer: Answer,
    stored: StoredGroup,
    projection: Projection,
    sent: frozenset[str] = frozenset(),
) -> Answer:
    """Return the answer with the group as its body: in portions where it has very many members."""
    members = await retrieve.members_of(exchange.access, stored) if projection.wants("members") else ()
    if len(members) > LONG:
        return answer._replace(stream=exchange.encoder.group_portions(stored, members, projection, sent))
    return answer._replace(body=exchange.encoder.group(stored, members, projection, sent))


async def query_users(exchange: Exchange) -> Answer:
    """GET /Users (RFC 7644 §3.4.2)."""
    return await _query(exchange, exchange.access.schemas.user, exchange.query())


async def query_groups(exchange: Exchange) -> Answer:
    """GET /Groups."""
    return await _query(exchange, exchange.access.schemas.group, exchange.query())


async def search_users(exchange: Exchange) -> Answer:
    """POST /Users/.search (RFC 7644 §3.4.3)."""
    return await _query(exchange, exchange.access.schemas.user, await _search(exchange))


async def search_groups(exchange: Exchange) -> Answer:
    """POST /Groups/.search."""
    return await _query(exchange, exchange.access.schemas.group, await _search(exchange))


async def query_everything(exchange: Exchange) -> Answer:
    """GET / : a query over all resource types (RFC 7644 §3.4.2.1)."""
    return await _query_everything(exchange, exchange.query())


async def search_everything(exchange: Exchange) -> Answer:
    """POST /.search."""
    return await _query_everything(exchange, await _search(exchange))


async def _search(exchange: Exchange) -> Query:
    return Query.from_search(await exchange.json(MAX_BODY_BYTES))


async def _query(exchange: Exchange, resource_type: ResourceType, request: Query) -> Answer:
    part = await query.query(exchange.access, resource_type, request, exchange.notes, exchange.now)
    if request.filter is not None and part.page.total == 1 and part.page.resources:
        exchange.resource = part.page.resources[0].id
    if request.cursor is not None:
        return exchange.encoder.cursor_page(part)
    return exchange.encoder.page([part], request.start_index)


async def _query_everything(exchange: Exchange, request: Query) -> Answer:
    parts = await query.query_all(exchange.access, request, exchange.notes)
    return exchange.encoder.page(parts, request.start_index)


async def replace_user(exchange: Exchange) -> Answer:
    """PUT /Users/{id} (RFC 7644 §3.5.1)."""
    user_type = exchange.access.schemas.user
    projection = exchange.projection(user_type)
    body = await exchange.json(MAX_BODY_BYTES)
    incoming = read_body(user_type, body, exchange.access.dialect, exchange.notes)
    stored = await modify.modify_user(
        exchange.request(200),
        exchange.id,
        lambda document: replaced_document(user_type, document, incoming),
        exchange.if_match(),
        Operation.REPLACE,
    )
    headers = exchange.encoder.headers(user_type, stored, "location")
    return Answer(200, exchange.encoder.user(stored, projection, incoming.sent), headers)


async def replace_group(exchange: Exchange) -> Answer:
    """PUT /Groups/{id}: the members become exactly those sent (R202); none sent means none."""
    group_type = exchange.access.schemas.group
    projection = exchange.projection(group_type)
    body = await exchange.json(MAX_GROUP_BODY_BYTES)
    incoming = read_body(group_type, body, exchange.access.dialect, exchange.notes)
    stored = await modify.modify_group(
        exchange.request(200),
        exchange.id,
        lambda document: replaced_document(group_type, document, incoming),
        (ReplaceMembers(incoming.members or ()),),
        exchange.if_match(),
        Operation.REPLACE,
    )
    headers = exchange.encoder.headers(group_type, stored, "location")
    return await _group(exchange, Answer(200, headers=headers), stored, projection, incoming.sent)


async def modify_user(exchange: Exchange) -> Answer:
    """PATCH /Users/{id}: 200 with the user (RFC 7644 §3.5.2)."""
    user_type = exchange.access.schemas.user
    projection = exchange.projection(user_type)
    body = await exchange.json(MAX_BODY_BYTES)
    plan = parse_patch(body, user_type, exchange.access.dialect, exchange.notes)
    stored = await modify.modify_user(
        exchange.request(200),
        exchange.id,
        lambda document: plan.apply(document, exchange.id),
        exchange.if_match(),
        Operation.MODIFY,
    )
    headers = exchange.encoder.headers(user_type, stored, "location")
    return Answer(200, exchange.encoder.user(stored, projection, _sent(plan)), headers)


def _sent(plan: PatchPlan) -> frozenset[str]:
    """Return what the client sent: attributes returned on request are answered when they were (RFC 7643 §7)."""
    return frozenset(path.lower() for path in plan.touched)


async def modify_group(exchange: Exchange) -> Answer:
    """PATCH /Groups/{id}: 204, so that no member list travels; 200 when `attributes` asks for a body (R189, R206)."""
    group_type = exchange.access.schemas.group
    asked = bool(exchange.query().attributes)
    projection = exchange.projection(group_type)
    body = await exchange.json(MAX_GROUP_BODY_BYTES)
    plan = parse_patch(body, group_type, exchange.access.dialect, exchange.notes)
    stored = await modify.modify_group(
        exchange.request(200 if asked else 204),
        exchange.id,
        None if plan.is_members_only else lambda document: plan.apply(document, exchange.id),
        plan.members,
        exchange.if_match(),
        Operation.MODIFY,
    )
    headers = exchange.encoder.headers(group_type, stored, "location")
    if asked:
        return await _group(exchange, Answer(200, headers=headers), stored, projection, _sent(plan))
    return Answer(204, headers=headers)


async def delete_user(exchange: Exchange) -> Answer:
    """DELETE /Users/{id} (RFC 7644 §3.6)."""
    await delete(exchange.request(204), exchange.access.schemas.user, exchange.id, exchange.if_match())
    return Answer(204)


async def delete_group(exchange: Exchange) -> Answer:
    """DELETE /Groups/{id}."""
    await delete(exchange.request(204), exchange.access.schemas.group, exchange.id, exchange.if_match())
    return Answer(204)


async def me(exchange: Exchange) -> Answer:
    """/Me: a provisioning credential is nobody's own user (RFC 7644 §3.11)."""
    raise NotImplementedHere(f"/Me has no meaning for {exchange.access.connection.provider}'s credential.")
