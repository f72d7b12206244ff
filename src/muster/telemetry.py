"""Structured logs on stderr: one JSON object a line, or coloured text on a terminal."""

from __future__ import annotations

import logging
import sys

import structlog

from muster.directory.current import REQUEST_ID
from muster.endpoint.redact import redacted_text


def _with_request(
    _logger: object, _method: str, event: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    """Add the id of the request that is under way to a line: the same as in its `X-Request-Id` and the request log."""
    request_id = REQUEST_ID.get()
    if request_id is not None:
        event["request"] = request_id
    return event


def _without_keys(
    _logger: object, _method: str, event: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    """Blank what looks like an API key: an error's text may quote what a client sent."""
    return {name: redacted_text(text) if isinstance(text, str) else text for name, text in event.items()}


class _LibraryLines(logging.Handler):
    """Makes what libraries log into lines like ours: one object each, with the id of the request they worked for."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write one line."""
        line = structlog.get_logger(record.name)
        line.log(record.levelno, record.getMessage(), library=record.name, exc_info=record.exc_info)


def configure_logging() -> None:
    """Set up structlog for this process, libraries included; nothing a client sent is ever a format string."""
    renderer: structlog.typing.Processor = structlog.processors.JSONRenderer()
    shared: list[structlog.typing.Processor] = [
        _with_request,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    if sys.stderr.isatty():
        # Plain tracebacks: the default ones show local variables, and an API key would be among them.
        shared += [_without_keys]
        shared.append(structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback))
    else:
        shared += [structlog.processors.format_exc_info, _without_keys, renderer]
    structlog.configure(
        processors=shared,
        # The stderr of that moment; a line and its end in one write, since workers share it.
        logger_factory=lambda *_: structlog.WriteLogger(sys.stderr),
    )
    root = logging.getLogger()
    if not any(isinstance(handler, _LibraryLines) for handler in root.handlers):
        root.addHandler(_LibraryLines(logging.WARNING))
