"""Where `now` comes from: read at the edges, handed to the services as an argument."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Tells the present instant, aware, in UTC."""

    def now(self) -> datetime: ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)


def aware(moment: datetime) -> datetime:
    """The moment itself, or a ValueError: a naive time inside the product is a programming error."""
    if moment.tzinfo is None or moment.utcoffset() is None:
        raise ValueError("a naive datetime entered the services")
    return moment
