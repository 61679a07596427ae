"""`python -m tests.bench`: what Okno costs, figure by figure, beside its goals.

Times of different machines do not compare, so wherever it can a figure is a ratio to a baseline of the same run.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Iterable

import uvloop

from tests.bench import bookings, memory, openings, startup
from tests.bench.figure import Figure

GOAL_MISSED = 1


async def measure() -> list[Figure]:
    """Every figure, measured one after the other: side by side they would measure each other."""
    return [
        *openings.measure(),
        *await bookings.measure(),
        *await memory.measure(),
        *await startup.measure(),
    ]


def show(figures: Iterable[Figure]) -> None:
    """A table for people; a figure without a goal is there to read the others by."""
    print(f"{'figure':<36}{'value':>10} {'unit':<6}{'goal':<12}")
    for figure in figures:
        verdict = "" if not figure.goal else "ok" if figure.ok else "MISS"
        print(f"{figure.name:<36}{figure.value:>10g} {figure.unit:<6}{figure.goal:<12}{verdict}")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description="Measure Okno.")
    parser.add_argument("--strict", action="store_true", help="exit with 1 when a goal is missed")
    strict = parser.parse_args().strict
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:  # the loop the process runs on
        figures = runner.run(measure())
    show(figures)
    return GOAL_MISSED if strict and not all(figure.ok for figure in figures) else 0


if __name__ == "__main__":
    sys.exit(main())
