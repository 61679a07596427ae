"""What happens by the clock. Each job is safe to run in every replica at once."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from core.booking import service as booking
from core.clock import Clock
from core.conversations import service as conversations
from core.database import Database

log = structlog.get_logger(__name__)

Job = Callable[[], Awaitable[object]]

EXPIRE_EVERY = timedelta(seconds=20)
COMPLETE_EVERY = timedelta(minutes=5)
FORGET_EVERY = timedelta(hours=1)


class Jobs:
    """The scheduler and the jobs of `core`; others may add theirs before it starts."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._scheduler = AsyncIOScheduler(timezone="UTC")
        self.every(EXPIRE_EVERY, self.expire_requests)
        self.every(COMPLETE_EVERY, self.complete_meetings)
        self.every(FORGET_EVERY, self.forget_updates)

    def every(self, period: timedelta, job: Job) -> None:
        """Run the job each period; rounds that were missed are run once, and never two at the same time."""
        name = getattr(job, "__qualname__", repr(job))

        async def run() -> None:
            try:
                await job()
            except Exception:  # a failed round must not end the rounds
                log.exception("job.failed", job=name)

        self._scheduler.add_job(
            run,
            "interval",
            seconds=period.total_seconds(),
            name=name,
            coalesce=True,
            max_instances=1,
            misfire_grace_time=None,
        )

    def start(self) -> None:
        self._scheduler.start()

    def stop(self) -> None:
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)

    async def expire_requests(self) -> None:
        """End the requests that nobody answered in time."""
        async with self._database.session() as session:
            await booking.expire_due(session, now=self._clock.now())

    async def complete_meetings(self) -> None:
        """Close the meetings that are over."""
        async with self._database.session() as session:
            await booking.complete_past(session, now=self._clock.now())

    async def forget_updates(self) -> None:
        """Drop handled updates that no messenger repeats any more."""
        async with self._database.session() as session:
            await conversations.forget_old_updates(session, now=self._clock.now())
