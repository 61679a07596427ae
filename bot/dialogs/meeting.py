"""One meeting: looking at it, calling it off."""

from __future__ import annotations

from uuid import UUID

from bot.dialogs import cards
from bot.dialogs.router import Router
from bot.dialogs.talk import Talk
from bot.messengers.turn import Screen, Tap
from core.booking import service as bookings
from core.errors import WrongState
from core.meetings import service as meetings
from core.meetings.models import Meeting
from core.meetings.states import LIVE, State

router = Router()


@router.tap("e")
async def open_meeting(talk: Talk, meeting_id: UUID) -> Screen:
    shown = await meetings.seen_by(talk.session, meeting_id, talk.user.id)
    return await show(talk, shown)


async def show(talk: Talk, shown: Meeting, *, headline: str | None = None, note: str | None = None) -> Screen:
    """Answer with the meeting's card: the message becomes the one that later changes replace."""
    talk.card = shown.id
    return await cards.card(talk, shown, headline=headline, note=note)


async def as_it_is(talk: Talk, meeting_id: UUID) -> Screen:
    """The answer to a button whose time is over: what is true now."""
    shown = await meetings.seen_by(talk.session, meeting_id, talk.user.id)
    return await show(talk, shown, note=talk.reader.label(f"already.{shown.state.value}"))


async def overtaken(talk: Talk, meeting_id: UUID, error: WrongState) -> Screen:
    """The same for a deed that came too late: what ran out a moment ago ends now, not at the clock's next round."""
    if error.current == State.EXPIRED.value:
        await bookings.expire_due(talk.session, now=talk.now)
    if error.current == State.COMPLETED.value:
        await bookings.complete_past(talk.session, now=talk.now)
    return await as_it_is(talk, meeting_id)


@router.tap("ec")
async def ask_cancel(talk: Talk, meeting_id: UUID) -> Screen:
    """One question before both lose the time."""
    shown = await meetings.seen_by(talk.session, meeting_id, talk.user.id)
    if shown.state not in LIVE:
        return await as_it_is(talk, meeting_id)
    other = cards.other_side(talk, shown)
    if other is None:
        return await cancel_now(talk, meeting_id)
    talk.card = shown.id  # the question stands in the card's place
    msgid = "request.withdraw.ask" if shown.state is State.PENDING else "meeting.cancel.ask"
    return Screen(
        text=talk.reader.say(msgid, name=other.name, when=talk.reader.span(shown.starts_at, shown.ends_at)),
        rows=(
            (Tap(talk.reader.label("meeting.cancel.yes"), cancel.data(meeting_id)),),
            (Tap(talk.reader.label("keep"), open_meeting.data(meeting_id)),),
        ),
    )


@router.tap("ex")
async def cancel(talk: Talk, meeting_id: UUID) -> Screen:
    return await cancel_now(talk, meeting_id)


async def cancel_now(talk: Talk, meeting_id: UUID) -> Screen:
    """Call it off and show what became of it; one that was over already is shown as it is."""
    try:
        async with talk.session.begin_nested():
            gone = await bookings.cancel(talk.session, talk.user, meeting_id, now=talk.now)
    except WrongState as error:
        return await overtaken(talk, meeting_id, error)
    return await show(talk, gone)
