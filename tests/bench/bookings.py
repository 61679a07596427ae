"""What a booking costs beside the bare INSERTs it consists of: the price of rules, locks and the ORM.

Both sides write the same rows over as many connections, one commit a booking, into one embedded server with its
production settings. They take turns, so that a busy machine slows both alike.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from time import perf_counter

import asyncpg  # type: ignore[import-untyped, unused-ignore]
from sqlalchemy import func, select
from sqlalchemy.engine import make_url

from core.audit.models import AuditEntry
from core.booking import service as booking
from core.booking.models import Booking
from core.database import Database
from core.embedded_postgres import start_embedded
from core.keys import derive_keys
from core.meetings.models import Attendee, Claim, Meeting
from core.migrations import migrate
from core.notifications.models import Notification
from core.people.models import User
from core.sharing.models import ShareLink
from tests.bench.bare_bookings import BareBooking, Side, insert_booking
from tests.bench.figure import Figure
from tests.people import Host, make_host, register

PAIRS = 300
CONNECTIONS = 8
ROUNDS = 5
GOAL = 0.5
NOW = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)  # a Monday morning in Moscow
FIRST_START = datetime(2026, 11, 24, 7, 0, tzinfo=UTC)
LENGTH = timedelta(minutes=30)
TABLES = (Meeting, Attendee, Claim, Booking, Notification, AuditEntry)


@dataclass(frozen=True, slots=True)
class Pair:
    """A host and the one guest who books them: nobody waits for anybody's lock."""

    host: Host
    guest: User


Book = Callable[[Pair, datetime], Awaitable[None]]


async def measure() -> list[Figure]:
    """Bookings a second through the service, through bare asyncpg, and the one over the other."""
    with tempfile.TemporaryDirectory() as folder:
        embedded = await asyncio.to_thread(start_embedded, Path(folder))
        database = Database(embedded.url, pool_size=CONNECTIONS, embedded=embedded)
        bare = await asyncpg.create_pool(_plain(embedded.url), min_size=CONNECTIONS, max_size=CONNECTIONS)
        try:
            await migrate(database)
            return _figures(*await _compare(database, bare))
        finally:
            await bare.close()
            await database.close()


async def _compare(database: Database, bare: asyncpg.Pool) -> tuple[list[float], list[float]]:
    """Bookings a second in each round: the service's, the bare ones."""
    pairs = await _pairs(database)

    async def by_service(pair: Pair, start: datetime) -> None:
        host = pair.host
        async with database.session() as session:
            link = await session.merge(host.link, load=False)
            await booking.request(session, pair.guest, link=link, offer=host.offer, start=start, now=NOW)

    async def by_hand(pair: Pair, start: datetime) -> None:
        async with bare.acquire() as connection:
            await insert_booking(connection, _rows(pair, start))

    start = FIRST_START
    rates: tuple[list[float], list[float]] = ([], [])
    for number in range(ROUNDS + 1):
        written = []
        for side, book in enumerate((by_service, by_hand)):
            before = await _rows_kept(database)
            rate = await _rate(book, pairs, start)
            written.append(await _rows_kept(database) - before)
            start += LENGTH
            if number:  # the first round only warms the caches of both
                rates[side].append(rate)
        assert written[0] == written[1], "both sides must write the same"
    return rates


async def _rows_kept(database: Database) -> Counter[str]:
    """How many rows the tables of a booking hold, and how often links were used."""
    async with database.session() as session:
        kept = {table.__tablename__: await session.scalar(select(func.count()).select_from(table)) for table in TABLES}
        uses = await session.scalar(select(func.sum(ShareLink.uses)))
    return Counter({name: number or 0 for name, number in kept.items()} | {"uses": uses or 0})


async def _rate(book: Book, pairs: list[Pair], start: datetime) -> float:
    """How many of the pairs were booked a second."""
    waiting = iter(pairs)

    async def one_after_another() -> None:
        for pair in waiting:
            await book(pair, start)

    begun = perf_counter()
    await asyncio.gather(*(one_after_another() for _ in range(CONNECTIONS)))
    return len(pairs) / (perf_counter() - begun)


async def _pairs(database: Database) -> list[Pair]:
    keys = derive_keys("a secret of the benchmark, long enough to pass")
    pairs = []
    async with database.session() as session:
        for number in range(PAIRS):
            host = await make_host(session, f"Хозяин {number}", now=NOW, keys=keys)
            pairs.append(Pair(host, await register(session, f"Гость {number}", now=NOW)))
    return pairs


def _rows(pair: Pair, start: datetime) -> BareBooking:
    host, guest = pair.host.user, pair.guest
    return BareBooking(
        host=Side(host.id, host.lane, host.name),
        guest=Side(guest.id, guest.lane, guest.name),
        meeting_type_id=pair.host.meeting_type.id,
        link_id=pair.host.link.id,
        start=start,
        length=LENGTH,
        now=NOW,
    )


def _figures(service: list[float], bare: list[float]) -> list[Figure]:
    ratio = median(ours / theirs for ours, theirs in zip(service, bare, strict=True))
    return [
        Figure("bookings_service", round(median(service)), "1/s", "", True),
        Figure("bookings_bare_inserts", round(median(bare)), "1/s", "", True),
        Figure("bookings_service_to_bare", round(ratio, 2), "", f"≥ {GOAL}", ratio >= GOAL),
    ]


def _plain(url: str) -> str:
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
