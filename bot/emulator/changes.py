"""What people see happen in their chats, as it happens: for the page's event stream and for tests."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from types import TracebackType
from typing import Literal, Self

from bot.emulator.model import Message

ChangeKind = Literal["message", "edited", "removed", "note", "person"]


@dataclass(frozen=True, slots=True)
class Change:
    """One visible change in a person's chat: `person` is their user id."""

    person: int
    kind: ChangeKind
    message: Message | None = None
    mid: str | None = None
    note: str | None = None


class WatchEnded(Exception):
    """The emulator closed; nothing more will happen."""


class Watch:
    """Changes since the watch began, in order; narrowed to one person when asked. Use it in a `with`."""

    def __init__(self, changes: Changes, person: int | None, sender: int | None) -> None:
        self._changes = changes
        self._person = person
        self._sender = sender
        self._seen: asyncio.Queue[Change | None] = asyncio.Queue()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Stop watching."""
        self._changes.forget(self)

    def offer(self, change: Change) -> None:
        if self._person in (None, change.person):
            self._seen.put_nowait(change)

    def end(self) -> None:
        self._seen.put_nowait(None)

    async def next(self, *kinds: ChangeKind, within: float = 5.0) -> Change:
        """The next change (of these kinds, when given); earlier ones of other kinds are skipped.

        Raises TimeoutError after `within` seconds, WatchEnded when the emulator closed.
        """
        async with asyncio.timeout(within):
            while True:
                change = await self._seen.get()
                if change is None:
                    raise WatchEnded
                if not kinds or change.kind in kinds:
                    return change

    async def message(self, *, within: float = 5.0) -> Message:
        """The bot's next message, new or edited, as it was at that moment. Raises TimeoutError."""
        async with asyncio.timeout(within):
            while True:
                change = await self.next("message", "edited", within=within)
                if change.message is not None and change.message.sender_id == self._sender:
                    return change.message

    async def note(self, *, within: float = 5.0) -> str:
        """The bot's next one-time note over the chat. Raises TimeoutError."""
        change = await self.next("note", within=within)
        return change.note or ""


class Changes:
    """Hands every change to everybody who watches."""

    def __init__(self, bot_id: int) -> None:
        self._bot_id = bot_id
        self._watches: set[Watch] = set()

    def watch(self, person: int | None = None) -> Watch:
        """Watch from now on: everybody, or one person (their user id)."""
        watch = Watch(self, person, self._bot_id)
        self._watches.add(watch)
        return watch

    def forget(self, watch: Watch) -> None:
        self._watches.discard(watch)

    def tell(self, change: Change) -> None:
        for watch in tuple(self._watches):
            watch.offer(change)

    def close(self) -> None:
        """End every watch."""
        for watch in tuple(self._watches):
            watch.end()
