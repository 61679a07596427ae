"""The main menu, and what to say when nothing else fits."""

from __future__ import annotations

from datetime import timedelta

from bot.dialogs import blocking, requests, schedule, settings, sharing, start
from bot.dialogs.router import Router
from bot.dialogs.screens import grid, lines, paragraphs
from bot.dialogs.talk import Talk, Viewer
from bot.messengers.turn import Row, Screen, Tap
from core.availability import service as availability
from core.meetings import service as meetings
from core.meetings.states import State

router = Router()


@router.tap("m")
async def open_menu(talk: Talk) -> Screen:
    return await menu(talk)


@router.command("menu")
async def menu_command(talk: Talk) -> Screen:
    return await menu(talk)


async def menu(viewer: Viewer) -> Screen:
    """Where everything begins: what is next, what waits for an answer, and the ways from here."""
    coming = [
        meeting
        for meeting in await meetings.schedule(
            viewer.session, viewer.user.id, (viewer.now, viewer.now + timedelta(days=7)), {State.CONFIRMED}
        )
        if meeting.guests
    ]
    waiting = await requests.count_waiting(viewer)
    reader = viewer.reader
    following = reader.say("menu.next", when=reader.moment(coming[0].starts_at)) if coming else None
    return Screen(
        text=paragraphs(
            reader.say("menu.title"),
            lines(following, reader.count("menu.requests", waiting) if waiting else None),
        ),
        rows=await _rows(viewer, waiting),
    )


async def _rows(viewer: Viewer, waiting: int) -> tuple[Row, ...]:
    reader = viewer.reader
    if not await availability.is_host(viewer.session, viewer.user.id):
        return (
            (Tap(reader.label("menu.become_host"), start.begin.data()),),
            (Tap(reader.label("menu.schedule"), schedule.open_week.data(None)),),
            (Tap(reader.label("menu.settings"), settings.open_settings.data()),),
        )
    rows: list[Row] = [(Tap(reader.label("menu.link"), sharing.open_link.data()),)]
    if waiting:
        rows.append((Tap(reader.label("menu.requests_button", n=waiting), requests.open_requests.data()),))
    rows.extend(
        grid(
            [
                Tap(reader.label("menu.schedule"), schedule.open_week.data(None)),
                Tap(reader.label("menu.block"), blocking.choose_day.data(0)),
            ],
            2,
        )
    )
    rows.append((Tap(reader.label("menu.settings"), settings.open_settings.data()),))
    return tuple(rows)


@router.command("help")
async def help_command(talk: Talk) -> Screen:
    """What Okno can do, in a few lines."""
    return Screen(text=talk.reader.say("help.text"), rows=await _rows(talk, await requests.count_waiting(talk)))


async def not_understood(talk: Talk) -> Screen:
    """The answer to words that nothing awaited: help, never silence."""
    return Screen(
        text=talk.reader.say("help.not_understood"), rows=await _rows(talk, await requests.count_waiting(talk))
    )


def to_menu(viewer: Viewer) -> Row:
    """The last row of a screen that leads back here."""
    return (Tap(viewer.reader.label("menu.button"), open_menu.data()),)


def back_to_menu(viewer: Viewer) -> Row:
    """The same, where it is one step back."""
    return (Tap(viewer.reader.label("back"), open_menu.data()),)
