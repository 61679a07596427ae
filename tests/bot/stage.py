"""The whole bot on a stage: the real Okno process object, the real client of MAX, the emulated MAX, PostgreSQL.

    pavel = stage.person("Павел", "Смирнов")
    await pavel.open()
    await pavel.taps("Верно")
    assert "Когда с вами можно встретиться?" in pavel.screen

Nothing waits by sleeping: a person waits for what the bot shows them, twenty seconds at most.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import count
from typing import Any, Literal

import structlog
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer
from pydantic import SecretStr
from sqlalchemy import Executable, Select, func, select
from structlog.typing import EventDict

from bot.application import Okno
from bot.dialogs.sharing import LINK_PREFIX
from bot.emulator import EMULATOR, Change, Emulator, Message, Person, create_emulator
from bot.emulator.changes import WatchEnded
from bot.messengers.max_calls import WHOLE_BOT
from bot.messengers.rate import Limit, Pace, Priority
from core.conversations import service as conversations
from core.conversations.models import ReceivedUpdate
from core.database import Database
from core.keys import derive_keys
from core.notifications.models import Delivery, Notification
from core.settings import Settings
from core.sharing import tokens
from tests.people import Host, make_host
from tests.process import free_port

Mode = Literal["polling", "webhook"]

TOKEN = "token-of-the-bot-on-stage"
BOT = "okno_bot"
SECRET_KEY = "a secret of the tests, long enough to pass"
WEBHOOK_SECRET = "secret-of-the-webhook"
MORNING = datetime(2026, 11, 23, 5, 50, tzinfo=UTC)
"""Monday, 8:50 in Moscow: with two hours' notice the first opening is at 11:00."""
WITHIN = 20.0


class MovableClock:
    """Goes like any clock, from MORNING on, and can be moved forward."""

    def __init__(self, start: datetime = MORNING) -> None:
        self._start = start
        self._begun = time.monotonic()

    def now(self) -> datetime:
        return self._start + timedelta(seconds=time.monotonic() - self._begun)

    def advance(self, by: timedelta) -> None:
        self._start += by


class OpenDoor(Pace):
    """A pace that lets everybody in at once."""

    def __init__(self) -> None:
        super().__init__(WHOLE_BOT)

    @asynccontextmanager
    async def slot(self, *_: Limit, priority: Priority = Priority.SEND) -> AsyncIterator[None]:  # noqa: ARG002
        yield


class FrontDoor:
    """What stands before the replicas in production: one address whose requests go to them in turn."""

    def __init__(self) -> None:
        self.ports: list[int] = []
        self._turns = count()
        self._app = web.Application()
        self._app.router.add_post("/{path:.*}", self._forward)
        self._server = TestServer(self._app)

    async def start(self, stack: AsyncExitStack) -> None:
        await self._server.start_server()
        stack.push_async_callback(self._server.close)
        self._client = await stack.enter_async_context(ClientSession())

    @property
    def url(self) -> str:
        return str(self._server.make_url("")).rstrip("/")

    async def _forward(self, request: web.Request) -> web.Response:
        if not self.ports:
            return web.Response(status=503)
        port = self.ports[next(self._turns) % len(self.ports)]
        body, headers = await request.read(), {**request.headers}
        async with self._client.post(f"http://127.0.0.1:{port}{request.path}", data=body, headers=headers) as answer:
            return web.Response(status=answer.status)


class Actor:
    """A person in the messenger: what they do, and what they see of the bot."""

    def __init__(self, stage: Stage, person: Person) -> None:
        self._stage = stage
        self._emulator = stage.emulator
        self._chat = stage.emulator.watch(person.user_id)
        self._shown: Message | None = None
        self.person = person
        self.id = person.user_id
        self.name = person.name
        self.notes: list[str] = []
        self.heard: list[str] = []
        """Everything the bot showed, new messages and edits, in order."""
        self._news = asyncio.Event()
        following = asyncio.create_task(self._follow(), name=f"eyes of {self.name}")
        stage.closing.callback(following.cancel)

    # What they do; each waits for the bot's answer and returns its text

    async def open(self, payload: str | None = None) -> str:
        """Press Start, or follow the bot's link with this payload."""
        return await self._do(lambda: self._emulator.open(self.id, payload))

    async def says(self, text: str) -> str:
        return await self._do(lambda: self._emulator.say(self.id, text))

    async def taps(self, *labels: str) -> str:
        """Tap one button after another: those of the screen first, else the newest that say so."""
        for label in labels:
            await self._do(partial(self.tap, label))
        return self.screen

    # The same without waiting

    def tap(self, label: str) -> None:
        """Tap the button; its label may be left out after an ellipsis: «Запросы…»."""
        self._emulator.tap(self.id, *self._find(label))

    def tap_again(self, message: Message, label: str) -> None:
        """Tap a button of a message as it once was, though it may show other buttons by now."""
        self._emulator.state.messages[message.mid].rows[:] = message.rows
        self.tap_at(message, *_place(message.rows, label))

    def tap_at(self, message: Message, row: int, column: int) -> None:
        """Tap the button at that place of the message."""
        self._emulator.tap(self.id, message.mid, row, column)

    # What they see

    @property
    def shown(self) -> Message:
        """The message that the bot showed or changed last."""
        if self._shown is None:
            raise AssertionError(f"{self.name} has seen nothing of the bot yet")
        return self._shown

    @property
    def screen(self) -> str:
        """The text of that message, without its markup."""
        return self.shown.plain or ""

    @property
    def buttons(self) -> list[str]:
        return [button["text"] for row in self.shown.rows for button in row]

    @property
    def messages(self) -> list[Message]:
        """All messages of the bot that stand in the chat now."""
        bot = self._emulator.state.bot.user_id
        return [message for message in self._emulator.messages(self.id) if message.sender_id == bot]

    def showing(self, *fragments: str) -> list[Message]:
        """The bot's messages that stand in the chat and say all of this."""
        return [one for one in self.messages if all(fragment in (one.plain or "") for fragment in fragments)]

    async def sees(self, *fragments: str) -> str:
        """Wait until the screen says all of this."""
        await self.until(
            lambda: self._shown is not None and all(fragment in self.screen for fragment in fragments),
            f"does not see {fragments}",
        )
        return self.screen

    async def gets(self, fragment: str = "") -> str:
        """Wait for one more message or edit that says this, whatever was shown before."""
        heard = len(self.heard)
        await self.until(lambda: any(fragment in text for text in self.heard[heard:]), f"does not get {fragment!r}")
        return self.screen

    async def loses(self, message: Message) -> None:
        """Wait until the message is gone from the chat."""
        await self.until(lambda: message.mid not in self._emulator.state.messages, f"keeps {message.plain!r}")

    async def _do(self, deed: Callable[[], object]) -> str:
        await asyncio.sleep(0)  # what was shown before is noticed before
        heard = len(self.heard)
        deed()
        await self.until(lambda: len(self.heard) > heard, "gets no answer")
        return self.screen

    async def until(self, done: Callable[[], bool], otherwise: str) -> None:
        """Wait until it is done, looking whenever something happens in the chat."""
        try:
            async with asyncio.timeout(WITHIN):
                while not done():
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            raise AssertionError(self._stage.lament(f"{self.name} {otherwise}", self)) from None

    async def _follow(self) -> None:
        with suppress(WatchEnded):
            while True:
                self._notice(await self._chat.next(within=3600))
                self._news.set()

    def _find(self, label: str) -> tuple[str, int, int]:
        for message in filter(None, (self._shown, *reversed(self.messages))):
            now = self._emulator.state.messages.get(message.mid)
            if now is not None and any(_says(button["text"], label) for row in now.rows for button in row):
                return (message.mid, *_place(now.rows, label))
        raise AssertionError(self._stage.lament(f"{self.name} has no button {label!r}", self))

    def _notice(self, change: Change) -> None:
        message = change.message
        if change.kind == "note":
            self.notes.append(change.note or "")
        elif change.kind == "removed" and self._shown is not None and self._shown.mid == change.mid:
            self._shown = self._emulator.last_message(self.id)
        elif message is not None and message.sender_id == self._emulator.state.bot.user_id:
            self._shown = message
            self.heard.append(message.plain or "")


def _says(text: str, label: str) -> bool:
    return text.startswith(label[:-1]) if label.endswith("…") else text == label


def _place(rows: Sequence[Sequence[Any]], label: str) -> tuple[int, int]:
    for row, buttons in enumerate(rows):
        for column, button in enumerate(buttons):
            if _says(button["text"], label):
                return row, column
    raise AssertionError(f"no button says {label!r}")


class Stage:
    """Where a test plays. `open` it, have people come, start more replicas or none at all."""

    def __init__(self, database: Database, *, mode: Mode = "polling", start: datetime | None = MORNING) -> None:
        """`start`: when it is as the test begins; None: when it really is."""
        self.database = database
        self.mode = mode
        self.clock = MovableClock(start or datetime.now(UTC))
        self.keys = derive_keys(SECRET_KEY)
        self.log: list[EventDict] = []
        self.forgives = False
        """Whether this test means the log to have errors."""
        self.closing = AsyncExitStack()
        self.running: list[Okno] = []

    async def open(self) -> None:
        """Start MAX; Okno comes by `start`."""
        self.log = self.closing.enter_context(structlog.testing.capture_logs())
        asyncio.get_running_loop().set_exception_handler(self._note_lost_error)
        app = create_emulator(token=TOKEN, bot_username=BOT, rate_limits=False, webhook_pause=0.05)
        server = TestServer(app)
        await server.start_server()
        self.closing.push_async_callback(server.close)
        self.emulator: Emulator = app[EMULATOR]
        self.api_url = str(server.make_url("/api"))
        self.front = FrontDoor()
        await self.front.start(self.closing)
        # A bot that polls for the first time gets only the latest update: this one has polled before.
        async with self.database.session() as session:
            await conversations.accept(
                session, "max", [], now=self.clock.now(), marker=self.emulator.state.next_update
            )

    async def start(self) -> Okno:
        """One process of Okno; the second call makes a replica."""
        okno = Okno(self._settings(free_port()), clock=self.clock, max_pace=OpenDoor())
        self.running.append(okno)
        await okno.open()
        if self.mode == "webhook":
            await okno.listen("127.0.0.1")
            self.front.ports.append(okno.settings.port)
        await okno.go()
        return okno

    async def stop(self, okno: Okno) -> None:
        """End a process the orderly way."""
        if okno.settings.port in self.front.ports:
            self.front.ports.remove(okno.settings.port)
        self.running.remove(okno)
        await okno.close()

    async def close(self) -> None:
        for okno in tuple(self.running):
            await self.stop(okno)
        await self.closing.aclose()
        asyncio.get_running_loop().set_exception_handler(None)
        if not self.forgives:
            assert self.errors == []

    @property
    def okno(self) -> Okno:
        return self.running[0]

    @property
    def errors(self) -> list[EventDict]:
        """What the log has of errors."""
        return [entry for entry in self.log if entry["log_level"] in ("error", "critical")]

    # People

    def person(
        self, first_name: str = "Павел", last_name: str = "", *, locale: str = "ru", started: bool = False
    ) -> Actor:
        """Somebody in the messenger. `started`: they pressed Start some time ago."""
        person = self.emulator.add_person(first_name, last_name, locale=locale)
        person.started = started
        return Actor(self, person)

    async def host(self, first_name: str = "Павел", last_name: str = "Смирнов", **more: Any) -> tuple[Actor, Host]:
        """Somebody who went through the first conversation already: Mon-Fri 9-18, 30 minutes, a link."""
        locale = more.pop("locale", "ru")
        actor = self.person(first_name, last_name, locale=locale, started=True)
        async with self.database.session() as session:
            made = await make_host(
                session, actor.name, now=self.clock.now(), keys=self.keys, external_id=str(actor.id), **more
            )
            made.user.locale = locale
        return actor, made

    def payload(self, host: Host) -> str:
        """What the host's link carries."""
        return LINK_PREFIX + tokens.derive(self.keys.share, host.link.id)

    # Waiting for what nobody sees

    async def delivered(self) -> None:
        """Wait until every update is received and answered, and nothing due is left to tell."""
        await self.acknowledged()
        unhandled = select(func.count()).where(ReceivedUpdate.handled_at.is_(None))
        await self.holds(unhandled, 0)
        for okno in self.running:
            await okno.conversations.close()
        await self.holds(self.waiting(), 0)

    async def acknowledged(self) -> None:
        """Wait until MAX holds no update that Okno has not taken."""
        await self._wait(lambda: not self.emulator.updates.pending(), "updates wait in MAX")

    def waiting(self) -> Select[Any]:
        """How many notifications are due and not told yet."""
        pending = Notification.state == Delivery.PENDING
        return select(func.count()).where(pending, Notification.due_at <= self.clock.now())

    async def holds(self, query: Executable, wanted: object) -> None:
        """Wait until the query gives this."""

        async def found() -> bool:
            return bool(await self.value(query) == wanted)

        await self._wait(found, f"{query} does not give {wanted!r}")

    async def logs(self, event: str) -> None:
        """Wait until the log has this event."""
        await self._wait(lambda: any(entry["event"] == event for entry in self.log), f"nothing logs {event}")

    async def _wait(self, done: Callable[[], bool | Awaitable[bool]], otherwise: str) -> None:
        """Wait for what nobody is told of, looking often."""
        try:
            async with asyncio.timeout(WITHIN):
                while True:
                    outcome = done()
                    if outcome is True or (not isinstance(outcome, bool) and await outcome):
                        return
                    await asyncio.sleep(0.01)
        except TimeoutError:
            raise AssertionError(self.lament(otherwise)) from None

    async def value(self, query: Executable) -> Any:
        async with self.database.session() as session:
            return await session.scalar(query)

    async def rows(self, query: Select[Any]) -> list[Any]:
        async with self.database.session() as session:
            return list((await session.scalars(query)).all())

    async def passes(self, by: timedelta) -> None:
        """Let time go by, and let the clock's jobs and the outbox notice."""
        self.clock.advance(by)
        for okno in self.running:
            await okno.jobs.expire_requests()
            await okno.jobs.complete_meetings()
            okno.outbox.wake()
        await self.delivered()

    # Telling what went wrong

    def lament(self, what: str, actor: Actor | None = None) -> str:
        """A failed wait in words, with what the log and the chat say."""
        told = [f"{what}."]
        if actor is not None:
            told += [f"Heard: {actor.heard[-3:]}", f"Buttons: {actor.buttons if actor._shown else None}"]
        told += [f"Log: {dict(Counter(entry['event'] for entry in self.log))}", f"Errors: {self.errors}"]
        return "\n".join(told)

    def _note_lost_error(self, _: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        lost = context.get("exception")
        self.log.append({"event": context["message"], "log_level": "error", "exc_info": lost})

    def _settings(self, port: int) -> Settings:
        """An operator's settings; those of the webhook go past the check that production keeps: https only."""
        checked = Settings(
            _env_file=None,
            max_api_key=SecretStr(TOKEN),
            max_api_url=self.api_url,
            max_mode="polling",
            port=port,
            database_url=SecretStr(self.database.url),
            secret_key=SecretStr(SECRET_KEY),
        )
        if self.mode == "polling":
            return checked
        secret = SecretStr(WEBHOOK_SECRET)
        return checked.model_copy(
            update={"max_mode": "webhook", "public_url": self.front.url, "max_webhook_secret": secret}
        )
