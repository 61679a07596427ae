"""What can go wrong, as the product names it.

Each error carries a stable `code` and arguments, never a text for people: the dialogues turn it into a sentence in
the reader's language, the API into `application/problem+json`.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar


class OknoError(Exception):
    """An answer of the product that is not the wished one; `arguments` fill its sentence."""

    code: ClassVar[str] = "error"

    def __init__(self, **arguments: Any) -> None:
        super().__init__(self.code, arguments)
        self.arguments = arguments


class NotFound(OknoError):
    """There is no such thing, or it is not this person's to see."""

    code = "not_found"


class Forbidden(OknoError):
    """The thing exists and is visible, but this person may not do that with it."""

    code = "forbidden"


class Invalid(OknoError):
    """The input does not fit; `field` names where, `reason` is a stable word saying why."""

    code = "invalid"

    def __init__(self, field: str, reason: str, **arguments: Any) -> None:
        super().__init__(field=field, reason=reason, **arguments)
        self.field = field
        self.reason = reason


class Conflict(OknoError):
    """The state of things does not allow it any more."""

    code = "conflict"


class SlotTaken(Conflict):
    """The time is not open (any more); `alternatives` are the next openings, aware UTC starts."""

    code = "slot_taken"

    def __init__(self, alternatives: tuple[datetime, ...] = ()) -> None:
        super().__init__(alternatives=alternatives)
        self.alternatives = alternatives


class WrongState(Conflict):
    """A transition the state machine does not know; both states are named."""

    code = "wrong_state"

    def __init__(self, current: str, wanted: str) -> None:
        super().__init__(current=current, wanted=wanted)
        self.current = current
        self.wanted = wanted


class TooEarly(Conflict):
    """It cannot be done yet; `when` is the instant from which it can."""

    code = "too_early"


class Gone(OknoError):
    """It was there and is over: `reason` is one of revoked, expired, used_up."""

    code = "gone"

    def __init__(self, reason: str) -> None:
        super().__init__(reason=reason)
        self.reason = reason
