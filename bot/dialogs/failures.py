"""Errors of the services as sentences in the reader's language."""

from __future__ import annotations

from bot.dialogs import menu
from bot.dialogs.talk import Talk, Viewer
from bot.messengers.turn import Screen, Tap
from core.errors import Conflict, Forbidden, Gone, Invalid, NotFound, OknoError, SlotTaken, WrongState
from core.locales.reader import Reader


def failure_screen(talk: Talk, error: OknoError) -> Screen:
    """What is so, and the way on."""
    return Screen(text=talk.reader.say(_sentence(error)), rows=(menu.to_menu(talk),))


def _sentence(error: OknoError) -> str:
    match error:
        case SlotTaken():
            return "failure.slot_taken"
        case WrongState(current=current):
            return f"already.{current}"
        case Gone(reason=reason):
            return f"link.dead.{reason}"
        case Invalid(field="guest", reason="self"):
            return "link.own.short"
        case NotFound() | Forbidden():
            return "failure.not_found"
        case Conflict():
            return "failure.conflict"
    return "failure.invalid"


def stale_button(viewer: Viewer) -> Screen:
    """A button that this version does not know: from an old message, or damaged."""
    return Screen(text=viewer.reader.say("failure.stale_button"), rows=(menu.to_menu(viewer),))


def broken(reader: Reader, reference: str) -> Screen:
    """A fault of ours; the reference is what the log has it under."""
    return Screen(
        text=reader.say("failure.broken", reference=reference),
        rows=((Tap(reader.label("menu.button"), menu.open_menu.data()),),),
    )
