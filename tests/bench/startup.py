"""How long the demo takes from its command to its first answer: the first time, and when its data is there."""

from __future__ import annotations

import tempfile
from pathlib import Path
from statistics import median

from tests.bench.figure import Figure
from tests.process import started

STARTS = 3
GOAL = 5.0


async def measure() -> list[Figure]:
    """Seconds from the start of the process to the first 200 of /health."""
    with tempfile.TemporaryDirectory() as folder:
        first, *later = [await _start(Path(folder)) for _ in range(1 + STARTS)]
    value = median(later)
    return [
        Figure("demo_first_start", round(first, 2), "s", "", True),
        Figure("demo_later_start", round(value, 2), "s", f"< {GOAL:g} s", value < GOAL),
    ]


async def _start(data: Path) -> float:
    async with started("demo", data=data) as demo:
        return demo.seconds
