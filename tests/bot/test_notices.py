"""What people are told without asking: one message a meeting, in each one's words, and only to whom it can be told."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from core.notifications.models import Delivery, Notification
from core.people.models import Identity
from core.sharing import service as sharing
from tests.bot.stage import Actor, Stage

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


async def asked(stage: Stage, *way: str, **people: str) -> tuple[Actor, Actor]:
    """Anna asked Pavel; each stands before their card."""
    pavel, host = await stage.host(locale=people.get("host", "ru"))
    anna = stage.person("Анна", "Петрова", locale=people.get("guest", "ru"))
    await anna.open(stage.payload(host))
    await anna.taps(
        *(way or ("Сегодня 11:00",)), "Ask to meet" if people.get("guest") == "en" else "Попросить о встрече"
    )
    await pavel.sees("Анна Петрова")
    return pavel, anna


async def blocked(stage: Stage, actor: Actor) -> bool:
    query = select(Identity.blocked_at).where(Identity.external_id == str(actor.id))
    return await stage.value(query) is not None


async def outcome(stage: Stage, kind: str) -> tuple[Delivery, str | None]:
    await stage.delivered()
    async with stage.database.session() as session:
        row = (await session.execute(select(Notification).where(Notification.kind == kind))).scalar_one()
    return row.state, row.error


# One message a meeting


async def test_a_meeting_is_one_message_through_its_whole_life(stage: Stage) -> None:
    pavel, anna = await asked(stage, "Другие дни", "Чт · 18", "9:00")
    request = anna.shown
    await pavel.taps("Подтвердить")
    await anna.sees("Павел Смирнов подтверждает встречу")
    await anna.loses(request)
    confirmation, his = anna.shown, pavel.shown
    await stage.passes(2 * DAY + timedelta(minutes=15))
    for actor, old in ((anna, confirmation), (pavel, his)):
        assert "Напоминаю о встрече: завтра в 9:00" in await actor.sees("Напоминаю")
        await actor.loses(old)
    await anna.taps("Отменить встречу", "Да, отменить")
    await pavel.sees("Анна Петрова отменяет встречу")
    await stage.delivered()
    await stage.passes(DAY)
    for actor in (anna, pavel):
        await actor.until(lambda actor=actor: len(actor.messages) == 1, "has more than one message")  # type: ignore[misc]
        assert "отмен" in actor.screen, "a cancelled meeting reminds of nothing"


async def test_a_decision_turns_the_hosts_message_in_place(stage: Stage) -> None:
    pavel, _ = await asked(stage)
    request = pavel.shown
    await pavel.taps("Подтвердить")
    assert pavel.shown.mid == request.mid
    assert len(pavel.messages) == 1


async def test_news_come_as_a_new_message_below_and_the_old_one_goes(stage: Stage) -> None:
    """An edit makes no sound on a phone."""
    pavel, anna = await asked(stage)
    request = anna.shown
    await anna.says("/menu")
    await pavel.taps("Подтвердить")
    await anna.sees("подтверждает")
    await anna.loses(request)
    assert [message.mid for message in anna.messages][-1] == anna.shown.mid


async def test_a_message_that_shows_something_else_by_now_is_not_taken_away(stage: Stage) -> None:
    pavel, anna = await asked(stage)
    await pavel.taps("Главное меню", "Настройки")
    in_use = pavel.shown
    await anna.taps("Отозвать запрос", "Да, отменить")
    await pavel.sees("отменяет встречу")
    await stage.delivered()
    assert in_use.mid in [message.mid for message in pavel.messages]
    assert len(pavel.messages) == 2


async def test_a_message_that_shows_another_meeting_by_now_stays(stage: Stage) -> None:
    pavel, host = await stage.host()
    guests = [stage.person(name) for name in ("Анна", "Вера")]
    for guest, time in zip(guests, ("Сегодня 11:00", "Сегодня 12:00"), strict=True):
        await guest.open(stage.payload(host))
        await guest.taps(time, "Попросить о встрече")
        await pavel.sees(f"{guest.name} просит о встрече")
    await pavel.taps("Мои встречи", "Сегодня 11:00")
    card = pavel.shown
    assert card.plain is not None and card.plain.startswith("Анна просит о встрече")
    await guests[1].taps("Отозвать запрос", "Да, отменить")
    await pavel.sees("Вера отменяет встречу")
    await stage.delivered()
    assert card.mid in [message.mid for message in pavel.messages]
    await guests[0].taps("Отозвать запрос", "Да, отменить")
    await pavel.sees("Анна отменяет встречу")
    await pavel.loses(card)


async def test_a_question_gives_way_to_the_news(stage: Stage) -> None:
    """«Отклонить запрос?» makes no sense beside «Анна отменяет встречу»."""
    pavel, anna = await asked(stage)
    await pavel.taps("Отклонить")
    question = pavel.shown
    await anna.taps("Отозвать запрос", "Да, отменить")
    await pavel.sees("отменяет встречу")
    await pavel.loses(question)


async def test_the_last_card_opened_is_the_one_that_stays(stage: Stage) -> None:
    pavel, anna = await asked(stage)
    first = anna.shown
    await anna.says("/week")
    await anna.taps("Сегодня 11:00")
    await anna.loses(first)
    await pavel.taps("Подтвердить")
    await anna.sees("подтверждает")
    await anna.until(lambda: len(anna.messages) == 1, "has more than one message")


# Reminders


async def test_both_are_reminded_a_day_and_an_hour_before(stage: Stage) -> None:
    pavel, anna = await asked(stage, "Другие дни", "Ср · 18", "12:00")
    await pavel.taps("Подтвердить")
    await anna.sees("подтверждает")
    for by, when in ((DAY + 4 * HOUR, "завтра в 12:00"), (23 * HOUR, "сегодня в 12:00")):
        await stage.passes(by)
        for actor in (pavel, anna):
            await actor.sees(f"Напоминаю о встрече: {when}", "12:00–12:30")
            assert actor.buttons[0] == "Отменить встречу"
    await stage.passes(HOUR)
    reminders = [text for text in anna.heard if "Напоминаю" in text]
    assert len(reminders) == 2


async def test_nobody_is_reminded_of_a_request(stage: Stage) -> None:
    pavel, anna = await asked(stage, "Другие дни", "Завтра · 18", "17:00")
    await stage.passes(9 * HOUR)
    assert not any("Напоминаю" in text for actor in (pavel, anna) for text in actor.heard)


async def test_a_reminder_that_comes_too_late_is_left_out(empty_stage: Stage) -> None:
    okno = await empty_stage.start()
    pavel, anna = await asked(empty_stage, "Другие дни", "Завтра · 18", "9:00")
    await pavel.taps("Подтвердить")
    await anna.sees("подтверждает")
    await empty_stage.delivered()
    await empty_stage.stop(okno)
    empty_stage.clock.advance(2 * DAY)
    await empty_stage.start()
    await empty_stage.delivered()
    assert not any("Напоминаю" in text for actor in (pavel, anna) for text in actor.heard)


# In each one's words


@pytest.mark.parametrize(("host", "guest"), [("ru", "en"), ("en", "ru")])
async def test_each_side_reads_its_own_language(stage: Stage, host: str, guest: str) -> None:
    way = () if guest == "ru" else ("Today 11:00",)
    pavel, anna = await asked(stage, *way, host=host, guest=guest)
    await pavel.sees({"ru": "Анна Петрова просит о встрече", "en": "Анна Петрова asks to meet you"}[host])
    await pavel.taps({"ru": "Подтвердить", "en": "Confirm"}[host])
    await anna.sees({"ru": "Павел Смирнов подтверждает встречу", "en": "Павел Смирнов confirms the meeting"}[guest])


async def test_news_follow_a_change_of_language(stage: Stage) -> None:
    pavel, anna = await asked(stage)
    await anna.says("/settings")
    await anna.taps("English")
    await pavel.taps("Подтвердить")
    await anna.sees("Павел Смирнов confirms the meeting")


async def test_a_change_of_name_is_seen_in_the_next_meeting(stage: Stage) -> None:
    pavel, host = await stage.host()
    anna = stage.person("Анна", "Петрова")
    await anna.open(stage.payload(host))
    anna.person.last_name = "Иванова"
    await anna.taps("Сегодня 11:00", "Попросить о встрече")
    await pavel.sees("Анна Иванова просит о встрече")


async def test_names_are_shown_as_they_are_written(stage: Stage) -> None:
    pavel, host = await stage.host("<b>Пав&ел</b>", "О'Нил")
    anna = stage.person("</b>Анна<i>", "&amp;")
    assert (await anna.open(stage.payload(host))).startswith("<b>Пав&ел</b> О'Нил\n")
    await anna.taps("Сегодня 11:00", "Попросить о встрече")
    assert (await pavel.sees("просит о встрече")).startswith("</b>Анна<i> &amp; просит о встрече")


# Whom nothing can be told


async def test_one_who_stopped_the_bot_is_told_nothing_until_they_come_back(stage: Stage) -> None:
    pavel, anna = await asked(stage)
    stage.emulator.stop(anna.id)
    await stage.delivered()
    assert await blocked(stage, anna)
    before = len(anna.heard)
    await pavel.taps("Подтвердить")
    assert await outcome(stage, "meeting.confirmed") == (Delivery.FAILED, "unreachable")
    assert len(anna.heard) == before

    await anna.open()
    assert not await blocked(stage, anna)
    await pavel.taps("Отменить встречу", "Да, отменить")
    await anna.sees("Павел Смирнов отменяет встречу")


async def test_one_whose_stop_nobody_told_us_is_found_out(stage: Stage) -> None:
    pavel, anna = await asked(stage)
    anna.person.stopped = True
    await pavel.taps("Подтвердить")
    assert await outcome(stage, "meeting.confirmed") == (Delivery.FAILED, "unreachable")
    assert await blocked(stage, anna)
    assert (await pavel.says("/week")).count("Анна Петрова") == 1, "the meeting stands all the same"


async def test_stopping_right_after_a_question_is_no_fault(stage: Stage) -> None:
    pavel, _ = await stage.host()
    await pavel.says("/menu")
    pavel.tap("Настройки")
    stage.emulator.stop(pavel.id)
    await stage.delivered()
    assert await blocked(stage, pavel)
    await pavel.open()
    assert not await blocked(stage, pavel)


async def test_news_that_were_overtaken_are_not_told(stage: Stage) -> None:
    """The request was withdrawn before its host could be told of it."""
    pavel, host = await stage.host()
    anna = stage.person("Анна")
    await anna.open(stage.payload(host))
    stage.emulator.faults.set({"paths": ["/messages"], "failures": 1000})
    await anna.taps("Сегодня 11:00", "Попросить о встрече", "Отозвать запрос", "Да, отменить")
    await stage.holds(select(func.count()).where(Notification.error.is_not(None)), 2)
    stage.emulator.faults.clear()
    await stage.passes(timedelta(seconds=10))
    assert await outcome(stage, "meeting.requested") == (Delivery.SKIPPED, "overtaken")
    assert [text.split("\n")[0] for text in pavel.heard] == ["Анна отменяет встречу"]


async def test_another_time_is_asked_for_though_the_link_has_ended(stage: Stage) -> None:
    pavel, host = await stage.host()
    anna = stage.person("Анна")
    await anna.open(stage.payload(host))
    await anna.taps("Сегодня 11:00", "Попросить о встрече")
    await pavel.sees("просит о встрече")
    async with stage.database.session() as session:
        owner = await session.merge(host.user)
        await sharing.revoke(session, owner, host.link.id, now=stage.clock.now())
    await pavel.taps("Другое время")
    await anna.sees("просит выбрать другое время")
    assert "Сегодня 11:00" not in anna.buttons
