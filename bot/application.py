"""The composition root, which alone knows everybody: settings → database → services → messengers → web → jobs."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Coroutine
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import structlog
from aiohttp import web

from bot.conversations import Conversations
from bot.courier import Courier
from bot.dialogs import registry
from bot.messengers.max import MaxMessenger
from bot.messengers.max_calls import WrongToken
from bot.messengers.rate import Pace
from bot.messengers.turn import Messenger, Refused, Unavailable
from core.clock import Clock, SystemClock
from core.database import Database, open_database
from core.jobs import Jobs
from core.keys import load_keys
from core.locales.catalogue import DEFAULT_LANGUAGE
from core.locales.reader import Reader
from core.migrations import migrate
from core.notifications.outbox import Outbox
from core.people.cities import HOME_ZONE
from core.settings import Settings, SettingsError
from webapp.application import add_web

log = structlog.get_logger(__name__)

MAX_WEBHOOK_PATH = "/webhook/max"
SUBSCRIPTION_EVERY = timedelta(minutes=5)
RECOVER_EVERY = timedelta(seconds=15)
OPEN_AGAIN_AFTER = 5.0
"""Seconds before a messenger that did not answer at the start is asked again."""


class Okno:
    """One process of Okno. `open` prepares, `listen` answers HTTP, `go` starts the bot and the clock, `close` ends."""

    def __init__(self, settings: Settings, *, clock: Clock | None = None, max_pace: Pace | None = None) -> None:
        """`max_pace`: how fast MAX may be asked, when it is not the platform's own limits."""
        self.settings = settings
        self._max_pace = max_pace
        self.clock = clock or SystemClock()
        self.web = web.Application()
        self.database: Database
        self.conversations: Conversations
        self.outbox: Outbox
        self.jobs: Jobs
        self._messengers: dict[str, Messenger] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._closing = contextlib.AsyncExitStack()

    async def open(self) -> None:
        """Database, schema, services and routes. Raises SettingsError and EmbeddedPostgresError."""
        self.keys = load_keys(self.settings)
        self.database = await asyncio.to_thread(open_database, self.settings)
        self._closing.push_async_callback(self.database.close)
        await migrate(self.database)
        self.conversations = Conversations(self.database, self.keys, self.clock)
        self.outbox = Outbox(
            self.database, Courier(self.database, self.keys, self.clock, self._messengers), self.clock
        )
        self.jobs = Jobs(self.database, self.clock)
        self.jobs.every(RECOVER_EVERY, self.conversations.recover)
        add_web(self.web, self.database)
        if self.settings.max_api_key is not None:
            self.max = self._make_max(self.settings.max_api_key.get_secret_value())

    def _make_max(self, token: str) -> MaxMessenger:
        messenger = MaxMessenger(token, api_url=self.settings.max_api_url, pace=self._max_pace)
        self._closing.push_async_callback(messenger.close)
        if self.settings.max_mode == "webhook" and self.settings.max_webhook_secret is not None:
            secret = self.settings.max_webhook_secret.get_secret_value()
            messenger.mount(self.web, MAX_WEBHOOK_PATH, self.conversations, secret)
        return messenger

    async def listen(self, host: str = "0.0.0.0") -> None:  # noqa: S104 (the container's port is what limits it)
        """Answer HTTP on the configured port. Raises SettingsError when the port is taken."""
        runner = web.AppRunner(self.web, access_log=None, shutdown_timeout=10)
        await runner.setup()
        self._closing.push_async_callback(runner.cleanup)
        try:
            await web.TCPSite(runner, host, self.settings.port).start()
        except OSError as error:
            reason = os.strerror(error.errno).lower() if error.errno else str(error)
            raise SettingsError(f"PORT {self.settings.port} cannot be used: {reason}.") from error

    async def go(self) -> None:
        """Start the clock and the messengers; what they run into rises from `watch`."""
        self.jobs.start()
        self._closing.callback(self.jobs.stop)
        if self.settings.max_api_key is not None:
            self._run(self._serve_max(), "max")
        else:
            self._run(self.outbox.run(), "outbox")

    async def _serve_max(self) -> None:
        """Open MAX, then deliver and receive through it. Raises SettingsError when it refuses the token."""
        await self._open_max()
        self._messengers[self.max.channel] = self.max
        self.conversations.attach(self.max)
        await self.conversations.recover(older_than=timedelta(0))
        self._run(self.outbox.run(), "outbox")
        if self.settings.max_mode == "polling":
            try:
                await self.max.poll(self.conversations)
            except WrongToken as error:
                raise SettingsError("MAX_API_KEY is not right any more: MAX stopped accepting the token.") from error
        else:
            self.jobs.every(SUBSCRIPTION_EVERY, self._renew_subscription)
            await self._renew_subscription()
            await asyncio.Event().wait()

    async def _open_max(self) -> None:
        """Until MAX answers: a messenger that is down at the start is no reason not to start."""
        menu = registry.commands(Reader(DEFAULT_LANGUAGE, ZoneInfo(HOME_ZONE), self.clock.now()))
        while True:
            try:
                return await self.max.open(menu)
            except WrongToken as error:
                raise SettingsError("MAX_API_KEY is not right: MAX does not accept the token.") from error
            except (Unavailable, Refused) as error:
                log.warning("max.not_answering", reason=str(error))
                await asyncio.sleep(OPEN_AGAIN_AFTER)

    async def _renew_subscription(self) -> None:
        """MAX ends a subscription after eight hours of failures; asking again is how it comes back."""
        secret = self.settings.max_webhook_secret
        if secret is None:
            raise SettingsError("MAX_WEBHOOK_SECRET is missing: MAX_MODE=webhook needs it.")
        try:
            await self.max.ensure_subscription(self.settings.public_url + MAX_WEBHOOK_PATH, secret.get_secret_value())
        except (Unavailable, Refused) as error:
            log.warning("max.subscription_not_renewed", reason=str(error))

    def _run(self, work: Coroutine[Any, Any, None], name: str) -> None:
        self._tasks.add(asyncio.create_task(work, name=name))

    async def watch(self) -> None:
        """Until one of the process's own tasks fails, which it never should: then its error rises."""
        while True:
            done, _ = await asyncio.wait(self._tasks, return_when=asyncio.FIRST_COMPLETED, timeout=1)
            for task in done:
                task.result()

    async def close(self) -> None:
        """Stop receiving, finish the turns at hand, then close what was opened, last first."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if hasattr(self, "conversations"):
            await self.conversations.close()
        await self._closing.aclose()
