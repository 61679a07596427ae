"""The life of a meeting, as a pure table."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from core.errors import WrongState


class State(StrEnum):
    PENDING = "pending"
    CONFIRMED = "confirmed"
    DECLINED = "declined"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    COMPLETED = "completed"
    NO_SHOW = "no_show"


TRANSITIONS: Mapping[State, frozenset[State]] = {
    State.PENDING: frozenset({State.CONFIRMED, State.DECLINED, State.EXPIRED, State.CANCELLED}),
    State.CONFIRMED: frozenset({State.CANCELLED, State.COMPLETED, State.NO_SHOW}),
}

LIVE = frozenset({State.PENDING, State.CONFIRMED})
"""States that hold their time."""

HELD = LIVE | {State.COMPLETED, State.NO_SHOW}
"""States in which a meeting counts as one of its day: it is to be, or it was."""


def require_transition(current: State, wanted: State) -> None:
    """Raise WrongState, naming both states, unless the meeting may go from `current` to `wanted`."""
    if wanted not in TRANSITIONS.get(current, frozenset()):
        raise WrongState(current.value, wanted.value)
