"""Booking a host: openings, requests and their life.

What can go wrong: SlotTaken (with the next openings), Gone (the link has ended), WrongState (both states named),
Invalid (input), NotFound (also for what is another's).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.ext.asyncio import AsyncSession

from core.audit import service as audit
from core.availability import service as availability
from core.availability.slots import Busy, Rules, openings
from core.booking.models import Booking, MeetingType
from core.booking.rules import request_expiry, rules_for
from core.clock import aware
from core.database import new_id
from core.errors import Forbidden, Invalid, NotFound, SlotTaken, WrongState
from core.meetings import service as meetings
from core.meetings.models import Answer, Attendee, AttendeeRole, Claim, Meeting
from core.meetings.states import State
from core.notifications import service as notifications
from core.notifications.service import Message
from core.people import service as people
from core.people.models import User
from core.sharing import service as sharing
from core.sharing.models import ShareLink

ALTERNATIVES = 5
LONGEST_WINDOW = timedelta(days=62)
LONGEST_BLOCK = timedelta(days=31)
TOPIC_LENGTH = 500
REMINDER = "meeting.reminder"


@dataclass(frozen=True, slots=True)
class Offer:
    """What a guest wants of a host: this type of meeting, this long (minutes)."""

    host: User
    meeting_type: MeetingType
    duration: int


# Meeting types


async def types_of(session: AsyncSession, owner_id: UUID) -> Sequence[MeetingType]:
    """The active meeting types of a host, oldest first."""
    query = (
        select(MeetingType)
        .where(MeetingType.owner_id == owner_id, MeetingType.active)
        .order_by(MeetingType.created_at, MeetingType.id)
    )
    return (await session.scalars(query)).all()


async def set_usual_type(session: AsyncSession, owner: User, duration: int, *, now: datetime) -> MeetingType:
    """Give the host their plain meeting, or change its length. Raises Invalid for an impossible one."""
    availability.check_duration(duration)
    for meeting_type in await types_of(session, owner.id):
        if not meeting_type.title:
            meeting_type.durations = [duration]
            return meeting_type
    meeting_type = MeetingType(owner_id=owner.id, durations=[duration], created_at=now)
    session.add(meeting_type)
    await session.flush()
    return meeting_type


async def offered_types(session: AsyncSession, link: ShareLink) -> Sequence[MeetingType]:
    """What can be booked through the link: its one type, or all public ones of the owner."""
    types = await types_of(session, link.owner_id)
    if link.meeting_type_id is not None:
        return [meeting_type for meeting_type in types if meeting_type.id == link.meeting_type_id]
    return [meeting_type for meeting_type in types if meeting_type.public]


async def offer(session: AsyncSession, link: ShareLink, meeting_type_id: UUID | None, duration: int | None) -> Offer:
    """The offer behind a link, a type and a length; None stands for the only or the first one.

    Raises NotFound for a type that the link does not offer, Invalid for a length that the type does not have.
    """
    types = await offered_types(session, link)
    chosen = [t for t in types if meeting_type_id is None or t.id == meeting_type_id]
    if not chosen:
        raise NotFound(what="meeting_type")
    meeting_type = chosen[0]
    length = meeting_type.durations[0] if duration is None else duration
    if length not in meeting_type.durations:
        raise Invalid("duration", "not_offered")
    return Offer(await people.get(session, link.owner_id), meeting_type, length)


# Openings


async def find_openings(
    session: AsyncSession,
    offer: Offer,
    guest: User | None,
    window: tuple[datetime, datetime],
    *,
    now: datetime,
) -> list[datetime]:
    """Starts in the window that are open for both sides, aware UTC, in order.

    The same pure function answers the page and decides the booking, so that neither can offer what the other
    refuses. Raises Invalid for a window that is empty or longer than 62 days.
    """
    if not timedelta(0) < window[1] - window[0] <= LONGEST_WINDOW:
        raise Invalid("window", "range", days=LONGEST_WINDOW.days)
    host = offer.host
    rules = rules_for(await availability.settings_of(session, host.id), offer.meeting_type, offer.duration)
    hours = await availability.working_time(session, host.id, host.zone_info, window)
    busy, blocked = await _taken(session, host, guest, rules, window)
    return openings(
        weekly=hours.weekly,
        overrides=hours.overrides,
        zone=hours.zone,
        busy=busy,
        blocked=blocked,
        booked=await _booked(session, host, rules, window),
        rules=rules,
        now=now,
        window=window,
    )


async def next_openings(
    session: AsyncSession,
    offer: Offer,
    guest: User | None,
    *,
    now: datetime,
    after: datetime | None = None,
    most: int = ALTERNATIVES,
) -> list[datetime]:
    """The first openings from `after` (or now) on."""
    start = max(after or now, now)
    found = await find_openings(session, offer, guest, (start, start + LONGEST_WINDOW), now=now)
    return found[:most]


async def _taken(
    session: AsyncSession, host: User, guest: User | None, rules: Rules, window: tuple[datetime, datetime]
) -> tuple[list[Busy], list[Busy]]:
    """Time taken from both sides, in one query: the host's meetings, to which the new meeting's buffers apply, and
    what the bare meeting must keep clear of: the guest's meetings and the buffers agreed for the host's."""
    widest = timedelta(days=2)
    reach = Range(window[0] - widest, window[1] + rules.duration + widest)
    lanes = [host.lane] if guest is None else [host.lane, guest.lane]
    rows = await session.execute(
        select(
            Claim.lane, func.lower(Claim.during), func.upper(Claim.during), Booking.buffer_before, Booking.buffer_after
        )
        .outerjoin(Booking, Booking.meeting_id == Claim.meeting_id)
        .where(Claim.lane.in_(lanes), Claim.during.overlaps(reach))
    )
    busy: list[Busy] = []
    blocked: list[Busy] = []
    for lane, start, end, before, after in rows:
        if lane != host.lane:
            blocked.append((start, end))
            continue
        busy.append((start, end))
        if before or after:
            blocked.append((start - timedelta(minutes=before), end + timedelta(minutes=after)))
    return busy, blocked


async def _booked(
    session: AsyncSession, host: User, rules: Rules, window: tuple[datetime, datetime]
) -> Mapping[date, int]:
    """How many meetings the host has on each date of their calendar; asked only where a limit wants to know."""
    if rules.daily_limit is None and rules.weekly_limit is None:
        return {}
    week = timedelta(days=8)
    starts = await meetings.hosted_starts(session, host.id, (window[0] - week, window[1] + week))
    return Counter(start.astimezone(host.zone_info).date() for start in starts)


# A request and its life


async def request(
    session: AsyncSession,
    guest: User,
    *,
    link: ShareLink,
    offer: Offer,
    start: datetime,
    topic: str = "",
    now: datetime,
) -> Meeting:
    """Book the time for the guest: a pending request that holds it, or at once a confirmed meeting.

    Everything is checked again under the lock of both lanes. Asking for the same time twice gives the same meeting.
    Raises SlotTaken with the next openings, Invalid, Gone when the link's last use went meanwhile.
    """
    host = offer.host
    if host.id == guest.id:
        raise Invalid("guest", "self")
    topic = _fitting_topic(topic)
    start = aware(start).astimezone(UTC)
    await meetings.lock_lanes(session, [host.lane, guest.lane])
    standing = await _standing(session, host, guest, start)
    if standing is not None:
        return standing
    if not await find_openings(session, offer, guest, (start, start + timedelta(microseconds=1)), now=now):
        raise SlotTaken(await _instead(session, offer, guest, start, now))
    await sharing.count_use(session, link, now=now)
    meeting = _draft(offer, guest, start, topic, now)
    try:
        await meetings.hold(session, meeting, [host.lane, guest.lane])
    except SlotTaken as taken:
        raise SlotTaken(await _instead(session, offer, guest, start, now)) from taken
    await _register(session, meeting, offer, link, now)
    audit.record(session, action="request", subject="meeting", subject_id=meeting.id, actor_id=guest.id, now=now)
    if meeting.state is State.PENDING:
        await _tell(session, meeting, "meeting.requested", [host.id], now)
    else:
        await _plan_reminders(session, meeting, now)
        await _tell(session, meeting, "meeting.booked", [host.id], now)
    return meeting


async def _instead(
    session: AsyncSession, offer: Offer, guest: User, start: datetime, now: datetime
) -> tuple[datetime, ...]:
    """Openings to offer for a time that is taken: the next ones, or the first there are when it was the last."""
    later = await next_openings(session, offer, guest, now=now, after=start)
    return tuple(later or await next_openings(session, offer, guest, now=now))


def _fitting_topic(topic: str) -> str:
    topic = topic.strip()
    if len(topic) > TOPIC_LENGTH:
        raise Invalid("topic", "too_long", most=TOPIC_LENGTH)
    return topic


async def _standing(session: AsyncSession, host: User, guest: User, start: datetime) -> Meeting | None:
    """The live meeting these two already have at that very start: the guest tapped twice."""
    window = (start, start + timedelta(microseconds=1))
    for meeting in await meetings.schedule(session, guest.id, window):
        if meeting.starts_at == start and meeting.host.user_id == host.id:
            return meeting
    return None


def _draft(offer: Offer, guest: User, start: datetime, topic: str, now: datetime) -> Meeting:
    meeting_type = offer.meeting_type
    state = State.PENDING if meeting_type.confirmation else State.CONFIRMED
    answer = Answer.PENDING if meeting_type.confirmation else Answer.ACCEPTED
    return Meeting(
        id=new_id(),
        state=state,
        starts_at=start,
        ends_at=start + timedelta(minutes=offer.duration),
        title=meeting_type.title,
        topic=topic,
        place_kind=meeting_type.place_kind,
        place=meeting_type.place,
        capacity=meeting_type.seats,
        sequence=0,
        created_at=now,
        updated_at=now,
        attendees=[
            Attendee(
                user_id=offer.host.id,
                role=AttendeeRole.HOST,
                name=offer.host.name,
                answer=answer,
                created_at=now,
            ),
            Attendee(
                user_id=guest.id,
                role=AttendeeRole.GUEST,
                name=guest.name,
                answer=Answer.ACCEPTED,
                created_at=now + timedelta(microseconds=1),
            ),
        ],
    )


async def _register(session: AsyncSession, meeting: Meeting, offer: Offer, link: ShareLink, now: datetime) -> None:
    settings = await availability.settings_of(session, offer.host.id)
    rules = rules_for(settings, offer.meeting_type, offer.duration)
    session.add(
        Booking(
            meeting_id=meeting.id,
            meeting_type_id=offer.meeting_type.id,
            share_link_id=link.id,
            buffer_before=int(rules.buffer_before.total_seconds() // 60),
            buffer_after=int(rules.buffer_after.total_seconds() // 60),
            expires_at=request_expiry(now, meeting.starts_at) if meeting.state is State.PENDING else None,
        )
    )


async def confirm(session: AsyncSession, actor: User, meeting_id: UUID, *, now: datetime) -> Meeting:
    """The host takes the request. Raises WrongState when it is decided, withdrawn or expired already."""
    meeting, booking = await _request_of(session, actor, meeting_id)
    _require_running(meeting, booking, State.CONFIRMED, now)
    await meetings.transit(session, meeting, State.CONFIRMED, actor_id=actor.id, now=now)
    meeting.host.answer = Answer.ACCEPTED
    booking.expires_at = None
    await _plan_reminders(session, meeting, now)
    await _tell(session, meeting, "meeting.confirmed", _guests(meeting), now)
    return meeting


async def decline(
    session: AsyncSession, actor: User, meeting_id: UUID, *, now: datetime, other_time: bool = False
) -> Meeting:
    """The host does not take the request; `other_time` asks the guest to pick another one."""
    meeting, booking = await _request_of(session, actor, meeting_id)
    _require_running(meeting, booking, State.DECLINED, now)
    await meetings.transit(session, meeting, State.DECLINED, actor_id=actor.id, now=now, other_time=other_time)
    meeting.host.answer = Answer.DECLINED
    booking.expires_at = None
    kind = "meeting.other_time" if other_time else "meeting.declined"
    await _tell(session, meeting, kind, _guests(meeting), now)
    return meeting


async def cancel(session: AsyncSession, actor: User, meeting_id: UUID, *, now: datetime) -> Meeting:
    """Either side calls the meeting or the request off; the others are told. A block is simply removed.

    Raises WrongState for a meeting that is over or was never to be.
    """
    meeting = await meetings.seen_by(session, meeting_id, actor.id, lock=True)
    booking = await session.get(Booking, meeting_id)
    _require_running(meeting, booking, State.CANCELLED, now)
    await meetings.transit(session, meeting, State.CANCELLED, actor_id=actor.id, now=now)
    if booking is not None:
        booking.expires_at = None
    await notifications.withdraw(session, meeting.id, [REMINDER])
    others = [attendee.user_id for attendee in meeting.attendees if attendee.user_id not in (None, actor.id)]
    await _tell(session, meeting, "meeting.cancelled", others, now, by=str(actor.id))
    return meeting


async def expire_due(session: AsyncSession, *, now: datetime, most: int = 100) -> int:
    """End requests that nobody answered in time, freeing their slots and telling both sides; returns how many.

    SKIP LOCKED lets replicas run this side by side.
    """
    query = (
        select(Meeting, Booking)
        .join(Booking, Booking.meeting_id == Meeting.id)
        .where(Booking.expires_at <= now, Meeting.state == State.PENDING)
        .limit(most)
        .with_for_update(skip_locked=True)
    )
    rows = (await session.execute(query)).all()
    for meeting, booking in rows:
        await meetings.transit(session, meeting, State.EXPIRED, actor_id=None, now=now)
        booking.expires_at = None
        everybody = [attendee.user_id for attendee in meeting.attendees if attendee.user_id is not None]
        await _tell(session, meeting, "meeting.expired", everybody, now)
    return len(rows)


async def complete_past(session: AsyncSession, *, now: datetime, most: int = 500) -> int:
    """Mark confirmed meetings that have ended as completed; returns how many."""
    query = (
        select(Meeting)
        .where(Meeting.state == State.CONFIRMED, Meeting.ends_at <= now)
        .limit(most)
        .with_for_update(skip_locked=True)
    )
    ended = (await session.scalars(query)).all()
    for meeting in ended:
        await meetings.transit(session, meeting, State.COMPLETED, actor_id=None, now=now)
    return len(ended)


async def block(
    session: AsyncSession, actor: User, *, start: datetime, end: datetime, title: str = "", now: datetime
) -> Meeting:
    """Keep the actor's own time from being booked. Raises SlotTaken when it overlaps what they have, Invalid for a
    span that is empty, past, or longer than a month."""
    start, end = aware(start).astimezone(UTC), aware(end).astimezone(UTC)
    if not timedelta(0) < end - start <= LONGEST_BLOCK:
        raise Invalid("block", "range", days=LONGEST_BLOCK.days)
    if end <= now:
        raise Invalid("block", "past")
    await meetings.lock_lanes(session, [actor.lane])
    for standing in await meetings.schedule(session, actor.id, (start, end)):
        if (standing.starts_at, standing.ends_at) == (start, end) and not standing.guests:
            return standing  # a double tap
    meeting = Meeting(
        id=new_id(),
        state=State.CONFIRMED,
        starts_at=start,
        ends_at=end,
        title=title.strip()[:200],
        capacity=1,
        sequence=0,
        created_at=now,
        updated_at=now,
        attendees=[
            Attendee(
                user_id=actor.id,
                role=AttendeeRole.HOST,
                name=actor.name,
                answer=Answer.ACCEPTED,
                created_at=now,
            )
        ],
    )
    await meetings.hold(session, meeting, [actor.lane])
    audit.record(session, action="block", subject="meeting", subject_id=meeting.id, actor_id=actor.id, now=now)
    return meeting


async def booking_of(session: AsyncSession, meeting_id: UUID) -> Booking | None:
    """The booking side of a meeting, when it has one."""
    return await session.get(Booking, meeting_id)


# What the verbs share


async def _request_of(session: AsyncSession, host: User, meeting_id: UUID) -> tuple[Meeting, Booking]:
    meeting = await meetings.seen_by(session, meeting_id, host.id, lock=True)
    booking = await session.get(Booking, meeting_id)
    if booking is None:
        raise NotFound(what="meeting")
    if meeting.host.user_id != host.id:
        raise Forbidden(what="meeting")
    return meeting, booking


def _require_running(meeting: Meeting, booking: Booking | None, wanted: State, now: datetime) -> None:
    """A request whose time ran out and a meeting that has ended are over, even if the clock's job has not come round
    to say so."""
    expires = booking.expires_at if booking is not None else None
    if meeting.state is State.PENDING and expires is not None and expires <= now:
        raise WrongState(State.EXPIRED.value, wanted.value)
    if meeting.state is State.CONFIRMED and meeting.ends_at <= now:
        raise WrongState(State.COMPLETED.value, wanted.value)


def _guests(meeting: Meeting) -> list[UUID | None]:
    return [guest.user_id for guest in meeting.guests]


async def _tell(
    session: AsyncSession,
    meeting: Meeting,
    kind: str,
    recipients: Sequence[UUID | None],
    now: datetime,
    **arguments: str,
) -> None:
    await notifications.tell(
        session,
        [
            Message(
                recipient_id=recipient,
                kind=kind,
                key=f"{kind}:{meeting.id}:{meeting.sequence}:{recipient}",
                meeting_id=meeting.id,
                arguments=arguments,
            )
            for recipient in recipients
            if recipient is not None
        ],
        now=now,
    )


async def _plan_reminders(session: AsyncSession, meeting: Meeting, now: datetime) -> None:
    """Each side is reminded by their own offsets; an offset that is past already gives nothing."""
    messages = []
    for attendee in meeting.attendees:
        if attendee.user_id is None:
            continue
        settings = await availability.settings_of(session, attendee.user_id)
        for offset in settings.reminder_offsets:
            due = meeting.starts_at - timedelta(minutes=offset)
            if due > now:
                messages.append(
                    Message(
                        recipient_id=attendee.user_id,
                        kind=REMINDER,
                        key=f"{REMINDER}:{meeting.id}:{meeting.sequence}:{attendee.user_id}:{offset}",
                        meeting_id=meeting.id,
                        due=due,
                        useful_until=meeting.starts_at,
                    )
                )
    await notifications.tell(session, messages, now=now)


def day_window(day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The instants of one calendar date in a zone, in UTC."""
    first = datetime(day.year, day.month, day.day, tzinfo=zone)
    after = day + timedelta(days=1)
    return first.astimezone(UTC), datetime(after.year, after.month, after.day, tzinfo=zone).astimezone(UTC)
