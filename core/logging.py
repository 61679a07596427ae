"""How the process speaks to its operator: one line an event, readable or JSON."""

from __future__ import annotations

import logging
import sys
from typing import Literal

import structlog

TOO_LOUD = ("backoff",)
"""A library that calls a first failed try an error; maxapi has it, and we try again ourselves."""
QUIET = ("aiohttp.access", "apscheduler", "alembic")
MUTE = ("backoff", "bot", "dispatcher")
"""Libraries whose chatter repeats what our own events say ("bot" and "dispatcher" are maxapi's names)."""


def configure_logging(form: Literal["console", "json"], *, level: int = logging.INFO) -> None:
    """Send structlog's and the libraries' events to stderr in the one form."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    if form == "json":
        last: list[structlog.typing.Processor] = [
            structlog.processors.dict_tracebacks,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ]
    else:
        last = [structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    for name in TOO_LOUD:
        logging.getLogger(name).setLevel(logging.CRITICAL)
    for name in MUTE:
        logging.getLogger(name).setLevel(logging.CRITICAL)
