"""All dialogues put together: a turn in, a screen out."""

from __future__ import annotations

from bot.dialogs import (
    blocking,
    booking,
    failures,
    meeting,
    menu,
    requests,
    schedule,
    settings,
    sharing,
    start,
)
from bot.dialogs.router import Router, UnknownPayload
from bot.dialogs.talk import Talk
from bot.messengers.turn import Command, Screen, Turn
from core.errors import OknoError
from core.locales.reader import Reader

TOPICS = (start, menu, sharing, booking, requests, meeting, schedule, blocking, settings)
COMMANDS = ("start", "menu", "link", "today", "week", "settings", "help")


def all_dialogues() -> Router:
    """One router that knows every topic."""
    router = Router()
    for topic in TOPICS:
        router.include(topic.router)
    return router


def commands(reader: Reader) -> tuple[Command, ...]:
    """The commands of the messenger's menu, described in the reader's language."""
    return tuple(Command(name, reader.label(f"command.{name}")) for name in COMMANDS)


async def answer(router: Router, talk: Talk, turn: Turn) -> Screen:
    """The screen that answers the turn: always one, whatever was typed or tapped.

    An error that the product knows undoes what the handler wrote and becomes a sentence; others rise.
    """
    try:
        async with talk.session.begin_nested():
            screen = await router.dispatch(talk, turn)
    except UnknownPayload:
        await _begin_anew(talk)
        return failures.stale_button(talk)
    except OknoError as error:
        await _begin_anew(talk)
        return failures.failure_screen(talk, error)
    return screen if screen is not None else await menu.not_understood(talk)


async def _begin_anew(talk: Talk) -> None:
    """After a handler was undone: what it changed is read again, and the screen that says so asks nothing."""
    await talk.session.refresh(talk.user)
    await talk.session.refresh(talk.dialogue)
    talk.reread()
    talk.leave_step()
    talk.card = None
