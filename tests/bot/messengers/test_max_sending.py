"""What people see of a screen, and what becomes of one that MAX does not take; against the emulator over HTTP."""

from __future__ import annotations

import asyncio
import base64
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from markupsafe import Markup

from bot.emulator.model import Message
from bot.messengers.max import MaxMessenger
from bot.messengers.max_calls import WHOLE_BOT, WrongToken
from bot.messengers.rate import Pace
from bot.messengers.turn import (
    Blocked,
    Command,
    Copy,
    OpenApp,
    OpenLink,
    Refused,
    Screen,
    Share,
    Tap,
    Turn,
    Unavailable,
)
from tests.bot.messengers.conftest import BOT, TOKEN, Max

# The smallest PNG there is.
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


def screen(text: str = "Здравствуйте", **options: Any) -> Screen:
    return Screen(text=Markup(text), **options)  # noqa: S704 (the tests' own texts)


def seen(server: Max, user_id: int) -> Message:
    """The newest message the bot wrote to them."""
    message = server.emulator.last_message(user_id)
    assert message is not None
    return message


async def tapped(server: Max, messenger: MaxMessenger) -> Turn:
    """Somebody new tapped a button; the turn that makes."""
    user_id = server.person()
    await messenger.send(str(user_id), screen("Верно?", rows=((Tap("Да", "yes"),),)))
    server.emulator.tap_text(user_id, "Да")
    return server.last_turn(messenger)


async def test_a_sent_screen_is_seen_with_its_markup(max_server: Max) -> None:
    messenger = await max_server.messenger()
    user_id = max_server.person()

    text = Markup("<b>{name}</b> просит о <a href='{url}'>встрече</a>").format(
        name="Анна & <Co>", url="https://a.b/?c=1&d"
    )
    message_id = await messenger.send(str(user_id), Screen(text=text))

    message = seen(max_server, user_id)
    assert message.mid == message_id
    assert message.plain == "Анна & <Co> просит о встрече"
    assert [(part["type"], part.get("url")) for part in message.markup] == [
        ("strong", None),
        ("link", "https://a.b/?c=1&d"),
    ]


async def test_every_kind_of_button(max_server: Max) -> None:
    messenger = await max_server.messenger()
    user_id = max_server.person()

    rows = (
        (Tap("Подтвердить", "confirm:1"),),
        (OpenLink("Сайт", "https://example.org/a"), OpenApp("Календарь", "s_1"), OpenApp("Приложение")),
        (Copy("Скопировать", "https://max.ru/x?start=1"), Share("Отправить", "Мои окна: https://max.ru/x?start=1&é")),
    )
    await messenger.send(str(user_id), screen(rows=rows))

    assert seen(max_server, user_id).rows == [
        [{"type": "callback", "text": "Подтвердить", "payload": "confirm:1", "intent": "default"}],
        [
            {"type": "link", "text": "Сайт", "url": "https://example.org/a"},
            {"type": "open_app", "text": "Календарь", "web_app": BOT, "payload": "s_1"},
            {"type": "open_app", "text": "Приложение", "web_app": BOT},
        ],
        [
            {"type": "clipboard", "text": "Скопировать", "payload": "https://max.ru/x?start=1"},
            {
                "type": "link",
                "text": "Отправить",
                "url": "https://max.ru/:share?text=%D0%9C%D0%BE%D0%B8%20%D0%BE%D0%BA%D0%BD%D0%B0%3A%20"
                "https%3A%2F%2Fmax.ru%2Fx%3Fstart%3D1%26%C3%A9",
            },
        ],
    ]


async def test_wide_rows_are_split_and_too_many_refused_before_anything_is_sent(max_server: Max) -> None:
    messenger = await max_server.messenger()
    user_id = max_server.person()

    days = tuple(Tap(str(day), f"day:{day}") for day in range(9))
    links = tuple(OpenLink(str(number), "https://example.org") for number in range(4))
    await messenger.send(str(user_id), screen(rows=(days, links)))
    assert [len(row) for row in seen(max_server, user_id).rows] == [4, 5, 2, 2]

    with pytest.raises(ValueError, match="31 rows"):
        await messenger.send(str(user_id), screen(rows=((Tap("Да", "yes"),),) * 31))
    assert len(max_server.emulator.messages(user_id)) == 1


async def test_a_text_over_the_limit_is_cut_and_stays_markup(max_server: Max) -> None:
    messenger = await max_server.messenger()
    user_id = max_server.person()

    await messenger.send(str(user_id), screen("<b>" + "слово " * 1000 + "</b>"))

    message = seen(max_server, user_id)
    assert len(message.text or "") <= 4000
    assert (message.plain or "").endswith("слово…")
    assert message.markup == [{"from": 0, "length": len(message.plain or ""), "type": "strong"}]


async def test_typed_words_are_answered_with_a_new_message(max_server: Max) -> None:
    messenger = await max_server.messenger()
    user_id = max_server.person()
    max_server.emulator.say(user_id, "Привет")

    message_id = await messenger.answer(max_server.last_turn(messenger), screen("Добрый день"))

    assert seen(max_server, user_id).mid == message_id
    assert [message.plain for message in max_server.emulator.messages(user_id)] == ["Привет", "Добрый день"]


async def test_a_tap_is_answered_in_place_with_a_note(max_server: Max) -> None:
    messenger = await max_server.messenger()
    turn = await tapped(max_server, messenger)
    user_id = int(turn.person.external_id)

    with max_server.emulator.watch(user_id) as chat:
        shown = await messenger.answer(turn, screen("Готово", note="Сохранено"))
        note = await chat.note()

    [message] = max_server.emulator.messages(user_id)
    assert (message.mid, message.plain, message.rows) == (turn.message_id, "Готово", [])
    assert shown == turn.message_id
    assert note == "Сохранено"


async def test_a_fresh_screen_leaves_the_tapped_message_as_it_is(max_server: Max) -> None:
    messenger = await max_server.messenger()
    turn = await tapped(max_server, messenger)
    user_id = int(turn.person.external_id)

    with max_server.emulator.watch(user_id) as chat:
        shown = await messenger.answer(turn, screen("Дальше", fresh=True, note="Вот"))
        note = await chat.note()

    first, second = max_server.emulator.messages(user_id)
    assert (first.mid, first.plain, first.rows != []) == (turn.message_id, "Верно?", True)
    assert (second.mid, second.plain) == (shown, "Дальше")
    assert note == "Вот"


async def test_a_tap_on_a_message_that_is_gone_is_answered_anew(max_server: Max) -> None:
    messenger = await max_server.messenger()
    turn = await tapped(max_server, messenger)
    user_id = int(turn.person.external_id)
    max_server.emulator.remove_message(user_id, turn.message_id or "")

    shown = await messenger.answer(turn, screen("Готово"))

    [message] = max_server.emulator.messages(user_id)
    assert (message.mid, message.plain) == (shown, "Готово")


async def test_a_tap_whose_message_was_gone_when_it_came_is_answered_anew(max_server: Max) -> None:
    messenger = await max_server.messenger()
    user_id = max_server.person()
    mid = await messenger.send(str(user_id), screen(rows=((Tap("Да", "yes"),),)))
    max_server.emulator.tap_text(user_id, "Да")
    told = max_server.emulator.updates.pending()[-1]
    max_server.emulator.remove_message(user_id, mid)
    turn = messenger.read(max_server.emulator.wire.update(told))
    assert turn is not None
    assert (turn.message_id, turn.payload) == (None, "yes")

    shown = await messenger.answer(turn, screen("Готово"))

    assert seen(max_server, user_id).mid == shown


async def test_a_picture_comes_with_the_screen_and_goes_with_the_next_one(max_server: Max) -> None:
    messenger = await max_server.messenger()
    user_id = max_server.person()

    with_button = screen("QR-код", picture=PNG, rows=((Tap("Назад", "back"),),))
    mid = await messenger.send(str(user_id), with_button)
    [picture] = seen(max_server, user_id).media
    upload = max_server.emulator.state.uploads[picture["token"]]
    assert (upload.kind, base64.b64decode(upload.data_base64)) == ("image", PNG)
    assert seen(max_server, user_id).rows

    await messenger.edit(str(user_id), mid, screen("Меню"))
    assert (seen(max_server, user_id).media, seen(max_server, user_id).rows) == ([], [])

    await messenger.edit(str(user_id), mid, with_button)
    assert [part["type"] for part in seen(max_server, user_id).media] == ["image"]


async def test_a_picture_in_place_of_a_tapped_message(max_server: Max) -> None:
    messenger = await max_server.messenger()
    turn = await tapped(max_server, messenger)
    user_id = int(turn.person.external_id)
    max_server.emulator.faults.not_ready = 2

    assert await messenger.answer(turn, screen("QR-код", picture=PNG)) == turn.message_id

    assert [part["type"] for part in seen(max_server, user_id).media] == ["image"]
    assert len(max_server.naps.taken) == 2
    assert len(max_server.emulator.state.uploads) == 1, "waiting for a picture must not upload it again"


async def test_a_sent_picture_waits_until_it_is_ready(max_server: Max) -> None:
    messenger = await max_server.messenger()
    user_id = max_server.person()
    max_server.emulator.faults.not_ready = 1

    await messenger.send(str(user_id), screen(picture=PNG))

    assert len(max_server.emulator.messages(user_id)) == 1
    assert len(max_server.naps.taken) == 1


async def test_who_stopped_or_never_started_or_does_not_exist_is_blocked(max_server: Max) -> None:
    messenger = await max_server.messenger()
    stopped = max_server.person()
    max_server.emulator.stop(stopped)
    stranger = max_server.emulator.add_person("Олег").user_id

    for person in (stopped, stranger, 999):
        with pytest.raises(Blocked):
            await messenger.send(str(person), screen())
    assert max_server.naps.taken == []


async def test_nothing_reaches_who_stopped_meanwhile(max_server: Max) -> None:
    messenger = await max_server.messenger()
    turn = await tapped(max_server, messenger)
    max_server.emulator.stop(int(turn.person.external_id))

    with pytest.raises(Blocked):
        await messenger.answer(turn, screen())
    with pytest.raises(Blocked):
        await messenger.edit(turn.person.external_id, turn.message_id or "", screen())
    with pytest.raises(Blocked):
        await messenger.delete(turn.person.external_id, turn.message_id or "")


async def test_editing_what_is_gone_is_refused_and_deleting_it_is_no_error(max_server: Max) -> None:
    messenger = await max_server.messenger()
    user_id = max_server.person()
    mid = await messenger.send(str(user_id), screen())

    await messenger.delete(str(user_id), mid)
    assert max_server.emulator.messages(user_id) == []
    await messenger.delete(str(user_id), mid)
    with pytest.raises(Refused):
        await messenger.edit(str(user_id), mid, screen())


async def test_a_success_that_is_none_is_a_refusal(max_server: Max) -> None:
    """MAX answers some calls with 200 and `success: false`."""

    async def me(_: web.Request) -> web.Response:
        return web.json_response({"user_id": 1, "first_name": "Окно", "username": BOT, "is_bot": True})

    async def fail(_: web.Request) -> web.Response:
        return web.json_response({"success": False, "message": "message is too old"})

    app = web.Application()
    app.add_routes([web.get("/me", me), web.put("/messages", fail), web.delete("/messages", fail)])
    async with TestServer(app) as server:
        messenger = await max_server.messenger(api_url=str(server.make_url("")))
        with pytest.raises(Refused, match="too old"):
            await messenger.edit("5", "mid.1", screen())
        await messenger.delete("5", "mid.1")


async def test_a_message_max_finds_malformed_is_refused(max_server: Max) -> None:
    messenger = await max_server.messenger()
    user_id = max_server.person()

    with pytest.raises(Refused):
        await messenger.send(str(user_id), screen(rows=((OpenLink("Сайт", "ftp://example.org"),),)))
    assert max_server.naps.taken == []


async def test_throttled_calls_wait_as_long_as_max_asks(max_server: Max) -> None:
    messenger = await max_server.messenger()
    user_id = max_server.person()
    max_server.emulator.faults.set({"too_many": 2, "retry_after": 7})

    await messenger.send(str(user_id), screen())

    assert len(max_server.emulator.messages(user_id)) == 1
    assert max_server.naps.taken == [7.0, 7.0]


async def test_throttling_that_does_not_end_is_given_up_as_unavailable(max_server: Max) -> None:
    messenger = await max_server.messenger()
    user_id = max_server.person()
    max_server.emulator.faults.set({"too_many": 99, "retry_after": 3})

    with pytest.raises(Unavailable) as caught:
        await messenger.send(str(user_id), screen())

    assert caught.value.retry_after == 3
    assert 99 - max_server.emulator.faults.too_many == 5
    waits = max_server.naps.taken
    assert len(waits) == 4
    assert waits == sorted(waits)
    assert waits[-1] >= 8, "each wait is longer than the one before"


async def test_a_wait_past_all_patience_is_left_to_the_caller(max_server: Max) -> None:
    messenger = await max_server.messenger()
    user_id = max_server.person()
    max_server.emulator.faults.set({"too_many": 1, "retry_after": 600})

    with pytest.raises(Unavailable) as caught:
        await messenger.send(str(user_id), screen())

    assert (caught.value.retry_after, max_server.naps.taken) == (600, [])


@pytest.mark.parametrize(
    "fault", [{"failures": 1, "failure_status": 503}, {"failures": 1, "failure_status": 500}, {"resets": 1}]
)
async def test_a_message_is_not_sent_twice_when_it_is_unclear_what_became_of_it(
    max_server: Max, fault: dict[str, Any]
) -> None:
    messenger = await max_server.messenger()
    user_id = max_server.person()
    max_server.emulator.faults.set({"paths": ["/messages"], **fault})

    with pytest.raises(Unavailable):
        await messenger.send(str(user_id), screen())

    assert max_server.naps.taken == []
    assert max_server.emulator.messages(user_id) == []


async def test_a_message_whose_answer_got_lost_was_sent_once(max_server: Max) -> None:
    messenger = await max_server.messenger()
    user_id = max_server.person()
    max_server.emulator.faults.set({"lost_answers": 1})

    with pytest.raises(Unavailable):
        await messenger.send(str(user_id), screen())

    assert len(max_server.emulator.messages(user_id)) == 1


async def test_silence_becomes_unavailable(max_server: Max) -> None:
    messenger = await max_server.messenger(timeout=0.2)
    user_id = max_server.person()
    max_server.emulator.faults.set({"silent": 1})

    with pytest.raises(Unavailable):
        await messenger.send(str(user_id), screen())


@pytest.mark.parametrize("fault", [{"failures": 2, "failure_status": 502}, {"resets": 2}, {"lost_answers": 1}])
async def test_edits_answers_and_deletions_are_tried_again(max_server: Max, fault: dict[str, Any]) -> None:
    messenger = await max_server.messenger()
    turn = await tapped(max_server, messenger)
    person, mid = turn.person.external_id, turn.message_id or ""

    max_server.emulator.faults.set(fault)
    assert await messenger.answer(turn, screen("Первое")) == mid
    assert seen(max_server, int(person)).plain == "Первое"

    max_server.emulator.faults.set(fault)
    await messenger.edit(person, mid, screen("Второе"))
    assert seen(max_server, int(person)).plain == "Второе"

    max_server.emulator.faults.set(fault)
    await messenger.delete(person, mid)
    assert max_server.emulator.messages(int(person)) == []
    assert max_server.naps.taken


async def test_a_wrong_token_is_told_at_once(max_server: Max) -> None:
    with pytest.raises(WrongToken):
        await max_server.messenger(token="another")
    with pytest.raises(WrongToken):
        await max_server.messenger(token="")
    assert max_server.naps.taken == []


async def test_a_token_revoked_meanwhile_is_told_when_sending(max_server: Max) -> None:
    messenger = await max_server.messenger()
    user_id = max_server.person()
    max_server.emulator.token = "revoked"

    with pytest.raises(WrongToken):
        await messenger.send(str(user_id), screen())


@pytest.mark.parametrize("body", ['{"hello": "world"}', "<html>", "[]"])
async def test_a_server_that_is_not_max_is_unavailable(max_server: Max, body: str) -> None:
    async def answer(_: web.Request) -> web.Response:
        return web.Response(text=body)

    app = web.Application()
    app.router.add_get("/me", answer)
    async with TestServer(app) as server:
        with pytest.raises(Unavailable):
            await max_server.messenger(api_url=str(server.make_url("")))


async def test_opening_learns_the_name_and_registers_the_commands(max_server: Max) -> None:
    messenger = MaxMessenger(TOKEN, api_url=max_server.api_url)
    with pytest.raises(RuntimeError):
        messenger.start_link("abc")

    await messenger.open([Command("start", "В начало"), Command("help", "Что я умею")])
    await messenger.close()

    commands = max_server.emulator.state.bot.commands
    assert [(command.name, command.description) for command in commands] == [
        ("start", "В начало"),
        ("help", "Что я умею"),
    ]
    assert messenger.start_link("s_abc-1") == f"https://max.ru/{BOT}?start=s_abc-1"
    assert messenger.start_link("") == f"https://max.ru/{BOT}"
    with pytest.raises(ValueError, match="payload"):
        messenger.start_link("слово")


async def test_a_menu_that_max_does_not_take_does_not_keep_the_bot_from_starting(max_server: Max) -> None:
    messenger = MaxMessenger(TOKEN, api_url=max_server.api_url, sleep=max_server.naps)

    await messenger.open([Command("x" * 200, "Слишком длинная")])
    await messenger.close()

    assert messenger.username == BOT


@pytest.mark.slow
async def test_sixty_messages_to_ten_people_never_exceed_the_limits(strict_server: Max) -> None:
    """Slow: two messages a second to each of ten people, six for each, are at least two seconds."""
    messenger = await strict_server.messenger(pace=Pace(WHOLE_BOT))
    people = [str(strict_server.person(f"Гость {number}")) for number in range(10)]

    await asyncio.gather(*(messenger.send(person, screen(str(turn))) for turn in range(6) for person in people))

    assert strict_server.naps.taken == [], "a nap means that MAX refused with 429"
    for person in people:
        texts = [message.plain for message in strict_server.emulator.messages(int(person))]
        assert texts == ["0", "1", "2", "3", "4", "5"]


@pytest.mark.slow
async def test_who_talks_does_not_wait_behind_a_bulk(strict_server: Max) -> None:
    """Slow: a bulk of 90 messages takes three seconds at thirty a second; the answer comes long before."""
    messenger = await strict_server.messenger(pace=Pace(WHOLE_BOT))
    talker = strict_server.person()
    crowd = [str(strict_server.person()) for _ in range(90)]
    bulk = asyncio.gather(*(messenger.send(person, screen()) for person in crowd))
    await asyncio.sleep(0.1)
    strict_server.emulator.say(talker, "Привет")

    await messenger.answer(strict_server.last_turn(messenger), screen())

    reached = sum(strict_server.emulator.last_message(int(person)) is not None for person in crowd)
    assert reached <= 60, "the answer had to wait for one second's turn at most"
    await bulk
    assert strict_server.naps.taken == []
