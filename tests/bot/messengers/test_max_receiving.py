"""How updates come in, by polling and by webhook, and that none is lost; against the emulator over HTTP."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import pytest
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer

from bot.messengers.max import SECRET_HEADER, UPDATE_BYTES, MaxMessenger
from bot.messengers.max_calls import WHOLE_BOT, WrongToken
from bot.messengers.rate import Pace
from bot.messengers.turn import Refused, TurnKind
from tests.bot.messengers.conftest import Max, MemoryInbox

SECRET = "a-secret-of-the-hook"
OLD = "http://old.example:8080/hook"
UPDATE = {
    "update_type": "bot_started",
    "timestamp": 1,
    "chat_id": 7,
    "user": {"user_id": 5, "first_name": "Анна", "is_bot": False},
}


@contextmanager
def polling(messenger: MaxMessenger, inbox: MemoryInbox) -> Iterator[asyncio.Task[None]]:
    """The messenger polls while the test goes on."""
    task = asyncio.create_task(messenger.poll(inbox, wait=5))
    try:
        yield task
    finally:
        task.cancel()


async def until(reached: Callable[[], bool]) -> None:
    """Wait for something in the emulator that announces itself to nobody. Raises TimeoutError after 10 seconds."""
    async with asyncio.timeout(10):
        while not reached():  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def idle(server: Max) -> None:
    """Wait until every update was acknowledged: a poll is waiting for new ones."""
    await until(lambda: not server.emulator.updates.pending())


# Polling


async def test_polled_updates_are_kept_in_order_with_their_marker(max_server: Max) -> None:
    messenger, inbox = await max_server.messenger(), MemoryInbox()
    user_id = max_server.person()

    with polling(messenger, inbox):
        await inbox.holding(1)
        for number in range(5):
            max_server.emulator.say(user_id, str(number))
        updates = await inbox.holding(6)

    turns = [messenger.read(update.payload) for update in updates]
    assert [turn and turn.kind for turn in turns] == [TurnKind.START] + [TurnKind.TEXT] * 5
    assert [turn and turn.text for turn in turns[1:]] == ["0", "1", "2", "3", "4"]
    assert {update.person for update in updates} == {str(user_id)}
    assert inbox.place is not None


async def test_polling_goes_on_from_the_marker_after_a_restart(max_server: Max) -> None:
    inbox = MemoryInbox()
    user_id = max_server.person()
    with polling(await max_server.messenger(), inbox):
        await inbox.holding(1)
        max_server.emulator.say(user_id, "до")
        await inbox.holding(2)
    await asyncio.sleep(0)

    for text in ("без нас 1", "без нас 2"):
        max_server.emulator.say(user_id, text)
    with polling(await max_server.messenger(), inbox):
        await inbox.holding(4)
        await idle(max_server)

    del inbox.kept[0]
    assert inbox.texts == ["до", "без нас 1", "без нас 2"]


async def test_only_updates_that_can_become_turns_are_asked_for(max_server: Max) -> None:
    messenger, inbox = await max_server.messenger(), MemoryInbox()
    user_id = max_server.person()

    with polling(messenger, inbox):
        await inbox.holding(1)
        max_server.emulator.clear(user_id)
        max_server.emulator.stop(user_id)
        await inbox.holding(2)
        await idle(max_server)

    assert [update.payload["update_type"] for update in inbox.kept] == ["bot_started", "bot_stopped"]


async def test_repeats_have_the_same_key_and_nothing_else_has(max_server: Max) -> None:
    max_server.emulator.faults.duplicate_updates = True
    messenger, inbox = await max_server.messenger(), MemoryInbox()

    with polling(messenger, inbox):
        user_id = max_server.person()
        await inbox.holding(1)
        await idle(max_server)
        first = len(inbox.kept)
        for _ in range(2):
            max_server.emulator.say(user_id, "одно и то же")
        updates = (await inbox.holding(first + 4))[first:]

    keys = [update.key for update in updates]
    assert (keys[0], keys[2]) == (keys[1], keys[3])
    assert len(set(keys)) == 2


async def test_what_the_inbox_could_not_keep_comes_again(max_server: Max) -> None:
    messenger, inbox = await max_server.messenger(), MemoryInbox()
    user_id = max_server.person()

    with polling(messenger, inbox):
        await inbox.holding(1)
        inbox.failures = 3
        max_server.emulator.say(user_id, "Привет")
        await inbox.holding(2)

    assert [update.payload["update_type"] for update in inbox.kept] == ["bot_started", "message_created"]
    assert len(max_server.naps.taken) == 3


@pytest.mark.parametrize(
    "fault", [{"failures": 12}, {"resets": 12}, {"too_many": 12}, {"lost_answers": 3}, {"slow": 0.1}]
)
async def test_polling_outlives_bad_weather(max_server: Max, fault: dict[str, Any]) -> None:
    messenger, inbox = await max_server.messenger(), MemoryInbox()
    user_id = max_server.person()

    with polling(messenger, inbox):
        await inbox.holding(1)
        max_server.emulator.faults.set({"paths": ["/updates"], **fault})
        for text in ("раз", "два", "три"):
            max_server.emulator.say(user_id, text)
            await asyncio.sleep(0)
        await inbox.holding(4)
        await idle(max_server)

    # A poll that was under way is not hit, and an answer that got lost comes again: at least once, and in order.
    del inbox.kept[0]
    assert list(dict.fromkeys(inbox.texts)) == ["раз", "два", "три"]


async def test_polling_removes_a_webhook_left_from_before(max_server: Max) -> None:
    messenger, inbox = await max_server.messenger(), MemoryInbox()
    await messenger.ensure_subscription(OLD, SECRET)

    with polling(messenger, inbox):
        await until(lambda: not max_server.emulator.state.subscriptions)
        max_server.person()
        await inbox.holding(1)


async def test_updates_that_come_without_a_marker_are_kept(max_server: Max) -> None:
    """The marker is nullable in the vendor's schema; the emulator always gives one."""
    batches = [{"updates": [UPDATE], "marker": None}]

    async def me(_: web.Request) -> web.Response:
        return web.json_response({"user_id": 1, "first_name": "Окно", "username": "okno_bot", "is_bot": True})

    async def subscriptions(_: web.Request) -> web.Response:
        return web.json_response({"subscriptions": []})

    async def updates(_: web.Request) -> web.Response:
        return web.json_response(batches.pop() if batches else {"updates": [], "marker": None})

    app = web.Application()
    app.add_routes([web.get("/me", me), web.get("/subscriptions", subscriptions), web.get("/updates", updates)])
    inbox = MemoryInbox()
    async with TestServer(app) as server:
        messenger = await max_server.messenger(api_url=str(server.make_url("")))
        with polling(messenger, inbox):
            [update] = await inbox.holding(1)
    assert update.payload == UPDATE


async def test_polling_ends_when_the_token_is_not_accepted(max_server: Max) -> None:
    messenger, inbox = await max_server.messenger(), MemoryInbox()
    max_server.emulator.token = "revoked"

    with polling(messenger, inbox) as task, pytest.raises(WrongToken):
        await asyncio.wait_for(task, 5)


@pytest.mark.slow
async def test_polling_keeps_to_two_requests_a_second(strict_server: Max) -> None:
    """Slow: a second passes before a third poll may leave, and there are six at least."""
    messenger, inbox = await strict_server.messenger(pace=Pace(WHOLE_BOT)), MemoryInbox()
    user_id = strict_server.person()

    with polling(messenger, inbox):
        for number in range(6):
            strict_server.emulator.say(user_id, str(number))
            await inbox.holding(number + 1)

    assert strict_server.naps.taken == [], "a nap means that MAX refused with 429"


# Webhook


@asynccontextmanager
async def hook(messenger: MaxMessenger, inbox: MemoryInbox, secret: str = SECRET) -> AsyncIterator[str]:
    """The messenger's webhook behind an address."""
    app = web.Application()
    messenger.mount(app, "/hooks/max", inbox, secret)
    async with TestServer(app) as server:
        yield str(server.make_url("/hooks/max"))


async def posted(url: str, body: bytes | str, secret: str | None = SECRET) -> int:
    """The status of a delivery."""
    headers = {} if secret is None else {SECRET_HEADER: secret}
    async with ClientSession() as session, session.post(url, data=body, headers=headers) as response:
        return response.status


async def test_a_delivered_update_is_kept_before_it_is_answered(max_server: Max) -> None:
    messenger, inbox = await max_server.messenger(), MemoryInbox()
    async with hook(messenger, inbox) as url:
        assert await posted(url, json.dumps(UPDATE)) == 200
    assert [(update.person, update.payload) for update in inbox.kept] == [("5", UPDATE)]
    assert inbox.place is None, "webhooks have no marker"


@pytest.mark.parametrize("secret", [None, "", "another-secret", SECRET + "x", SECRET[:-1], "секрет"])
async def test_a_delivery_without_the_secret_is_forbidden(max_server: Max, secret: str | None) -> None:
    messenger, inbox = await max_server.messenger(), MemoryInbox()
    async with hook(messenger, inbox) as url:
        assert await posted(url, json.dumps(UPDATE), secret) == 403
    assert inbox.kept == []


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b"[]", b'"text"', b"[" * 100_000])
async def test_a_malformed_delivery_is_a_bad_request(max_server: Max, body: bytes) -> None:
    messenger, inbox = await max_server.messenger(), MemoryInbox()
    async with hook(messenger, inbox) as url:
        assert await posted(url, body) == 400
        assert await posted(url, json.dumps(UPDATE)) == 200
    assert len(inbox.kept) == 1


async def test_a_delivery_larger_than_any_update_is_not_read(max_server: Max) -> None:
    messenger, inbox = await max_server.messenger(), MemoryInbox()
    async with hook(messenger, inbox) as url:
        assert await posted(url, b" " * (UPDATE_BYTES + 1)) == 413
        assert await posted(url, b" " * (UPDATE_BYTES - 2) + b"{}") == 200


async def test_an_update_nobody_stands_behind_is_taken_and_dropped(max_server: Max) -> None:
    messenger, inbox = await max_server.messenger(), MemoryInbox()
    async with hook(messenger, inbox) as url:
        assert await posted(url, '{"update_type": "something_new", "timestamp": 1}') == 200
    assert inbox.kept == []


async def test_a_delivery_that_could_not_be_kept_is_refused_so_that_it_comes_again(max_server: Max) -> None:
    messenger, inbox = await max_server.messenger(), MemoryInbox(failures=1)
    async with hook(messenger, inbox) as url:
        assert await posted(url, json.dumps(UPDATE)) == 500
        assert await posted(url, json.dumps(UPDATE)) == 200
    assert len(inbox.kept) == 1


@pytest.mark.parametrize("secret", ["", "abcd", "x" * 257, "with space", "секрет"])
async def test_a_secret_max_would_not_take_is_a_programming_error(max_server: Max, secret: str) -> None:
    messenger = await max_server.messenger()
    with pytest.raises(ValueError, match="secret"):
        messenger.mount(web.Application(), "/hooks/max", MemoryInbox(), secret)
    with pytest.raises(ValueError, match="secret"):
        await messenger.ensure_subscription("http://hook.example:8080/", secret)


async def test_a_subscription_brings_updates_to_the_webhook(max_server: Max) -> None:
    messenger, inbox = await max_server.messenger(), MemoryInbox(failures=1)
    async with hook(messenger, inbox) as url:
        await messenger.ensure_subscription(url, SECRET)
        user_id = max_server.person()
        max_server.emulator.clear(user_id)
        max_server.emulator.say(user_id, "Привет")
        updates = await inbox.holding(2)
    kinds = [turn and turn.kind for turn in map(messenger.read, (update.payload for update in updates))]
    assert kinds == [TurnKind.START, TurnKind.TEXT]


async def test_a_subscription_is_ensured_once_renewed_when_lost_and_the_only_one(max_server: Max) -> None:
    messenger = await max_server.messenger()
    await messenger.ensure_subscription(OLD, SECRET)
    new = "http://new.example:8080/hook"

    await messenger.ensure_subscription(new, SECRET)
    [subscription] = max_server.emulator.state.subscriptions
    assert (subscription.url, subscription.secret) == (new, SECRET)
    await messenger.ensure_subscription(new, SECRET)
    assert max_server.emulator.state.subscriptions == [subscription]
    assert max_server.emulator.state.subscriptions[0] is subscription, "nothing to do: left as it was"

    max_server.emulator.state.subscriptions.clear()
    await messenger.ensure_subscription(new, SECRET)
    assert [one.url for one in max_server.emulator.state.subscriptions] == [new]


async def test_a_new_secret_reaches_a_subscription_that_is_there_already(max_server: Max) -> None:
    url = "http://hook.example:8080/"
    await (await max_server.messenger()).ensure_subscription(url, SECRET)

    await (await max_server.messenger()).ensure_subscription(url, "another-secret")

    [subscription] = max_server.emulator.state.subscriptions
    assert subscription.secret == "another-secret"


async def test_an_address_max_does_not_like_is_refused(max_server: Max) -> None:
    messenger = await max_server.messenger()
    with pytest.raises(Refused):
        await messenger.ensure_subscription("ftp://hook.example/", SECRET)
