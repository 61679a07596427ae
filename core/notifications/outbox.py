"""The loop that empties the outbox: woken by a commit or by the clock, safe to run in any number of replicas.

What is promised: at least once. A row is taken with a lease, carried, and marked in a transaction of its own; a
process that dies between carrying and marking lets it be carried again when the lease ends. Nothing is ever lost.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import groupby
from typing import Any, Protocol

import structlog
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from core.clock import Clock
from core.database import Database
from core.notifications import service
from core.notifications.models import Notification

log = structlog.get_logger(__name__)

WAKE_CHANNEL = "okno_outbox"
"""The NOTIFY channel of the trigger on the notification table."""
BATCH = 50
LONGEST_SLEEP = timedelta(seconds=30)
"""The clock looks at the outbox this often even when nobody wakes it: a lost NOTIFY costs a delay, not a message."""
PAUSE_AFTER_FAILURE = 2.0


@dataclass(frozen=True, slots=True)
class Sent:
    """It reached the person; `message_id` shows it, instead of `replaced` if there was a message before."""

    channel: str
    message_id: str
    replaced: str | None = None


@dataclass(frozen=True, slots=True)
class Skipped:
    """It says nothing any more."""

    reason: str


@dataclass(frozen=True, slots=True)
class Failed:
    """It can never be sent."""

    reason: str


@dataclass(frozen=True, slots=True)
class Later:
    """The channel could not take it now."""

    reason: str


Outcome = Sent | Skipped | Failed | Later


class Carrier(Protocol):
    """Brings one notification to its person."""

    async def carry(self, notification: Notification) -> Outcome:
        """Send it. Whatever it raises counts as Later."""
        ...

    async def settle(self, session: AsyncSession, notification: Notification, sent: Sent) -> None:
        """Keep what follows from having sent it, in the transaction that marks it sent."""
        ...

    async def tidy(self, notification: Notification, sent: Sent) -> None:
        """Remove what the new message replaces, once that is kept."""
        ...


class Outbox:
    """Carries what is due. `run` goes on until cancelled; `drain` does what there is now."""

    def __init__(self, database: Database, carrier: Carrier, clock: Clock) -> None:
        self._database = database
        self._carrier = carrier
        self._clock = clock
        self._woken = asyncio.Event()
        self._deaf = True

    def wake(self) -> None:
        """Look at the outbox now."""
        self._woken.set()

    async def run(self) -> None:
        """Drain, sleep until woken or until something is due, again. A database that is away is waited for."""
        async with contextlib.AsyncExitStack() as stack:
            while True:
                try:
                    if self._deaf:
                        await self._listen(stack)
                    self._woken.clear()
                    await self.drain()
                    await self._sleep()
                except (DBAPIError, OSError) as error:
                    log.warning("outbox.database_away", error=type(error).__name__)
                    self._deaf = True
                    await asyncio.sleep(PAUSE_AFTER_FAILURE)

    async def _listen(self, stack: contextlib.AsyncExitStack) -> None:
        """A connection that hears the trigger; it holds no transaction."""
        await stack.aclose()
        connection = await self._database.engine.connect()
        stack.push_async_callback(_give_up, connection)
        await connection.execution_options(isolation_level="AUTOCOMMIT")
        raw: Any = (await connection.get_raw_connection()).driver_connection
        await raw.add_listener(WAKE_CHANNEL, lambda *_: self.wake())
        raw.add_termination_listener(lambda *_: self._lost())
        self._deaf = False

    def _lost(self) -> None:
        """The connection that listened is gone; the loop makes a new one."""
        self._deaf = True
        self.wake()

    async def _sleep(self) -> None:
        """Until somebody wakes us, something is due, or the clock's round is over."""
        async with self._database.session() as session:
            due = await service.next_due(session)
        pause = LONGEST_SLEEP if due is None else min(due - self._clock.now(), LONGEST_SLEEP)
        with contextlib.suppress(TimeoutError):
            # Not wait_for, which before Python 3.12 loses a cancellation that meets the waking.
            async with asyncio.timeout(max(pause.total_seconds(), 0.01)):
                await self._woken.wait()

    async def drain(self) -> int:
        """Carry all that is due now; returns how many were taken."""
        taken = 0
        while True:
            async with self._database.session() as session:
                batch = await service.take_due(session, now=self._clock.now(), most=BATCH)
            if not batch:
                return taken
            taken += len(batch)
            by_person = sorted(batch, key=lambda notification: notification.recipient_id)
            await asyncio.gather(
                *(
                    self._carry_in_order(sorted(group, key=lambda notification: notification.due_at))
                    for _, group in groupby(by_person, key=lambda notification: notification.recipient_id)
                )
            )

    async def _carry_in_order(self, notifications: Sequence[Notification]) -> None:
        """One person's messages one after the other, so that what happened first is read first."""
        for notification in notifications:
            await self._carry(notification)

    async def _carry(self, notification: Notification) -> None:
        outcome = await self._outcome(notification)
        now = self._clock.now()
        async with self._database.session() as session:
            match outcome:
                case Sent():
                    await service.mark_sent(session, notification.id, channel=outcome.channel, now=now)
                    await self._carrier.settle(session, notification, outcome)
                case Skipped(reason):
                    await service.mark_skipped(session, notification.id, reason=reason)
                case Failed(reason):
                    await service.mark_failed(session, notification.id, reason=reason)
                case Later(reason):
                    jitter = random.random()  # noqa: S311 (spreads retries, guards nothing)
                    await service.put_off(session, notification, now=now, reason=reason, jitter=jitter)
        if isinstance(outcome, Sent):
            await self._carrier.tidy(notification, outcome)

    async def _outcome(self, notification: Notification) -> Outcome:
        if notification.useful_until is not None and self._clock.now() >= notification.useful_until:
            return Skipped("too late")
        try:
            return await self._carrier.carry(notification)
        except Exception as error:  # one poisonous row must not stop the others
            log.exception("outbox.carry_failed", notification=str(notification.id), kind=notification.kind)
            return Later(type(error).__name__)


async def _give_up(connection: AsyncConnection) -> None:
    """Close for good: a connection that listens must not go back to the pool."""
    with contextlib.suppress(DBAPIError, OSError):
        await connection.invalidate()
    await connection.close()
