"""A request and its life: what each verb does to the state, the claims, the outbox, the reminders, the audit log."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import delete, select

from core.audit.models import AuditEntry
from core.availability import service as availability
from core.availability.models import Settings
from core.availability.slots import Hours
from core.booking import service as booking
from core.booking.models import Booking, MeetingType
from core.errors import Forbidden, Gone, Invalid, NotFound, SlotTaken, WrongState
from core.meetings import service as meetings
from core.meetings.models import Answer, AttendeeRole, Claim, Meeting
from core.meetings.states import State
from core.notifications.models import Delivery, Notification
from core.people.models import User
from core.sharing import service as sharing
from tests.people import Host, Stage, ids, november

TUESDAY, WEDNESDAY, THURSDAY = november(24), november(25), november(26)
TEN = november(24, "10:00")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


async def state_of(stage: Stage, meeting: Meeting) -> State:
    return (await stage.all(select(Meeting.state).where(Meeting.id == meeting.id)))[0]


async def deeds(stage: Stage, meeting: Meeting) -> list[tuple[str, UUID | None]]:
    query = select(AuditEntry).where(AuditEntry.subject_id == meeting.id).order_by(AuditEntry.id)
    return [(entry.action, entry.actor_id) for entry in await stage.all(query)]


async def reminders(stage: Stage, meeting: Meeting) -> set[tuple[UUID, datetime]]:
    return {(row.recipient_id, row.due_at) for row in await stage.outbox(meeting) if row.kind == booking.REMINDER}


async def settings(stage: Stage, user: User, **values: Any) -> None:
    async with stage.database.session() as session:
        found = await availability.settings_of(session, user.id)
        for name, value in values.items():
            setattr(found, name, value)


async def instant(stage: Stage, **more: Any) -> Host:
    """A host whose bookings need no confirmation."""
    host = await stage.host(**more)
    await stage.change(host.meeting_type, confirmation=False)
    return host


# Asking


async def test_a_request_waits_for_the_host_and_holds_the_time_of_both(stage: Stage) -> None:
    host, guest = await stage.host(), await stage.guest()
    meeting = await stage.ask(host, guest, TEN, topic="  О переезде \n")

    assert (meeting.state, meeting.starts_at, meeting.ends_at) == (State.PENDING, TEN, TEN + HOUR / 2)
    assert (meeting.topic, meeting.place_kind) == ("О переезде", host.meeting_type.place_kind)
    people = [(each.user_id, each.role, each.name, each.answer) for each in meeting.attendees]
    assert people == [
        (host.user.id, AttendeeRole.HOST, "Павел", Answer.PENDING),
        (guest.id, AttendeeRole.GUEST, "Анна", Answer.ACCEPTED),
    ]
    assert await stage.claims(meeting) == {host.user.lane, guest.lane}
    assert await stage.told(meeting) == [("meeting.requested", host.user.id)]
    assert await reminders(stage, meeting) == set()
    assert await deeds(stage, meeting) == [("request", guest.id)]
    kept = (await stage.all(select(Booking)))[0]
    assert (kept.meeting_type_id, kept.share_link_id) == (host.meeting_type.id, host.link.id)
    assert TEN not in await stage.openings(host, None, (TUESDAY, WEDNESDAY))


@pytest.mark.parametrize(
    ("now", "start", "expires"),
    [
        (november(23, "9:00"), november(25, "10:00"), november(24, "9:00")),
        (november(23, "9:00"), november(23, "16:00"), november(23, "16:00")),
        (november(23, "10:00"), november(24, "10:00"), november(24, "10:00")),
    ],
    ids=["a day", "never past the start", "both at once"],
)
async def test_a_request_expires_in_a_day_and_never_past_its_start(
    stage: Stage, now: datetime, start: datetime, expires: datetime
) -> None:
    host, guest = await stage.host(), await stage.guest()
    await stage.ask(host, guest, start, now=now)
    assert (await stage.all(select(Booking.expires_at)))[0] == expires


async def test_an_instant_booking_is_confirmed_at_once(stage: Stage) -> None:
    host, guest = await instant(stage), await stage.guest()
    meeting = await stage.ask(host, guest, november(25, "10:00"))
    assert meeting.state is State.CONFIRMED
    assert {each.answer for each in meeting.attendees} == {Answer.ACCEPTED}
    assert (await stage.all(select(Booking.expires_at))) == [None]
    assert await stage.told(meeting) == [("meeting.booked", host.user.id)]
    assert len(await reminders(stage, meeting)) == 4


@pytest.mark.parametrize("confirmation", [True, False], ids=["request", "instant"])
async def test_a_double_tap_gives_the_same_meeting(stage: Stage, confirmation: bool) -> None:
    host, guest = await stage.host(), await stage.guest()
    await stage.change(host.meeting_type, confirmation=confirmation)
    first, second = await asyncio.gather(stage.ask(host, guest, TEN), stage.ask(host, guest, TEN))
    third = await stage.ask(host, guest, TEN)
    assert first.id == second.id == third.id
    assert len(await stage.told(first)) == 1
    assert await deeds(stage, first) == [("request", guest.id)]
    async with stage.database.session() as session:
        assert (await sharing.own_link(session, host.user, key=stage.keys.share, now=stage.now)).uses == 1


async def test_after_a_cancellation_the_same_time_is_a_new_meeting(stage: Stage) -> None:
    host, guest = await stage.host(), await stage.guest()
    first = await stage.ask(host, guest, TEN)
    await stage.do(booking.cancel, guest, first)
    second = await stage.ask(host, guest, TEN)
    assert second.id != first.id
    assert await stage.told(second) == [("meeting.requested", host.user.id)]


async def test_nobody_books_themselves(stage: Stage) -> None:
    host = await stage.host()
    with pytest.raises(Invalid) as refusal:
        await stage.ask(host, host.user, TEN)
    assert (refusal.value.field, refusal.value.reason) == ("guest", "self")


async def test_a_topic_has_an_end(stage: Stage) -> None:
    host, guest = await stage.host(), await stage.guest()
    with pytest.raises(Invalid) as refusal:
        await stage.ask(host, guest, TEN, topic="т" * (booking.TOPIC_LENGTH + 1))
    assert refusal.value.field == "topic"
    assert (await stage.ask(host, guest, TEN, topic="т" * booking.TOPIC_LENGTH + "  ")).state is State.PENDING


async def test_a_naive_start_is_a_programming_error(stage: Stage) -> None:
    host, guest = await stage.host(), await stage.guest()
    with pytest.raises(ValueError, match="naive"):
        await stage.ask(host, guest, datetime(2026, 11, 24, 7))  # noqa: DTZ001


@pytest.mark.parametrize(
    "start",
    [
        november(24, "10:10"),
        november(24, "8:30"),
        november(24, "18:00"),
        november(28, "10:00"),
        november(23, "10:30"),
        november(24, "10:00") + 31 * DAY,
        november(24, "10:00") + timedelta(microseconds=1),
    ],
    ids=["off the grid", "too early", "too late", "Saturday", "no notice", "past the horizon", "a hair off"],
)
async def test_a_time_that_is_not_open_is_refused_with_openings(stage: Stage, start: datetime) -> None:
    host, guest = await stage.host(), await stage.guest()
    with pytest.raises(SlotTaken) as refusal:
        await stage.ask(host, guest, start)
    assert refusal.value.alternatives
    assert await stage.all(select(Meeting)) == []
    for opening in refusal.value.alternatives:
        assert opening in await stage.openings(host, guest, (opening, opening + HOUR))


async def test_a_taken_time_comes_with_the_next_openings(stage: Stage) -> None:
    host = await stage.host()
    await stage.ask(host, await stage.guest("Анна"), TEN)
    with pytest.raises(SlotTaken) as refusal:
        await stage.ask(host, await stage.guest("Олег"), TEN)
    assert refusal.value.alternatives == tuple(TEN + n * HOUR / 2 for n in range(1, 6))


async def test_when_the_last_opening_is_taken_the_first_ones_are_offered(stage: Stage) -> None:
    host = await stage.host()
    await stage.change(host.meeting_type, horizon_days=1)
    last = november(24, "9:00")
    await stage.ask(host, await stage.guest("Анна"), last)
    with pytest.raises(SlotTaken) as refusal:
        await stage.ask(host, await stage.guest("Олег"), last)
    assert refusal.value.alternatives[0] == november(23, "11:00")


@pytest.mark.parametrize("kind", ["a meeting elsewhere", "a block", "hosting somebody"])
async def test_the_guests_own_time_is_respected(stage: Stage, kind: str) -> None:
    host, guest = await stage.host(), await stage.guest()
    other = await stage.host("Вера")
    if kind == "a meeting elsewhere":
        await stage.ask(other, guest, TEN)
    elif kind == "a block":
        async with stage.database.session() as session:
            await booking.block(session, guest, start=TEN, end=TEN + HOUR / 2, now=stage.now)
    else:
        guest = other.user
        await stage.ask(other, await stage.guest("Олег"), TEN)
    mine = await stage.openings(host, guest, (TUESDAY, WEDNESDAY))
    anybodys = await stage.openings(host, None, (TUESDAY, WEDNESDAY))
    assert set(anybodys) - set(mine) == {TEN}
    with pytest.raises(SlotTaken) as refusal:
        await stage.ask(host, guest, TEN)
    assert TEN not in refusal.value.alternatives


async def test_two_hosts_booking_each_other_do_not_wait_in_a_circle(stage: Stage) -> None:
    first, second = await stage.host("Павел"), await stage.host("Вера")
    async with asyncio.timeout(10):
        outcomes = await asyncio.gather(
            *(
                asking
                for n in range(5)
                for asking in (
                    stage.ask(first, second.user, TEN + n * HOUR),
                    stage.ask(second, first.user, TEN + n * HOUR),
                )
            ),
            return_exceptions=True,
        )
    refused = [outcome for outcome in outcomes if isinstance(outcome, SlotTaken)]
    booked = [outcome for outcome in outcomes if isinstance(outcome, Meeting)]
    assert (len(booked), len(refused)) == (5, 5)


# What was agreed stays


async def test_buffers_agreed_at_booking_stay_when_the_type_changes(stage: Stage) -> None:
    host = await stage.host()
    await stage.change(host.meeting_type, buffer_before=30, buffer_after=60)
    await stage.ask(host, await stage.guest(), november(24, "12:00"))
    await stage.change(host.meeting_type, buffer_before=0, buffer_after=0)
    openings = await stage.openings(host, None, (november(24, "11:00"), november(24, "14:00")))
    assert openings == [november(24, "11:00"), november(24, "13:30")]


async def test_buffers_of_the_new_meeting_count_against_what_is_there(stage: Stage) -> None:
    host = await stage.host()
    await stage.ask(host, await stage.guest(), november(24, "12:00"))
    await stage.change(host.meeting_type, buffer_before=30, buffer_after=60)
    openings = await stage.openings(host, None, (november(24, "10:00"), november(24, "14:00")))
    assert openings == [november(24, "10:00"), november(24, "10:30"), november(24, "13:00"), november(24, "13:30")]


async def test_the_types_own_rules_win_over_the_hosts_settings(stage: Stage) -> None:
    host = await stage.host()
    await settings(stage, host.user, notice=0, slot_step=60, horizon_days=1)
    window = (stage.now, WEDNESDAY)
    usual = await stage.openings(host, None, window)
    assert usual == [november(23, f"{hour}:00") for hour in range(9, 18)] + [november(24, "9:00")]
    await stage.change(host.meeting_type, notice=8 * 60, slot_step=15, horizon_days=0)
    assert await stage.openings(host, None, window) == []
    await stage.change(host.meeting_type, horizon_days=1, slot_step=10)
    assert await stage.openings(host, None, window) == [
        november(23, "17:00"),
        november(23, "17:10"),
        november(23, "17:20"),
        november(23, "17:30"),
        november(24, "9:00"),
    ]


# Limits


@pytest.mark.parametrize(
    ("limit", "second"), [("daily_limit", november(24, "15:00")), ("weekly_limit", november(26, "15:00"))]
)
async def test_a_limit_holds_for_two_who_book_at_once(stage: Stage, limit: str, second: datetime) -> None:
    host = await stage.host()
    await settings(stage, host.user, **{limit: 1})
    anna, oleg = await stage.guest("Анна"), await stage.guest("Олег")
    outcomes = await asyncio.gather(stage.ask(host, anna, TEN), stage.ask(host, oleg, second), return_exceptions=True)
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Meeting", "SlotTaken"]
    refusal = next(outcome for outcome in outcomes if isinstance(outcome, SlotTaken))
    closed_until = WEDNESDAY if limit == "daily_limit" else november(30)
    assert min(refusal.alternatives) >= closed_until


async def test_meetings_that_were_held_still_count_for_their_day(stage: Stage) -> None:
    host = await instant(stage)
    await settings(stage, host.user, daily_limit=1)
    await stage.ask(host, await stage.guest("Анна"), november(23, "11:00"))
    noon = november(23, "12:00")
    async with stage.database.session() as session:
        assert await booking.complete_past(session, now=noon) == 1
    with pytest.raises(SlotTaken) as refusal:
        await stage.ask(host, await stage.guest("Олег"), november(23, "15:00"), now=noon)
    assert min(refusal.value.alternatives) >= TUESDAY


async def test_what_was_called_off_and_blocks_do_not_count(stage: Stage) -> None:
    host, guest = await stage.host(), await stage.guest()
    await settings(stage, host.user, daily_limit=1, weekly_limit=1)
    await stage.do(booking.cancel, guest, await stage.ask(host, guest, TEN))
    async with stage.database.session() as session:
        await booking.block(session, host.user, start=TEN, end=TEN + HOUR, now=stage.now)
    assert (await stage.ask(host, guest, TEN + HOUR)).state is State.PENDING


# The link


async def test_the_last_use_of_a_link_is_given_out_once(stage: Stage) -> None:
    host = await stage.host()
    async with stage.database.session() as session:
        link = await sharing.create(session, host.user, key=stage.keys.share, now=stage.now, max_uses=1)
    guests = [await stage.guest(name) for name in ("Анна", "Олег", "Вера")]
    outcomes = await asyncio.gather(
        *(stage.ask(host, guest, TEN + n * HOUR, link=link) for n, guest in enumerate(guests)),
        return_exceptions=True,
    )
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Gone", "Gone", "Meeting"]
    assert {outcome.reason for outcome in outcomes if isinstance(outcome, Gone)} == {"used_up"}
    assert len(await stage.all(select(Meeting))) == 1


async def test_a_link_revoked_between_the_look_and_the_tap_books_nothing(stage: Stage) -> None:
    host, guest = await stage.host(), await stage.guest()
    async with stage.database.session() as session:
        link = await sharing.own_link(session, host.user, key=stage.keys.share, now=stage.now)
        async with stage.database.session() as elsewhere:
            await sharing.revoke(elsewhere, host.user, link.id, now=stage.now)
        with pytest.raises(Gone):
            await booking.request(session, guest, link=link, offer=host.offer, start=TEN, now=stage.now)


# The host's answer


async def test_confirming_tells_the_guest_and_plans_the_reminders_of_each(stage: Stage) -> None:
    host, guest = await stage.host(), await stage.guest()
    await settings(stage, guest, reminder_offsets=[15])
    start = november(25, "10:00")
    meeting = await stage.ask(host, guest, start)
    confirmed = await stage.do(booking.confirm, host.user, meeting)
    assert confirmed.state is State.CONFIRMED
    assert confirmed.host.answer is Answer.ACCEPTED
    assert await stage.claims(meeting) == {host.user.lane, guest.lane}
    assert await stage.told(meeting) == [("meeting.requested", host.user.id), ("meeting.confirmed", guest.id)]
    assert await reminders(stage, meeting) == {
        (host.user.id, start - DAY),
        (host.user.id, start - HOUR),
        (guest.id, start - timedelta(minutes=15)),
    }
    assert {row.useful_until for row in await stage.outbox(meeting) if row.kind == booking.REMINDER} == {start}
    assert await deeds(stage, meeting) == [("request", guest.id), ("confirmed", host.user.id)]
    assert await stage.all(select(Booking.expires_at)) == [None]


async def test_a_reminder_that_would_be_late_is_not_planned(stage: Stage) -> None:
    host, guest = await stage.host(), await stage.guest()
    meeting = await stage.ask(host, guest, november(24, "9:00"))
    await stage.do(booking.confirm, host.user, meeting)
    assert await reminders(stage, meeting) == {(user, november(24, "8:00")) for user in ids(host.user, guest)}


@pytest.mark.parametrize(
    ("other_time", "kind"), [(False, "meeting.declined"), (True, "meeting.other_time")], ids=["no", "another time"]
)
async def test_declining_frees_the_time_and_tells_the_guest(stage: Stage, other_time: bool, kind: str) -> None:
    host, guest = await stage.host(), await stage.guest()
    meeting = await stage.ask(host, guest, TEN)
    declined = await stage.do(booking.decline, host.user, meeting, other_time=other_time)
    assert declined.state is State.DECLINED
    assert declined.host.answer is Answer.DECLINED
    assert await stage.claims(meeting) == set()
    assert await stage.told(meeting) == [("meeting.requested", host.user.id), (kind, guest.id)]
    assert await deeds(stage, meeting) == [("request", guest.id), ("declined", host.user.id)]
    assert TEN in await stage.openings(host, guest, (TUESDAY, WEDNESDAY))


VERBS = [booking.confirm, booking.decline]


@pytest.mark.parametrize("verb", VERBS)
async def test_the_guest_cannot_answer_for_the_host(stage: Stage, verb: Any) -> None:
    host, guest = await stage.host(), await stage.guest()
    meeting = await stage.ask(host, guest, TEN)
    with pytest.raises(Forbidden):
        await stage.do(verb, guest, meeting)
    assert await state_of(stage, meeting) is State.PENDING


@pytest.mark.parametrize("verb", [*VERBS, booking.cancel])
async def test_a_meeting_of_others_does_not_exist(stage: Stage, verb: Any) -> None:
    host, guest = await stage.host(), await stage.guest()
    stranger = await stage.host("Олег")
    meeting = await stage.ask(host, guest, TEN)
    with pytest.raises(NotFound):
        await stage.do(verb, stranger.user, meeting)
    assert await state_of(stage, meeting) is State.PENDING


@pytest.mark.parametrize(
    ("verb", "wanted"),
    [(booking.confirm, "confirmed"), (booking.decline, "declined"), (booking.cancel, "cancelled")],
)
async def test_after_its_time_a_request_is_over_even_before_the_clock_says_so(
    stage: Stage, verb: Any, wanted: str
) -> None:
    host, guest = await stage.host(), await stage.guest()
    meeting = await stage.ask(host, guest, november(25, "10:00"))
    expiry = stage.now + DAY
    with pytest.raises(WrongState) as refusal:
        await stage.do(verb, host.user, meeting, now=expiry)
    assert (refusal.value.current, refusal.value.wanted) == ("expired", wanted)
    assert (await stage.do(verb, host.user, meeting, now=expiry - timedelta(seconds=1))).state == wanted


async def test_two_answers_at_once_give_one(stage: Stage) -> None:
    host, guest = await stage.host(), await stage.guest()
    meeting = await stage.ask(host, guest, TEN)
    outcomes = await asyncio.gather(
        stage.do(booking.confirm, host.user, meeting),
        stage.do(booking.decline, host.user, meeting),
        stage.do(booking.cancel, guest, meeting),
        stage.do(booking.confirm, host.user, meeting),
        return_exceptions=True,
    )
    # A confirmed meeting may still be called off; every other second answer is refused.
    done = [outcome for outcome in outcomes if isinstance(outcome, Meeting)]
    refused = [outcome for outcome in outcomes if isinstance(outcome, WrongState)]
    assert len(done) + len(refused) == 4
    actions = [action for action, _ in await deeds(stage, meeting)]
    assert actions in (
        ["request", "confirmed"],
        ["request", "confirmed", "cancelled"],
        ["request", "declined"],
        ["request", "cancelled"],
    )
    assert len(done) == len(actions) - 1


# Calling off


@pytest.mark.parametrize("confirmed", [True, False], ids=["meeting", "request"])
@pytest.mark.parametrize("by", ["host", "guest"])
async def test_either_side_calls_off_and_the_other_is_told(stage: Stage, by: str, confirmed: bool) -> None:
    host, guest = await stage.host(), await stage.guest()
    meeting = await stage.ask(host, guest, TEN)
    if confirmed:
        await stage.do(booking.confirm, host.user, meeting)
    actor, other = (host.user, guest) if by == "host" else (guest, host.user)
    cancelled = await stage.do(booking.cancel, actor, meeting)
    assert cancelled.state is State.CANCELLED
    assert await stage.claims(meeting) == set()
    assert await reminders(stage, meeting) == set()
    assert (await stage.told(meeting))[-1] == ("meeting.cancelled", other.id)
    assert [kind for kind, _ in await stage.told(meeting)].count("meeting.cancelled") == 1
    assert (await deeds(stage, meeting))[-1] == ("cancelled", actor.id)
    assert await stage.all(select(Booking.expires_at)) == [None]
    assert TEN in await stage.openings(host, guest, (TUESDAY, WEDNESDAY))


async def test_a_reminder_that_was_sent_stays_in_the_history(stage: Stage) -> None:
    host, guest = await instant(stage), await stage.guest()
    meeting = await stage.ask(host, guest, TEN)
    sent = next(row for row in await stage.outbox(meeting) if row.kind == booking.REMINDER)
    await stage.change(sent, state=Delivery.SENT)
    await stage.do(booking.cancel, guest, meeting)
    assert [row.id for row in await stage.outbox(meeting) if row.kind == booking.REMINDER] == [sent.id]


async def test_what_is_over_cannot_be_called_off(stage: Stage) -> None:
    host, guest = await instant(stage), await stage.guest()
    meeting = await stage.ask(host, guest, TEN)
    with pytest.raises(WrongState) as refusal:
        await stage.do(booking.cancel, guest, meeting, now=meeting.ends_at)
    assert (refusal.value.current, refusal.value.wanted) == ("completed", "cancelled")
    during = meeting.ends_at - timedelta(seconds=1)
    assert (await stage.do(booking.cancel, guest, meeting, now=during)).state is State.CANCELLED


# By the clock


async def test_an_unanswered_request_expires_frees_its_time_and_tells_both(stage: Stage) -> None:
    host, guest = await stage.host(), await stage.guest()
    start = november(25, "10:00")
    meeting = await stage.ask(host, guest, start)
    expiry = stage.now + DAY
    async with stage.database.session() as session:
        assert await booking.expire_due(session, now=expiry - timedelta(seconds=1)) == 0
    async with stage.database.session() as session:
        assert await booking.expire_due(session, now=expiry) == 1
    async with stage.database.session() as session:
        assert await booking.expire_due(session, now=expiry) == 0
    assert await state_of(stage, meeting) is State.EXPIRED
    assert await stage.claims(meeting) == set()
    told = await stage.told(meeting)
    assert {told[0]} == {("meeting.requested", host.user.id)}
    assert set(told[1:]) == {("meeting.expired", user) for user in ids(host.user, guest)}
    assert await deeds(stage, meeting) == [("request", guest.id), ("expired", None)]
    assert start in await stage.openings(host, guest, (WEDNESDAY, THURSDAY), now=expiry)


async def test_replicas_share_the_expiry_of_requests(stage: Stage) -> None:
    host = await stage.host()
    for n in range(4):
        await stage.ask(host, await stage.guest(f"гость {n}"), november(25, "10:00") + n * HOUR)
    later = stage.now + DAY
    async with stage.database.session() as first, stage.database.session() as second, asyncio.timeout(5):
        assert await booking.expire_due(first, now=later, most=3) == 3
        assert await booking.expire_due(second, now=later, most=3) == 1
    assert await stage.all(select(Claim.lane)) == []


async def test_a_meeting_that_has_ended_is_completed(stage: Stage) -> None:
    host = await instant(stage)
    first, second = [
        await stage.ask(host, await stage.guest(name), start)
        for name, start in (("Анна", TEN), ("Олег", TEN + HOUR / 2))
    ]
    waiting = await stage.host("Вера")
    request = await stage.ask(waiting, await stage.guest("Ира"), TEN)
    async with stage.database.session() as session:
        assert await booking.complete_past(session, now=first.ends_at) == 1
    assert [await state_of(stage, each) for each in (first, second, request)] == [
        State.COMPLETED,
        State.CONFIRMED,
        State.PENDING,
    ]
    assert (await deeds(stage, first))[-1] == ("completed", None)


# Blocks


async def test_a_block_closes_the_owners_time_and_is_lifted_again(stage: Stage) -> None:
    host, guest = await stage.host(), await stage.guest()
    async with stage.database.session() as session:
        block = await booking.block(session, host.user, start=TEN, end=TEN + 2 * HOUR, title=" Обед ", now=stage.now)
    assert (block.title, block.state, block.guests) == ("Обед", State.CONFIRMED, [])
    window = (TEN, TEN + 2 * HOUR)
    assert await stage.openings(host, guest, window) == []
    with pytest.raises(SlotTaken):
        await stage.ask(host, guest, TEN)
    assert await deeds(stage, block) == [("block", host.user.id)]
    await stage.do(booking.cancel, host.user, block)
    assert len(await stage.openings(host, guest, window)) == 4
    assert await stage.all(select(Notification)) == []


async def test_a_block_cannot_cover_a_meeting(stage: Stage) -> None:
    host = await stage.host()
    await stage.ask(host, await stage.guest(), TEN)
    with pytest.raises(SlotTaken):
        async with stage.database.session() as session:
            await booking.block(session, host.user, start=TEN - HOUR, end=TEN + HOUR, now=stage.now)
    assert len(await stage.all(select(Meeting))) == 1


@pytest.mark.parametrize(
    ("start", "end", "reason"),
    [
        (TEN, TEN, "range"),
        (TEN, TEN - HOUR, "range"),
        (TEN, TEN + 31 * DAY + HOUR, "range"),
        (november(23, "7:00"), november(23, "9:00"), "past"),
    ],
)
async def test_an_impossible_block_is_refused(stage: Stage, start: datetime, end: datetime, reason: str) -> None:
    host = await stage.host()
    async with stage.database.session() as session:
        with pytest.raises(Invalid) as refusal:
            await booking.block(session, host.user, start=start, end=end, now=stage.now)
    assert refusal.value.reason == reason


async def test_a_block_cannot_be_confirmed(stage: Stage) -> None:
    host = await stage.host()
    async with stage.database.session() as session:
        block = await booking.block(session, host.user, start=TEN, end=TEN + HOUR, now=stage.now)
    with pytest.raises(NotFound):
        await stage.do(booking.confirm, host.user, block)


# What is offered


async def test_openings_follow_hours_overrides_and_zone(stage: Stage) -> None:
    host = await stage.host(zone="Asia/Yekaterinburg")
    async with stage.database.session() as session:
        await availability.set_override(session, host.user.id, date(2026, 11, 24), [])
        await availability.set_override(session, host.user.id, date(2026, 11, 25), [Hours(12 * 60, 13 * 60)])
    openings = await stage.openings(host, None, (TUESDAY, THURSDAY))
    assert openings == [datetime(2026, 11, 25, 7, minute, tzinfo=UTC) for minute in (0, 30)]


@pytest.mark.parametrize("length", [timedelta(0), -HOUR, timedelta(days=62, seconds=1)])
async def test_a_window_without_end_is_refused(stage: Stage, length: timedelta) -> None:
    host = await stage.host()
    with pytest.raises(Invalid):
        await stage.openings(host, None, (stage.now, stage.now + length))


async def test_a_link_offers_its_one_type_or_all_public_ones(stage: Stage) -> None:
    host = await stage.host()
    async with stage.database.session() as session:
        hidden = MeetingType(owner_id=host.user.id, title="Собеседование", durations=[45, 90], public=False)
        closed = MeetingType(owner_id=host.user.id, title="Старое", durations=[30], active=False)
        session.add_all([hidden, closed])
        await session.flush()
        special = await sharing.create(
            session, host.user, key=stage.keys.share, now=stage.now, meeting_type_id=hidden.id
        )
        assert await booking.offered_types(session, host.link) == [
            await session.get(MeetingType, host.meeting_type.id)
        ]
        assert await booking.offered_types(session, special) == [hidden]
        assert (await booking.offer(session, special, None, None)).duration == 45
        assert (await booking.offer(session, special, hidden.id, 90)).duration == 90
        with pytest.raises(Invalid, match="not_offered"):
            await booking.offer(session, special, None, 30)
        for other in (hidden.id, closed.id):
            with pytest.raises(NotFound):
                await booking.offer(session, host.link, other, None)


async def test_the_usual_type_changes_its_length_and_stays_one(stage: Stage) -> None:
    host = await stage.host(duration=30)
    async with stage.database.session() as session:
        await booking.set_usual_type(session, host.user, 60, now=stage.now)
    async with stage.database.session() as session:
        types = await booking.types_of(session, host.user.id)
        assert [(each.id, each.durations) for each in types] == [(host.meeting_type.id, [60])]
        with pytest.raises(Invalid):
            await booking.set_usual_type(session, host.user, 4, now=stage.now)


async def test_a_guest_leaves_no_settings_behind_by_looking(stage: Stage) -> None:
    host, guest = await stage.host(), await stage.guest()
    async with stage.database.session() as session:
        await session.execute(delete(Settings))
    await stage.openings(host, guest, (TUESDAY, WEDNESDAY))
    assert await stage.all(select(Settings.user_id)) == [host.user.id]


async def test_the_schedule_of_each_side_shows_the_meeting(stage: Stage) -> None:
    host, guest = await stage.host(), await stage.guest()
    meeting = await stage.ask(host, guest, TEN)
    async with stage.database.session() as session:
        for person in (host.user, guest):
            seen = await meetings.schedule(session, person.id, (TUESDAY, WEDNESDAY))
            assert [each.id for each in seen] == [meeting.id]
