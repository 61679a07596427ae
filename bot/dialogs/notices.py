"""What a person is told without having asked: each kind of notification as a screen, made when it is sent."""

from __future__ import annotations

from bot.dialogs import booking, cards
from bot.dialogs.screens import grid
from bot.dialogs.talk import Viewer
from bot.messengers.turn import Screen, Tap
from core.booking import service as bookings
from core.booking.service import REMINDER
from core.errors import OknoError
from core.meetings import service as meetings
from core.meetings.models import Meeting
from core.meetings.states import LIVE, State
from core.notifications.models import Notification
from core.people import service as people
from core.sharing import service as shares
from core.sharing.models import Allows

ALTERNATIVES = 4


async def notice(viewer: Viewer, notification: Notification) -> Screen | None:
    """The screen of a notification as things are now, or None when it tells nothing any more."""
    if notification.meeting_id is None:
        return None
    shown = await meetings.seen_by(viewer.session, notification.meeting_id, viewer.user.id)
    match notification.kind:
        case "meeting.requested":
            return await cards.card(viewer, shown) if shown.state is State.PENDING else None
        case "meeting.confirmed" | "meeting.booked":
            return await cards.card(viewer, shown) if shown.state in LIVE else None
        case "meeting.cancelled":
            return await _cancelled(viewer, shown, str(notification.arguments.get("by", "")))
        case "meeting.other_time":
            return await _other_time(viewer, shown)
        case kind if kind == REMINDER:
            return await _reminder(viewer, shown)
        case _:
            return await cards.card(viewer, shown)


async def _cancelled(viewer: Viewer, shown: Meeting, by: str) -> Screen:
    name = next((attendee.name for attendee in shown.attendees if str(attendee.user_id) == by), "")
    return await cards.card(viewer, shown, headline=viewer.reader.say("notice.cancelled", name=name))


async def _reminder(viewer: Viewer, shown: Meeting) -> Screen | None:
    if shown.state is not State.CONFIRMED or shown.starts_at <= viewer.now:
        return None
    headline = viewer.reader.say("notice.reminder", when=viewer.reader.moment(shown.starts_at))
    return await cards.card(viewer, shown, headline=headline)


async def _other_time(viewer: Viewer, shown: Meeting) -> Screen:
    """The host asks for another time: the next openings stand ready as buttons."""
    headline = viewer.reader.say("notice.other_time", name=shown.host.name)
    screen = await cards.card(viewer, shown, headline=headline)
    token = await cards.link_token(viewer, shown)
    booked = await bookings.booking_of(viewer.session, shown.id)
    if token is None or booked is None:
        return screen
    try:
        link = await shares.follow(viewer.session, token, allows=Allows.BOOK, now=viewer.now)
        length = int((shown.ends_at - shown.starts_at).total_seconds() // 60)
        offer = await bookings.offer(viewer.session, link, booked.meeting_type_id, length)
    except OknoError:  # the link or the type has ended meanwhile: the card alone is what is left to show
        return screen
    guest = await people.get(viewer.session, viewer.user.id)
    found = await bookings.next_openings(viewer.session, offer, guest, now=viewer.now, most=ALTERNATIVES)
    choice = booking.Choice(token, link, offer)
    buttons = [Tap(viewer.reader.moment_short(start), booking.pick.data(*choice.key, start)) for start in found]
    return Screen(text=screen.text, rows=(*grid(buttons, 2), *screen.rows))
