"""From the first word to a link that works: where the person lives, when they can be met, how long."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

from bot.dialogs import booking, menu, settings, sharing
from bot.dialogs.router import Router
from bot.dialogs.screens import grid, paragraphs
from bot.dialogs.talk import Talk
from bot.messengers.turn import Row, Screen, Tap
from core.availability import service as availability
from core.availability.phrases import parse_duration, parse_hours
from core.availability.service import Week
from core.availability.slots import Hours
from core.booking import service as bookings
from core.errors import Invalid
from core.people import cities
from core.people import service as people

router = Router()

FROM_START = "s"
FROM_SETTINGS = "t"
FROM_LINK = "b"
"""Where a choice was made from, and so where it leads back: the last is followed by the link's token."""

MOSCOW = "Europe/Moscow"
DAY_9_18 = [Hours(9 * 60, 18 * 60)]
DAY_10_19 = [Hours(10 * 60, 19 * 60)]
DAY_9_21 = [Hours(9 * 60, 21 * 60)]
PRESETS: tuple[Week, ...] = (
    dict.fromkeys(range(5), DAY_9_18),
    dict.fromkeys(range(5), DAY_10_19),
    dict.fromkeys(range(7), DAY_9_21),
)
DURATIONS = (30, 60, 15)


@router.command("start")
async def start_command(talk: Talk) -> Screen:
    """A host finds the menu; everybody else is greeted."""
    if await availability.is_host(talk.session, talk.user.id):
        return await menu.menu(talk)
    return _greeting(talk)


@router.tap("s")
async def begin(talk: Talk) -> Screen:
    return _greeting(talk, menu.back_to_menu(talk))


def _greeting(talk: Talk, *back: Row) -> Screen:
    """`back`: the row that leads where the person came from, if they came from somewhere."""
    reader = talk.reader
    zone = talk.user.zone_info
    place = reader.say("start.zone.moscow" if zone.key == MOSCOW else "start.zone.city", city=reader.city(zone))
    return Screen(
        text=paragraphs(
            reader.say("start.greeting", name=talk.user.name),
            reader.say("start.zone.guess", place=place, time=reader.time(talk.now)),
        ),
        rows=(
            (Tap(reader.label("start.zone.right"), set_zone.data(zone.key or MOSCOW, FROM_START)),),
            (Tap(reader.label("zone.other"), ask_city.data(FROM_START)),),
            *back,
        ),
    )


# Where


@router.tap("zq")
async def ask_city(talk: Talk, origin: str) -> Screen:
    """Ask for the city in words; the answer is searched."""
    talk.ask("start.city", origin=origin)
    return Screen(text=talk.reader.say("zone.ask"), rows=_back_from_zone(talk, origin))


@router.text("start.city")
async def find_city(talk: Talk, text: str) -> Screen:
    """Offer the zones that the words may mean; the question stays open for another try."""
    origin = str(talk.dialogue.data.get("origin", FROM_START))
    found = cities.search(text, talk.reader.locale, now=talk.now)
    if not found:
        return Screen(text=talk.reader.say("zone.not_found", query=text[:50]), rows=_back_from_zone(talk, origin))
    buttons = [
        Tap(_place_button(talk, place.name, ZoneInfo(place.zone)), set_zone.data(place.zone, origin))
        for place in found
    ]
    return Screen(text=talk.reader.say("zone.choose"), rows=(*grid(buttons, 1), *_back_from_zone(talk, origin)))


def _place_button(talk: Talk, name: str, zone: ZoneInfo) -> str:
    return f"{name}, {talk.reader.in_zone(zone).time(talk.now)}"


@router.tap("z")
async def set_zone(talk: Talk, zone: str, origin: str) -> Screen:
    """The person lives there; go on where they came from."""
    people.set_zone(talk.user, zone)
    talk.reread()
    if origin.startswith(FROM_LINK):
        return await booking.show_link(talk, origin.removeprefix(FROM_LINK))
    if origin == FROM_SETTINGS:
        return await settings.settings_screen(talk, note="settings.saved")
    return _hours_question(talk, FROM_START)


def _back_from_zone(talk: Talk, origin: str) -> tuple[tuple[Tap], ...]:
    if origin.startswith(FROM_LINK):
        data = booking.open_link.data(origin.removeprefix(FROM_LINK))
    elif origin == FROM_SETTINGS:
        data = settings.open_settings.data()
    else:
        data = begin.data()
    return ((Tap(talk.reader.label("back"), data),),)


# When


@router.tap("hq")
async def ask_hours(talk: Talk, origin: str) -> Screen:
    return _hours_question(talk, origin)


def _hours_question(talk: Talk, origin: str) -> Screen:
    reader = talk.reader
    presets = [
        Tap(reader.label(f"hours.preset.{index}"), choose_hours.data(index, origin)) for index in range(len(PRESETS))
    ]
    back = begin.data() if origin == FROM_START else settings.open_settings.data()
    return Screen(
        text=reader.say("hours.ask"),
        rows=(
            *grid(presets, 1),
            (Tap(reader.label("hours.own"), ask_own_hours.data(origin)),),
            (Tap(reader.label("back"), back),),
        ),
    )


@router.tap("h")
async def choose_hours(talk: Talk, preset: int, origin: str) -> Screen:
    if not 0 <= preset < len(PRESETS):
        raise Invalid("hours", "unreadable")
    return await _keep_hours(talk, PRESETS[preset], origin)


@router.tap("ho")
async def ask_own_hours(talk: Talk, origin: str) -> Screen:
    """Ask for the hours in words."""
    talk.ask("start.hours", origin=origin)
    return Screen(
        text=talk.reader.say("hours.own.ask"), rows=((Tap(talk.reader.label("back"), ask_hours.data(origin)),),)
    )


@router.text("start.hours")
async def read_own_hours(talk: Talk, text: str) -> Screen:
    """Take the hours, or say what did not fit and ask again."""
    origin = str(talk.dialogue.data.get("origin", FROM_START))
    try:
        week = parse_hours(text)
        for intervals in week.values():
            availability.check_intervals(intervals)
    except Invalid as error:
        back = ((Tap(talk.reader.label("back"), ask_hours.data(origin)),),)
        return Screen(text=talk.reader.say(f"invalid.hours.{error.reason}"), rows=back)
    talk.leave_step()
    return await _keep_hours(talk, week, origin)


async def _keep_hours(talk: Talk, week: Week, origin: str) -> Screen:
    await availability.set_weekly_hours(talk.session, talk.user.id, week)
    if origin == FROM_SETTINGS:
        return await settings.settings_screen(talk, note="settings.saved")
    return _duration_question(talk, origin)


# How long


@router.tap("dq")
async def ask_duration(talk: Talk, origin: str) -> Screen:
    return _duration_question(talk, origin)


def _duration_question(talk: Talk, origin: str) -> Screen:
    reader = talk.reader
    lengths = [
        Tap(reader.duration(timedelta(minutes=minutes)), choose_duration.data(minutes, origin))
        for minutes in DURATIONS
    ]
    back = ask_hours.data(FROM_START) if origin == FROM_START else settings.open_settings.data()
    return Screen(
        text=reader.say("duration.ask"),
        rows=(
            *grid(lengths, 1),
            (Tap(reader.label("duration.other"), ask_own_duration.data(origin)),),
            (Tap(reader.label("back"), back),),
        ),
    )


@router.tap("do")
async def ask_own_duration(talk: Talk, origin: str) -> Screen:
    """Ask for the length in words."""
    talk.ask("start.duration", origin=origin)
    return Screen(
        text=talk.reader.say("duration.own.ask"),
        rows=((Tap(talk.reader.label("back"), ask_duration.data(origin)),),),
    )


@router.text("start.duration")
async def read_own_duration(talk: Talk, text: str) -> Screen:
    """Take the length, or say what did not fit and ask again."""
    origin = str(talk.dialogue.data.get("origin", FROM_START))
    try:
        minutes = availability.check_duration(parse_duration(text))
    except Invalid as error:
        back = ((Tap(talk.reader.label("back"), ask_duration.data(origin)),),)
        return Screen(text=talk.reader.say(f"invalid.duration.{error.reason}"), rows=back)
    talk.leave_step()
    return await _keep_duration(talk, minutes, origin)


@router.tap("d")
async def choose_duration(talk: Talk, minutes: int, origin: str) -> Screen:
    return await _keep_duration(talk, minutes, origin)


async def _keep_duration(talk: Talk, minutes: int, origin: str) -> Screen:
    await bookings.set_usual_type(talk.session, talk.user, minutes, now=talk.now)
    if origin == FROM_SETTINGS:
        return await settings.settings_screen(talk, note="settings.saved")
    return await sharing.link_screen(talk, "link.ready")
