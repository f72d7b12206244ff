"""The limit: our HTTP server answering every request with the same 2 kB of JSON.

Same server, interface, event loop and number of workers as `muster serve`, no routing, no store.
Run as `python -m bench.constant PORT`.
"""

from __future__ import annotations

import asyncio
import socket
import sys
from typing import Any

import uvicorn
import uvloop

from bench import documents
from muster.process import configured

BODY = documents.encode({"id": "constant", "totalResults": 0, **documents.user("constant", 1)})
HEADERS = [(b"content-type", b"application/scim+json"), (b"content-length", str(len(BODY)).encode())]
END = {"type": "http.response.body", "body": BODY}


async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Answer 201 to a POST and 200 to anything else."""
    if scope["type"] == "lifespan":
        for step in ("startup", "shutdown"):
            await receive()
            await send({"type": f"lifespan.{step}.complete"})
        return
    status = 201 if scope["method"] == "POST" else 200
    await send({"type": "http.response.start", "status": status, "headers": HEADERS})
    await send(END)


def main() -> None:
    """Serve on the port given."""
    with socket.socket() as port:
        port.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        port.bind(("127.0.0.1", int(sys.argv[1])))
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(uvicorn.Server(configured(application)).serve(sockets=[port]))


if __name__ == "__main__":
    main()
