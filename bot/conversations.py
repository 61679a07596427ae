"""From received updates to answers: one person's turns in order, different people's side by side.

An update is kept before it is looked at. A turn is handled in one transaction that also marks its update handled, so
its effects happen once; the answer is shown after the commit.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from bot.dialogs import failures, registry
from bot.dialogs.router import Router
from bot.dialogs.talk import Talk
from bot.messengers.turn import (
    Blocked,
    Messenger,
    Refused,
    Screen,
    Turn,
    TurnKind,
    Unavailable,
    Update,
)
from core.clock import Clock
from core.conversations import service as conversations
from core.conversations.models import ReceivedUpdate
from core.database import Database
from core.keys import Keys
from core.locales.reader import Reader, language_of
from core.people import cities
from core.people import service as people
from core.people.models import Channel, User

log = structlog.get_logger(__name__)

LEFT_BEHIND = timedelta(seconds=10)
"""An update unhandled for so long was left by a process that died: the next round of `recover` takes it up."""
AT_ONCE = 12
"""Turns handled at the same time; each holds one database connection."""
ANSWER_TRIES = 6
"""How often an answer is tried; the pause between, a second at first, doubles: half a minute in all."""
REFERENCE_LETTERS = "АВЕКМНРСТХ23456789"
"""Letters that look alike in Cyrillic and Latin, so that a code can be read aloud and typed."""


def new_reference() -> str:
    """A code for one failure, shown to the person and written to the log."""
    return "".join(secrets.choice(REFERENCE_LETTERS) for _ in range(4))


class Conversations:
    """The inbox of every messenger and the workers behind it."""

    def __init__(
        self,
        database: Database,
        keys: Keys,
        clock: Clock,
        *,
        router: Router | None = None,
        reference: Callable[[], str] = new_reference,
    ) -> None:
        self._database = database
        self._keys = keys
        self._clock = clock
        self._router = router or registry.all_dialogues()
        self._reference = reference
        self._messengers: dict[str, Messenger] = {}
        self._lanes: dict[tuple[str, str], asyncio.Task[None]] = {}
        self._woken_again: set[tuple[str, str]] = set()
        self._places = asyncio.Semaphore(AT_ONCE)

    def attach(self, messenger: Messenger) -> None:
        """Let the messenger's people be answered through it."""
        self._messengers[messenger.channel] = messenger

    # The inbox

    async def marker(self, channel: str) -> int | None:
        """The place in the messenger's stream up to which everything was accepted."""
        async with self._database.session() as session:
            return await conversations.marker(session, channel)

    async def accept(self, channel: str, updates: Sequence[Update], *, marker: int | None = None) -> None:
        """Keep the updates and the marker, then let the people be answered."""
        async with self._database.session() as session:
            waiting = await conversations.accept(
                session,
                channel,
                [(update.key, update.person, update.payload) for update in updates],
                now=self._clock.now(),
                marker=marker,
            )
        for person in waiting:
            self._wake(channel, person)

    async def recover(self, *, older_than: timedelta = LEFT_BEHIND) -> None:
        """Take up what a process that died left unhandled."""
        before = self._clock.now() - older_than
        for channel in self._messengers:
            async with self._database.session() as session:
                waiting = await conversations.people_waiting(session, channel, before=before)
            for person in waiting:
                self._wake(channel, person)

    async def close(self) -> None:
        """Finish the turns that are being handled; what waits is in the database."""
        while self._lanes:
            await asyncio.gather(*self._lanes.values(), return_exceptions=True)

    # One lane a person

    def _wake(self, channel: str, person: str) -> None:
        lane = (channel, person)
        if channel not in self._messengers:
            return  # it waits in the database until the messenger is there
        if lane in self._lanes:
            self._woken_again.add(lane)
            return
        task = asyncio.create_task(self._work(lane), name=f"lane {channel} {person}")
        self._lanes[lane] = task

    async def _work(self, lane: tuple[str, str]) -> None:
        try:
            while True:
                self._woken_again.discard(lane)
                async with self._places, conversations.lane(self._database.engine, *lane) as connection:
                    while await self._handle_next(connection, *lane):
                        pass
                if lane not in self._woken_again:
                    return
        except (SQLAlchemyError, OSError) as error:  # the database is away: recover() comes back to it
            log.warning("conversations.database_away", error=type(error).__name__)
        finally:
            self._lanes.pop(lane, None)
            if lane in self._woken_again:
                self._woken_again.discard(lane)
                self._wake(*lane)

    async def _handle_next(self, connection: AsyncConnection, channel: str, person: str) -> bool:
        """Handle the person's oldest update and show the answer; False when there is none."""
        messenger = self._messengers[channel]
        reference = self._reference()
        with structlog.contextvars.bound_contextvars(turn=reference):
            try:
                async with self._database.session(connection) as session:
                    update = await conversations.next_update(session, channel, person)
                    if update is None:
                        return False
                    update_id = update.id
                    turn, talk, screen = await self._handle(session, messenger, update)
            except (DBAPIError, OSError) as error:
                if isinstance(error, DBAPIError) and not error.connection_invalidated:
                    return await self._fail(connection, messenger, person, reference, error)
                raise
            except Exception as error:
                return await self._fail(connection, messenger, person, reference, error)
            log.debug("turn.handled", update=update_id)
            if turn is not None and talk is not None and screen is not None:
                try:
                    message_id = await self._answer(messenger, turn, screen)
                except Exception as error:  # a screen that cannot be shown is a fault like any other
                    log.error("turn.not_shown", reference=reference, exc_info=error)
                    await self._own_up(messenger, turn, talk.reader, reference)
                else:
                    await self._keep_place(messenger, turn, message_id, talk)
            return True

    async def _handle(
        self, session: AsyncSession, messenger: Messenger, update: ReceivedUpdate
    ) -> tuple[Turn | None, Talk | None, Screen | None]:
        now = self._clock.now()
        update.handled_at = now
        turn = messenger.read(update.payload)
        if turn is None:
            return None, None, None
        channel = Channel(turn.channel)
        if turn.kind is TurnKind.STOPPED:
            await people.mark_blocked(session, channel, turn.person.external_id, now)
            return turn, None, None
        user = await self._arrive(session, channel, turn, now)
        dialogue = await conversations.dialogue(session, turn.channel, turn.person.external_id)
        talk = Talk(
            session=session,
            user=user,
            reader=Reader(user.locale, user.zone_info, now),
            keys=self._keys,
            links=messenger,
            now=now,
            dialogue=dialogue,
        )
        screen = await registry.answer(self._router, talk, turn)
        return turn, talk, screen

    async def _arrive(self, session: AsyncSession, channel: Channel, turn: Turn, now: datetime) -> User:
        locale = turn.person.locale
        return await people.arrive(
            session,
            channel=channel,
            external_id=turn.person.external_id,
            name=turn.person.name,
            username=turn.person.username,
            locale=language_of(locale),
            zone=cities.guess_zone(locale),
            now=now,
        )

    async def _fail(
        self, connection: AsyncConnection, messenger: Messenger, person: str, reference: str, error: Exception
    ) -> bool:
        """A fault of ours: the log gets the traceback, the person a sentence; the update is not tried again."""
        log.error("turn.failed", reference=reference, exc_info=error)
        async with self._database.session(connection) as session:
            update = await conversations.next_update(session, messenger.channel, person)
            if update is None:
                return False
            update.handled_at = self._clock.now()
            update.failure = reference
            turn = _read_safely(messenger, update.payload)
            user = await people.by_identity(session, Channel(messenger.channel), person)
        if turn is not None and turn.kind is not TurnKind.STOPPED:
            locale = user.locale if user else turn.person.locale
            zone = cities.guess_zone(locale)
            reader = Reader(locale, user.zone_info if user else ZoneInfo(zone), self._clock.now())
            await self._own_up(messenger, turn, reader, reference)
        return True

    async def _own_up(self, messenger: Messenger, turn: Turn, reader: Reader, reference: str) -> None:
        try:
            await self._answer(messenger, turn, failures.broken(reader, reference))
        except Exception as error:
            log.error("turn.not_shown", reference=reference, exc_info=error)

    # Answers

    async def _keep_place(self, messenger: Messenger, turn: Turn, message_id: str | None, talk: Talk) -> None:
        """Keep which message is a meeting's card now, and which is one no more."""
        if message_id is None or (talk.card is None and message_id != turn.message_id):
            return
        old = None
        async with self._database.session() as session:
            if message_id == turn.message_id:
                await conversations.forget_cards(session, talk.user.id, messenger.channel, message_id)
            if talk.card is not None:
                old = await conversations.card(session, talk.card, talk.user.id, messenger.channel)
                await conversations.keep_card(session, talk.card, talk.user.id, messenger.channel, message_id)
        if old is not None and old != message_id:
            with contextlib.suppress(Blocked, Unavailable, Refused):
                await messenger.delete(turn.person.external_id, old)

    async def _answer(self, messenger: Messenger, turn: Turn, screen: Screen) -> str | None:
        """The id of the message that shows the answer, or None when it could not be shown."""
        for left in reversed(range(ANSWER_TRIES)):
            try:
                return await messenger.answer(turn, screen)
            except Blocked:
                async with self._database.session() as session:
                    await people.mark_blocked(
                        session, Channel(turn.channel), turn.person.external_id, self._clock.now()
                    )
                return None
            except Refused as error:
                log.warning("answer.refused", reason=str(error))
                return None
            except Unavailable as error:
                log.warning("answer.unavailable", reason=str(error), tries_left=left)
                if left:
                    await asyncio.sleep(error.retry_after * 2 ** (ANSWER_TRIES - 1 - left))
        return None


def _read_safely(messenger: Messenger, payload: dict[str, Any]) -> Turn | None:
    """The turn, when it was not the reading itself that failed."""
    try:
        return messenger.read(payload)
    except Exception:
        log.exception("turn.unreadable")
        return None
