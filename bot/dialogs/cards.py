"""A meeting as one message: the same card for both sides, each with what they can do now."""

from __future__ import annotations

from bot.dialogs import booking, meeting, menu, requests, schedule
from bot.dialogs.screens import lines, paragraphs
from bot.dialogs.talk import Viewer
from bot.messengers.turn import Row, Screen, Tap
from core.booking import service as bookings
from core.locales.reader import Reader
from core.meetings.models import Attendee, Meeting
from core.meetings.states import State
from core.people import service as people
from core.sharing import tokens


async def card(viewer: Viewer, shown: Meeting, *, headline: str | None = None, note: str | None = None) -> Screen:
    """The meeting as it is now. `headline` replaces the line that its state would have."""
    mine = is_host(viewer, shown)
    return Screen(
        text=paragraphs(
            headline or _state_line(viewer, shown),
            lines(
                await time_line(viewer, shown),
                _title_line(viewer, shown),
                _place_line(viewer.reader, shown),
                viewer.reader.say("card.topic", topic=shown.topic) if shown.topic else None,
            ),
            await _deadline(viewer, shown),
        ),
        rows=await _rows(viewer, shown, mine),
        note=note,
    )


def is_host(viewer: Viewer, shown: Meeting) -> bool:
    return shown.host.user_id == viewer.user.id


def other_side(viewer: Viewer, shown: Meeting) -> Attendee | None:
    """Whom the viewer meets: the host for a guest, the guest for a host, nobody in one's own block."""
    if not is_host(viewer, shown):
        return shown.host
    return shown.guests[0] if shown.guests else None


def _state_line(viewer: Viewer, shown: Meeting) -> str:
    other = other_side(viewer, shown)
    if other is None:
        kind = "card.block" if shown.state is State.CONFIRMED else "card.block.removed"
        return viewer.reader.say(kind)
    side = "host" if is_host(viewer, shown) else "guest"
    return viewer.reader.say(f"card.{shown.state.value}.{side}", name=other.name)


async def time_line(viewer: Viewer, shown: Meeting) -> str:
    """When it is for the viewer, and on the other side's clock when that differs."""
    reader = viewer.reader
    span = reader.span(shown.starts_at, shown.ends_at)
    other = other_side(viewer, shown)
    if other is None or other.user_id is None:
        return reader.say("card.time", span=span)
    zone = (await people.get(viewer.session, other.user_id)).zone_info
    if reader.shares_clock(zone, shown.starts_at):
        return reader.say("card.time", span=span)
    there = reader.other_zone_time(shown.starts_at, zone)
    return reader.say("card.time.zones", span=span, city=reader.city(zone), there=there)


def _title_line(viewer: Viewer, shown: Meeting) -> str | None:
    return viewer.reader.say("card.title", title=shown.title) if shown.title else None


def _place_line(reader: Reader, shown: Meeting) -> str | None:
    if shown.place_kind is None:
        return None
    place = reader.say(f"place.{shown.place_kind.value}")
    return reader.say("card.place", place=place, detail=shown.place) if shown.place else place


async def _deadline(viewer: Viewer, shown: Meeting) -> str | None:
    if shown.state is not State.PENDING:
        return None
    booking_side = await bookings.booking_of(viewer.session, shown.id)
    if booking_side is None or booking_side.expires_at is None:
        return None
    msgid = "card.deadline.host" if is_host(viewer, shown) else "card.deadline.guest"
    return viewer.reader.say(msgid, when=viewer.reader.moment(booking_side.expires_at), name=shown.host.name)


async def _rows(viewer: Viewer, shown: Meeting, mine: bool) -> tuple[Row, ...]:
    reader = viewer.reader
    ways: list[Row] = []
    if shown.state is State.PENDING and mine:
        ways.append((Tap(reader.label("request.confirm"), requests.confirm.data(shown.id)),))
        ways.append(
            (
                Tap(reader.label("request.other_time"), requests.other_time.data(shown.id)),
                Tap(reader.label("request.decline"), requests.ask_decline.data(shown.id)),
            )
        )
    elif shown.state in (State.PENDING, State.CONFIRMED) and shown.ends_at > viewer.now:
        ways.append((Tap(_cancel_label(reader, shown), meeting.ask_cancel.data(shown.id)),))
    elif not mine:
        token = await link_token(viewer, shown)
        if token is not None:
            ways.append((Tap(reader.label("booking.again"), booking.open_link.data(token)),))
    ways.append((Tap(reader.label("menu.schedule"), schedule.open_week.data(None)), *menu.to_menu(viewer)))
    return tuple(ways)


def _cancel_label(reader: Reader, shown: Meeting) -> str:
    if not shown.guests:
        return reader.label("block.remove")
    return reader.label("request.withdraw" if shown.state is State.PENDING else "meeting.cancel")


async def link_token(viewer: Viewer, shown: Meeting) -> str | None:
    """The token of the link it was booked through, derived again; None for what came another way."""
    booking_side = await bookings.booking_of(viewer.session, shown.id)
    if booking_side is None or booking_side.share_link_id is None:
        return None
    return tokens.derive(viewer.keys.share, booking_side.share_link_id)
