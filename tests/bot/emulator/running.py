"""An emulator behind a real HTTP server, with the real client talking to it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from aiohttp import ClientResponse, ClientSession, web
from aiohttp.test_utils import TestServer
from maxapi import Bot
from maxapi.client.default import DefaultConnectionProperties
from maxapi.methods.types.getted_updates import process_update_request
from maxapi.types import ButtonsPayload
from maxapi.types.message import Message, MessageBody
from maxapi.types.updates import UpdateUnion

from bot.emulator import EMULATOR, Emulator, Person, create_emulator

TOKEN = "token-of-the-emulated-bot"
PREFIX = "/emulator/"


@dataclass
class Running:
    """A running emulator, the bot's client and a plain HTTP session; `anna` has started the bot."""

    emulator: Emulator
    bot: Bot
    http: ClientSession
    server: TestServer
    anna: Person

    def url(self, path: str) -> str:
        """The absolute address of a path under the emulator's prefix."""
        return str(self.server.make_url(PREFIX + path))

    async def api(self, method: str, path: str, **options: Any) -> ClientResponse:
        """A raw request to the Bot API, with the right token unless other headers are given."""
        options.setdefault("headers", {"Authorization": TOKEN})
        return await self.http.request(method, self.url(f"api/{path}"), **options)

    async def updates(self, **query: Any) -> list[UpdateUnion]:
        """What a poll gives, read by the client; all there is, unless a marker is given."""
        return await process_update_request(
            await self.bot.get_updates(**{"marker": 0, "timeout": 0, **query}), self.bot
        )

    async def send(self, text: str | None = None, *attachments: Any, **options: Any) -> Message:
        """Have the bot write to Anna (or to whom the options say); the message as the client reads it."""
        options = {"user_id": self.anna.user_id, **options}
        sent = await self.bot.send_message(text=text, attachments=list(attachments), **options)
        assert sent is not None
        return sent.message

    async def said(self, text: str, *rows: Sequence[Any]) -> str:
        """Have the bot write to Anna, with these rows of buttons; the message's id."""
        message = await self.send(text, *([keyboard(*rows)] if rows else []))
        return body_of(message).mid


def body_of(message: Message) -> MessageBody:
    assert message.body is not None
    return message.body


def keyboard(*rows: Sequence[Any]) -> Any:
    """An attachment with these rows of buttons."""
    return ButtonsPayload(buttons=[list(row) for row in rows]).pack()  # type: ignore[no-untyped-call]


async def eventually(condition: Callable[[], bool]) -> None:
    """Wait until it is so, or fail."""
    async with asyncio.timeout(5):
        while not condition():  # noqa: ASYNC110  (what is waited for reports to nobody)
            await asyncio.sleep(0.005)


@asynccontextmanager
async def running(**options: Any) -> AsyncIterator[Running]:
    """Run an emulator made with these options; no request limits unless asked for."""
    app = create_emulator(token=TOKEN, **{"rate_limits": False, "webhook_pause": 0.01, **options})
    root = web.Application()
    root.add_subapp(PREFIX, app)
    server = TestServer(root)
    await server.start_server()
    connection = DefaultConnectionProperties(max_retries=0, timeout=5)
    bot = Bot(TOKEN, auto_requests=False, default_connection=connection, after_upload_retry_delay=0.01)
    bot.after_input_media_delay = 0.0
    bot.set_api_url(str(server.make_url(f"{PREFIX}api")))
    emulator = app[EMULATOR]
    anna = next(iter(emulator.state.people.values()), None) or emulator.add_person("Анна", "Петрова")
    if not anna.started:
        emulator.open(anna.user_id)
        emulator.updates.acknowledge(emulator.state.next_update)
    async with ClientSession() as http:
        try:
            yield Running(emulator, bot, http, server, anna)
        finally:
            await bot.close_session()
            await server.close()
