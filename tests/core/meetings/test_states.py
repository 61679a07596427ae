"""The life of a meeting: every step there is, and a refusal that names both states for every step there is not."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import product

import pytest
from sqlalchemy import select

from core.audit.models import AuditEntry
from core.database import Database, new_id
from core.errors import NotFound, SlotTaken, WrongState
from core.meetings import service as meetings
from core.meetings.models import Attendee, AttendeeRole, Claim, Meeting
from core.meetings.states import State, require_transition
from core.people.models import User
from tests.people import register

ALLOWED = {
    (State.PENDING, State.CONFIRMED),
    (State.PENDING, State.DECLINED),
    (State.PENDING, State.EXPIRED),
    (State.PENDING, State.CANCELLED),
    (State.CONFIRMED, State.CANCELLED),
    (State.CONFIRMED, State.COMPLETED),
    (State.CONFIRMED, State.NO_SHOW),
}
PAIRS = list(product(State, State))


def meeting_of(host: User, start: datetime, state: State = State.CONFIRMED) -> Meeting:
    return Meeting(
        id=new_id(),
        state=state,
        starts_at=start,
        ends_at=start + timedelta(hours=1),
        attendees=[Attendee(user_id=host.id, role=AttendeeRole.HOST, name=host.name)],
    )


@pytest.mark.parametrize(("current", "wanted"), [pair for pair in PAIRS if pair not in ALLOWED])
def test_every_other_step_is_refused_and_names_both_states(current: State, wanted: State) -> None:
    with pytest.raises(WrongState) as refusal:
        require_transition(current, wanted)
    assert (refusal.value.current, refusal.value.wanted) == (current.value, wanted.value)
    assert refusal.value.arguments == {"current": current.value, "wanted": wanted.value}


@pytest.mark.parametrize(("current", "wanted"), sorted(ALLOWED))
async def test_a_step_is_written_down_and_only_a_live_meeting_holds_its_time(
    database: Database, now: datetime, current: State, wanted: State
) -> None:
    async with database.session() as session:
        host = await register(session, "Павел", now=now)
        meeting = meeting_of(host, now, current)
        await meetings.hold(session, meeting, [host.lane])
        await meetings.transit(session, meeting, wanted, actor_id=host.id, now=now, why="asked")
    async with database.session() as session:
        kept = await session.get_one(Meeting, meeting.id)
        assert kept.state is wanted
        entry = (await session.scalars(select(AuditEntry).where(AuditEntry.subject_id == meeting.id))).one()
        assert (entry.action, entry.actor_id, entry.at) == (wanted.value, host.id, now)
        assert entry.details == {"before": current.value, "why": "asked"}
        holds = (await session.scalars(select(Claim.lane).where(Claim.meeting_id == meeting.id))).all()
        assert holds == ([host.lane] if wanted is State.CONFIRMED else [])


async def test_a_refused_step_leaves_no_trace(database: Database, now: datetime) -> None:
    async with database.session() as session:
        host = await register(session, "Павел", now=now)
        meeting = meeting_of(host, now)
        await meetings.hold(session, meeting, [host.lane])
        with pytest.raises(WrongState):
            await meetings.transit(session, meeting, State.DECLINED, actor_id=host.id, now=now)
    async with database.session() as session:
        assert (await session.get_one(Meeting, meeting.id)).state is State.CONFIRMED
        assert (await session.scalars(select(AuditEntry).where(AuditEntry.subject_id == meeting.id))).all() == []
        assert (await session.scalars(select(Claim.meeting_id))).all() == [meeting.id]


@pytest.mark.parametrize(("minutes", "free"), [(0, False), (59, False), (-59, False), (60, True), (-60, True)])
async def test_the_database_itself_refuses_an_overlap_and_allows_a_touch(
    database: Database, now: datetime, minutes: int, free: bool
) -> None:
    async with database.session() as session:
        host = await register(session, "Павел", now=now)
        other = await register(session, "Анна", now=now)
        await meetings.hold(session, meeting_of(host, now), [host.lane])
        second = meeting_of(host, now + timedelta(minutes=minutes))
        if free:
            await meetings.hold(session, second, [host.lane])
        else:
            with pytest.raises(SlotTaken):
                await meetings.hold(session, second, [other.lane, host.lane])
    async with database.session() as session:
        # A refusal takes back the meeting and its claim on the other lane, and nothing else of the transaction.
        assert len((await session.scalars(select(Meeting))).all()) == 1 + free
        assert set(await session.scalars(select(Claim.lane))) == {host.lane}


async def test_a_meeting_of_others_does_not_exist(database: Database, now: datetime) -> None:
    async with database.session() as session:
        host = await register(session, "Павел", now=now)
        stranger = await register(session, "Олег", now=now)
        meeting = meeting_of(host, now)
        await meetings.hold(session, meeting, [host.lane])
        assert await meetings.seen_by(session, meeting.id, host.id) is meeting
        with pytest.raises(NotFound):
            await meetings.seen_by(session, meeting.id, stranger.id, lock=True)


async def test_a_schedule_is_what_touches_the_window(database: Database, now: datetime) -> None:
    hour = timedelta(hours=1)
    async with database.session() as session:
        host = await register(session, "Павел", now=now)
        held = [meeting_of(host, now + index * hour) for index in (3, 1, 0, 2)]
        for meeting in held:
            await meetings.hold(session, meeting, [host.lane])
        await meetings.transit(session, held[3], State.CANCELLED, actor_id=host.id, now=now)
        seen = await meetings.schedule(session, host.id, (now + hour, now + 3 * hour))
        assert [meeting.starts_at for meeting in seen] == [now + hour]
