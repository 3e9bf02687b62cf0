"""How our processes log: structured lines on standard error, never on standard output.

Every line of a service is one JSON object with ``time``, ``level``, ``event`` and ``service``;
docs/operations/observability.md tells the rest.
"""

from __future__ import annotations

import logging
import sys
import threading
from contextlib import suppress
from types import TracebackType
from typing import TextIO, cast

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

_ENRICHED: tuple[Processor, ...] = (
    structlog.contextvars.merge_contextvars,
    structlog.processors.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", key="time"),
)
_TO_JSON: tuple[Processor, ...] = (
    structlog.processors.format_exc_info,
    structlog.processors.JSONRenderer(ensure_ascii=False),
)


class _NameService:
    def __init__(self, service: str) -> None:
        self._service = service

    def __call__(self, _logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
        event["service"] = self._service
        return event


def log_as_service(service: str) -> None:
    """JSON, one object a line, for machines to collect: also what libraries log, and what ends
    the process."""
    enriched: tuple[Processor, ...] = (*_ENRICHED, _NameService(service))
    _configure(logging.INFO, enriched, _TO_JSON)
    _take_in_libraries(enriched)
    sys.excepthook = _log_crash
    threading.excepthook = lambda crash: _log_crash(
        crash.exc_type, crash.exc_value or crash.exc_type(), crash.exc_traceback
    )


def log_as_command() -> None:
    """Only what a person at the terminal has to know."""
    console = structlog.dev.ConsoleRenderer(timestamp_key="time", colors=sys.stderr.isatty())
    _configure(logging.WARNING, _ENRICHED, (console,))


def is_service() -> bool:
    """Whether this process logs as a service."""
    used = structlog.get_config()["processors"]
    return any(isinstance(one, _NameService) for one in used)


class _Unfailing:
    """Standard error that a full disk, or a reader that went away, can't turn into a crash: the
    line is lost, and the service goes on with what it is there for."""

    def write(self, text: str) -> int:
        with suppress(OSError):
            return sys.stderr.write(text)
        return len(text)

    def flush(self) -> None:
        with suppress(OSError):
            sys.stderr.flush()


def _configure(level: int, enriched: tuple[Processor, ...], shown: tuple[Processor, ...]) -> None:
    structlog.configure(
        processors=[*enriched, *shown],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(cast("TextIO", _Unfailing())),
        cache_logger_on_first_use=False,
    )


def _take_in_libraries(enriched: tuple[Processor, ...]) -> None:
    """Warnings that uvicorn and others log by the standard library, in the same form."""
    handler = logging.StreamHandler(cast("TextIO", _Unfailing()))
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[*enriched, structlog.stdlib.add_logger_name],
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *_TO_JSON],
    )
    handler.setFormatter(formatter)
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logging.captureWarnings(capture=True)


def _log_crash(
    kind: type[BaseException], error: BaseException, trace: TracebackType | None
) -> None:
    structlog.get_logger("crash").critical("crashed", exc_info=(kind, error, trace))
