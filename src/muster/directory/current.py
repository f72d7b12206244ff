"""The request that is under way in this task, so that each log line can say which one it belongs to.

Law: it is set once, where a request comes in, and read where a line is written; nothing decides by it.
"""

from __future__ import annotations

from contextvars import ContextVar
from typing import Final

REQUEST_ID: Final[ContextVar[str | None]] = ContextVar("request_id", default=None)
