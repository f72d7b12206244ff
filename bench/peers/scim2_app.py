# mypy: ignore-errors
"""scim2-server over its own storage in memory, as the ASGI application that is measured.

Runs in the peer's own environment, never in ours: it imports nothing of this repository.
The library's `scim2-server` command serves through wsgiref, one thread per request; its
ASGI application under uvicorn with uvloop and httptools is the quicker choice.
"""

import os
import sys

import uvicorn
from scim2_models import UnauthorizedException
from scim2_server.applications.asgi import ASGIApplication
from scim2_server.memory import AsyncInMemoryStorage
from scim2_server.requests import ScimRequest
from scim2_server.utils import load_default_provider


class BearerApplication(ASGIApplication):
    """The library's application with one accepted API key."""

    expected = f"Bearer {os.environ['BENCH_API_KEY']}"

    def check_auth(self, request: ScimRequest) -> None:
        """Refuse a request that does not carry the key."""
        if request.header("Authorization") != self.expected:
            raise UnauthorizedException


if __name__ == "__main__":
    application = BearerApplication(AsyncInMemoryStorage(), load_default_provider())
    uvicorn.run(
        application,
        host="127.0.0.1",
        port=int(sys.argv[1]),
        loop="uvloop",
        http="httptools",
        access_log=False,
        log_level="warning",
    )
