"""The messenger MAX: its updates into the inbox, screens into its messages, through the client of `maxapi`.

The dispatcher of `maxapi` is left out on purpose: it keeps the marker in memory and handles updates one by one,
whereas here an update is first kept (marker and updates in one transaction) and understood later.
Methods, limits, formats: dev.max.ru/docs-api.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Mapping, Sequence
from functools import partial
from hmac import compare_digest
from typing import Any

import structlog
from aiohttp import web
from maxapi.enums.api_path import ApiPath
from maxapi.enums.http_method import HTTPMethod
from maxapi.enums.upload_type import UploadType
from maxapi.types.command import BotCommand
from maxapi.types.input_media import InputMediaBuffer
from maxapi.utils.deep_linking import MAX_DEEPLINK_HOST, create_start_link
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception, wait_exponential_jitter

from bot.messengers.max_calls import REQUEST_TIMEOUT, WHOLE_BOT, Json, MaxCalls, MaxRefused, Sleep, WrongToken
from bot.messengers.max_screens import CAPABILITIES, message_body
from bot.messengers.max_updates import CHANNEL, READ_TYPES, person_of, read_turn, read_update, update_key
from bot.messengers.rate import Limit, Pace, Priority
from bot.messengers.turn import Blocked, Command, Inbox, Refused, Screen, Turn, Unavailable

POLLING = Limit("max updates", 2)
POLL_WAIT = 30
"""Seconds a poll waits for something to happen; MAX takes no more."""
BATCH = 100
SECRET_HEADER = "X-Max-Bot-Api-Secret"  # noqa: S105 (the name of the header)
SECRET = re.compile(r"[A-Za-z0-9-]{5,256}")
UPDATE_BYTES = 1024 * 1024
"""More than any update has; a longer body comes from somebody else."""

log = structlog.get_logger(__name__)


class MaxMessenger:
    """MAX behind the `Messenger` contract. `open` it before use, `close` it after.

    Any call raises WrongToken once MAX does not accept the token.
    """

    channel = CHANNEL
    capabilities = CAPABILITIES

    def __init__(
        self,
        token: str,
        *,
        api_url: str | None = None,
        pace: Pace | None = None,
        timeout: float = REQUEST_TIMEOUT,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        """`api_url`: another address than the real one. `timeout`: seconds for one request.

        `pace` may be shared with whatever else calls MAX for this bot; `sleep` waits between tries.
        """
        pace = pace or Pace(WHOLE_BOT)
        self._calls = MaxCalls(token, api_url=api_url, pace=pace, timeout=timeout, sleep=sleep)
        self._bot = self._calls.bot
        self._sleep = sleep
        self._username: str | None = None
        self._subscribed: tuple[str, str] | None = None

    async def open(self, commands: Sequence[Command] = ()) -> None:
        """Learn the bot's own name; put the commands, if there are any, into its menu.

        Raises WrongToken, Unavailable, Refused.
        """
        self._username = (await self._calls.ask(self._bot.get_me)).username
        if not commands:
            return
        menu = [BotCommand(name=command.name, description=command.description) for command in commands]
        try:
            await self._calls.ask(partial(self._bot.set_commands, *menu))
        except (Refused, Unavailable) as error:  # a bot without a menu still serves
            log.warning("max.commands.not_set", reason=str(error))

    async def close(self) -> None:
        """Close the connections."""
        await self._bot.close_session()

    @property
    def username(self) -> str:
        """The bot's public name, without "@"."""
        if self._username is None:
            raise RuntimeError("MAX has not told the bot's name: open() comes first")
        return self._username

    def start_link(self, payload: str) -> str:
        """The deep link that opens the bot, with this payload if any (at most 128 of A-Z a-z 0-9 _ -)."""
        if not payload:
            return f"{MAX_DEEPLINK_HOST}/{self.username}"
        return create_start_link(self.username, payload)

    def read(self, update: Mapping[str, Any]) -> Turn | None:
        """The turn inside a raw update, or None when it asks for no answer."""
        return read_turn(update)

    def update_key(self, update: Mapping[str, Any]) -> str:
        """The same for every delivery of one update, different for any two updates."""
        return update_key(update)

    def person_of(self, update: Mapping[str, Any]) -> str | None:
        """The external id of who caused the update."""
        return person_of(update)

    async def poll(self, inbox: Inbox, *, wait: int = POLL_WAIT) -> None:
        """Fetch updates into the inbox until cancelled; `wait`: seconds a poll may last, at most 30.

        Whatever fails, MAX or the inbox, is tried again from the last marker, slower and slower. A webhook left
        from before is removed, for with one polling gets nothing. Raises WrongToken.
        """
        patiently = AsyncRetrying(
            retry=retry_if_exception(_may_pass),
            wait=wait_exponential_jitter(multiplier=1, max=30),
            before_sleep=_tell_failed_poll,
            sleep=self._sleep,
        )
        await patiently.copy()(self._unsubscribe_all)
        while True:
            await patiently.copy()(self._fetch, inbox, wait)

    async def _fetch(self, inbox: Inbox, wait: int) -> None:
        marker = await inbox.marker(CHANNEL)
        params: Json = {"limit": BATCH, "timeout": wait, "types": ",".join(READ_TYPES)}
        if marker is not None:  # without one MAX gives only the latest update, not the backlog
            params["marker"] = marker
        batch = await self._calls.poll(params, POLLING, wait=wait)
        updates = [update for raw in batch.get("updates") or () if (update := read_update(raw))]
        if updates or batch.get("marker") != marker:
            await inbox.accept(CHANNEL, updates, marker=batch.get("marker"))

    def mount(self, app: web.Application, path: str, inbox: Inbox, secret: str) -> None:
        """Add the webhook's route. `secret` is the one given to `ensure_subscription`.

        An update that could not be kept is answered 500, and MAX brings it again.
        """
        expected = _valid(secret).encode()

        async def receive(request: web.Request) -> web.Response:
            given = request.headers.get(SECRET_HEADER, "").encode("utf-8", "surrogateescape")
            if not compare_digest(given, expected):
                return web.Response(status=403)
            body = await request.clone(client_max_size=UPDATE_BYTES).read()
            try:
                raw = json.loads(body)
            except (ValueError, RecursionError):
                return web.Response(status=400)
            if not isinstance(raw, dict):
                return web.Response(status=400)
            if update := read_update(raw):
                await inbox.accept(CHANNEL, [update])
            return web.Response()

        app.router.add_post(path, receive)

    async def ensure_subscription(self, url: str, secret: str) -> None:
        """Have MAX push updates to `url` and nowhere else; to be repeated by the clock.

        MAX drops a subscription after eight hours of failed deliveries. It does not tell which secret it holds,
        so each process subscribes once even where there is a subscription already.
        Raises WrongToken, Unavailable, Refused (MAX does not like the address).
        """
        known = await self._subscriptions()
        if url not in known or self._subscribed != (url, secret):
            subscribe = partial(self._bot.subscribe_webhook, url, list(READ_TYPES), _valid(secret))
            done = await self._calls.ask(subscribe)
            if not done.success:
                raise Refused(f"MAX did not subscribe: {done.message}")
            self._subscribed = (url, secret)
            log.info("max.webhook.subscribed", url=url)
        await self._unsubscribe(known - {url})

    async def _subscriptions(self) -> set[str]:
        known = await self._calls.ask(self._bot.get_subscriptions)
        return {subscription.url for subscription in known.subscriptions}

    async def _unsubscribe(self, urls: set[str]) -> None:
        for url in urls:
            await self._calls.ask(partial(self._bot.unsubscribe_webhook, url))
            log.info("max.webhook.unsubscribed", url=url)

    async def _unsubscribe_all(self) -> None:
        await self._unsubscribe(await self._subscriptions())

    async def answer(self, turn: Turn, screen: Screen) -> str | None:
        """Show the screen in answer to the turn; see `Messenger`."""
        body = await self._body(screen, Priority.ANSWER)
        if turn.callback_id is not None:
            in_place = turn.message_id is not None and not screen.fresh
            if await self._reply(turn, body if in_place else None, screen.note) and in_place:
                return turn.message_id
        return await self._post(turn.person.external_id, body, Priority.ANSWER)

    async def send(self, person: str, screen: Screen) -> str:
        """Write to a person first; returns the message's id. Raises Blocked, Unavailable, Refused."""
        return await self._post(person, await self._body(screen, Priority.SEND), Priority.SEND)

    async def edit(self, person: str, message_id: str, screen: Screen) -> None:
        """Replace a message of ours. Raises Blocked, Unavailable, Refused (it is gone, or too old to edit)."""
        body = await self._body(screen, Priority.SEND)
        params = {"message_id": message_id}
        await self._calls.write(person, HTTPMethod.PUT, ApiPath.MESSAGES, params, body, priority=Priority.SEND)

    async def delete(self, person: str, message_id: str) -> None:
        """Remove a message of ours; one that is gone already is no error. Raises Blocked, Unavailable, Refused."""
        params = {"message_id": message_id}
        try:
            await self._calls.write(person, HTTPMethod.DELETE, ApiPath.MESSAGES, params, None, priority=Priority.SEND)
        except MaxRefused as error:
            if error.status not in (200, 404):  # 200 with success: false says "gone" too
                raise

    async def _post(self, person: str, body: Json, priority: Priority) -> str:
        """Send a new message. What became of it when MAX does not answer is unclear, so it is not repeated here."""
        try:
            sent = await self._calls.write(
                person,
                HTTPMethod.POST,
                ApiPath.MESSAGES,
                {"user_id": person},
                body,
                priority=priority,
                repeatable=False,
            )
        except MaxRefused as error:
            if error.status in (403, 404):  # there is no dialogue to write into
                raise Blocked(str(error)) from error
            raise
        return str(sent["message"]["body"]["mid"])

    async def _reply(self, turn: Turn, body: Json | None, note: str | None) -> bool:
        """Answer a tap by replacing its message, by a note, or just so; False when MAX knows the tap no more."""
        reply: Json = ({"message": body} if body else {}) | ({"notification": note} if note else {})
        params = {"callback_id": turn.callback_id}
        person = turn.person.external_id
        try:
            await self._calls.write(person, HTTPMethod.POST, ApiPath.ANSWERS, params, reply, priority=Priority.ANSWER)
        except MaxRefused as error:
            log.info("max.answer.refused", reason=str(error))
            return False
        return True

    async def _body(self, screen: Screen, priority: Priority) -> Json:
        picture = await self._upload(screen.picture, priority) if screen.picture else None
        return message_body(screen, picture, username=self.username)

    async def _upload(self, picture: bytes, priority: Priority) -> Json:
        media = InputMediaBuffer(picture, filename="picture", type=UploadType.IMAGE)
        uploaded = await self._calls.ask(partial(self._bot.upload_media, media), priority=priority)
        return uploaded.model_dump(mode="json")


def _valid(secret: str) -> str:
    if not SECRET.fullmatch(secret):
        raise ValueError("the webhook's secret must be 5 to 256 of A-Z a-z 0-9 and dash")
    return secret


def _may_pass(error: BaseException) -> bool:
    return isinstance(error, Exception) and not isinstance(error, WrongToken)


def _tell_failed_poll(state: RetryCallState) -> None:
    reason = state.outcome.exception() if state.outcome else None
    log.warning("max.poll.failed", tries=state.attempt_number, reason=repr(reason))
