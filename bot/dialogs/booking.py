"""A guest follows a link, picks a time, asks for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from uuid import UUID

from bot.dialogs import meeting, menu, sharing, start
from bot.dialogs.router import Router
from bot.dialogs.screens import grid, label, lines, paragraphs
from bot.dialogs.talk import Talk
from bot.messengers.turn import Row, Screen, Tap
from core.booking import service as bookings
from core.booking.models import MeetingType
from core.booking.service import LONGEST_WINDOW, TOPIC_LENGTH, Offer
from core.errors import Gone, Invalid, NotFound, SlotTaken
from core.meetings.states import State
from core.people import service as people
from core.sharing import service as shares
from core.sharing.models import Allows, ShareLink

router = Router()

NEAREST = 6
DAYS_SHOWN = 14
TIMES_SHOWN = 96
TOPIC_STEP = "booking.topic"


@dataclass(frozen=True, slots=True)
class Choice:
    """What the guest has come to: through this link, this offer."""

    token: str
    link: ShareLink
    offer: Offer

    @property
    def key(self) -> tuple[str, UUID, int]:
        """What every button of the way carries: token, type, length."""
        return self.token, self.offer.meeting_type.id, self.offer.duration


@router.link(sharing.LINK_PREFIX)
async def follow_link(talk: Talk, token: str) -> Screen:
    return await show_link(talk, token)


@router.tap("b")
async def open_link(talk: Talk, token: str) -> Screen:
    return await show_link(talk, token)


async def show_link(talk: Talk, token: str) -> Screen:
    """Where a link leads: to its openings, to a choice of meetings, or to the owner's own link screen."""
    try:
        link = await shares.follow(talk.session, token, allows=Allows.BOOK, now=talk.now)
    except (NotFound, Gone) as error:
        return _dead_link(talk, error)
    if link.owner_id == talk.user.id:
        return await sharing.link_screen(talk, "link.own")
    types = await bookings.offered_types(talk.session, link)
    if not types:
        return _dead_link(talk, NotFound(what="meeting_type"))
    if len(types) == 1 and len(types[0].durations) == 1:
        return await _nearest(talk, await _choose(talk, token, types[0].id, types[0].durations[0]))
    return await _choice_of_types(talk, token, link, types)


def _dead_link(talk: Talk, error: NotFound | Gone) -> Screen:
    reason = error.reason if isinstance(error, Gone) else "unknown"
    return Screen(text=talk.reader.say(f"link.dead.{reason}"), rows=(menu.to_menu(talk),))


async def _choice_of_types(talk: Talk, token: str, link: ShareLink, types: Sequence[MeetingType]) -> Screen:
    host = await people.get(talk.session, link.owner_id)
    buttons = [
        Tap(_type_button(talk, meeting_type, minutes), choose_type.data(token, meeting_type.id, minutes))
        for meeting_type in types
        for minutes in meeting_type.durations
    ]
    return Screen(
        text=talk.reader.say("booking.choose_type", name=host.name), rows=(*grid(buttons, 1), menu.to_menu(talk))
    )


def _type_button(talk: Talk, meeting_type: MeetingType, minutes: int) -> str:
    length = talk.reader.duration(timedelta(minutes=minutes))
    return label(meeting_type.title, after=f", {length}") if meeting_type.title else length


async def _choose(talk: Talk, token: str, type_id: UUID, duration: int) -> Choice:
    """The choice behind a button; where the host has changed the length meanwhile, with the length as it is now.

    Raises NotFound or Gone when the link or the type ended meanwhile.
    """
    link = await shares.follow(talk.session, token, allows=Allows.BOOK, now=talk.now)
    try:
        return Choice(token, link, await bookings.offer(talk.session, link, type_id, duration))
    except Invalid:
        return Choice(token, link, await bookings.offer(talk.session, link, type_id, None))


# Openings


@router.tap("bt")
async def choose_type(talk: Talk, token: str, type_id: UUID, duration: int) -> Screen:
    return await _nearest(talk, await _choose(talk, token, type_id, duration))


async def _nearest(talk: Talk, choice: Choice, headline: str | None = None) -> Screen:
    """The next few openings as buttons; `headline` says why they are shown when it is not for the first time."""
    found = await bookings.next_openings(talk.session, choice.offer, talk.user, now=talk.now, most=NEAREST)
    return openings_screen(talk, choice, found, headline)


def openings_screen(talk: Talk, choice: Choice, found: Sequence[datetime], headline: str | None = None) -> Screen:
    """The openings as buttons, with the ways to other days and another city."""
    reader = talk.reader
    city = reader.city(talk.user.zone_info)
    hint = reader.say("booking.nearest", city=city) if found else reader.say("booking.no_openings")
    rows: list[Row] = list(
        grid([Tap(reader.moment_short(start_at), pick.data(*choice.key, start_at)) for start_at in found], 2)
    )
    if found:
        rows.append((Tap(reader.label("booking.other_days"), choose_day.data(*choice.key, None)),))
    rows.append((Tap(reader.label("zone.other"), start.ask_city.data(start.FROM_LINK + choice.token)),))
    rows.append(menu.to_menu(talk))
    return Screen(text=paragraphs(headline or _what(talk, choice), hint), rows=tuple(rows))


def _what(talk: Talk, choice: Choice) -> str:
    """Whom and what: «Павел Смирнов / Встреча, 30 минут · видеозвонок»."""
    reader, offer = talk.reader, choice.offer
    return lines(
        reader.say("booking.host", name=offer.host.name),
        reader.say(
            "booking.what",
            title=offer.meeting_type.title or reader.say("booking.plain_title"),
            duration=reader.duration(timedelta(minutes=offer.duration)),
            place=reader.say(f"place.{offer.meeting_type.place_kind.value}.short"),
        ),
    )


@router.tap("bd")
async def choose_day(talk: Talk, token: str, type_id: UUID, duration: int, first: date | None) -> Screen:
    """The days that have openings, on the guest's calendar; `first` is the first day of the page."""
    choice = await _choose(talk, token, type_id, duration)
    reader, zone = talk.reader, talk.user.zone_info
    since = max(bookings.day_window(first, zone)[0], talk.now) if first else talk.now
    found = await bookings.find_openings(
        talk.session, choice.offer, talk.user, (since, since + LONGEST_WINDOW), now=talk.now
    )
    days = [
        (day, len(list(starts))) for day, starts in groupby(found, lambda start_at: start_at.astimezone(zone).date())
    ]
    if not days:
        return openings_screen(talk, choice, [])
    buttons = [
        Tap(reader.label("booking.day_button", day=reader.day_short(day), n=count), choose_time.data(*choice.key, day))
        for day, count in days[:DAYS_SHOWN]
    ]
    rows = list(grid(buttons, 2))
    if len(days) > DAYS_SHOWN:
        rows.append((Tap(reader.label("page.later"), choose_day.data(*choice.key, days[DAYS_SHOWN][0])),))
    rows.append((Tap(reader.label("back"), choose_type.data(*choice.key)),))
    return Screen(
        text=paragraphs(_what(talk, choice), reader.say("booking.days", city=reader.city(zone))), rows=tuple(rows)
    )


@router.tap("bh")
async def choose_time(talk: Talk, token: str, type_id: UUID, duration: int, day: date) -> Screen:
    """The times of one day of the guest's calendar; the host's zone is named when it differs."""
    choice = await _choose(talk, token, type_id, duration)
    reader, host = talk.reader, choice.offer.host
    window = bookings.day_window(day, talk.user.zone_info)
    found = await bookings.find_openings(talk.session, choice.offer, talk.user, window, now=talk.now)
    if not found:
        return await _nearest(talk, choice, headline=reader.say("booking.day_gone", day=reader.date(day)))
    zones = None
    if not reader.shares_clock(host.zone_info, found[0]):
        zones = reader.say(
            "booking.zones",
            mine=reader.zone_name(talk.user.zone_info),
            name=host.name,
            theirs=reader.zone_name(host.zone_info),
        )
    buttons = [Tap(reader.time(start_at), pick.data(*choice.key, start_at)) for start_at in found[:TIMES_SHOWN]]
    return Screen(
        text=paragraphs(reader.say("booking.times", day=reader.date(day), name=host.name), zones),
        rows=(*grid(buttons, 4), (Tap(reader.label("back"), choose_day.data(*choice.key, None)),)),
    )


# One time


@router.tap("bp")
async def pick(talk: Talk, token: str, type_id: UUID, duration: int, start_at: datetime) -> Screen:
    """The chosen time once more, with room for a topic: what is typed now becomes it."""
    return await _picked(talk, await _choose(talk, token, type_id, duration), start_at)


async def _picked(talk: Talk, choice: Choice, start_at: datetime) -> Screen:
    window = (start_at, start_at + timedelta(microseconds=1))
    if not await bookings.find_openings(talk.session, choice.offer, talk.user, window, now=talk.now):
        return await _taken(talk, choice, start_at)
    return _confirmation(talk, choice, start_at, topic=_typed_topic(talk, choice, start_at))


def _confirmation(talk: Talk, choice: Choice, start_at: datetime, topic: str) -> Screen:
    token, type_id, duration = choice.key
    talk.ask(TOPIC_STEP, token=token, type=str(type_id), duration=duration, start=start_at.isoformat(), topic=topic)
    reader, offer = talk.reader, choice.offer
    ask = "booking.request" if offer.meeting_type.confirmation else "booking.book"
    return Screen(
        text=paragraphs(
            _what(talk, choice),
            _when(talk, choice, start_at),
            reader.say("card.topic", topic=topic) if topic else reader.say("booking.topic.hint"),
        ),
        rows=(
            (Tap(reader.label(ask), book.data(*choice.key, start_at)),),
            (
                Tap(
                    reader.label("booking.topic.change" if topic else "booking.topic.add"),
                    ask_topic.data(*choice.key, start_at),
                ),
            ),
            (Tap(reader.label("back"), choose_type.data(*choice.key)),),
        ),
    )


def _when(talk: Talk, choice: Choice, start_at: datetime) -> str:
    reader, zone = talk.reader, choice.offer.host.zone_info
    span = reader.span(start_at, start_at + timedelta(minutes=choice.offer.duration))
    if reader.shares_clock(zone, start_at):
        return reader.say("card.time", span=span)
    there = reader.other_zone_time(start_at, zone)
    return reader.say("card.time.zones", span=span, city=reader.city(zone), there=there)


@router.tap("bq")
async def ask_topic(talk: Talk, token: str, type_id: UUID, duration: int, start_at: datetime) -> Screen:
    """Ask for the topic in words."""
    choice = await _choose(talk, token, type_id, duration)
    talk.ask(
        TOPIC_STEP,
        token=token,
        type=str(type_id),
        duration=duration,
        start=start_at.isoformat(),
        topic=_typed_topic(talk, choice, start_at),
    )
    return Screen(
        text=talk.reader.say("booking.topic.ask"),
        rows=((Tap(talk.reader.label("back"), pick.data(*choice.key, start_at)),),),
    )


@router.text(TOPIC_STEP)
async def read_topic(talk: Talk, text: str) -> Screen:
    """Take what was typed as the topic and show the choice again with it."""
    kept = talk.dialogue.data
    choice = await _choose(talk, kept["token"], UUID(kept["type"]), kept["duration"])
    start_at = datetime.fromisoformat(kept["start"])
    if not text or len(text) > TOPIC_LENGTH:
        reason = "too_long" if text else "empty"
        return Screen(
            text=talk.reader.say(f"invalid.topic.{reason}", most=TOPIC_LENGTH),
            rows=((Tap(talk.reader.label("back"), pick.data(*choice.key, start_at)),),),
        )
    return _confirmation(talk, choice, start_at, topic=text)


def _typed_topic(talk: Talk, choice: Choice, start_at: datetime) -> str:
    """The topic that waited with this very choice, if any."""
    left = talk.left
    same = left.get("token") == choice.token and left.get("start") == start_at.isoformat()
    return str(left.get("topic", "")) if same else ""


@router.tap("br")
async def book(talk: Talk, token: str, type_id: UUID, duration: int, start_at: datetime) -> Screen:
    """Ask for the time. Whoever comes second is offered the next openings; a length that the guest has not seen is
    shown first."""
    choice = await _choose(talk, token, type_id, duration)
    if choice.offer.duration != duration:
        return await _picked(talk, choice, start_at)
    topic = _typed_topic(talk, choice, start_at)
    try:
        async with talk.session.begin_nested():
            booked = await bookings.request(
                talk.session,
                talk.user,
                link=choice.link,
                offer=choice.offer,
                start=start_at,
                topic=topic,
                now=talk.now,
            )
    except SlotTaken as taken:
        return openings_screen(talk, choice, taken.alternatives, headline=_taken_headline(talk, taken.alternatives))
    headline = None
    if booked.state is State.PENDING:
        headline = talk.reader.say("booking.sent", name=choice.offer.host.name)
    return await meeting.show(talk, booked, headline=headline)


async def _taken(talk: Talk, choice: Choice, start_at: datetime) -> Screen:
    found = await bookings.next_openings(talk.session, choice.offer, talk.user, now=talk.now, after=start_at)
    return openings_screen(talk, choice, found, headline=_taken_headline(talk, found))


def _taken_headline(talk: Talk, alternatives: Sequence[datetime]) -> str:
    return talk.reader.say("booking.taken" if alternatives else "booking.taken.none")
