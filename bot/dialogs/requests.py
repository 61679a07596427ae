"""Requests that wait for the host's word."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from uuid import UUID

from bot.dialogs import cards, meeting, menu
from bot.dialogs.router import Router
from bot.dialogs.screens import grid, label
from bot.dialogs.talk import Talk, Viewer
from bot.messengers.turn import Screen, Tap
from core.booking import service as bookings
from core.errors import WrongState
from core.meetings import service as meetings
from core.meetings.models import Meeting
from core.meetings.states import State

router = Router()

SHOWN = 10
FAR = timedelta(days=400)


async def waiting(viewer: Viewer) -> Sequence[Meeting]:
    """The requests that the person has to answer, soonest meeting first."""
    window = (viewer.now, viewer.now + FAR)
    pending = await meetings.schedule(viewer.session, viewer.user.id, window, {State.PENDING})
    return [request for request in pending if cards.is_host(viewer, request)]


async def count_waiting(viewer: Viewer) -> int:
    return len(await waiting(viewer))


@router.tap("r")
async def open_requests(talk: Talk) -> Screen:
    """All of them as buttons; one alone is opened at once."""
    found = await waiting(talk)
    if len(found) == 1:
        return await meeting.show(talk, found[0])
    reader = talk.reader
    buttons = [
        Tap(
            label(request.guests[0].name, before=f"{reader.moment_short(request.starts_at)} · "),
            meeting.open_meeting.data(request.id),
        )
        for request in found[:SHOWN]
    ]
    text = reader.count("requests.list", len(found)) if found else reader.say("requests.none")
    return Screen(text=text, rows=(*grid(buttons, 1), menu.back_to_menu(talk)))


@router.tap("rc")
async def confirm(talk: Talk, meeting_id: UUID) -> Screen:
    return await _decide(talk, meeting_id, lambda: bookings.confirm(talk.session, talk.user, meeting_id, now=talk.now))


@router.tap("rd")
async def ask_decline(talk: Talk, meeting_id: UUID) -> Screen:
    """One question before the guest is turned away."""
    shown = await meetings.seen_by(talk.session, meeting_id, talk.user.id)
    if shown.state is not State.PENDING:
        return await meeting.as_it_is(talk, meeting_id)
    talk.card = shown.id  # the question stands in the card's place
    return Screen(
        text=talk.reader.say(
            "request.decline.ask",
            name=shown.guests[0].name,
            when=talk.reader.span(shown.starts_at, shown.ends_at),
        ),
        rows=(
            (Tap(talk.reader.label("request.decline.yes"), decline.data(meeting_id)),),
            (Tap(talk.reader.label("keep"), meeting.open_meeting.data(meeting_id)),),
        ),
    )


@router.tap("rx")
async def decline(talk: Talk, meeting_id: UUID) -> Screen:
    return await _decide(talk, meeting_id, lambda: bookings.decline(talk.session, talk.user, meeting_id, now=talk.now))


@router.tap("ro")
async def other_time(talk: Talk, meeting_id: UUID) -> Screen:
    """Turn this time down and ask the guest for another."""
    return await _decide(
        talk,
        meeting_id,
        lambda: bookings.decline(talk.session, talk.user, meeting_id, now=talk.now, other_time=True),
        headline="request.other_time.asked",
    )


async def _decide(
    talk: Talk, meeting_id: UUID, verb: Callable[[], Awaitable[Meeting]], headline: str | None = None
) -> Screen:
    """Carry the decision out; one that comes too late gets what is true now."""
    try:
        async with talk.session.begin_nested():
            decided = await verb()
    except WrongState as error:
        return await meeting.overtaken(talk, meeting_id, error)
    text = talk.reader.say(headline, name=decided.guests[0].name) if headline else None
    return await meeting.show(talk, decided, headline=text)
