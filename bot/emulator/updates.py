"""The stream of updates towards the bot, as long polling sees it.

A marker points at the next update the bot expects: passing it acknowledges everything before. Without a marker only
the latest update is given, not the backlog. Updates nobody fetched are kept 24 hours.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from dataclasses import dataclass

from bot.emulator.model import Json, State, Update

KEPT_MS = 24 * 60 * 60 * 1000


@dataclass(frozen=True, slots=True)
class Batch:
    """Some updates in order, and the marker that acknowledges them."""

    updates: list[Update]
    marker: int


class UpdateStream:
    """The unacknowledged updates of `state`; `now_ms` tells the present instant in ms."""

    def __init__(self, state: State, now_ms: Callable[[], int]) -> None:
        self._state = state
        self._now_ms = now_ms
        self._arrival = asyncio.Event()
        self.waiting = 0
        """How many polls wait at this moment."""
        self.closing = False

    def append(self, chat_id: int, body: Json, *, message_mid: str | None = None) -> Update:
        """Put an update at the end of the stream and wake whoever waits for one."""
        update = Update(
            seq=self._state.next_update,
            chat_id=chat_id,
            timestamp_ms=int(body["timestamp"]),
            body=body,
            message_mid=message_mid,
        )
        self._state.next_update += 1
        self._state.updates.append(update)
        self._wake()
        return update

    def remove(self, update: Update) -> None:
        """Forget an update that reached the bot another way (a webhook)."""
        self._state.updates[:] = [one for one in self._state.updates if one.seq != update.seq]

    def pending(self) -> list[Update]:
        """What nobody acknowledged and is still kept, in order."""
        oldest = self._now_ms() - KEPT_MS
        self._state.updates[:] = [update for update in self._state.updates if update.timestamp_ms >= oldest]
        return list(self._state.updates)

    def acknowledge(self, marker: int) -> None:
        """Forget everything before the marker."""
        self._state.updates[:] = [update for update in self._state.updates if update.seq >= marker]

    def take(self, *, marker: int | None, limit: int, kinds: Collection[str] | None) -> Batch:
        """What a poll gets right now.

        Updates of other kinds than asked for are passed over, and acknowledged too. A marker this stream never gave
        (from before its memory was lost) counts as none.
        """
        if marker is not None and marker > self._state.next_update:
            marker = None
        if marker is not None:
            self.acknowledge(marker)
        waiting = self.pending()
        wanted = [update for update in waiting if kinds is None or update.kind in kinds]
        if marker is None:
            wanted = wanted[-1:]
        batch = wanted[:limit]
        passed_all = len(batch) == len(wanted)
        return Batch(batch, self._state.next_update if passed_all else batch[-1].seq + 1)

    async def poll(self, *, marker: int | None, limit: int, wait: float, kinds: Collection[str] | None) -> Batch:
        """The next updates, waiting up to `wait` seconds for the first one."""
        try:
            async with asyncio.timeout(wait):
                while not (batch := self.take(marker=marker, limit=limit, kinds=kinds)).updates:
                    if self.closing:
                        break
                    await self._wait()
        except TimeoutError:
            batch = self.take(marker=marker, limit=limit, kinds=kinds)
        return batch

    def close(self) -> None:
        """Let everybody who waits go: the server shuts down."""
        self.closing = True
        self._wake()

    async def _wait(self) -> None:
        self.waiting += 1
        try:
            await self._arrival.wait()
        finally:
            self.waiting -= 1

    def _wake(self) -> None:
        # Whoever waits now is released; whoever comes later waits for the next one.
        self._arrival.set()
        self._arrival = asyncio.Event()
