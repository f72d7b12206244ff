"""Structured logs on stderr: one JSON object a line, or coloured text on a terminal."""

from __future__ import annotations

import sys

import structlog


def configure_logging() -> None:
    """Set up structlog for this process; nothing a client sent is ever a format string."""
    renderer: structlog.typing.Processor = structlog.processors.JSONRenderer()
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    if sys.stderr.isatty():
        # Plain tracebacks: the default ones show local variables, and an API key would be among them.
        shared.append(structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback))
    else:
        shared += [structlog.processors.format_exc_info, renderer]
    structlog.configure(
        processors=shared,
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
