"""Keeping one's own time: a day, a start, a length."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from bot.dialogs import meeting, menu
from bot.dialogs.router import Router
from bot.dialogs.screens import grid
from bot.dialogs.talk import Talk
from bot.messengers.turn import Screen, Tap
from core.booking import service as bookings
from core.errors import SlotTaken

router = Router()

DAYS_A_PAGE = 14
PAGES = 13
LENGTHS = (30, 60, 120, 240)


@router.tap("k")
async def choose_day(talk: Talk, page: int) -> Screen:
    """Which day; two weeks a page."""
    page = min(max(page, 0), PAGES - 1)
    reader = talk.reader
    first = reader.today + timedelta(days=page * DAYS_A_PAGE)
    days = [first + timedelta(days=number) for number in range(DAYS_A_PAGE)]
    paging = []
    if page > 0:
        paging.append(Tap(reader.label("page.earlier"), choose_day.data(page - 1)))
    if page < PAGES - 1:
        paging.append(Tap(reader.label("page.later"), choose_day.data(page + 1)))
    return Screen(
        text=reader.say("block.day"),
        rows=(
            *grid([Tap(reader.day_short(day), choose_start.data(day)) for day in days], 2),
            tuple(paging),
            menu.back_to_menu(talk),
        ),
    )


@router.tap("kd")
async def choose_start(talk: Talk, day: date) -> Screen:
    """From when on that day; hours that are over are not offered."""
    reader = talk.reader
    first, after = bookings.day_window(day, talk.user.zone_info)
    hours = int((after - first) / timedelta(hours=1))
    starts = [start for number in range(hours) if (start := first + timedelta(hours=number)) > talk.now]
    rows = list(grid([Tap(reader.time(start), choose_length.data(start)) for start in starts], 4))
    return Screen(
        text=reader.say("block.start", day=reader.date(day)),
        rows=(
            (Tap(reader.label("block.whole_day"), block_day.data(day)),),
            *rows,
            (Tap(reader.label("back"), choose_day.data(0)),),
        ),
    )


@router.tap("kl")
async def choose_length(talk: Talk, start: datetime) -> Screen:
    """For how long."""
    reader = talk.reader
    lengths = [Tap(reader.duration(timedelta(minutes=minutes)), block.data(start, minutes)) for minutes in LENGTHS]
    day = start.astimezone(talk.user.zone_info).date()
    return Screen(
        text=reader.say("block.length", when=reader.moment(start)),
        rows=(*grid(lengths, 2), (Tap(reader.label("back"), choose_start.data(day)),)),
    )


@router.tap("kb")
async def block(talk: Talk, start: datetime, minutes: int) -> Screen:
    return await _keep(talk, start, start + timedelta(minutes=minutes))


@router.tap("kw")
async def block_day(talk: Talk, day: date) -> Screen:
    """What is left of the day."""
    first, after = bookings.day_window(day, talk.user.zone_info)
    begun = talk.now.astimezone(UTC).replace(second=0, microsecond=0)
    return await _keep(talk, max(first, begun), after)


async def _keep(talk: Talk, start: datetime, end: datetime) -> Screen:
    try:
        async with talk.session.begin_nested():
            kept = await bookings.block(talk.session, talk.user, start=start, end=end, now=talk.now)
    except SlotTaken:
        day = start.astimezone(talk.user.zone_info).date()
        return Screen(
            text=talk.reader.say("block.taken"),
            rows=((Tap(talk.reader.label("back"), choose_start.data(day)),), menu.to_menu(talk)),
        )
    return await meeting.show(talk, kept)
