"""Pushing updates to a webhook: secret, order, repeats."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from maxapi.exceptions.max import MaxApiError

from bot.emulator import Faults
from tests.bot.emulator.running import Running, eventually, running

pytestmark = pytest.mark.filterwarnings("ignore:URL вебхука")


@dataclass
class Hook:
    """A bot's webhook that answers with `statuses` one after another, then with 200."""

    statuses: list[int] = field(default_factory=list)
    received: asyncio.Queue[tuple[dict[str, Any], str | None]] = field(default_factory=asyncio.Queue)
    url: str = ""

    async def take(self, request: web.Request) -> web.Response:
        self.received.put_nowait((await request.json(), request.headers.get("X-Max-Bot-Api-Secret")))
        return web.Response(status=self.statuses.pop(0) if self.statuses else 200)

    async def next(self) -> dict[str, Any]:
        async with asyncio.timeout(5):
            return (await self.received.get())[0]


@pytest.fixture
async def hook() -> AsyncIterator[Hook]:
    hook = Hook()
    app = web.Application()
    app.router.add_post("/hook", hook.take)
    server = TestServer(app)
    await server.start_server()
    hook.url = str(server.make_url("/hook"))
    yield hook
    await server.close()


async def test_updates_come_with_the_secret_and_are_done(max_: Running, hook: Hook) -> None:
    assert (await max_.bot.subscribe_webhook(hook.url, secret="a-secret-5")).success
    max_.emulator.say(max_.anna.user_id, "привет")
    async with asyncio.timeout(5):
        update, secret = await hook.received.get()
    assert (update["update_type"], update["message"]["body"]["text"]) == ("message_created", "привет")
    assert secret == "a-secret-5"
    await eventually(lambda: not max_.emulator.updates.pending())


async def test_what_is_not_taken_comes_again_and_in_order(max_: Running, hook: Hook) -> None:
    hook.statuses = [500, 302, 201]
    await max_.bot.subscribe_webhook(hook.url)
    max_.emulator.say(max_.anna.user_id, "раз")
    max_.emulator.say(max_.anna.user_id, "два")
    texts = [(await hook.next())["message"]["body"]["text"] for _ in range(5)]
    assert texts == ["раз", "раз", "раз", "раз", "два"]
    await eventually(lambda: not max_.emulator.updates.pending())


async def test_dialogues_do_not_wait_for_each_other(hook: Hook) -> None:
    async with running(webhook_pause=30.0) as place:
        hook.statuses = [500]
        await place.bot.subscribe_webhook(hook.url)
        boris = place.emulator.add_person("Борис")
        place.emulator.say(place.anna.user_id, "раз")
        assert (await hook.next())["update_type"] == "message_created"
        place.emulator.open(boris.user_id)
        assert (await hook.next())["update_type"] == "bot_started"


async def test_an_unreachable_webhook_is_tried_again(max_: Running, hook: Hook) -> None:
    await max_.bot.subscribe_webhook("http://127.0.0.1:9/nobody")
    max_.emulator.say(max_.anna.user_id, "привет")
    await asyncio.sleep(0.05)
    assert len(max_.emulator.updates.pending()) == 1
    await max_.bot.unsubscribe_webhook("http://127.0.0.1:9/nobody")
    # Nothing was lost: the next subscription gets it.
    await max_.bot.subscribe_webhook(hook.url)
    assert (await hook.next())["message"]["body"]["text"] == "привет"


async def test_after_eight_hours_the_subscription_is_dropped(hook: Hook) -> None:
    now = [1_800_000_000.0]
    async with running(clock=lambda: now[0]) as place:
        hook.statuses = [500] * 1000
        await place.bot.subscribe_webhook(hook.url)
        place.emulator.say(place.anna.user_id, "привет")
        await hook.next()
        assert len((await place.bot.get_subscriptions()).subscriptions) == 1
        now[0] += 8 * 3600 + 1
        await eventually(lambda: not place.emulator.state.subscriptions)
        # Kept for long polling.
        assert len(place.emulator.updates.pending()) == 1


async def test_only_the_wanted_types_are_pushed(max_: Running, hook: Hook) -> None:
    await max_.bot.subscribe_webhook(hook.url, update_types=["bot_started"])  # type: ignore[list-item]
    max_.emulator.say(max_.anna.user_id, "привет")
    max_.emulator.open(max_.anna.user_id)
    assert (await hook.next())["update_type"] == "bot_started"
    assert hook.received.empty()


async def test_duplicates_are_pushed_too(hook: Hook) -> None:
    async with running(faults=Faults(duplicate_updates=True)) as place:
        await place.bot.subscribe_webhook(hook.url)
        place.emulator.say(place.anna.user_id, "привет")
        assert await hook.next() == await hook.next()


async def test_subscriptions_are_listed_without_their_secrets(max_: Running, hook: Hook) -> None:
    await max_.bot.subscribe_webhook(hook.url, secret="a-secret-5")
    await max_.bot.subscribe_webhook(hook.url, secret="another-6")
    response = await max_.api("GET", "subscriptions")
    text = await response.text()
    assert text.count(hook.url) == 1 and "another-6" not in text


async def test_unsubscribing_what_is_not_there(max_: Running) -> None:
    assert not (await max_.bot.unsubscribe_webhook("http://127.0.0.1/none")).success


@pytest.mark.parametrize("secret", ["four", "with_underscore", "с-кириллицей", "x" * 257])
async def test_secrets_have_a_form(max_: Running, secret: str) -> None:
    response = await max_.api("POST", "subscriptions", json={"url": "http://127.0.0.1/x", "secret": secret})
    assert response.status == 400


@pytest.mark.parametrize(
    ("url", "taken"),
    [
        ("https://okno.test/max", True),
        ("https://okno.test:8443/max", True),
        ("https://okno.test:9000/max", False),
        ("http://okno.test/max", False),
        ("ftp://okno.test/max", False),
    ],
)
async def test_the_platform_takes_only_https_on_its_ports(url: str, taken: bool) -> None:
    async with running(allow_http=False) as place:
        if taken:
            assert (await place.bot.subscribe_webhook(url)).success
        else:
            with pytest.raises(MaxApiError) as failure:
                await place.bot.subscribe_webhook(url)
            assert failure.value.code == 400
