"""Writing, changing, deleting and reading messages through the real client."""

from typing import Any

import pytest
from maxapi.enums.parse_mode import ParseMode
from maxapi.exceptions.max import InvalidToken, MaxApiError
from maxapi.types import (
    CallbackButton,
    LinkButton,
    MessageButton,
    OpenAppButton,
    RequestContactButton,
    RequestGeoLocationButton,
)
from maxapi.types.attachments import AttachmentButton, ClipboardButton
from maxapi.types.command import BotCommand
from maxapi.types.updates.message_callback import MessageCallback, MessageForCallback

from tests.bot.emulator.running import TOKEN, Running, body_of, keyboard


async def refused(place: Running, text: str, *attachments: Any, **options: Any) -> tuple[int, str]:
    """How the bot's message is refused: status and code."""
    with pytest.raises(MaxApiError) as failure:
        await place.send(text, *attachments, **options)
    assert isinstance(failure.value.raw, dict)
    return failure.value.code, failure.value.raw["code"]


async def test_a_sent_message_is_in_the_chat_and_in_the_answer(max_: Running) -> None:
    sent = await max_.send("Здравствуйте")
    body = body_of(sent)
    assert body.text == "Здравствуйте"
    assert sent.sender is not None and sent.sender.is_bot
    assert sent.recipient.user_id == max_.anna.user_id
    assert sent.recipient.chat_id == max_.anna.chat_id != max_.anna.user_id
    assert [message.mid for message in max_.emulator.messages(max_.anna.user_id)] == [body.mid]


async def test_writing_by_chat_reaches_the_same_dialogue(max_: Running) -> None:
    await max_.bot.send_message(chat_id=max_.anna.chat_id, text="по чату")
    last = max_.emulator.last_message(max_.anna.user_id)
    assert last is not None and last.text == "по чату"


async def test_html_becomes_plain_text_with_markup_in_utf16_units(max_: Running) -> None:
    text = '📅 <b>вт</b> &amp; <a href="https://okno.test/x">ссылка</a>'
    body = body_of(await max_.send(text, format=ParseMode.HTML))
    assert body.text == "📅 вт & ссылка"
    assert body.html_text == text
    kept = max_.emulator.last_message(max_.anna.user_id)
    assert kept is not None and (kept.text, kept.format) == (text, "html")


async def test_every_kind_of_button_comes_back_as_it_was_sent(max_: Running) -> None:
    rows: list[list[Any]] = [
        [CallbackButton(text="Верно", payload="yes"), MessageButton(text="Скажи")],
        [LinkButton(text="Сайт", url="https://okno.test")],
        [OpenAppButton(text="Календарь", web_app="okno_bot", payload="s_1")],
        [RequestContactButton(text="Телефон"), RequestGeoLocationButton(text="Место")],
        [ClipboardButton(text="Скопировать", payload="max.ru/okno")],
    ]
    mid = await max_.said("Выбирайте", *rows)
    [attached] = body_of(await max_.bot.get_message(mid)).attachments or []
    assert isinstance(attached, AttachmentButton)
    assert attached.payload.buttons == rows


async def test_editing_replaces_text_and_keyboard(max_: Running) -> None:
    mid = await max_.said("было", [CallbackButton(text="А", payload="a")])
    other = keyboard([CallbackButton(text="Б", payload="b")])
    edited = await max_.bot.edit_message(mid, text="стало", attachments=[other])
    assert edited is not None and edited.success
    message = max_.emulator.messages(max_.anna.user_id)[0]
    assert (message.text, message.rows[0][0]["text"]) == ("стало", "Б")
    assert message.edited_ms is not None


async def test_an_edit_without_attachments_keeps_them_and_an_empty_list_clears(max_: Running) -> None:
    mid = await max_.said("текст", [CallbackButton(text="А", payload="a")])
    await max_.api("PUT", f"messages?message_id={mid}", json={"text": "другой"})
    assert max_.emulator.messages(max_.anna.user_id)[0].rows
    await max_.api("PUT", f"messages?message_id={mid}", json={"attachments": []})
    message = max_.emulator.messages(max_.anna.user_id)[0]
    assert (message.text, message.rows) == ("другой", [])


async def test_a_deleted_message_is_gone(max_: Running) -> None:
    mid = await max_.said("лишнее")
    assert (await max_.bot.delete_message(mid)).success
    assert max_.emulator.messages(max_.anna.user_id) == []
    for gone in (max_.bot.get_message(mid), max_.bot.edit_message(mid, text="?"), max_.bot.delete_message(mid)):
        with pytest.raises(MaxApiError) as failure:
            await gone
        assert failure.value.code == 404


async def test_the_history_comes_latest_first(max_: Running) -> None:
    first, second = await max_.said("раз"), await max_.said("два")
    listed = await max_.bot.get_messages(chat_id=max_.anna.chat_id, count=10)
    assert [message.body.mid for message in listed.messages if message.body] == [second, first]


async def test_an_answer_changes_the_tapped_message_in_place_and_shows_a_note(max_: Running) -> None:
    mid = await max_.said("Подтвердить?", [CallbackButton(text="Да", payload="yes")])
    max_.emulator.tap_text(max_.anna.user_id, "Да")
    [tap] = await max_.updates()
    assert isinstance(tap, MessageCallback) and tap.callback.payload == "yes"
    with max_.emulator.watch(max_.anna.user_id) as chat:
        answered = await max_.bot.send_callback(
            tap.callback.callback_id,
            message=MessageForCallback(text="<i>Готово</i>", attachments=[], format=ParseMode.HTML),
            notification="Записано",
        )
        assert answered.success
        changed = await chat.message()
        assert (changed.mid, changed.plain, changed.rows) == (mid, "Готово", [])
        assert await chat.note() == "Записано"
    assert len(max_.emulator.messages(max_.anna.user_id)) == 1


async def test_an_empty_answer_merely_acknowledges(max_: Running) -> None:
    await max_.said("?", [CallbackButton(text="Да", payload="yes")])
    max_.emulator.tap_text(max_.anna.user_id, "Да")
    [tap] = await max_.updates()
    assert isinstance(tap, MessageCallback)
    assert (await tap.ack()).success


async def test_an_unknown_callback_cannot_be_answered(max_: Running) -> None:
    with pytest.raises(MaxApiError) as failure:
        await max_.bot.send_callback("never-given", notification="?")
    assert failure.value.code == 404


@pytest.mark.parametrize(
    "attachments",
    [
        pytest.param([keyboard(*[[CallbackButton(text="x", payload="x")]] * 31)], id="31 rows"),
        pytest.param([keyboard([CallbackButton(text="x", payload="x")] * 8)], id="8 in a row"),
        pytest.param([keyboard([LinkButton(text="x", url="https://x.test")] * 4)], id="4 links in a row"),
        pytest.param(
            [keyboard([CallbackButton(text="x", payload="x")] * 3 + [RequestContactButton(text="x")])],
            id="a special button makes the row narrow",
        ),
        pytest.param([keyboard([CallbackButton(text="x", payload="x" * 1025)])], id="payload too long"),
        pytest.param([keyboard([CallbackButton(text="", payload="x")])], id="no text"),
        pytest.param([keyboard([LinkButton(text="x", url="okno")])], id="no address"),
        pytest.param([keyboard([OpenAppButton(text="x", payload="s_1")])], id="app without a name"),
        pytest.param([keyboard([OpenAppButton(text="x", web_app="b", payload="a b")])], id="bad app payload"),
        pytest.param([keyboard([])], id="no buttons"),
        pytest.param([keyboard([MessageButton(text="x")])] * 2, id="two keyboards"),
    ],
)
async def test_a_keyboard_beyond_the_limits_is_refused(max_: Running, attachments: list[Any]) -> None:
    assert await refused(max_, "x", *attachments) == (400, "proto.payload")
    assert max_.emulator.messages(max_.anna.user_id) == []


async def test_the_largest_keyboard_is_taken(max_: Running) -> None:
    await max_.said("x", *[[CallbackButton(text="x", payload="x" * 1024)] * 7] * 30)
    assert len(max_.emulator.messages(max_.anna.user_id)[0].rows) == 30


async def test_texts_have_a_limit(max_: Running) -> None:
    # Past the client, which stops one character earlier than the platform.
    address = f"messages?user_id={max_.anna.user_id}"
    assert (await max_.api("POST", address, json={"text": "я" * 4000})).status == 200
    assert (await max_.api("POST", address, json={"text": "я" * 4001})).status == 400


async def test_an_empty_message_is_refused(max_: Running) -> None:
    assert await refused(max_, "") == (400, "proto.payload")


async def test_nobody_is_written_to_before_they_start_or_after_they_stop(max_: Running) -> None:
    boris = max_.emulator.add_person("Борис")
    assert await refused(max_, "x", user_id=boris.user_id) == (403, "chat.denied")
    max_.emulator.open(boris.user_id)
    await max_.bot.send_message(user_id=boris.user_id, text="x")
    max_.emulator.stop(boris.user_id)
    assert await refused(max_, "x", user_id=boris.user_id) == (403, "chat.denied")
    max_.emulator.open(boris.user_id)
    await max_.bot.send_message(user_id=boris.user_id, text="x")


async def test_a_stranger_is_not_found(max_: Running) -> None:
    assert await refused(max_, "x", user_id=1) == (404, "chat.not.found")


async def test_somebody_elses_message_cannot_be_changed(max_: Running) -> None:
    message = max_.emulator.say(max_.anna.user_id, "моё")
    for attempt in (max_.bot.edit_message(message.mid, text="x"), max_.bot.delete_message(message.mid)):
        with pytest.raises(MaxApiError) as failure:
            await attempt
        assert failure.value.code == 403


async def test_a_wrong_token_is_refused(max_: Running) -> None:
    response = await max_.api("GET", "me", headers={"Authorization": "wrong"})
    assert response.status == 401
    assert await response.json() == {"code": "verify.token", "message": "Invalid access_token"}
    # The query parameter is not taken any more, and a scheme does not belong in the header.
    assert (await max_.api("GET", f"me?access_token={TOKEN}", headers={})).status == 401
    assert (await max_.api("GET", "me", headers={"Authorization": f"Bearer {TOKEN}"})).status == 401
    max_.bot.headers["Authorization"] = "wrong"
    with pytest.raises(InvalidToken):
        await max_.bot.get_me()


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "nothing", None, 404),
        ("DELETE", "me", None, 405),
        ("POST", "messages", {"text": "x"}, 400),
        ("POST", "messages?user_id=anna", {"text": "x"}, 400),
        ("POST", "messages?user_id=10001", ["x"], 400),
        ("POST", "messages?user_id=10001", {"text": 5}, 400),
        ("POST", "messages?user_id=10001", {"text": "x", "format": "latex"}, 400),
        ("POST", "messages?user_id=10001", {"text": "x", "attachments": [{"type": "poll"}]}, 400),
        ("PUT", "messages", {"text": "x"}, 400),
        ("GET", "messages", None, 400),
        ("GET", "chats/5", None, 404),
    ],
)
async def test_refusals_have_a_code_and_a_message(
    max_: Running, method: str, path: str, body: object, status: int
) -> None:
    response = await max_.api(method, path, json=body)
    assert response.status == status
    answer = await response.json()
    assert set(answer) == {"code", "message"} and answer["code"]


async def test_a_body_that_is_no_json_is_refused(max_: Running) -> None:
    response = await max_.api("POST", "messages?user_id=10001", data=b"{text")
    assert response.status == 400


async def test_commands_are_set_and_shown(max_: Running) -> None:
    await max_.bot.set_commands(BotCommand(name="start", description="Начать"))
    me = await max_.bot.get_me()
    assert me.commands == [BotCommand(name="start", description="Начать")]
    assert (me.username, me.first_name, me.is_bot) == ("okno_bot", "Окно", True)


async def test_a_chat_and_its_members_are_shown(max_: Running) -> None:
    chat = await max_.bot.get_chat_by_id(max_.anna.chat_id)
    assert chat.dialog_with_user is not None and chat.dialog_with_user.full_name == "Анна Петрова"
    assert (await max_.api("GET", "chats")).status == 404
    members = await max_.bot.get_chat_members(max_.anna.chat_id)
    assert {member.is_bot for member in members.members} == {True, False}
    assert (await max_.bot.get_me_from_chat(max_.anna.chat_id)).is_bot
