"""What a person can change about themselves: hours, length, city, language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

from bot.dialogs import menu, start
from bot.dialogs.router import Router
from bot.dialogs.screens import NEWLINE, lines, paragraphs
from bot.dialogs.talk import Talk
from bot.messengers.turn import Row, Screen, Tap
from core.availability import service as availability
from core.availability.slots import Hours
from core.booking import service as bookings
from core.locales.reader import Reader, capital
from core.people import service as people

router = Router()

OTHER_LANGUAGE = {"ru": "en", "en": "ru"}


@router.tap("t")
async def open_settings(talk: Talk) -> Screen:
    return await settings_screen(talk)


@router.command("settings")
async def settings_command(talk: Talk) -> Screen:
    return await settings_screen(talk)


async def settings_screen(talk: Talk, note: str | None = None) -> Screen:
    """Everything as it is now, each with the button that changes it; `note` is a message shown once."""
    reader = talk.reader
    week = await availability.weekly_hours(talk.session, talk.user.id)
    types = await bookings.types_of(talk.session, talk.user.id)
    rows: list[Row] = []
    if week:
        rows.append(
            (
                Tap(reader.label("settings.hours"), start.ask_hours.data(start.FROM_SETTINGS)),
                Tap(reader.label("settings.duration"), start.ask_duration.data(start.FROM_SETTINGS)),
            )
        )
    rows.append(
        (
            Tap(reader.label("settings.zone"), start.ask_city.data(start.FROM_SETTINGS)),
            Tap(reader.label("settings.language"), switch_language.data(OTHER_LANGUAGE[reader.locale])),
        )
    )
    length = reader.duration(timedelta(minutes=types[0].durations[0])) if types else None
    return Screen(
        text=paragraphs(
            reader.say("settings.title"),
            week_text(reader, week) if week else None,
            lines(
                reader.say("settings.duration_line", duration=length) if length else None,
                reader.say("settings.zone_line", zone=reader.zone_name(talk.user.zone_info)),
            ),
        ),
        rows=(*rows, menu.back_to_menu(talk)),
        note=reader.label(note) if note else None,
    )


def week_text(reader: Reader, week: Mapping[int, Sequence[Hours]]) -> str:
    """The week in lines, days with the same hours together: «Пн–пт: 9:00–18:00»."""
    alike: dict[tuple[Hours, ...], list[int]] = {}
    for weekday in sorted(week):
        alike.setdefault(tuple(week[weekday]), []).append(weekday)
    return NEWLINE.join(
        reader.say(
            "settings.hours_line",
            days=capital(reader.weekdays(days)),
            hours=", ".join(reader.hours(hours.start, hours.end) for hours in intervals),
        )
        for intervals, days in alike.items()
    )


@router.tap("tl")
async def switch_language(talk: Talk, locale: str) -> Screen:
    """Speak the other language from now on."""
    people.set_locale(talk.user, locale)
    talk.reread()
    return await settings_screen(talk, note="settings.saved")
