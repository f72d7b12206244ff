"""The discovery endpoints (RFC 7644 §4): what this connection can do, generated from what the code does."""

from __future__ import annotations

from typing import Any

import orjson

from muster.endpoint.answer import Answer
from muster.endpoint.exchange import Exchange
from muster.scim import discovery as documents
from muster.scim.errors import Forbidden, NotFound
from muster.scim.page import list_response


async def service_provider_config(exchange: Exchange) -> Answer:
    """GET /ServiceProviderConfig: one object, not a list (R277)."""
    _refuse_filter(exchange)
    return _answer(documents.service_provider_config(exchange.encoder.base))


async def resource_types(exchange: Exchange) -> Answer:
    """GET /ResourceTypes."""
    _refuse_filter(exchange)
    return _list(documents.resource_types(exchange.access.schemas, exchange.encoder.base))


async def resource_type(exchange: Exchange) -> Answer:
    """GET /ResourceTypes/{name}."""
    _refuse_filter(exchange)
    return _one(documents.resource_types(exchange.access.schemas, exchange.encoder.base), exchange.id)


async def schemas(exchange: Exchange) -> Answer:
    """GET /Schemas."""
    _refuse_filter(exchange)
    return _list(documents.schemas(exchange.access.schemas, exchange.encoder.base))


async def schema(exchange: Exchange) -> Answer:
    """GET /Schemas/{urn}: the URN raw or percent-encoded, in any letter case (R278)."""
    _refuse_filter(exchange)
    return _one(documents.schemas(exchange.access.schemas, exchange.encoder.base), exchange.id)


def _refuse_filter(exchange: Exchange) -> None:
    """Discovery is not filtered: 403 by RFC 7644 §4; other parameters are ignored."""
    if any(name.lower() == "filter" for name, _ in exchange.parameters):
        raise Forbidden(
            "filter: the discovery endpoints are not filtered; read the whole list.", code="discovery-filter"
        )


def _answer(document: dict[str, Any]) -> Answer:
    return Answer(200, orjson.dumps(document))


def _list(found: list[dict[str, Any]]) -> Answer:
    return _answer(list_response(found, len(found)))


def _one(found: list[dict[str, Any]], id: str) -> Answer:
    for document in found:
        if document["id"].lower() == id.lower():
            return _answer(document)
    raise NotFound(f"There is nothing called {id[:100]!r} here.")
