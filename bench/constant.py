"""The limit: our HTTP server answering every request with the same 2 kB of JSON.

Same server, interface, event loop and number of workers as `muster serve`, no routing, no store.
Run as `python -m bench.constant PORT`.
"""

from __future__ import annotations

import sys
from typing import Any

from bench import documents

BODY = documents.encode({"id": "constant", "totalResults": 0, **documents.user("constant", 1)})
HEADERS = [(b"content-type", b"application/scim+json"), (b"content-length", str(len(BODY)).encode())]
END = {"type": "http.response.body", "body": BODY}


async def application(scope: dict[str, Any], _receive: Any, send: Any) -> None:
    """Answer 201 to a POST and 200 to anything else."""
    if scope["type"] != "http":
        return  # no start-up or shut-down of its own
    status = 201 if scope["method"] == "POST" else 200
    await send({"type": "http.response.start", "status": status, "headers": HEADERS})
    await send(END)


def main() -> None:
    """Serve on the port given."""
    from granian import Granian  # noqa: PLC0415 - the worker imports this module and needs no second server
    from granian.constants import HTTPModes, Interfaces, Loops  # noqa: PLC0415 - the same

    Granian(
        "bench.constant:application",
        address="127.0.0.1",
        port=int(sys.argv[1]),
        interface=Interfaces.ASGI,
        http=HTTPModes.http1,
        loop=Loops.uvloop,
        websockets=False,
        workers=1,
        log_enabled=False,
    ).serve()


if __name__ == "__main__":
    main()
