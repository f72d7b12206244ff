"""Hold one conversation with a running server.

The law of this module: bytes go out exactly as the file says (targets are never normalised or re-encoded), and every
answer, whatever the file asks of it, is checked to be SCIM: its media type, and the shape of its error.
"""

import base64
import json
import uuid
from collections.abc import Iterator, Mapping
from typing import Any, Final, Protocol
from urllib.parse import urlsplit

from tests.idp.conversation import Conversation, client_headers
from tests.idp.matching import MISSING, differences, find
from tests.idp.template import fill

ERROR: Final = "urn:ietf:params:scim:api:messages:2.0:Error"
SHOWN: Final = 1500


class Reply(Protocol):
    """What the replay reads of an answer."""

    @property
    def status(self) -> int: ...
    @property
    def headers(self) -> Mapping[str, str]: ...
    @property
    def raw(self) -> bytes: ...
    @property
    def body(self) -> Any: ...


class Line(Protocol):
    """What the replay needs of a SCIM client."""

    base_url: str
    api_key: str | None

    def request(
        self,
        method: str,
        target: str,
        body: Any = None,
        *,
        raw: bytes | None = None,
        headers: Mapping[str, str | None] | None = None,
        absolute: bool = False,
    ) -> Reply: ...


class ConversationError(AssertionError):
    """An answer was not the expected one; the message says which step, what was sent, got and wanted."""


def replay(conversation: Conversation, line: Line) -> None:
    """Hold the conversation over `line`; raise ConversationError at the first answer that is not the wanted one."""
    __tracebackhide__ = True  # the report of the failing step says it all
    profile = client_headers(conversation.document["client"])
    variables = starting_variables(line)
    for place, step in conversation.steps():
        for _ in _rounds(step, variables):
            _hold(f"{conversation.name} {place}", step, line, profile, variables)


def starting_variables(line: Line) -> dict[str, Any]:
    """Return the variables that every conversation may use from its first step."""
    api_key = line.api_key or ""
    suffix = uuid.uuid4().hex[:12]
    return {
        "base_url": line.base_url,
        "base_path": urlsplit(line.base_url).path,
        "api_key": api_key,
        "api_key_base64": base64.b64encode(api_key.encode()).decode(),
        "suffix": suffix,
        "SUFFIX": suffix.upper(),
        "guid": str(uuid.uuid4()),
        "nobody": str(uuid.uuid4()),
    }


def _rounds(step: Mapping[str, Any], variables: dict[str, Any]) -> Iterator[int]:
    repeat = step.get("repeat", {"times": 1, "as": "i"})
    for number in range(1, repeat["times"] + 1):
        variables[repeat["as"]] = number
        yield number


def _hold(
    place: str,
    step: Mapping[str, Any],
    line: Line,
    profile: Mapping[str, str | None],
    variables: dict[str, Any],
) -> None:
    __tracebackhide__ = True
    send, raw = step["send"], _payload(step["send"], variables)
    target = fill(send["path"], variables)
    reply = line.request(
        send["method"],
        target,
        raw=raw,
        headers=_headers(send, raw, profile, variables),
        absolute=send.get("absolute", False),
    )
    wrong = [*_complaints(step, reply, variables), *_capture(step, reply, variables)]
    if wrong:
        raise ConversationError(_report(place, step, (send["method"], target, raw), reply, wrong))


def _payload(send: Mapping[str, Any], variables: Mapping[str, Any]) -> bytes | None:
    if "raw" in send:
        return str(fill(send["raw"], variables)).encode()
    if "body" not in send:
        return None
    body = fill(send["body"], variables)
    if "with" in send or "without" in send:
        kept = {key: value for key, value in body.items() if key not in send.get("without", [])}
        body = kept | fill(send.get("with", {}), variables)
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


def _headers(
    send: Mapping[str, Any],
    raw: bytes | None,
    profile: Mapping[str, str | None],
    variables: Mapping[str, Any],
) -> dict[str, str | None]:
    headers = dict(profile)
    if raw is None:
        headers["Content-Type"] = None
    headers.update(fill(send.get("headers", {}), variables))
    return headers


def _complaints(step: Mapping[str, Any], reply: Reply, variables: Mapping[str, Any]) -> Iterator[str]:
    expect = fill(step["expect"], variables)
    if reply.status not in expect["status"]:
        yield f"status: wanted one of {expect['status']}, got {reply.status}"
        return
    yield from _medium(expect, reply)
    for name, wanted in expect.get("headers", {}).items():
        yield from differences(wanted, reply.headers.get(name.lower(), MISSING), f"header {name}")
    if "body" in expect:
        yield from differences(expect["body"], reply.body)
    for pointer in expect.get("absent", []):
        if find(reply.body, pointer):
            yield f"{pointer}: wanted nothing, got {find(reply.body, pointer)!r}"
    yield from _text_complaints(expect, reply.raw.decode())


def _medium(expect: Mapping[str, Any], reply: Reply) -> Iterator[str]:
    if expect.get("medium") == "any":
        return
    if reply.status in {204, 304}:
        if reply.raw:
            yield f"a {reply.status} carries no body, got {reply.raw!r}"
        return
    medium = reply.headers.get("content-type", "")
    if medium.split(";")[0].strip() != "application/scim+json":
        yield f"content-type: wanted application/scim+json, got {medium!r}"
    elif reply.status >= 400:
        wanted = {"schemas": [ERROR], "status": str(reply.status), "detail": {"$like": r"\S"}}
        yield from differences(wanted, reply.body)


def _text_complaints(expect: Mapping[str, Any], text: str) -> Iterator[str]:
    for wanted in expect.get("contains", []):
        if wanted not in text:
            yield f"wanted the text {wanted!r} in the body"
    for unwanted in expect.get("lacks", []):
        if unwanted in text:
            yield f"wanted no {unwanted!r} in the body"


def _capture(step: Mapping[str, Any], reply: Reply, variables: dict[str, Any]) -> Iterator[str]:
    """Set the variables that the step captures or collects; yield a line for each that is not in the answer."""
    for name, place in [*step.get("capture", {}).items(), *step.get("collect", {}).items()]:
        found = _captured(place, reply)
        if not found:
            yield f"{{{name}}}: nothing to capture at {place}"
        elif name in step.get("collect", {}):
            variables[name] = [*variables.get(name, []), found[0]]
        else:
            variables[name] = found[0]


def _captured(place: str, reply: Reply) -> list[Any]:
    if place.startswith("header:"):
        value = reply.headers.get(place.removeprefix("header:").lower())
        return [] if value is None else [value]
    return find(reply.body, place) if reply.raw else []


def _report(
    place: str, step: Mapping[str, Any], sent: tuple[str, str, bytes | None], reply: Reply, wrong: list[str]
) -> str:
    method, target, raw = sent
    lines = [
        f"{place} {step.get('note', '')}".rstrip(),
        f"  sent    {method} {target}",
        f"          {(raw or b'').decode()[:SHOWN]}",
        f"  got     {reply.status} {reply.raw.decode(errors='replace')[:SHOWN]}",
        *(f"  wanted  {complaint}" for complaint in wrong),
    ]
    return "\n".join(lines)
