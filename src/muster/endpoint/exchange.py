"""One request on its way through an operation: what came in, and whose it is.

Law: it is made after authentication, from an `Access`; an operation reads the request through it and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, NamedTuple

from muster.directory.access import Access, Request
from muster.directory.condition import Condition
from muster.directory.document import dump
from muster.directory.ports import NewId
from muster.directory.records import LogEntry
from muster.directory.registers.uses import NotedUse
from muster.endpoint.body import read_body, read_json
from muster.endpoint.encode import Encoder
from muster.endpoint.redact import redacted_body, redacted_target, redacted_text
from muster.endpoint.scope import Headers, Receive, Scope, raw_path, shown_method
from muster.endpoint.subject import subject
from muster.endpoint.surroundings import Surroundings
from muster.scim.dialect import Notes
from muster.scim.errors import ScimError
from muster.scim.page import Query
from muster.scim.projection import Projection
from muster.scim.schema import ResourceType

_WHOLE = Query()
_RESOURCES: Final = ("users", "groups")
_LONGEST_ID: Final = 64
_LONGEST_USER_AGENT: Final = 200


class Sent(NamedTuple):
    """What was sent, as far as the log keeps it: a request, or an operation of a bulk request, about a resource.

    `subject` is the name that it asked for where no resource is known.
    """

    method: str
    target: str
    body: bytes
    notes: Notes
    resource: str | None
    subject: str | None = None


class Exchange:
    """A request with its access. `route` is the path after `v2`, `id` its last segment where the route has one.

    `resource` is the user or group that it was about, as far as that is known and no change tells it.
    `operation` is what it is called, "none" until that is known;
    `writes` is true once a use case that writes has it: that one logs a success together with its change.
    """

    __slots__ = (
        "_body",
        "_receive",
        "_scope",
        "_surroundings",
        "access",
        "encoder",
        "headers",
        "id",
        "method",
        "notes",
        "now",
        "operation",
        "parameters",
        "request_id",
        "resource",
        "route",
        "writes",
    )

    def __init__(
        self,
        access: Access,
        surroundings: Surroundings,
        request_id: str,
        scope: Scope,
        headers: Headers,
        receive: Receive,
    ) -> None:
        self.access = access
        self.encoder = Encoder(access, surroundings.base(access.connection))
        self.request_id = request_id
        self.method: str = scope["method"]
        self.headers = headers
        self.parameters: list[tuple[str, str]] = []
        self.route: list[str] = []
        self.id = ""
        self.operation = "none"
        self.resource: str | None = None
        self.now = surroundings.clock()
        self.notes = Notes()
        self.writes = False
        self._scope = scope
        self._surroundings = surroundings
        self._receive = receive
        self._body = b""

    def query(self) -> Query:
        """Return the query parameters (RFC 7644 §3.4.2, §3.9). Raises InvalidSyntax, InvalidValue, InvalidFilter."""
        return Query.from_parameters(self.parameters) if self.parameters else _WHOLE

    def projection(self, resource_type: ResourceType) -> Projection:
        """Return what of a resource is to be answered (RFC 7644 §3.9). Raises InvalidSyntax."""
        query = self.query()
        return Projection.parse(
            query.attributes, query.excluded, resource_type, self.access.dialect, self.notes
        )

    async def json(self, limit: int, *, logged: bool = True) -> Any:
        """Return the JSON value of the body of at most `limit` bytes; `logged`: the request's entry has the body."""
        body = await read_body(self.headers, self._receive, limit)
        if logged:
            self._body = body
        return await read_json(body)

    def if_match(self) -> Condition | None:
        """Return the version that a write is meant for, or None."""
        return Condition.parse(self.headers.if_match) if self.headers.if_match else None

    def not_modified(self, version: int) -> bool:
        """Whether the client has that version already (If-None-Match, R135)."""
        header = self.headers.if_none_match
        return header is not None and Condition.parse(header).holds(version)

    def request(self, status: int) -> Request:
        """Return the request as the writing use cases see it; `status` is what it is answered with when it succeeds."""
        self.writes = True
        return self.request_of(lambda resource: self.entry(status, None, resource))

    def request_of(self, entry: Callable[[str], LogEntry]) -> Request:
        """Return a request as the writing use cases see it, which makes this entry of the request log."""
        return Request(self.access, self.request_id, self.now, self.new_id, entry)

    @property
    def address(self) -> str | None:
        """Return the client's address, as far as the proxies between are trusted."""
        return self._surroundings.proxies.client(self._scope)

    @property
    def new_id(self) -> NewId:
        """Return the source of ids for new resources."""
        return self._surroundings.new_id

    def entry(self, status: int, error: ScimError | None, resource: str | None = None) -> LogEntry:
        """Return the request log's entry of this request, which was about a resource, and of its answer."""
        query: bytes = self._scope["query_string"]
        target = redacted_target(raw_path(self._scope), query, self.access.hidden)
        touched = resource or self.resource or self._addressed()
        named = None if touched else subject(self.parameters, self._body, self.access.hidden)
        sent = Sent(self.method, target, self._body, self.notes, touched, named)
        return self._entry(sent, status, error)

    def use(self, status: int) -> NotedUse:
        """Return what is noted of this request beside the log: that its credential and connection were used."""
        return NotedUse(
            self.access.connection.organization,
            self.access.connection.id,
            self.access.credential,
            self.now,
            self._surroundings.proxies.client(self._scope),
            user_agent_of(self.headers),
            status,
        )

    def part_entry(self, part: Sent, status: int, error: ScimError | None) -> LogEntry:
        """Return the entry of one operation of this request, whose `target` is relative to the base URL."""
        base = b"/".join(raw_path(self._scope).rstrip(b"/").split(b"/")[:-1])
        target = redacted_target(base + part.target.encode("utf-8", "replace"), b"")
        named = None if part.resource else subject((), part.body, self.access.hidden)
        return self._entry(part._replace(target=target, subject=named), status, error)

    def _addressed(self) -> str | None:
        """Return the id of the user or group that the path names."""
        is_resource = self.id and self.route[0].lower() in _RESOURCES
        return self.id if is_resource and len(self.id) <= _LONGEST_ID else None

    def _entry(self, sent: Sent, status: int, error: ScimError | None) -> LogEntry:
        listed = [(note.rule, note.where) for note in sent.notes.items]
        hidden = self.access.hidden
        return LogEntry(
            self.access.connection.organization,
            self.access.connection.id,
            self.access.credential,
            self.request_id,
            self.now,
            self._surroundings.clock() - self.now,
            shown_method(sent.method),
            sent.target,
            status,
            error.scim_type if error else None,
            redacted_text(error.detail, hidden) if error else None,
            redacted_text(dump(listed).decode()).encode() if listed else None,
            redacted_body(sent.body, hidden) if sent.body else None,
            address=self.address,
            resource=sent.resource and redacted_text(sent.resource),
            code=error.code if error else None,
            user_agent=user_agent_of(self.headers),
            subject=sent.subject and redacted_text(sent.subject),
        )


def user_agent_of(headers: Headers) -> str | None:
    """Return what a client calls itself, as the log keeps it."""
    return headers.user_agent and redacted_text(headers.user_agent[:_LONGEST_USER_AGENT])
