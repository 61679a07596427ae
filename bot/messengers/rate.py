"""How fast we may talk to a messenger: limits for the whole bot and for each dialogue, answers before sends.

A messenger counts requests when they arrive, we when they leave, and what lies between may take any time. So
a request keeps its place under a limit while it is under way AND for one period after it ended: then, whatever
the network does, no more than `count` requests arrive within any `period`. It costs a little throughput (one
round trip per period) and saves the refusals that a leaky bucket (aiolimiter's, say) earns where the messenger
counts in a sliding second: such a bucket lets a full burst pass on top of its rate.

The counters live in this process. Replicas do not know of each other; what holds them together is the
messenger's own "too many requests", which every messenger here waits out and retries.
"""

from __future__ import annotations

import asyncio
from bisect import insort
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from enum import IntEnum
from functools import partial
from itertools import count


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `count` requests within any `period` seconds, for everything that goes under this name."""

    name: str
    count: int
    period: float = 1.0


class Priority(IntEnum):
    """Who goes first when there is no room for all: the lower number."""

    ANSWER = 0
    """Somebody is looking at the screen and waits."""
    SEND = 1
    """Nobody will notice a few seconds: notifications, reminders, bulk."""


CallLater = Callable[[float, Callable[[], None]], object]
"""Calls a function after so many seconds, as `loop.call_later` does."""


@dataclass(order=True, slots=True)
class _Waiter:
    priority: Priority
    number: int
    limits: tuple[Limit, ...] = field(compare=False)
    admitted: asyncio.Future[None] = field(compare=False)


class Pace:
    """The door to one messenger: every request goes through `slot`.

    Who waits is let in by priority, then in the order of coming; one that must wait for its own dialogue holds
    up nobody else. Answers always go before sends, so sends wait long only while answers alone fill the limit.
    A name is remembered only while requests under it are under way or have just ended.
    """

    def __init__(self, whole: Limit, *, call_later: CallLater | None = None) -> None:
        """`whole` holds for all requests together; `call_later` is by default the running loop's."""
        self._whole = whole
        self._call_later = call_later
        self._taken: Counter[str] = Counter()
        self._waiting: list[_Waiter] = []
        self._numbers = count()

    @asynccontextmanager
    async def slot(self, *limits: Limit, priority: Priority = Priority.SEND) -> AsyncIterator[None]:
        """Wait until a request may leave under the whole bot's limit and these; make it inside the `with`."""
        limits = (self._whole, *limits)
        await self._enter(limits, priority)
        try:
            yield
        finally:
            self._leave(limits)

    @property
    def names(self) -> frozenset[str]:
        """The names under which places are taken now."""
        return frozenset(self._taken)

    @property
    def waiting(self) -> int:
        """How many requests wait to be let in."""
        return len(self._waiting)

    async def _enter(self, limits: tuple[Limit, ...], priority: Priority) -> None:
        admitted = asyncio.get_running_loop().create_future()
        waiter = _Waiter(priority, next(self._numbers), limits, admitted)
        insort(self._waiting, waiter)
        self._admit()
        try:
            await admitted
        except asyncio.CancelledError:
            if admitted.cancelled():
                self._waiting.remove(waiter)
            else:  # let in at the very moment it gave up: the places are taken and must come back
                self._leave(limits)
            raise

    def _admit(self) -> None:
        for waiter in tuple(self._waiting):
            if not self._has_room(self._whole):
                return
            if waiter.admitted.done() or not all(map(self._has_room, waiter.limits)):
                continue
            self._waiting.remove(waiter)
            self._taken.update(limit.name for limit in waiter.limits)
            waiter.admitted.set_result(None)

    def _has_room(self, limit: Limit) -> bool:
        return self._taken[limit.name] < limit.count

    def _leave(self, limits: tuple[Limit, ...]) -> None:
        call_later = self._call_later or asyncio.get_running_loop().call_later
        for limit in limits:
            call_later(limit.period, partial(self._give_back, limit.name))

    def _give_back(self, name: str) -> None:
        self._taken[name] -= 1
        if not self._taken[name]:
            del self._taken[name]
        self._admit()
