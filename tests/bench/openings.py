"""How long a host's openings take to compute: the answer behind every page of times."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from statistics import median
from time import perf_counter
from zoneinfo import ZoneInfo

from core.availability.slots import Busy, Hours, Rules, openings
from tests.bench.figure import Figure

RUNS = 60
NOW = datetime(2026, 9, 1, tzinfo=UTC)  # Berlin's autumn change falls into the 90 days
OFFICE = {weekday: [Hours(540, 1080)] for weekday in range(7)}
ALWAYS = {weekday: [Hours(0, 1440)] for weekday in range(7)}


def measure() -> list[Figure]:
    """The median times, in milliseconds: an ordinary fortnight, and a quarter of a year at its fullest."""
    return [
        _figure("openings_14d_200busy", days=14, busy=200, hours=OFFICE, limit_ms=1),
        _figure("openings_90d_2000busy", days=90, busy=2000, hours=OFFICE, limit_ms=10),
        _figure("openings_90d_2000busy_always_open", days=90, busy=2000, hours=ALWAYS, limit_ms=10),
    ]


def _figure(name: str, *, days: int, busy: int, hours: dict[int, list[Hours]], limit_ms: int) -> Figure:
    taken = _busy(days, busy)
    window = (NOW, NOW + timedelta(days=days))
    rules = Rules(
        duration=timedelta(minutes=30),
        step=timedelta(minutes=30),
        buffer_before=timedelta(minutes=5),
        buffer_after=timedelta(minutes=5),
        notice=timedelta(hours=2),
        horizon=timedelta(days=days),
        daily_limit=8,
        weekly_limit=40,
    )
    times = []
    for _ in range(RUNS):
        begun = perf_counter()
        starts = openings(
            weekly=hours,
            overrides={},
            zone=ZoneInfo("Europe/Berlin"),
            busy=taken,
            blocked=[],
            booked={},
            rules=rules,
            now=NOW,
            window=window,
        )
        times.append((perf_counter() - begun) * 1000)
        assert starts, "a measurement of nothing"
    value = median(times)
    return Figure(name, round(value, 3), "ms", f"< {limit_ms} ms", value < limit_ms)


def _busy(days: int, count: int) -> list[Busy]:
    """Short busy times scattered over the days, in no order."""
    dice = random.Random(7)
    starts = [NOW + timedelta(minutes=dice.randrange(days * 24 * 60)) for _ in range(count)]
    return [(start, start + timedelta(minutes=dice.choice((5, 15, 25)))) for start in starts]
