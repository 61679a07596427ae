"""What a benchmark reports."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """A value beside its goal: `value` is in `unit`, `goal` reads like "< 10 ms", `ok` says it is met."""

    name: str
    value: float
    unit: str
    goal: str
    ok: bool
