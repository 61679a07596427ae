"""Bad weather: MAX throttles, breaks off or is away, the database goes, our own code fails. Nothing is lost."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, text

from bot import application
from bot.dialogs import notices, settings
from bot.messengers import max_calls
from bot.messengers.max_calls import WrongToken
from bot.messengers.turn import Screen, Tap, Turn, Unavailable
from core.conversations.models import ReceivedUpdate
from core.meetings.models import Meeting
from core.notifications.models import Notification
from core.people import service as people
from core.settings import SettingsError
from tests.bot.stage import Stage

both_modes = pytest.mark.parametrize("mode", ["polling", "webhook"])

BROKEN = {
    "ru": re.compile(r"Что-то сломалось у нас\. Уже разбираемся, код (\w{4})\. Попробуйте ещё раз\."),
    "en": re.compile(r"Something broke on our side\. We are looking into it, code (\w{4})\. Please try again\."),
}


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is tried again is tried at once, by an Okno that starts after this."""
    monkeypatch.setattr(max_calls, "_pause", lambda _: 0.0)


def breaks(error: Exception) -> Callable[..., Awaitable[Any]]:
    async def fail(*_: Any, **__: Any) -> Any:
        raise error

    return fail


# Our own faults


@both_modes
@pytest.mark.parametrize("locale", ["ru", "en"])
async def test_a_fault_of_ours_is_owned_up_to_with_a_reference(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, locale: str
) -> None:
    stage.forgives = True
    pavel, _ = await stage.host(locale=locale)
    with monkeypatch.context() as patch:
        patch.setattr(settings, "settings_screen", breaks(RuntimeError("the roof fell in")))
        said = BROKEN[locale].fullmatch(await pavel.says("/settings"))
    assert said
    assert pavel.buttons == [{"ru": "Главное меню", "en": "Main menu"}[locale]]
    (entry,) = stage.errors
    assert (entry["event"], entry["reference"]) == ("turn.failed", said[1])
    assert str(entry["exc_info"]) == "the roof fell in" and entry["exc_info"].__traceback__ is not None
    assert await stage.value(select(ReceivedUpdate.failure)) == said[1]
    assert (await pavel.says("/settings")).startswith({"ru": "Настройки", "en": "Settings"}[locale])


async def test_what_a_failing_handler_wrote_is_undone(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    stage.forgives = True
    pavel, _ = await stage.host()
    await pavel.says("/settings")
    with monkeypatch.context() as patch:
        patch.setattr(settings, "settings_screen", breaks(ZeroDivisionError()))
        assert BROKEN["ru"].fullmatch(await pavel.taps("English"))
    assert (await pavel.says("/settings")).startswith("Настройки"), "the language has not changed"


async def test_an_error_of_the_database_in_a_handler(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    stage.forgives = True
    pavel, _ = await stage.host()

    async def divide(talk: Any, note: str | None = None) -> Screen:
        await talk.session.execute(text("SELECT 1/0"))
        raise AssertionError

    with monkeypatch.context() as patch:
        patch.setattr(settings, "settings_screen", divide)
        assert BROKEN["ru"].fullmatch(await pavel.says("/settings"))
    assert (await pavel.says("/settings")).startswith("Настройки")


async def test_a_newcomers_first_word_that_fails(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """There is nobody in the database to know a language of."""
    stage.forgives = True
    paul = stage.person("Paul", locale="en-GB")
    with monkeypatch.context() as patch:
        patch.setattr(people, "arrive", breaks(RuntimeError("no room")))
        assert BROKEN["en"].fullmatch(await paul.open())
    assert (await paul.open()).startswith("Hello, Paul!")


async def test_a_screen_that_cannot_be_shown_is_a_fault_like_any(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage.forgives = True
    pavel, _ = await stage.host()

    async def too_wide(talk: Any, note: str | None = None) -> Screen:
        return Screen(text=talk.reader.say("settings.title"), rows=tuple((Tap("x", "m"),) for _ in range(300)))

    with monkeypatch.context() as patch:
        patch.setattr(settings, "settings_screen", too_wide)
        stage.emulator.say(pavel.id, "/settings")
        stage.emulator.say(pavel.id, "/menu")
        await pavel.sees("Что делаем?")
    said = BROKEN["ru"].fullmatch(pavel.heard[0])
    assert said and said[1] == stage.errors[0]["reference"]
    assert isinstance(stage.errors[0]["exc_info"], ValueError)


async def test_an_update_that_cannot_be_read_is_left_aside(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    stage.forgives = True
    pavel, _ = await stage.host()
    read = stage.okno.max.read

    def stumble(update: Any) -> Turn | None:
        if "stumble" in str(update):
            raise KeyError("message")
        return read(update)

    monkeypatch.setattr(stage.okno.max, "read", stumble)
    stage.emulator.say(pavel.id, "stumble")
    assert await pavel.says("/menu") == "Что делаем?"
    assert await stage.value(select(func.count(ReceivedUpdate.failure))) == 1


async def test_a_notification_that_fails_stops_no_other(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    stage.forgives = True
    pavel, his = await stage.host()
    vera, hers = await stage.host("Вера", "Ли")
    notice = notices.notice

    async def poisonous(viewer: Any, notification: Notification) -> Screen | None:
        if viewer.user.id == his.user.id:
            raise RuntimeError("poison")
        return await notice(viewer, notification)

    anna = stage.person("Анна")
    with monkeypatch.context() as patch:
        patch.setattr(notices, "notice", poisonous)
        for host, time in ((his, "Сегодня 11:00"), (hers, "Сегодня 12:00")):
            await anna.open(stage.payload(host))
            await anna.taps(time, "Попросить о встрече")
        await vera.sees("Анна просит о встрече")
        await stage.holds(select(func.count()).where(Notification.error == "RuntimeError"), 1)
    await stage.passes(timedelta(seconds=4))
    assert "Анна просит о встрече" in await pavel.sees("просит")


# MAX


@both_modes
async def test_throttled_and_failing_for_a_while_nothing_of_a_conversation_is_lost(
    at_once: None, stage: Stage
) -> None:
    stage.emulator.faults.set({"retry_after": 0, "paths": ["/answers"]})
    pavel, host = await stage.host()
    anna = stage.person("Анна", "Петрова")
    await anna.open(stage.payload(host))
    for way, fault in (
        ("Другие дни", {"too_many": 3}),
        ("Завтра · 18", {"failures": 3}),
        ("9:00", {"resets": 2}),
        ("Назад", {"lost_answers": 2}),
        ("Сегодня 11:00", {"failures": 2, "failure_status": 502, "too_many": 2}),
        ("Попросить о встрече", {"lost_answers": 1, "too_many": 1}),
    ):
        stage.emulator.faults.set(fault)
        await anna.taps(way)
        await stage.delivered()
    assert anna.screen.startswith("Запрос отправлен")
    await pavel.sees("просит о встрече")
    await stage.delivered()
    assert await stage.value(select(func.count()).select_from(Meeting)) == 1
    assert len(pavel.messages) == 1


async def test_an_answer_outlives_half_a_minute_of_a_messenger_that_is_away(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    pavel, _ = await stage.host()
    answer, waits = stage.okno.max.answer, iter([0.001] * 5)

    async def away(turn: Turn, screen: Screen) -> str | None:
        if (pause := next(waits, None)) is not None:
            raise Unavailable("503", retry_after=pause)
        return await answer(turn, screen)

    monkeypatch.setattr(stage.okno.max, "answer", away)
    assert await pavel.says("/menu") == "Что делаем?"


async def test_an_answer_of_unclear_fate_is_rather_repeated_than_lost(stage: Stage) -> None:
    pavel, _ = await stage.host()
    stage.emulator.faults.set({"paths": ["/messages"], "lost_answers": 1})
    await pavel.says("/menu")
    await pavel.gets("Что делаем?")
    assert len(pavel.showing("Что делаем?")) == 2


async def test_words_typed_while_max_gives_no_updates_are_answered_later(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    pavel, _ = await stage.host()
    stage.emulator.faults.set({"paths": ["/updates"], "failures": 1, "resets": 1})
    await pavel.says("/menu")  # by the poll that was open before
    assert (await pavel.says("/settings")).startswith("Настройки")
    assert len(pavel.heard) == 2


async def test_notifications_wait_until_max_takes_them(stage: Stage) -> None:
    pavel, host = await stage.host()
    anna = stage.person("Анна")
    await anna.open(stage.payload(host))
    await anna.taps("Сегодня 11:00")
    stage.emulator.faults.set({"paths": ["/messages"], "failures": 3})
    await anna.taps("Попросить о встрече")
    for attempt, pause in ((1, 4), (2, 8), (3, 16)):
        put_off = Notification.next_attempt_at < stage.clock.now() + timedelta(seconds=pause)
        await stage.holds(select(func.count()).where(Notification.attempts == attempt, put_off), 1)
        assert pavel.heard == []
        stage.clock.advance(timedelta(seconds=pause))
        stage.okno.outbox.wake()
    await pavel.sees("Анна просит о встрече")
    await stage.delivered()
    assert len(pavel.messages) == 1


async def test_max_is_away_when_okno_starts(
    at_once: None, empty_stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(application, "OPEN_AGAIN_AFTER", 0.01)
    pavel, _ = await empty_stage.host()
    empty_stage.emulator.say(pavel.id, "/menu")
    empty_stage.emulator.faults.set({"failures": 12})
    await empty_stage.start()
    await pavel.sees("Что делаем?")


async def test_a_token_that_max_does_not_know_ends_the_process_with_a_sentence(empty_stage: Stage) -> None:
    empty_stage.emulator.token = "another"
    okno = await empty_stage.start()
    with pytest.raises(SettingsError, match=r"^MAX_API_KEY is not right: MAX does not accept the token\.$"):
        await asyncio.wait_for(okno.watch(), 5)


async def test_a_token_that_is_taken_back_while_running_ends_the_process_too(stage: Stage) -> None:
    pavel, _ = await stage.host()
    await pavel.says("/menu")
    stage.emulator.token = "another"
    stage.emulator.updates.close()  # the poll that is open returns
    with pytest.raises(SettingsError, match=r"^MAX_API_KEY is not right"):
        await asyncio.wait_for(stage.okno.watch(), 5)


async def test_a_lane_ends_quietly_when_the_token_is_refused(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    stage.forgives = True
    pavel, _ = await stage.host()
    with monkeypatch.context() as patch:
        patch.setattr(stage.okno.max, "answer", breaks(WrongToken("no")))
        stage.emulator.say(pavel.id, "/menu")
        await stage.delivered()
    assert [entry["event"] for entry in stage.errors] == ["turn.not_shown", "turn.not_shown"]
    assert await pavel.says("/menu") == "Что делаем?"


# The database


async def test_connections_that_break_while_nobody_speaks(stage: Stage) -> None:
    pavel, host = await stage.host()
    anna = stage.person("Анна")
    await anna.open(stage.payload(host))
    await cut_all_connections(stage)
    await anna.taps("Сегодня 11:00", "Попросить о встрече")
    await pavel.sees("Анна просит о встрече")


async def test_a_connection_that_breaks_in_the_middle_of_a_turn(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """The turn is undone; a round of `recover` takes it up again."""
    pavel, _ = await stage.host()
    screen = settings.settings_screen
    cut = 0

    async def cut_off(talk: Any, note: str | None = None) -> Screen:
        nonlocal cut
        cut += 1
        if cut == 1:
            await cut_all_connections(stage)
        return await screen(talk, note)

    monkeypatch.setattr(settings, "settings_screen", cut_off)
    stage.emulator.say(pavel.id, "/settings")
    await stage.logs("conversations.database_away")
    stage.clock.advance(timedelta(seconds=11))
    await stage.okno.conversations.recover()
    assert (await pavel.sees("Настройки")).startswith("Настройки")
    await stage.delivered()
    assert (cut, len(pavel.heard)) == (2, 1)


async def cut_all_connections(stage: Stage) -> None:
    """As a restart of the database does."""
    async with stage.database.session() as session:
        await session.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        )
