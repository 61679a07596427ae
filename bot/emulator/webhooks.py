"""Webhooks: subscriptions, and pushing updates to them until they are taken.

Updates of one dialogue arrive in order, one after another; dialogues do not wait for each other. Anything but 200
is tried again with growing pauses; a subscription that did not take an update for 8 hours is dropped
(dev.max.ru/docs-api, POST /subscriptions).
"""

from __future__ import annotations

import asyncio
import re
from collections import deque
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import structlog
from aiohttp import web

from bot.emulator.emulator import Emulator
from bot.emulator.errors import bad_request
from bot.emulator.model import Subscription, Update

SECRET_HEADER = "X-Max-Bot-Api-Secret"  # noqa: S105  (a header's name)
SECRET = re.compile(r"[A-Za-z0-9-]{5,256}")
PORTS = (80, 8080, 443, 8443, *range(16384, 32384))
ANSWER_TIMEOUT_SECONDS = 30.0
LONGEST_PAUSE_SECONDS = 60.0
GIVE_UP_MS = 8 * 60 * 60 * 1000

log = structlog.get_logger(__name__)

Lane = tuple[str, int]
"""An address and a chat: what is delivered in order."""


class Webhooks:
    """Pushes the updates of `emulator` to its subscriptions.

    `allow_http` lets a bot on this machine subscribe without TLS and on any port, which the platform does not.
    `first_pause` is the pause before the first repeat, in seconds; it doubles with every further one.
    """

    def __init__(self, emulator: Emulator, *, allow_http: bool = True, first_pause: float = 1.0) -> None:
        self._emulator = emulator
        self._allow_http = allow_http
        self._first_pause = first_pause
        self._waiting: dict[Lane, deque[Update]] = {}
        self._couriers: dict[Lane, asyncio.Task[None]] = {}
        self._session: aiohttp.ClientSession | None = None
        emulator.on_update.append(self._push)

    @property
    def subscriptions(self) -> list[Subscription]:
        return self._emulator.state.subscriptions

    async def run(self, _: web.Application) -> AsyncIterator[None]:
        """Deliver while the application runs (an aiohttp cleanup context); what was left over goes first."""
        timeout = aiohttp.ClientTimeout(total=ANSWER_TIMEOUT_SECONDS)
        async with aiohttp.ClientSession(timeout=timeout) as self._session:
            for subscription in self.subscriptions:
                self._push_backlog(subscription)
            yield
            await self._dismiss(list(self._couriers))

    def subscribe(self, body: Any) -> None:
        """Add the subscription of a request body, or replace the one with the same address.

        Raises ApiError 400 for an address, a secret or types the platform would not take.
        """
        if not isinstance(body, dict):
            raise bad_request("the body must be an object")
        subscription = Subscription(
            url=self._read_url(body.get("url")),
            time_ms=self._emulator.now_ms(),
            secret=_read_secret(body.get("secret")),
            update_types=_read_types(body.get("update_types")),
        )
        known = self._find(subscription.url)
        if known is not None:
            self.subscriptions[self.subscriptions.index(known)] = subscription
        else:
            self.subscriptions.append(subscription)
            self._push_backlog(subscription)

    async def unsubscribe(self, url: str) -> bool:
        """Remove the subscription with this address; False when there is none."""
        known = self._find(url)
        if known is None:
            return False
        self.subscriptions.remove(known)
        await self._dismiss([lane for lane in self._couriers if lane[0] == url])
        return True

    def _push_backlog(self, subscription: Subscription) -> None:
        for update in self._emulator.updates.pending():
            self._enqueue(subscription, update)

    def _push(self, update: Update) -> None:
        for subscription in self.subscriptions:
            self._enqueue(subscription, update)

    def _enqueue(self, subscription: Subscription, update: Update) -> None:
        if self._session is None:
            return
        if subscription.update_types is not None and update.kind not in subscription.update_types:
            return
        lane = (subscription.url, update.chat_id)
        self._waiting.setdefault(lane, deque()).append(update)
        if lane not in self._couriers:
            self._couriers[lane] = asyncio.create_task(self._deliver(lane))

    async def _deliver(self, lane: Lane) -> None:
        waiting = self._waiting[lane]
        try:
            while waiting:
                await self._deliver_one(lane[0], waiting[0])
                waiting.popleft()
        finally:
            self._couriers.pop(lane, None)
            self._waiting.pop(lane, None)

    async def _deliver_one(self, url: str, update: Update) -> None:
        pause = self._first_pause
        # Looked up every time: it may have been removed, or subscribed again with another secret.
        while (subscription := self._find(url)) is not None:
            if await self._attempt(subscription, update):
                self._emulator.updates.remove(update)
                return
            if self._emulator.now_ms() - update.timestamp_ms > GIVE_UP_MS:
                log.warning("webhook_dropped", url=url)
                self.subscriptions.remove(subscription)
                return
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE_SECONDS)

    async def _attempt(self, subscription: Subscription, update: Update) -> bool:
        if self._session is None:
            return False
        omit = self._emulator.faults.omit_callback_chat
        body = self._emulator.wire.update(update, omit_callback_chat=omit)
        headers = {} if subscription.secret is None else {SECRET_HEADER: subscription.secret}
        try:
            async with self._session.post(subscription.url, json=body, headers=headers) as response:
                return response.status == 200
        except (aiohttp.ClientError, TimeoutError) as error:
            log.info("webhook_unreachable", url=subscription.url, error=repr(error))
            return False

    def _find(self, url: str) -> Subscription | None:
        return next((one for one in self.subscriptions if one.url == url), None)

    async def _dismiss(self, lanes: list[Lane]) -> None:
        couriers = [self._couriers[lane] for lane in lanes]
        for courier in couriers:
            courier.cancel()
        await asyncio.gather(*couriers, return_exceptions=True)

    def _read_url(self, url: Any) -> str:
        if not isinstance(url, str):
            raise bad_request("url is required")
        address = urlsplit(url)
        if address.scheme not in ("http", "https") or not address.hostname:
            raise bad_request("url must start with http(s)://")
        if not self._allow_http:
            if address.scheme != "https":
                raise bad_request("url must be https")
            if (address.port or 443) not in PORTS:
                raise bad_request("url must use one of the ports 80, 8080, 443, 8443, 16384-32383")
        return url


def _read_secret(secret: Any) -> str | None:
    if secret is None:
        return None
    if not isinstance(secret, str) or not SECRET.fullmatch(secret):
        raise bad_request("secret must match [A-Za-z0-9-]{5,256}")
    return secret


def _read_types(types: Any) -> list[str] | None:
    if types is None:
        return None
    if not isinstance(types, list) or not all(isinstance(one, str) for one in types):
        raise bad_request("update_types must be an array of strings")
    return types or None
