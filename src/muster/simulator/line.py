"""The wire to the server: one request at a time or several, each kept with its answer.

Law: targets go out byte for byte as the provider writes them; redirects are not followed, since the key would follow;
keys and passwords are in no record.
"""

from __future__ import annotations

import asyncio
import base64
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Final, Self

import httpx2
import orjson

from muster.simulator.options import Options, Target
from muster.simulator.step import Exchange

_MOST_TEXT: Final = 400  # of an answer that is not JSON, characters
_TOO_MANY: Final = 429
_MOST_TRIES: Final = 10
_LONGEST_WAIT: Final = 60  # seconds
_HIDDEN: Final = "********"


@dataclass(frozen=True, slots=True)
class Request:
    """One request: its method, what follows the base URL, and its body as a JSON value (None: none)."""

    method: str
    target: str
    body: Any = None


class Line:
    """An HTTP connection to one server, with the provider's own headers on each request."""

    def __init__(self, target: Target, headers: Mapping[str, str], options: Options) -> None:
        self._target = target
        self._headers = dict(headers)
        self._pause = 1 / options.rate if options.rate else 0.0
        self._next = 0.0
        self._patience = options.patience
        self._http = httpx2.AsyncClient(follow_redirects=False, trust_env=not target.here)
        self.exchanges: list[Exchange] = []

    async def __aenter__(self) -> Self:
        """Open the line."""
        await self._http.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the line."""
        await self._http.__aexit__(kind, error, trace)

    def relieve(self) -> None:
        """Use the next key from now on."""
        self._target = self._target.relieved()

    def wrong_authorization(self) -> str:
        """Return what a wrong key looks like here: the right one with a letter more."""
        scheme, _, value = self._target.authorization.partition(" ")
        if scheme == "Basic":
            return f"Basic {base64.b64encode(base64.b64decode(value) + b'x').decode()}"
        return f"{scheme} {value}x"

    async def send(self, request: Request, *, authorization: str | None = None) -> Exchange:
        """Send a request and return it with its answer; `authorization` in place of the right one, "" for none.

        A 429 that says for how many whole seconds is waited for, as Okta does.
        """
        for _ in range(_MOST_TRIES - 1):
            exchange, seconds = await self._record(request, self._patience, authorization)
            if seconds is None:
                return exchange
            await asyncio.sleep(seconds)
        return (await self._record(request, self._patience, authorization))[0]

    async def abandon(self, request: Request) -> Exchange:
        """Send a request whole, and hang up before its answer can be read, as an IdP that has waited too long."""
        return (await self._record(request, 0.0, None))[0]

    async def _turn(self) -> None:
        now = time.monotonic()
        begins = max(self._next, now)
        self._next = begins + self._pause
        if begins > now:
            await asyncio.sleep(begins - now)

    async def _record(
        self, request: Request, patience: float, authorization: str | None
    ) -> tuple[Exchange, int | None]:
        """Send a request once; return it with its answer, and for how many seconds that asks to wait, if it does."""
        await self._turn()
        began, problem = time.monotonic(), ""
        try:
            answer = await self._http.request(
                request.method,
                self._target.base + request.target,
                content=None if request.body is None else orjson.dumps(request.body),
                headers=self._headers_of(request, authorization),
                timeout=httpx2.Timeout(self._patience, read=patience),
            )
        except httpx2.ReadTimeout:
            answer, problem = None, f"no answer within {patience:g} s" if patience else "hung up"
        except httpx2.ConnectError as error:
            answer, problem = (
                None,
                f"nobody can be reached at {self._target.base} ({' '.join(str(error).split())})",
            )
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            answer, problem = None, " ".join(str(error).split()) or type(error).__name__
        milliseconds = round((time.monotonic() - began) * 1000, 2)
        status, came = (answer.status_code, _parsed(answer)) if answer else (0, None)
        self._http.cookies.clear()  # so that nothing but the key says who is asking
        sent, came = _without_password(request.body), _without_password(came)
        exchange = Exchange(request.method, request.target, sent, status, came, milliseconds, problem)
        self.exchanges.append(exchange)
        return exchange, _wait(answer) if answer else None

    def _headers_of(self, request: Request, authorization: str | None) -> dict[str, str]:
        headers = {
            name: value
            for name, value in self._headers.items()
            if request.body is not None or name != "Content-Type"
        }
        value = self._target.authorization if authorization is None else authorization
        return headers | ({"Authorization": value} if value else {})


def _wait(answer: httpx2.Response) -> int | None:
    asked = answer.headers.get("retry-after", "")
    return min(int(asked), _LONGEST_WAIT) if answer.status_code == _TOO_MANY and asked.isdecimal() else None


def _parsed(answer: httpx2.Response) -> Any:
    if 300 <= answer.status_code < 400 and "location" in answer.headers:  # noqa: PLR2004 - the redirects
        return f"redirects to {answer.headers['location']}"
    if not answer.content:
        return None
    with suppress(orjson.JSONDecodeError):
        return orjson.loads(answer.content)
    return answer.text[:_MOST_TEXT]


def _without_password(body: Any) -> Any:
    return body | {"password": _HIDDEN} if isinstance(body, dict) and "password" in body else body
