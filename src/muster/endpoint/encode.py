"""From stored resources to the documents that are answered.

Law: where no projection is asked, the stored bytes are the answer: `id`, `groups`, `members` and `meta` are put around
them, and nothing is parsed (design §7).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any

import orjson

from muster.directory.access import Access
from muster.directory.condition import etag
from muster.directory.document import Document, dump, load
from muster.directory.query import Part
from muster.directory.records import GroupOf, Member, Stored, StoredGroup, StoredUser
from muster.endpoint.answer import Answer, Header
from muster.scim.message import LIST_RESPONSE
from muster.scim.projection import Projection
from muster.scim.schema import ENTERPRISE_USER, ResourceType
from muster.scim.value import moment

Members = Sequence[Member]

LONG = 1000
"""A group with more members than this is answered in portions."""

PORTION = 250
"""Members in a portion, 40 kB of JSON: the server keeps some thirty for a client that reads slowly."""


class Encoder:
    """Encodes the resources of one connection; `base` is the connection's SCIM base URL."""

    def __init__(self, access: Access, base: str) -> None:
        self._access = access
        self.base = base

    def location(self, resource_type: ResourceType, id: str) -> str:
        """Return the resource's one canonical address (R037)."""
        return f"{self.base}{resource_type.endpoint}/{id}"

    def headers(self, resource_type: ResourceType, stored: Stored, *names: str) -> tuple[Header, ...]:
        """Return the ETag and the named headers (`location`, `content-location`) of an answer about one resource."""
        location = self.location(resource_type, stored.id).encode()
        return ((b"etag", etag(stored.version).encode()), *((name.encode(), location) for name in names))

    def user(self, stored: StoredUser, projection: Projection, sent: Collection[str] = ()) -> bytes:
        """Return the user as it is answered."""
        user_type = self._access.schemas.user
        groups = self._groups(stored.groups) if stored.groups and self._access.schemas.groups else None
        if projection.is_default and not stored.manager_known:
            extra = b',"groups":' + orjson.dumps(groups) if groups else b""
            return self._spliced(user_type, stored, extra)
        document = load(user_type, stored.document)
        if stored.manager_known:
            self._name_manager(document, stored)
        return self._projected(
            user_type, stored, document, {"groups": groups} if groups else {}, projection, sent
        )

    def group(
        self, stored: StoredGroup, members: Members, projection: Projection, sent: Collection[str] = ()
    ) -> bytes:
        """Return the group as it is answered, with the members that were read for it."""
        group_type = self._access.schemas.group
        listed = self._members(members) if members else None
        if projection.is_default:
            extra = b',"members":' + orjson.dumps(listed) if listed else b""
            return self._spliced(group_type, stored, extra)
        document = load(group_type, stored.document)
        return self._projected(
            group_type, stored, document, {"members": listed} if listed else {}, projection, sent
        )

    def group_portions(
        self, stored: StoredGroup, members: Members, projection: Projection, sent: Collection[str] = ()
    ) -> Iterator[bytes]:
        """Yield a group with very many members in portions: never more than some of them are there as JSON."""
        yield self.group(stored, (), projection, sent)[:-1] + b',"members":['
        between = b""
        for start in range(0, len(members), PORTION):
            listed = self._members(members[start : start + PORTION])
            kept = projection.apply({"members": listed}, sent=frozenset(sent)).get("members")
            if kept:
                yield between + orjson.dumps(kept)[1:-1]
                between = b","
        yield b"]}"

    def page(self, parts: Sequence[Part], start_index: int) -> Answer:
        """Return the ListResponse of a query (RFC 7644 §3.4.2)."""
        resources = [self._listed(part, stored) for part in parts for stored in part.page.resources]
        total = sum(part.page.total for part in parts)
        head = b'{"schemas":["%s"],"totalResults":%d,"startIndex":%d,"itemsPerPage":%d,"Resources":[' % (
            LIST_RESPONSE.encode(),
            total,
            start_index,
            len(resources),
        )
        return Answer(200, head + b",".join(resources) + b"]}")

    def cursor_page(self, part: Part) -> Answer:
        """Return the ListResponse of a query by cursor (RFC 9865 §2); nextCursor but on the last page."""
        resources = [self._listed(part, stored) for stored in part.page.resources]
        following = b'"nextCursor":"%s",' % part.cursor.encode() if part.cursor is not None else b""
        head = b'{"schemas":["%s"],"totalResults":%d,"itemsPerPage":%d,%s"Resources":[' % (
            LIST_RESPONSE.encode(),
            part.page.total,
            len(resources),
            following,
        )
        return Answer(200, head + b",".join(resources) + b"]}")

    def _listed(self, part: Part, stored: Stored) -> bytes:
        if isinstance(stored, StoredUser):
            return self.user(stored, part.projection)
        return self.group(stored, part.page.members.get(stored.id, ()), part.projection)

    def _spliced(self, resource_type: ResourceType, stored: Stored, extra: bytes) -> bytes:
        return b'{"id":"%s",%s%s,"meta":%s}' % (
            stored.id.encode(),
            stored.document[1:-1],
            extra,
            self._meta(resource_type, stored),
        )

    def _meta(self, resource_type: ResourceType, stored: Stored) -> bytes:
        created = moment(stored.created)
        modified = created if stored.created == stored.last_modified else moment(stored.last_modified)
        return (
            f'{{"resourceType":"{resource_type.name}","created":"{created}","lastModified":"{modified}",'
            f'"location":"{self.location(resource_type, stored.id)}","version":"W/\\"{stored.version}\\""}}'
        ).encode()

    def _projected(
        self,
        resource_type: ResourceType,
        stored: Stored,
        document: Document,
        derived: dict[str, Any],
        projection: Projection,
        sent: Collection[str],
    ) -> bytes:
        resource = {"id": stored.id, **document, **derived}
        resource["meta"] = orjson.loads(self._meta(resource_type, stored))
        return dump(projection.apply(resource, sent=frozenset(sent)))

    def _groups(self, groups: Sequence[GroupOf]) -> list[dict[str, str]]:
        return [
            {
                "value": group.id,
                "$ref": self.location(self._access.schemas.group, group.id),
                "display": group.display,
                "type": "direct" if group.direct else "indirect",
            }
            for group in groups
        ]

    def _members(self, members: Members) -> list[dict[str, str]]:
        endpoints = {"User": f"{self.base}/Users/", "Group": f"{self.base}/Groups/"}
        listed = []
        for value, kind, display in members:
            member = {"value": value, "$ref": endpoints[kind] + value, "type": kind}
            if display is not None:
                member["display"] = display
            listed.append(member)
        return listed

    def _name_manager(self, document: Document, stored: StoredUser) -> None:
        manager = document[ENTERPRISE_USER]["manager"]
        manager["$ref"] = self.location(self._access.schemas.user, manager["value"])
        if stored.manager_name is not None:
            manager["displayName"] = stored.manager_name
