"""How our processes log: structured lines on standard error, never on standard output."""

from __future__ import annotations

import logging
import sys

import structlog

_ENRICHED = (
    structlog.contextvars.merge_contextvars,
    structlog.processors.add_log_level,
    structlog.processors.TimeStamper(fmt="iso"),
)


def log_as_service() -> None:
    """JSON, one object a line, for machines to collect."""
    _configure(
        logging.INFO,
        structlog.processors.format_exc_info,
        structlog.processors.JSONRenderer(ensure_ascii=False),
    )


def log_as_command() -> None:
    """Only what a person at the terminal has to know."""
    _configure(logging.WARNING, structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty()))


def _configure(level: int, *rendering: structlog.typing.Processor) -> None:
    structlog.configure(
        processors=[*_ENRICHED, *rendering],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
