"""A MAX on this machine and a messenger that talks to it over real HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiohttp.test_utils import TestServer

from bot.emulator.application import EMULATOR, create_emulator
from bot.emulator.emulator import Emulator
from bot.messengers.max import MaxMessenger
from bot.messengers.max_calls import WHOLE_BOT
from bot.messengers.rate import Pace
from bot.messengers.turn import Turn, Update

TOKEN = "f9LHodD0cOLabc-TEST-TOKEN-okno"
BOT = "okno_test_bot"


class Naps:
    """A sleep that takes no time and remembers how long each was meant to be, in seconds."""

    def __init__(self) -> None:
        self.taken: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.taken.append(seconds)
        await asyncio.sleep(0)


class MemoryInbox:
    """An inbox that keeps everything it is given, repeats too; the first `failures` acceptances fail."""

    def __init__(self, failures: int = 0) -> None:
        self.kept: list[Update] = []
        self.place: int | None = None
        self.failures = failures
        self._changed = asyncio.Event()

    async def marker(self, channel: str) -> int | None:
        assert channel == "max"
        return self.place

    async def accept(self, channel: str, updates: Sequence[Update], *, marker: int | None = None) -> None:
        assert channel == "max"
        if self.failures:
            self.failures -= 1
            raise ConnectionError("the database is away")
        self.kept.extend(updates)
        self.place = self.place if marker is None else marker
        self._changed.set()

    @property
    def texts(self) -> list[str]:
        """What the kept updates say, in order."""
        return [update.payload["message"]["body"]["text"] for update in self.kept]

    async def holding(self, count: int) -> list[Update]:
        """The kept updates, as soon as there are so many. Raises TimeoutError after 10 seconds."""
        async with asyncio.timeout(10):
            while len(self.kept) < count:
                self._changed.clear()
                await self._changed.wait()
        return self.kept


@dataclass
class Max:
    """The emulated messenger, where its Bot API is, and messengers connected to it."""

    emulator: Emulator
    address: str
    _open: AsyncExitStack
    naps: Naps = field(default_factory=Naps)

    @property
    def api_url(self) -> str:
        return self.address + "/api"

    async def messenger(self, **options: Any) -> MaxMessenger:
        """A messenger, opened; it is closed at the end of the test."""
        defaults: dict[str, Any] = {
            "token": TOKEN,
            "api_url": self.api_url,
            "sleep": self.naps,
            "pace": hurried(),
        }
        messenger = MaxMessenger(**defaults | options)
        self._open.push_async_callback(messenger.close)
        await messenger.open()
        return messenger

    def person(self, name: str = "Анна") -> int:
        """Somebody who has started the bot; returns their user id."""
        user_id = self.emulator.add_person(name).user_id
        self.emulator.open(user_id)
        return user_id

    def last_turn(self, messenger: MaxMessenger) -> Turn:
        """What the newest update means to the messenger."""
        turn = messenger.read(self.last_update())
        assert turn is not None
        return turn

    def last_update(self) -> Mapping[str, Any]:
        """The newest update, as a poll would bring it."""
        return self.emulator.wire.update(self.emulator.updates.pending()[-1])


def hurried() -> Pace:
    """A pace whose seconds pass at once, for tests that are not about it."""

    def call_soon(_: float, callback: Callable[[], None]) -> None:
        asyncio.get_running_loop().call_soon(callback)

    return Pace(WHOLE_BOT, call_later=call_soon)


async def _serve(*, rate_limits: bool) -> AsyncIterator[Max]:
    app = create_emulator(token=TOKEN, bot_username=BOT, rate_limits=rate_limits, webhook_pause=0.05)
    async with TestServer(app) as server, AsyncExitStack() as stack:
        yield Max(app[EMULATOR], str(server.make_url("")).rstrip("/"), stack)


@pytest.fixture
async def max_server() -> AsyncIterator[Max]:
    """MAX without its request limits."""
    async for server in _serve(rate_limits=False):
        yield server


@pytest.fixture
async def strict_server() -> AsyncIterator[Max]:
    """MAX with its request limits, the way it really counts."""
    async for server in _serve(rate_limits=True):
        yield server
