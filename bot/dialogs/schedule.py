"""The person's own meetings: a day, a week, one after the other."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from itertools import groupby

from bot.dialogs import cards, meeting, menu
from bot.dialogs.router import Router
from bot.dialogs.screens import grid, lines, paragraphs
from bot.dialogs.talk import Talk
from bot.messengers.turn import Row, Screen, Tap
from core.booking.service import day_window
from core.locales.reader import Reader, capital
from core.meetings import service as meetings
from core.meetings.models import Meeting
from core.meetings.states import LIVE, State

router = Router()

WEEK = timedelta(days=7)
FARTHEST = timedelta(days=366 * 2)
BUTTONS = 12
SHOWN_STATES = LIVE | {State.COMPLETED, State.NO_SHOW}


@router.command("today")
async def today_command(talk: Talk) -> Screen:
    return await _show(talk, talk.reader.today, days=1)


@router.command("week")
async def week_command(talk: Talk) -> Screen:
    return await _show(talk, talk.reader.today, days=7)


@router.tap("w")
async def open_week(talk: Talk, first: date | None) -> Screen:
    return await _show(talk, first or talk.reader.today, days=7)


@router.tap("y")
async def open_day(talk: Talk, day: date | None) -> Screen:
    return await _show(talk, day or talk.reader.today, days=1)


async def _show(talk: Talk, first: date, *, days: int) -> Screen:
    """The days from `first` on, with a button for each meeting and the ways to other days."""
    first = min(max(first, talk.reader.today - FARTHEST), talk.reader.today + FARTHEST)
    zone = talk.user.zone_info
    last = first + timedelta(days=days - 1)
    window = (day_window(first, zone)[0], day_window(last, zone)[1])
    found = await meetings.schedule(talk.session, talk.user.id, window, SHOWN_STATES)
    reader = talk.reader
    heading = reader.date(first) if days == 1 else f"{reader.day_short(first)} – {reader.day_short(last)}"
    return Screen(
        text=paragraphs(
            reader.say("schedule.title", when=capital(heading)),
            *(_day_text(talk, day, list(group)) for day, group in groupby(found, _starts_on(reader))),
            reader.say("schedule.empty") if not found else None,
        ),
        rows=(*_meeting_buttons(talk, found), *_ways(reader, first, days), menu.back_to_menu(talk)),
    )


def _starts_on(reader: Reader):  # type: ignore[no-untyped-def]
    return lambda shown: shown.starts_at.astimezone(reader.zone).date()


def _day_text(talk: Talk, day: date, shown: Sequence[Meeting]) -> str:
    reader = talk.reader
    return lines(reader.say("schedule.day", day=capital(reader.date(day))), *(_line(talk, one) for one in shown))


def _line(talk: Talk, shown: Meeting) -> str:
    other = cards.other_side(talk, shown)
    times = talk.reader.times(shown.starts_at, shown.ends_at)
    if other is None:
        return talk.reader.say("schedule.block", times=times, title=shown.title)
    msgid = "schedule.pending" if shown.state is State.PENDING else "schedule.meeting"
    return talk.reader.say(msgid, times=times, name=other.name)


def _meeting_buttons(talk: Talk, found: Sequence[Meeting]) -> tuple[Row, ...]:
    coming = [shown for shown in found if shown.ends_at > talk.now][:BUTTONS]
    return grid(
        [Tap(talk.reader.moment_short(shown.starts_at), meeting.open_meeting.data(shown.id)) for shown in coming], 2
    )


def _ways(reader: Reader, first: date, days: int) -> tuple[Row, ...]:
    step = timedelta(days=days)
    here, other = (open_week, open_day) if days == 7 else (open_day, open_week)
    switch = "schedule.today" if days == 7 else "schedule.week"
    return (
        (
            Tap(reader.label("page.earlier"), here.data(first - step)),
            Tap(reader.label("page.later"), here.data(first + step)),
        ),
        (Tap(reader.label(switch), other.data(None)),),
    )
