"""What an update of MAX means, told by examples of its wire format."""

from __future__ import annotations

from typing import Any

import pytest

from bot.messengers.max_updates import person_of, read_turn, read_update, update_key
from bot.messengers.turn import Person, Turn, TurnKind

ANNA = {
    "user_id": 400,
    "first_name": "Анна",
    "last_name": "Петрова",
    "username": "anna",
    "is_bot": False,
    "last_activity_time": 1771409719000,
}
OKNO = {"user_id": 900, "first_name": "Окно", "username": "okno_bot", "is_bot": True}
PERSON = Person("400", "Анна Петрова", "anna", "ru")


def message(
    text: str | None = "Привет", *, chat_type: str = "dialog", sender: Any = ANNA, **body: Any
) -> dict[str, Any]:
    return {
        "sender": sender,
        "recipient": {"chat_id": 77, "chat_type": chat_type, "user_id": 900},
        "timestamp": 1771409719000,
        "body": {"mid": "mid.1", "seq": 1, "text": text, **body},
    }


def created(text: str | None = "Привет", **options: Any) -> dict[str, Any]:
    said = message(text, **options)
    return {"update_type": "message_created", "timestamp": 1, "message": said, "user_locale": "ru"}


def started(kind: str = "bot_started", **fields: Any) -> dict[str, Any]:
    return {"update_type": kind, "timestamp": 5, "chat_id": 77, "user": ANNA, "user_locale": "ru", **fields}


def tapped(shown: Any = None, **fields: Any) -> dict[str, Any]:
    callback = {"timestamp": 10, "callback_id": "cb-1", "payload": "day:3", "user": ANNA, **fields}
    return {
        "update_type": "message_callback",
        "timestamp": 10,
        "callback": callback,
        "message": shown,
        "user_locale": "ru",
    }


def turn(kind: TurnKind, **fields: Any) -> Turn:
    return Turn(channel="max", person=PERSON, kind=kind, **fields)


@pytest.mark.parametrize(
    ("update", "expected"),
    [
        (started(payload="s_abc"), turn(TurnKind.START, payload="s_abc")),
        (started(), turn(TurnKind.START)),
        (started(payload=None), turn(TurnKind.START)),
        (started("bot_stopped"), turn(TurnKind.STOPPED)),
        (created(), turn(TurnKind.TEXT, text="Привет")),
        (created("/start"), turn(TurnKind.START)),
        (created("/start s_abc "), turn(TurnKind.START, payload="s_abc")),
        (created("/START\ns_abc"), turn(TurnKind.START, payload="s_abc")),
        (created("/starting"), turn(TurnKind.TEXT, text="/starting")),
        (created("/help me"), turn(TurnKind.TEXT, text="/help me")),
        (created("  "), turn(TurnKind.TEXT, text="  ")),
        (created(None), turn(TurnKind.TEXT)),
        (tapped(), turn(TurnKind.TAP, payload="day:3", callback_id="cb-1")),
        (tapped(payload=None), turn(TurnKind.TAP, callback_id="cb-1")),
        (
            tapped(message(sender=OKNO)),
            turn(TurnKind.TAP, payload="day:3", callback_id="cb-1", message_id="mid.1"),
        ),
    ],
)
def test_what_becomes_a_turn(update: dict[str, Any], expected: Turn) -> None:
    assert read_turn(update) == expected


@pytest.mark.parametrize(
    "update",
    [
        {},
        {"update_type": None},
        {"update_type": ["message_created"]},
        {"update_type": "something_new", "timestamp": 1},
        started("dialog_cleared"),
        started("bot_added"),
        created(chat_type="chat"),
        created(chat_type="channel"),
        created(sender=OKNO),
        created(sender=None),
        tapped(message(chat_type="chat")),
        {"update_type": "message_created", "timestamp": 1},
        {"update_type": "message_created", "timestamp": 1, "message": "text"},
        {"update_type": "message_callback", "timestamp": 1, "callback": {"callback_id": 5}},
        started(user={"user_id": "many"}),
    ],
)
def test_what_becomes_none(update: dict[str, Any]) -> None:
    assert read_turn(update) is None


def test_an_attachment_of_an_unknown_kind_does_not_hide_the_words() -> None:
    hologram = [{"type": "hologram", "payload": {"depth": 3}}]
    update = created("Смотрите", attachments=hologram, markup=[{"type": "sparkle", "from": 0, "length": 2}])
    update["message"]["link"] = {"type": "quantum", "message": {}}

    assert read_turn(update) == turn(TurnKind.TEXT, text="Смотрите")
    assert update["message"]["body"]["attachments"] == hologram, "the update itself stays as it came"


def test_a_message_that_is_only_forwarded_has_no_words() -> None:
    update = created()
    update["message"]["body"] = None
    assert read_turn(update) == turn(TurnKind.TEXT)


def test_a_callback_in_a_dialogue_may_name_no_chat() -> None:
    shown = message(sender=OKNO)
    del shown["recipient"]["chat_id"]
    read = read_turn(tapped(shown))
    assert read is not None
    assert read.message_id == "mid.1"


def test_who_has_no_family_name_or_locale() -> None:
    nameless = {"user_id": 5, "first_name": "Ян", "last_name": "", "is_bot": False}
    read = read_turn({"update_type": "bot_started", "timestamp": 1, "chat_id": 7, "user": nameless})
    assert read is not None
    assert read.person == Person("5", "Ян", None, None)


@pytest.mark.parametrize(
    ("update", "person"),
    [
        (created(), "400"),
        (tapped(message(sender=OKNO)), "400"),
        (started("dialog_muted"), "400"),
        ({"update_type": "message_removed", "user_id": 8}, "8"),
        ({"update_type": "something_new"}, None),
        ({"user": "Анна", "message": [], "callback": None}, None),
        ({"user": {"user_id": "x" * 500}}, None),
    ],
)
def test_who_stands_behind_an_update(update: dict[str, Any], person: str | None) -> None:
    assert person_of(update) == person


def test_a_key_is_the_same_for_a_repeat_and_another_for_anything_else() -> None:
    edited = {**created(), "update_type": "message_edited"}
    no_body = created()
    no_body["message"] = {**no_body["message"], "body": None}
    updates = [
        created(),
        created(mid="mid.2"),
        no_body,
        edited,
        {**edited, "timestamp": 2},
        tapped(),
        tapped(timestamp=11),
        tapped(callback_id="cb-2"),
        started(),
        started(timestamp=6),
        started(user={**ANNA, "user_id": 401}),
        started("bot_stopped"),
        {"update_type": "something_new", "timestamp": 1},
        {"update_type": "something_new", "timestamp": 2},
        {},
    ]
    keys = [update_key(update) for update in updates]
    assert len(set(keys)) == len(updates)
    assert keys == [update_key(dict(reversed(update.items()))) for update in updates]


def test_a_key_does_not_change_with_what_may_differ_between_deliveries() -> None:
    assert update_key(tapped()) == update_key(tapped(message(sender=OKNO)))
    later = {**ANNA, "last_activity_time": 1771409999000}
    assert update_key(started()) == update_key(started(user=later))


def test_a_key_fits_an_inbox() -> None:
    keys = [update_key(tapped(callback_id="x" * 500 + str(number))) for number in range(2)]
    keys.append(update_key({"update_type": "x" * 500, "chat_id": 1, "user": ANNA, "timestamp": 1}))
    assert len(set(keys)) == 3
    assert all(len(key) <= 200 for key in keys)


def test_symbols_that_a_database_does_not_take_are_replaced() -> None:
    update = read_update(created("до\0после \ud800 😀", names=[{"a\0": "\udc00"}]))
    assert update is not None
    assert update.payload["message"]["body"]["text"] == "до�после � 😀"
    assert update.payload["message"]["body"]["names"] == [{"a�": "�"}]
    assert update.key == update_key(created())


@pytest.mark.parametrize("raw", [None, 5, "text", [], {"update_type": "something_new"}])
def test_what_is_no_update_of_a_person_is_not_kept(raw: object) -> None:
    assert read_update(raw) is None
