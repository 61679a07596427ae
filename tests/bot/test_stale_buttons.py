"""Old messages keep their buttons for years: whatever is tapped, the answer says what is true now."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from bot.emulator import Message
from core.booking.models import MeetingType
from core.meetings.models import Meeting
from core.meetings.states import State
from tests.bot.stage import Actor, Stage
from tests.people import Host

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


async def asked(stage: Stage, start: str = "Сегодня 11:00") -> tuple[Actor, Actor]:
    """Anna asked Pavel; each stands before their card."""
    pavel, host = await stage.host()
    anna = stage.person("Анна", "Петрова")
    await anna.open(stage.payload(host))
    await anna.taps(start, "Попросить о встрече")
    await pavel.sees("просит о встрече")
    return pavel, anna


async def confirmed(stage: Stage) -> tuple[Actor, Actor]:
    pavel, anna = await asked(stage)
    await pavel.taps("Подтвердить")
    await anna.sees("подтверждает")
    return pavel, anna


async def before_openings(stage: Stage) -> tuple[Host, Actor, Actor]:
    """Anna sees Pavel's openings."""
    pavel, host = await stage.host()
    anna = stage.person("Анна", "Петрова")
    await anna.open(stage.payload(host))
    return host, pavel, anna


async def taps_old(actor: Actor, old: Message, label: str) -> str:
    """Tap a button that the message had when it was `old`."""
    heard = len(actor.heard)
    actor.tap_again(old, label)
    await actor.until(lambda: len(actor.heard) > heard, "gets no answer")
    return actor.screen


async def state(stage: Stage) -> State:
    (found,) = await stage.rows(select(Meeting.state))
    return State(found)


# A meeting that is decided already


async def test_confirming_twice(stage: Stage) -> None:
    pavel, anna = await asked(stage)
    request = pavel.shown
    await pavel.taps("Подтвердить")
    assert "✅ Встреча назначена: Анна Петрова" in await taps_old(pavel, request, "Подтвердить")
    assert pavel.notes == ["Встреча уже подтверждена"]
    await anna.sees("подтверждает")
    await stage.delivered()
    assert len([text for text in anna.heard if "подтверждает" in text]) == 1


@pytest.mark.parametrize("button", ["Отклонить", "Другое время", "Подтвердить"])
async def test_deciding_what_the_guest_has_withdrawn(stage: Stage, button: str) -> None:
    pavel, anna = await asked(stage)
    request = pavel.shown
    await anna.taps("Отозвать запрос", "Да, отменить")
    await pavel.sees("Анна Петрова отменяет встречу")
    await pavel.loses(request)
    stage.emulator.state.messages[request.mid] = request  # a phone that has not heard of it yet
    assert "Встреча отменена: Анна Петрова" in await taps_old(pavel, request, button)
    assert pavel.notes == ["Встреча уже отменена"]
    assert await state(stage) is State.CANCELLED


async def test_declining_after_having_confirmed(stage: Stage) -> None:
    pavel, _ = await asked(stage)
    request = pavel.shown
    await pavel.taps("Отклонить")
    question = pavel.shown
    await pavel.taps("Оставить", "Подтвердить")
    for old, button in ((request, "Отклонить"), (question, "Да, отклонить"), (request, "Другое время")):
        assert "✅ Встреча назначена" in await taps_old(pavel, old, button)
    assert pavel.notes == ["Встреча уже подтверждена"] * 3
    assert await state(stage) is State.CONFIRMED


async def test_withdrawing_a_request_that_was_confirmed_meanwhile_asks_about_the_meeting(stage: Stage) -> None:
    pavel, anna = await asked(stage)
    request = anna.shown
    await pavel.taps("Подтвердить")
    await anna.sees("подтверждает")
    await anna.loses(request)
    stage.emulator.state.messages[request.mid] = request
    assert (await taps_old(anna, request, "Отозвать запрос")).startswith("Отменить встречу (сегодня")
    assert (await anna.taps("Оставить")).startswith("✅ Павел Смирнов подтверждает встречу")


async def test_cancelling_twice(stage: Stage) -> None:
    pavel, anna = await confirmed(stage)
    meeting = anna.shown
    await anna.taps("Отменить встречу")
    question = anna.shown
    await anna.taps("Да, отменить")
    for old, button in ((question, "Да, отменить"), (meeting, "Отменить встречу")):
        assert "Встреча отменена: Павел Смирнов" in await taps_old(anna, old, button)
    assert anna.notes == ["Встреча уже отменена"] * 2
    await pavel.sees("отменяет")
    await stage.delivered()
    assert len([text for text in pavel.heard if "отменяет" in text]) == 1


@pytest.mark.parametrize("button", ["Подтвердить", "Другое время"])
async def test_deciding_too_late_ends_the_request(stage: Stage, button: str) -> None:
    """The clock's job has not come round yet: what is true is that the time to answer is over."""
    pavel, anna = await asked(stage)
    stage.clock.advance(3 * HOUR)
    assert (await pavel.taps(button)).startswith("Запрос остался без ответа, время снова свободно: Анна Петрова")
    assert pavel.notes == ["Срок запроса уже вышел"]
    assert await state(stage) is State.EXPIRED
    await anna.sees("Павел Смирнов не успевает ответить")


async def test_withdrawing_too_late_ends_the_request_too(stage: Stage) -> None:
    pavel, anna = await asked(stage)
    await anna.taps("Отозвать запрос")
    stage.clock.advance(3 * HOUR)
    assert (await anna.taps("Да, отменить")).startswith("Павел Смирнов не успевает ответить")
    assert anna.notes == ["Срок запроса уже вышел"]
    assert await state(stage) is State.EXPIRED
    await pavel.sees("Запрос остался без ответа")


@pytest.mark.parametrize("seen", [False, True], ids=["before the clock's round", "after it"])
async def test_cancelling_a_meeting_that_is_over(stage: Stage, seen: bool) -> None:
    pavel, _ = await confirmed(stage)
    await pavel.taps("Отменить встречу")
    if seen:
        await stage.passes(3 * HOUR)
    else:
        stage.clock.advance(3 * HOUR)
    assert (await pavel.taps("Да, отменить")).startswith("Встреча прошла: Анна Петрова")
    assert pavel.notes == ["Встреча уже прошла"]
    assert await state(stage) is State.COMPLETED


async def test_the_meeting_of_others_is_not_there(stage: Stage) -> None:
    _, anna = await confirmed(stage)
    meeting = anna.shown
    boris = stage.person("Борис", started=True)
    await boris.says("/menu")
    forged = replace(boris.shown, rows=meeting.rows)
    assert await taps_old(boris, forged, "Отменить встречу") == "Этого больше нет. Начнём с главного меню."
    assert await state(stage) is State.CONFIRMED
    assert await boris.taps("Главное меню") == "Что делаем?"


async def test_a_guest_cannot_confirm_for_the_host(stage: Stage) -> None:
    pavel, anna = await asked(stage)
    forged = replace(anna.shown, rows=pavel.shown.rows)
    for button in ("Подтвердить", "Другое время"):
        assert await taps_old(anna, forged, button) == "Этого больше нет. Начнём с главного меню."
    assert await state(stage) is State.PENDING


async def test_a_meeting_whose_message_is_deleted_is_shown_in_a_new_one(stage: Stage) -> None:
    pavel, _ = await asked(stage)
    request = pavel.shown
    pavel.tap("Подтвердить")
    stage.emulator.remove_message(pavel.id, request.mid)
    assert "✅ Встреча назначена" in await pavel.gets("Встреча назначена")
    assert len(pavel.showing("Встреча назначена")) == 1


# A time that is gone


async def test_picking_a_time_that_somebody_took(stage: Stage) -> None:
    host, _, anna = await before_openings(stage)
    vera = stage.person("Вера")
    await vera.open(stage.payload(host))
    await vera.taps("Сегодня 11:00", "Попросить о встрече")
    assert (await anna.taps("Сегодня 11:00")).startswith("Это время только что заняли. Вот ближайшие окна:")
    assert anna.buttons[:2] == ["Сегодня 11:30", "Сегодня 12:00"]
    await anna.taps("Сегодня 11:30", "Попросить о встрече")
    assert "11:30–12:00" in anna.screen


async def test_asking_for_a_time_that_somebody_took(stage: Stage) -> None:
    host, _, anna = await before_openings(stage)
    await anna.taps("Сегодня 11:00")
    vera = stage.person("Вера")
    await vera.open(stage.payload(host))
    await vera.taps("Сегодня 11:00", "Попросить о встрече")
    assert (await anna.taps("Попросить о встрече")).startswith("Это время только что заняли. Вот ближайшие окна:")
    assert anna.buttons[:2] == ["Сегодня 11:30", "Сегодня 12:00"]
    assert await stage.value(select(func.count()).select_from(Meeting)) == 1


async def test_a_time_that_has_come_too_near(stage: Stage) -> None:
    _, _, anna = await before_openings(stage)
    await anna.taps("Сегодня 11:00")
    stage.clock.advance(HOUR)
    await anna.taps("Попросить о встрече")
    assert anna.screen.startswith("Это время только что заняли") and anna.buttons[0] == "Сегодня 12:00"


async def test_a_day_that_is_full_by_now(stage: Stage) -> None:
    _, pavel, anna = await before_openings(stage)
    await anna.taps("Другие дни")
    await pavel.says("/menu")
    await pavel.taps("Занять время", "Завтра", "Весь день")
    assert (await anna.taps("Завтра · 18")).startswith("На этот день (завтра) окон уже нет.")
    assert anna.buttons[0] == "Сегодня 11:00"


async def test_a_day_long_past(stage: Stage) -> None:
    _, _, anna = await before_openings(stage)
    await anna.taps("Другие дни")
    stage.clock.advance(33 * DAY)
    assert (await anna.taps("Завтра · 18")).startswith("На этот день (вт, 24 ноября) окон уже нет.")
    assert anna.buttons[0] == "Пн 9:00", "fresh ones are at hand"


async def test_no_time_is_left_at_all(stage: Stage) -> None:
    host, pavel, anna = await before_openings(stage)
    await anna.taps("Сегодня 11:00")
    await pavel.says("/settings")
    await pavel.taps("Часы работы", "Задам сам")
    await pavel.says("вс 3:00–3:10")
    assert (await anna.taps("Попросить о встрече")).startswith("Это время только что заняли, а других окон пока нет.")
    assert anna.buttons == ["Другой город", "Главное меню"]
    assert "Свободных окон пока нет. Загляните позже." in await anna.open(stage.payload(host))


# A link that has ended


@pytest.mark.parametrize(
    "way",
    [
        ("Другие дни",),
        ("Сегодня 11:00",),
        ("Другие дни", "Завтра · 18"),
        ("Другие дни", "Завтра · 18", "9:00"),
        ("Сегодня 11:00", "Попросить о встрече"),
        ("Сегодня 11:00", "Добавить тему"),
        ("Сегодня 11:00", "Назад"),
        ("Другой город", "Назад"),
    ],
    ids=" ".join,
)
async def test_a_link_revoked_on_the_way(stage: Stage, way: tuple[str, ...]) -> None:
    _, pavel, anna = await before_openings(stage)
    await anna.taps(*way[:-1])
    await pavel.says("/link")
    await pavel.taps("Отозвать ссылку", "Да, отозвать")
    assert await anna.taps(way[-1]) == "Эта ссылка больше не работает: её отозвали. Попросите новую."
    assert await anna.taps("Главное меню") == "Что делаем?"
    assert await stage.value(select(func.count()).select_from(Meeting)) == 0


async def test_a_topic_typed_for_a_link_that_has_ended_is_answered_once(stage: Stage) -> None:
    _, pavel, anna = await before_openings(stage)
    await anna.taps("Сегодня 11:00", "Добавить тему")
    await pavel.says("/link")
    await pavel.taps("Отозвать ссылку", "Да, отозвать")
    assert (await anna.says("О ценах")).startswith("Эта ссылка больше не работает")
    assert (await anna.says("И о сроках")).startswith("Не понял."), "nothing is awaited any more"


async def test_what_a_revoked_link_agreed_stays(stage: Stage) -> None:
    pavel, anna = await confirmed(stage)
    await pavel.says("/link")
    await pavel.taps("Отозвать ссылку", "Да, отозвать")
    await anna.taps("Отменить встречу", "Да, отменить")
    assert anna.buttons[0] == "Выбрать другое время"
    assert (await anna.taps("Выбрать другое время")).startswith("Эта ссылка больше не работает")


async def test_revoking_twice_and_from_an_old_message(stage: Stage) -> None:
    pavel, _ = await stage.host()
    await pavel.says("/link")
    await pavel.taps("Отозвать ссылку")
    question = pavel.shown
    first = await pavel.taps("Да, отозвать")
    assert await taps_old(pavel, question, "Да, отозвать") == first, "the new link is not revoked by the old button"


async def test_a_length_that_is_not_offered_any_more(stage: Stage) -> None:
    _, pavel, anna = await before_openings(stage)
    await anna.taps("Сегодня 11:00")
    await pavel.says("/settings")
    await pavel.taps("Длительность", "1 час")
    await anna.taps("Попросить о встрече")
    assert "Встреча, 1 час" in anna.screen and "11:00–12:00" in anna.screen, "first it shows what has changed"
    await anna.taps("Попросить о встрече")
    assert anna.screen.startswith("Запрос отправлен") and "11:00–12:00" in anna.screen


async def test_openings_of_another_length_than_the_message_has(stage: Stage) -> None:
    _, pavel, anna = await before_openings(stage)
    await pavel.says("/settings")
    await pavel.taps("Длительность", "1 час")
    await anna.taps("Другие дни")
    assert "Встреча, 1 час" in anna.screen and "Завтра · 17" in anna.buttons


async def test_a_kind_of_meeting_that_is_gone(stage: Stage) -> None:
    host, _, anna = await before_openings(stage)
    async with stage.database.session() as session:
        await session.execute(update(MeetingType).where(MeetingType.id == host.meeting_type.id).values(active=False))
    await anna.taps("Сегодня 11:00")
    assert anna.buttons == ["Главное меню"]


# Old and forged buttons


async def test_keeping_a_time_that_is_past(stage: Stage) -> None:
    pavel, _ = await stage.host()
    await pavel.says("/menu")
    await pavel.taps("Занять время", "Сегодня")
    day = pavel.shown
    await pavel.taps("11:00")
    stage.clock.advance(2 * DAY)
    await pavel.taps("1 час")
    assert pavel.buttons and await stage.value(select(func.count()).select_from(Meeting)) == 0
    await taps_old(pavel, day, "Весь день")
    assert pavel.buttons and await stage.value(select(func.count()).select_from(Meeting)) == 0


MALFORMED = """
: zzz zzz:1:2 m:1 e e: e:abc e:Привет bp:x z::t tl: tl:de h:99:s h:-1:s d:0:s z:Europe/Nowhere:s z:../../etc/passwd:s
bp:AAAAAAAAAAAAAAAAAAAAAA:AAAAAAAAAAAAAAAAAAAAAA:30:zzzz x.y \U0001f525
"""
UNKNOWN = """
e:AAAAAAAAAAAAAAAAAAAAAA lr:AAAAAAAAAAAAAAAAAAAAAA lx:AAAAAAAAAAAAAAAAAAAAAA z:Europe/Moscow:whatever
bp:AAAAAAAAAAAAAAAAAAAAAA:AAAAAAAAAAAAAAAAAAAAAA:30:1c3b0a4 br:AAAAAAAAAAAAAAAAAAAAAA:AAAAAAAAAAAAAAAAAAAAAA:30:1c3b0a4
"""
OUT_OF_RANGE = """
bh:AAAAAAAAAAAAAAAAAAAAAA:AAAAAAAAAAAAAAAAAAAAAA:30:-5000 k:99999999999999999999 k:99999 k:-1 kd:2bdd42 kd:-af93a
kd:ffffffff kl:0 kl:-ffffff kb:1c3b0a4:0 kb:1c3b0a4:-30 kb:1c3b0a4:99999999999999 kb:1c3b0a4:999999 kw:2bdd42 kw:0
w:2bdd42 w:-af93a w:14820 y:2bdd42 y:0 d:99999999999:t
bp:AAAAAAAAAAAAAAAAAAAAAA:AAAAAAAAAAAAAAAAAAAAAA:30:fffffffffffffffff
"""


@pytest.mark.parametrize(
    "payloads",
    [["", "x" * 1000, *MALFORMED.split()], UNKNOWN.split(), OUT_OF_RANGE.split()],
    ids=["malformed", "unknown", "out of range"],
)
async def test_whatever_a_button_carries_it_is_answered_and_nothing_breaks(stage: Stage, payloads: list[str]) -> None:
    """MAX hands a button's payload back as it was; what was made by another version or by hand is answered too."""
    pavel, _ = await stage.host()
    await pavel.says("/menu")
    for payload in payloads:
        forged = replace(pavel.shown, rows=[[{"type": "callback", "text": "?", "payload": payload}]])
        answer = await taps_old(pavel, forged, "?")
        assert answer and pavel.buttons, f"{payload}: an answer with a way on"
        assert "сломалось" not in answer, payload
    assert stage.errors == []
    assert (await pavel.says("привет")).startswith("Не понял."), "no question is left standing"


async def test_a_button_of_another_version_leads_to_the_menu(stage: Stage) -> None:
    pavel, _ = await stage.host()
    await pavel.says("/menu")
    forged = replace(pavel.shown, rows=[[{"type": "callback", "text": "?", "payload": "vote:17"}]])
    assert await taps_old(pavel, forged, "?") == "Эта кнопка из старого сообщения. Начнём с главного меню."
    assert await pavel.taps("Главное меню") == "Что делаем?"
