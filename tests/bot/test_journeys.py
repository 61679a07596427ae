"""What people come for, from the first word to the meeting, over HTTP and with the real client of MAX."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import quote

import pytest
from sqlalchemy import func, select

from core.meetings.models import Claim, Meeting
from core.meetings.states import State
from tests.bot.stage import Actor, Stage

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Words:
    """What one language says on the way."""

    locale: str
    greeting: str
    zone_right: str
    ask_hours: str
    workdays: str
    ask_duration: str
    half_hour: str
    link_ready: str
    openings: str
    eleven: str
    topic_hint: str
    ask_to_meet: str
    sent: str
    asks_to_meet: str
    confirm: str
    meeting_set: str
    confirms: str
    decline: str
    decline_yes: str
    declined: str
    cannot: str
    cancel: str
    cancel_yes: str
    cancels: str
    cancelled: str
    no_answer_host: str
    no_answer_guest: str
    again: str
    other_days: str
    thursday: str
    taken: str
    nine_to_half_past: str


RUSSIAN = Words(
    locale="ru",
    greeting="Здравствуйте, Павел Смирнов! Я Окно: показываю людям, когда вы свободны, и записываю на встречи.\n\n"
    "Судя по всему, вы живёте по московскому времени, сейчас 8:50. Верно?",
    zone_right="Верно",
    ask_hours="Когда с вами можно встретиться?",
    workdays="Пн–Пт, 9–18",
    ask_duration="Сколько длится встреча?",
    half_hour="30 минут",
    link_ready="Готово. Ваша ссылка:\nhttps://max.ru/okno_bot?start=s_",
    openings="Павел Смирнов\nВстреча, 30 минут · видеозвонок\n\nБлижайшие окна по вашему времени (Москва):",
    eleven="Сегодня 11:00",
    topic_hint="📅 сегодня, 23 ноября, 11:00–11:30\n\nО чём поговорим? Можно не писать.",
    ask_to_meet="Попросить о встрече",
    sent="Запрос отправлен. Сообщу, как только Павел Смирнов ответит.",
    asks_to_meet="Анна Петрова просит о встрече\n\n📅 сегодня, 23 ноября, 11:00–11:30\nВидеозвонок",
    confirm="Подтвердить",
    meeting_set="✅ Встреча назначена: Анна Петрова",
    confirms="✅ Павел Смирнов подтверждает встречу",
    decline="Отклонить",
    decline_yes="Да, отклонить",
    declined="Запрос отклонён: Анна Петрова",
    cannot="Павел Смирнов не может встретиться в это время",
    cancel="Отменить встречу",
    cancel_yes="Да, отменить",
    cancels="Анна Петрова отменяет встречу",
    cancelled="Встреча отменена: Павел Смирнов",
    no_answer_host="Запрос остался без ответа, время снова свободно: Анна Петрова",
    no_answer_guest="Павел Смирнов не успевает ответить, время снова свободно",
    again="Выбрать другое время",
    other_days="Другие дни",
    thursday="Чт · 18",
    taken="Это время только что заняли",
    nine_to_half_past="чт, 26 ноября, 9:00–9:30",
)
ENGLISH = Words(
    locale="en",
    greeting="Hello, Павел Смирнов! I am Okno: I show people when you are free and book them in.\n\n"
    "It looks like you live on Moscow time, where it is 8:50 now. Right?",
    zone_right="Right",
    ask_hours="When can people meet you?",
    workdays="Mon–Fri, 9–18",
    ask_duration="How long is a meeting?",
    half_hour="30 minutes",
    link_ready="Done. Your link:\nhttps://max.ru/okno_bot?start=s_",
    openings="Павел Смирнов\nMeeting, 30 minutes · video call\n\nThe next openings on your time (Moscow):",
    eleven="Today 11:00",
    topic_hint="📅 today, 23 November, 11:00–11:30\n\nWhat is it about? You may leave it out.",
    ask_to_meet="Ask to meet",
    sent="The request is sent. I will tell you as soon as Павел Смирнов answers.",
    asks_to_meet="Анна Петрова asks to meet you\n\n📅 today, 23 November, 11:00–11:30\nVideo call",
    confirm="Confirm",
    meeting_set="✅ Meeting set: Анна Петрова",
    confirms="✅ Павел Смирнов confirms the meeting",
    decline="Decline",
    decline_yes="Yes, decline",
    declined="Request declined: Анна Петрова",
    cannot="Павел Смирнов cannot meet at that time",
    cancel="Cancel the meeting",
    cancel_yes="Yes, cancel",
    cancels="Анна Петрова cancels the meeting",
    cancelled="Meeting cancelled: Павел Смирнов",
    no_answer_host="The request got no answer, the time is free again: Анна Петрова",
    no_answer_guest="Павел Смирнов did not get to answer, the time is free again",
    again="Pick another time",
    other_days="Other days",
    thursday="Thu · 18",
    taken="That time has just been taken",
    nine_to_half_past="Thu, 26 November, 9:00–9:30",
)

both_languages = pytest.mark.parametrize("words", [RUSSIAN, ENGLISH], ids=["ru", "en"])
both_modes = pytest.mark.parametrize("mode", ["polling", "webhook"])


def link_payload(screen: str) -> str:
    found = re.search(r"start=(s_[\w-]{22})", screen)
    assert found
    return found[1]


async def onboard(pavel: Actor, words: Words) -> str:
    """The first conversation; returns what the link carries."""
    await pavel.open()
    await pavel.taps(words.zone_right, words.workdays, words.half_hour)
    return link_payload(pavel.screen)


async def ask(stage: Stage, words: Words, *, at: tuple[str, ...] | None = None) -> tuple[Actor, Actor]:
    """Anna asked Pavel for a time, today at 11 if not told otherwise; each stands before their card."""
    pavel, host = await stage.host(locale=words.locale)
    anna = stage.person("Анна", "Петрова", locale=words.locale)
    await anna.open(stage.payload(host))
    await anna.taps(*(at or (words.eleven,)), words.ask_to_meet)
    await pavel.sees(words.asks_to_meet.split("\n")[0])
    return pavel, anna


async def state(stage: Stage) -> State:
    """Of the only meeting there is."""
    (found,) = await stage.rows(select(Meeting.state))
    return State(found)


async def claims(stage: Stage) -> int:
    return int(await stage.value(select(func.count()).select_from(Claim)))


# The whole way


@both_modes
@both_languages
async def test_a_host_gets_a_link_in_four_taps(stage: Stage, words: Words) -> None:
    pavel = stage.person("Павел", "Смирнов", locale=words.locale)
    assert await pavel.open() == words.greeting
    assert pavel.buttons[0] == words.zone_right
    assert await pavel.taps(words.zone_right) == words.ask_hours
    assert pavel.buttons[0] == words.workdays
    assert await pavel.taps(words.workdays) == words.ask_duration
    assert pavel.buttons[0] == words.half_hour
    assert (await pavel.taps(words.half_hour)).startswith(words.link_ready)
    url = f"https://max.ru/okno_bot?start={link_payload(pavel.screen)}"
    share, _, copy = [button for row in pavel.shown.rows[:2] for button in row]
    assert share["url"].startswith("https://max.ru/:share?text=") and share["url"].endswith(quote(url, safe=""))
    assert copy["payload"] == url
    assert "86" in pavel.screen  # from today at 11:00: 14 openings, then 18 each of the four days
    assert len(pavel.messages) == 1, "it is one message that changes"


@both_modes
@both_languages
async def test_a_guest_books_in_three_taps_and_the_host_confirms(stage: Stage, words: Words) -> None:
    pavel = stage.person("Павел", "Смирнов", locale=words.locale)
    payload = await onboard(pavel, words)
    anna = stage.person("Анна", "Петрова", locale=words.locale)

    assert await anna.open(payload) == words.openings
    assert anna.buttons[0] == words.eleven
    assert (await anna.taps(words.eleven)).endswith(words.topic_hint)
    assert anna.buttons[0] == words.ask_to_meet
    assert (await anna.taps(words.ask_to_meet)).startswith(words.sent)
    request = anna.shown
    assert (await pavel.sees(words.asks_to_meet)).startswith(words.asks_to_meet)
    assert pavel.buttons[0] == words.confirm

    assert (await pavel.taps(words.confirm)).startswith(words.meeting_set)
    await anna.sees(words.confirms)
    assert await state(stage) is State.CONFIRMED
    await anna.loses(request)
    await stage.delivered()
    assert [len(anna.messages), len(pavel.messages)] == [1, 2], "one card of the meeting each"


@both_modes
@both_languages
async def test_a_host_declines_after_one_question(stage: Stage, words: Words) -> None:
    pavel, anna = await ask(stage, words)
    await pavel.taps(words.decline)
    assert "Анна Петрова" in pavel.screen and await state(stage) is State.PENDING
    assert (await pavel.taps(words.decline_yes)).startswith(words.declined)
    await anna.sees(words.cannot)
    assert await claims(stage) == 0
    await anna.taps(words.again)
    assert anna.screen == words.openings and words.eleven in anna.buttons


@both_modes
@both_languages
async def test_a_guest_cancels_what_was_confirmed(stage: Stage, words: Words) -> None:
    pavel, anna = await ask(stage, words)
    await pavel.taps(words.confirm)
    await anna.sees(words.confirms)
    await anna.taps(words.cancel)
    assert await state(stage) is State.CONFIRMED, "one question comes first"
    assert (await anna.taps(words.cancel_yes)).startswith(words.cancelled)
    await pavel.sees(words.cancels)
    assert (await state(stage), await claims(stage)) == (State.CANCELLED, 0)


@both_modes
@both_languages
async def test_a_request_that_nobody_answers_frees_its_time(stage: Stage, words: Words) -> None:
    pavel, anna = await ask(stage, words, at=(words.other_days, words.thursday, "9:00"))
    assert words.nine_to_half_past in anna.screen
    await stage.passes(DAY - timedelta(minutes=1))
    assert await state(stage) is State.PENDING
    await stage.passes(timedelta(minutes=2))
    await pavel.sees(words.no_answer_host)
    await anna.sees(words.no_answer_guest)
    assert (await state(stage), await claims(stage)) == (State.EXPIRED, 0)


# Around the first conversation


async def test_a_person_elsewhere_finds_their_city(stage: Stage) -> None:
    pavel = stage.person()
    await pavel.open()
    assert "Напишите город" in await pavel.taps("Другой город")
    assert "Не нашёл «Тьмутаракань-на-Небе»" in await pavel.says("Тьмутаракань-на-Небе")
    assert "Какой из них ваш?" in await pavel.says("новосиб")
    assert await pavel.taps("Новосибирск, 12:50") == "Когда с вами можно встретиться?"
    await pavel.taps("Назад")
    assert "по времени города Новосибирск, сейчас 12:50" in pavel.screen


async def test_hours_and_length_in_ones_own_words(stage: Stage) -> None:
    pavel = stage.person()
    await pavel.open()
    await pavel.taps("Верно", "Задам сам")
    assert "Не разобрал часы" in await pavel.says("когда захочу")
    assert "пересекаются" in await pavel.says("пн 9–13 и 12–15")
    assert await pavel.says("вт, чт 10–12, сб 22–2") == "Сколько длится встреча?"
    await pavel.taps("Другое")
    assert "от 5 минут до суток" in await pavel.says("3 минуты")
    assert (await pavel.says("1 час 30 минут")).startswith("Готово. Ваша ссылка:")
    await pavel.taps("Главное меню", "Настройки")
    assert "Вт, чт: 10:00–12:00\nСб: 22:00–2:00\n\nВстреча: 1 час 30 минут\nВремя: Москва, UTC+3" in pavel.screen


async def test_start_again_brings_a_host_to_the_menu(stage: Stage) -> None:
    pavel, _ = await stage.host()
    assert await pavel.open() == "Что делаем?"
    assert await pavel.says("/start") == "Что делаем?"
    assert pavel.buttons == ["Моя ссылка", "Мои встречи", "Занять время", "Настройки"]


async def test_the_messenger_knows_the_commands(stage: Stage) -> None:
    pavel, _ = await stage.host()
    await pavel.open()
    offered = {command.name for command in stage.emulator.state.bot.commands}
    assert offered == {"start", "menu", "link", "today", "week", "settings", "help"}
    answers = {name: await pavel.says(f"/{name}") for name in sorted(offered)}
    assert len(set(answers.values())) == len(offered) - 1, "only start and menu lead a host to one place"
    assert not any("Не понял" in answer for answer in answers.values())


async def test_a_command_is_known_in_capitals_and_with_the_bots_name(stage: Stage) -> None:
    pavel, _ = await stage.host()
    assert "Настройки" in await pavel.says("/SETTINGS")
    assert "Настройки" in await pavel.says("/settings@okno_bot  please")


# Around the link


async def test_the_link_as_a_picture(stage: Stage) -> None:
    pavel, host = await stage.host()
    await pavel.says("/link")
    assert stage.payload(host) in await pavel.taps("QR-код")
    (upload,) = stage.emulator.state.uploads.values()
    assert upload.kind == "image" and upload.size > 300
    assert pavel.shown.media[0]["token"] == upload.token
    await pavel.taps("Назад")
    assert pavel.shown.media == [], "the picture does not stay on other screens"


async def test_a_revoked_link_gives_way_to_a_new_one(stage: Stage) -> None:
    pavel, host = await stage.host()
    await pavel.says("/link")
    await pavel.taps("Отозвать ссылку", "Оставить")
    assert stage.payload(host) in pavel.screen
    await pavel.taps("Отозвать ссылку", "Да, отозвать")
    fresh = link_payload(pavel.screen)
    assert fresh != stage.payload(host)
    anna = stage.person("Анна")
    assert "её отозвали" in await anna.open(stage.payload(host))
    assert "Ближайшие окна" in await anna.open(fresh)


async def test_the_owner_of_a_link_is_shown_it_as_their_own(stage: Stage) -> None:
    pavel, host = await stage.host()
    assert (await pavel.open(stage.payload(host))).startswith("Это ваша собственная ссылка:")


@pytest.mark.parametrize("payload", ["s_", "s_AAAAAAAAAAAAAAAAAAAAAA", "s_short", "s_" + "A" * 120])
async def test_a_link_that_never_was(stage: Stage, payload: str) -> None:
    anna = stage.person("Анна")
    assert await anna.open(payload) == "Такой ссылки нет. Попросите прислать её ещё раз."
    assert await anna.taps("Главное меню") == "Что делаем?"
    assert anna.buttons[0] == "Принимать записи"


async def test_a_payload_of_another_kind_is_a_start_like_any(stage: Stage) -> None:
    anna = stage.person("Анна")
    assert (await anna.open("campaign_7")).startswith("Здравствуйте, Анна!")


# Around booking


async def test_a_guest_in_another_zone_sees_both_clocks_and_so_does_the_host(stage: Stage) -> None:
    pavel, host = await stage.host()
    anna = stage.person("Анна", "Петрова")
    await anna.open(stage.payload(host))
    await anna.taps("Другой город")
    await anna.says("Екатеринбург")
    await anna.taps("Екатеринбург, 10:50")
    assert "Ближайшие окна по вашему времени (Екатеринбург):" in anna.screen
    assert anna.buttons[0] == "Сегодня 13:00"

    await anna.taps("Другие дни", "Завтра · 18")
    assert "Время ваше: Екатеринбург, UTC+5.\nПавел Смирнов: Москва, UTC+3." in anna.screen
    assert [anna.buttons[0], anna.buttons[17]] == ["11:00", "19:30"]
    await anna.taps("11:00")
    assert "📅 завтра, 24 ноября, 11:00–11:30 (Москва: 9:00)" in anna.screen
    await anna.taps("Попросить о встрече")
    assert "📅 завтра, 24 ноября, 11:00–11:30 (Москва: 9:00)" in anna.screen
    assert "📅 завтра, 24 ноября, 9:00–9:30 (Екатеринбург: 11:00)" in await pavel.sees("просит о встрече")
    await pavel.taps("Подтвердить")
    assert "11:00–11:30 (Москва: 9:00)" in await anna.sees("подтверждает")


async def test_a_topic_is_typed_changed_and_shown_to_the_host(stage: Stage) -> None:
    pavel, host = await stage.host()
    anna = stage.person("Анна")
    await anna.open(stage.payload(host))
    await anna.taps("Сегодня 11:30", "Добавить тему")
    assert "не больше 500 знаков" in await anna.says("о" * 501)
    assert "Тема: Первая мысль" in await anna.says("Первая мысль")
    assert "Изменить тему" in anna.buttons
    await anna.taps("Изменить тему", "Назад")
    assert "Тема: Первая мысль" in anna.screen, "looking at the question changes nothing"
    assert "Тема: <b>Цены</b> & сроки" in await anna.says("<b>Цены</b> & сроки")
    await anna.taps("Попросить о встрече")
    assert "Тема: <b>Цены</b> & сроки" in await pavel.sees("просит о встрече"), "as typed, without effect"


async def test_a_topic_may_be_typed_at_once(stage: Stage) -> None:
    _, host = await stage.host()
    anna = stage.person("Анна")
    await anna.open(stage.payload(host))
    await anna.taps("Сегодня 11:30")
    assert "Тема: Отпуск" in await anna.says("Отпуск")
    assert "Тема: Отпуск" in await anna.taps("Попросить о встрече")


async def test_a_host_asks_for_another_time_and_the_guest_has_it_in_two_taps(stage: Stage) -> None:
    pavel, anna = await ask(stage, RUSSIAN)
    assert "получит просьбу выбрать другое время" in await pavel.taps("Другое время")
    await anna.sees("Павел Смирнов просит выбрать другое время. Вот ближайшие окна:")
    assert anna.buttons[:4] == ["Сегодня 11:00", "Сегодня 11:30", "Сегодня 12:00", "Сегодня 12:30"]
    await anna.taps("Сегодня 12:30", "Попросить о встрече")
    await pavel.sees("просит о встрече", "12:30–13:00")


async def test_a_guest_withdraws_a_request(stage: Stage) -> None:
    pavel, anna = await ask(stage, RUSSIAN)
    await anna.taps("Отозвать запрос")
    assert anna.screen == "Отозвать запрос (сегодня, 23 ноября, 11:00–11:30)? Павел Смирнов узнает сразу."
    assert (await anna.taps("Оставить")).startswith("Запрос отправлен: Павел Смирнов")
    await anna.taps("Отозвать запрос", "Да, отменить")
    await pavel.sees("Анна Петрова отменяет встречу")
    assert await state(stage) is State.CANCELLED
    assert "Подтвердить" not in pavel.buttons


async def test_a_host_cancels_and_the_guest_is_offered_another_time(stage: Stage) -> None:
    pavel, anna = await ask(stage, RUSSIAN)
    await pavel.taps("Подтвердить", "Отменить встречу")
    assert pavel.screen == "Отменить встречу (сегодня, 23 ноября, 11:00–11:30)? Анна Петрова узнает сразу."
    await pavel.taps("Оставить", "Отменить встречу", "Да, отменить")
    await anna.sees("Павел Смирнов отменяет встречу")
    assert anna.buttons[0] == "Выбрать другое время"


async def test_a_booking_without_confirmation_is_a_meeting_at_once(stage: Stage) -> None:
    pavel, host = await stage.host()
    async with stage.database.session() as session:
        (await session.merge(host.meeting_type)).confirmation = False
    anna = stage.person("Анна", "Петрова")
    await anna.open(stage.payload(host))
    await anna.taps("Сегодня 11:00", "Записаться")
    assert "11:00–11:30" in anna.screen and anna.buttons[0] == "Отменить встречу"
    await pavel.sees("✅ Встреча назначена: Анна Петрова")


async def test_a_guest_looks_through_days_and_back(stage: Stage) -> None:
    _, host = await stage.host()
    anna = stage.person("Анна")
    first = await anna.open(stage.payload(host))
    await anna.taps("Другие дни")
    assert anna.buttons[:3] == ["Сегодня · 14", "Завтра · 18", "Ср · 18"]
    await anna.taps("Позже →")
    assert anna.buttons[0] == "Пт, 11 дек. · 18"
    await anna.taps("Назад")
    assert anna.screen == first


async def test_a_host_is_a_guest_elsewhere_and_never_in_two_places(stage: Stage) -> None:
    _, host = await stage.host()
    boris, own = await stage.host("Борис", "Ким")
    anna = stage.person("Анна")
    await anna.open(stage.payload(own))
    await anna.taps("Сегодня 11:00", "Попросить о встрече")
    await boris.sees("Анна просит о встрече")
    await boris.open(stage.payload(host))
    assert boris.buttons[0] == "Сегодня 11:30", "at 11:00 Boris is asked for himself"


# One's own schedule


async def test_todays_and_the_weeks_meetings(stage: Stage) -> None:
    pavel, anna = await ask(stage, RUSSIAN)
    await anna.taps("Мои встречи")
    assert "11:00–11:30 · Павел Смирнов (ждёт ответа)" in anna.screen
    await pavel.taps("Подтвердить")
    await anna.sees("подтверждает")
    assert (await anna.says("/today")).startswith("Сегодня\n\nСегодня")
    assert "11:00–11:30 · Павел Смирнов" in anna.screen and "ждёт" not in anna.screen
    await anna.taps("Позже →")
    assert "Встреч нет." in anna.screen
    assert "11:00–11:30 · Анна Петрова" in await pavel.says("/week")
    await pavel.taps("Сегодня 11:00")
    assert pavel.screen.startswith("✅ Встреча назначена: Анна Петрова")
    assert "Ближайшая встреча: сегодня в 11:00." in await pavel.taps("Главное меню")


async def test_several_requests_wait_in_a_list(stage: Stage) -> None:
    pavel, host = await stage.host()
    for name, time in (("Анна", "Сегодня 11:00"), ("Вера", "Сегодня 12:00")):
        guest = stage.person(name)
        await guest.open(stage.payload(host))
        await guest.taps(time, "Попросить о встрече")
        await pavel.sees(f"{name} просит о встрече")
    assert "2 запроса ждут вашего ответа." in await pavel.says("/menu")
    await pavel.taps("Запросы · 2")
    assert pavel.buttons == ["Сегодня 11:00 · Анна", "Сегодня 12:00 · Вера", "Назад"]
    await pavel.taps("Сегодня 12:00 · Вера", "Подтвердить")
    assert "1 запрос ждёт вашего ответа." in await pavel.says("/menu")
    assert (await pavel.taps("Запросы · 1")).startswith("Анна просит о встрече")


async def test_time_kept_for_oneself_is_not_offered(stage: Stage) -> None:
    pavel, host = await stage.host()
    await pavel.says("/menu")
    await pavel.taps("Занять время", "Сегодня", "11:00", "2 часа")
    assert pavel.screen.startswith("Время занято вами\n\n📅 сегодня, 23 ноября, 11:00–13:00")
    anna = stage.person("Анна")
    await anna.open(stage.payload(host))
    assert anna.buttons[0] == "Сегодня 13:00"
    await pavel.taps("Освободить время")
    assert pavel.screen.startswith("Время снова свободно")
    await anna.open(stage.payload(host))
    assert anna.buttons[0] == "Сегодня 11:00"


async def test_a_whole_day_off(stage: Stage) -> None:
    pavel, host = await stage.host()
    await pavel.says("/menu")
    await pavel.taps("Занять время", "Завтра", "Весь день")
    anna = stage.person("Анна")
    await anna.open(stage.payload(host))
    await anna.taps("Другие дни")
    assert anna.buttons[:2] == ["Сегодня · 14", "Ср · 18"]


async def test_time_with_a_meeting_cannot_be_kept(stage: Stage) -> None:
    pavel, _ = await ask(stage, RUSSIAN)
    await pavel.taps("Подтвердить")
    await pavel.says("/menu")
    await pavel.taps("Занять время", "Сегодня", "10:00", "2 часа")
    assert pavel.screen.startswith("В это время у вас уже есть встреча.")


# Settings


async def test_settings_change_what_guests_see(stage: Stage) -> None:
    pavel, host = await stage.host()
    await pavel.says("/settings")
    await pavel.taps("Часы работы", "Пн–Пт, 10–19")
    assert pavel.notes == ["Сохранено"]
    await pavel.taps("Длительность", "1 час")
    assert "Пн–пт: 10:00–19:00\n\nВстреча: 1 час" in pavel.screen
    anna = stage.person("Анна")
    await anna.open(stage.payload(host))
    assert "Встреча, 1 час · видеозвонок" in anna.screen
    await anna.taps("Другие дни", "Завтра · 17")
    assert [anna.buttons[0], anna.buttons[16]] == ["10:00", "18:00"]


async def test_another_city_moves_the_hours(stage: Stage) -> None:
    pavel, host = await stage.host()
    await pavel.says("/settings")
    await pavel.taps("Город")
    await pavel.says("Калининград")
    await pavel.taps("Калининград, 7:50")
    assert "Время: Калининград, UTC+2" in pavel.screen
    anna = stage.person("Анна")
    await anna.open(stage.payload(host))
    await anna.taps("Другие дни", "Завтра · 18")
    assert anna.buttons[0] == "10:00", "nine o'clock in Kaliningrad"


async def test_the_other_language_at_once(stage: Stage) -> None:
    pavel, _ = await stage.host()
    await pavel.says("/settings")
    await pavel.taps("English")
    assert pavel.screen.startswith("Settings\n\nMon–Fri: 9:00–18:00")
    assert pavel.notes == ["Saved"]
    await pavel.open()
    assert pavel.screen == "What shall we do?", "it stays, whatever the device speaks"
    await pavel.says("/settings")
    assert (await pavel.taps("Русский")).startswith("Настройки")


# Free text


@both_modes
async def test_words_that_nobody_awaited_get_help(stage: Stage) -> None:
    pavel, _ = await stage.host()
    help_ = "Не понял. Могу показать ваши встречи, окна или настройки."
    for text in ("привет", "🙂", "/nonsense", "/", "б" * 4000, "<b>&amp;"):
        assert await pavel.says(text) == help_
        assert pavel.buttons == ["Моя ссылка", "Мои встречи", "Занять время", "Настройки"]


async def test_a_contact_or_a_picture_instead_of_words_gets_help(stage: Stage) -> None:
    pavel, host = await stage.host()
    stage.emulator.share_contact(pavel.id)
    await pavel.sees("Не понял.")
    anna = stage.person("Анна")
    await anna.open(stage.payload(host))
    await anna.taps("Сегодня 11:00", "Добавить тему")
    stage.emulator.share_contact(anna.id)
    await anna.sees("Тему можно написать только словами.")


@pytest.mark.parametrize(
    "way",
    [
        (),
        ("Верно",),
        ("Верно", "Пн–Пт, 9–18"),
        ("Верно", "Пн–Пт, 9–18", "30 минут"),
        ("Другой город",),
        ("Верно", "Задам сам"),
        ("Верно", "Пн–Пт, 9–18", "Другое"),
    ],
    ids=["greeting", "hours", "length", "link", "city", "own hours", "own length"],
)
async def test_nonsense_in_the_first_conversation_leaves_a_way_on(stage: Stage, way: tuple[str, ...]) -> None:
    pavel = stage.person()
    await pavel.open()
    await pavel.taps(*way)
    await pavel.says("ъъъ ыыы")
    assert pavel.buttons, "every answer has a way on"
    await pavel.says("ъъъ ыыы")
    assert pavel.buttons
