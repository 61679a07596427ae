"""Each update is handled once, one person's in order, different people's side by side; with replicas too."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from sqlalchemy import func, select, text

from bot.messengers.turn import Screen, Turn
from core.conversations import service as conversations
from core.conversations.models import ReceivedUpdate
from core.meetings.models import Meeting
from tests.bot.stage import Actor, Stage

both_modes = pytest.mark.parametrize("mode", ["polling", "webhook"])

COMMANDS = {
    "/link": "🔗 Ваша ссылка",
    "/today": "Сегодня",
    "/settings": "Настройки",
    "/help": "Я Окно.",
    "/menu": "Что делаем?",
    "что-то": "Не понял.",
}


async def meetings(stage: Stage) -> int:
    return int(await stage.value(select(func.count()).select_from(Meeting)))


def says_all(stage: Stage, actor: Actor, *, rounds: int = 1) -> list[str]:
    """Everything at once, without waiting; returns how the answers must begin, in order."""
    for _ in range(rounds):
        for command in COMMANDS:
            stage.emulator.say(actor.id, command)
    return list(COMMANDS.values()) * rounds


def assert_in_order(heard: list[str], beginnings: list[str]) -> None:
    assert [text_[:6] for text_ in heard] == [beginning[:6] for beginning in beginnings]


@asynccontextmanager
async def busy(stage: Stage, actor: Actor) -> AsyncIterator[None]:
    """As long as this lasts, whoever handles the person's updates is kept waiting."""
    async with stage.database.session() as session:
        await session.execute(
            text("SELECT pg_advisory_xact_lock(hashtext('max'), hashtext(:person))"), {"person": str(actor.id)}
        )
        yield


# Once


@both_modes
async def test_a_journey_in_which_every_update_comes_twice(stage: Stage) -> None:
    stage.emulator.faults.duplicate_updates = True
    pavel, host = await stage.host()
    anna = stage.person("Анна", "Петрова")
    await anna.open(stage.payload(host))
    await anna.taps("Сегодня 11:00")
    await anna.says("О ценах")
    await anna.taps("Попросить о встрече")
    await pavel.sees("просит о встрече")
    await pavel.taps("Подтвердить")
    await anna.sees("подтверждает")
    await stage.delivered()
    assert [len(anna.heard), len(pavel.heard)] == [5, 2]
    assert pavel.notes == [], "the second tap on the button is not a second decision"
    assert await meetings(stage) == 1


@both_modes
async def test_a_double_tap_asks_once_and_confirms_once(stage: Stage) -> None:
    pavel, host = await stage.host()
    anna = stage.person("Анна", "Петрова")
    await anna.open(stage.payload(host))
    await anna.taps("Сегодня 11:00")
    confirmation = anna.shown
    anna.tap("Попросить о встрече")
    anna.tap("Попросить о встрече")
    await anna.until(lambda: len([one for one in anna.heard if one.startswith("Запрос отправлен")]) == 2, "is left")
    await pavel.sees("просит о встрече")
    pavel.tap("Подтвердить")
    pavel.tap("Подтвердить")
    await pavel.until(lambda: len(pavel.heard) == 3, "gets no second answer")
    await anna.sees("подтверждает")
    await anna.loses(confirmation)
    await stage.delivered()
    assert await meetings(stage) == 1
    assert pavel.notes == ["Встреча уже подтверждена"]
    assert len([one for one in anna.heard if "подтверждает" in one]) == 1
    assert [len(anna.messages), len(pavel.messages)] == [1, 1]


async def test_an_update_that_comes_again_long_after(empty_stage: Stage) -> None:
    """A webhook that MAX repeats after hours, say: the key is still known."""
    await empty_stage.start()
    pavel, _ = await empty_stage.host()
    await pavel.says("/menu")
    (update,) = await empty_stage.rows(select(ReceivedUpdate))
    empty_stage.clock.advance(timedelta(hours=20))
    await empty_stage.okno.jobs.forget_updates()
    again = await empty_stage.rows(select(ReceivedUpdate.payload))
    read = empty_stage.okno.max.update_key(again[0])
    async with empty_stage.database.session() as session:
        woken = await conversations.accept(
            session, "max", [(read, update.person, update.payload)], now=empty_stage.clock.now()
        )
    assert woken == set()
    await empty_stage.delivered()
    assert len(pavel.heard) == 1


# In order, and side by side


@both_modes
async def test_one_persons_words_are_answered_in_order(stage: Stage) -> None:
    pavel, _ = await stage.host()
    beginnings = says_all(stage, pavel, rounds=3)
    await pavel.until(lambda: len(pavel.heard) == len(beginnings), "is left without an answer")
    assert_in_order(pavel.heard, beginnings)


@both_modes
async def test_words_typed_right_after_a_tap_answer_its_question(stage: Stage) -> None:
    pavel, _ = await stage.host()
    await pavel.says("/settings")
    await pavel.taps("Часы работы")
    pavel.tap("Задам сам")
    stage.emulator.say(pavel.id, "ср 12–13")
    stage.emulator.say(pavel.id, "/settings")
    await pavel.until(lambda: len(pavel.heard) == 5, "is left without an answer")
    assert "Ср: 12:00–13:00" in pavel.screen


@both_modes
async def test_one_whose_turn_takes_long_holds_up_nobody_else(stage: Stage) -> None:
    pavel, _ = await stage.host()
    others = [stage.person(f"Гость {number}") for number in range(15)]
    async with busy(stage, pavel):
        stage.emulator.say(pavel.id, "/menu")
        await asyncio.gather(*(other.open() for other in others))
        assert pavel.heard == []
    await pavel.sees("Что делаем?")
    assert [len(one.heard) for one in (pavel, *others)] == [1] * 16


async def test_many_people_at_once_each_get_their_own(stage: Stage) -> None:
    people = [stage.person(f"Гость {number}") for number in range(30)]
    await asyncio.gather(*(person.open() for person in people))
    assert [f"Здравствуйте, {person.name}!" in person.screen for person in people] == [True] * 30
    await stage.delivered()
    assert [len(person.heard) for person in people] == [1] * 30


# Two for one time


@both_modes
@pytest.mark.parametrize("rivals", [2, 6])
async def test_one_of_several_gets_the_time_and_the_others_fresh_ones(stage: Stage, rivals: int) -> None:
    pavel, host = await stage.host()
    guests = [stage.person(f"Гость {number}") for number in range(rivals)]
    for guest in guests:
        await guest.open(stage.payload(host))
        await guest.taps("Сегодня 11:00")
    for guest in guests:
        guest.tap("Попросить о встрече")
    await asyncio.gather(
        *(guest.until(lambda guest=guest: len(guest.heard) == 3, "gets no answer") for guest in guests)  # type: ignore[misc]
    )
    lucky = [guest for guest in guests if guest.screen.startswith("Запрос отправлен")]
    late = [guest for guest in guests if guest.screen.startswith("Это время только что заняли. Вот ближайшие окна:")]
    assert (len(lucky), len(late)) == (1, rivals - 1)
    assert {tuple(guest.buttons[:2]) for guest in late} == {("Сегодня 11:30", "Сегодня 12:00")}
    await pavel.sees(f"{lucky[0].name} просит о встрече")
    await stage.delivered()
    assert await meetings(stage) == 1 and len(pavel.heard) == 1
    await late[0].taps("Сегодня 11:30", "Попросить о встрече")
    await pavel.gets(f"{late[0].name} просит о встрече")


async def test_two_hosts_who_book_each_other_at_the_same_moment(stage: Stage) -> None:
    pavel, his = await stage.host()
    vera, hers = await stage.host("Вера", "Ли")
    await pavel.open(stage.payload(hers))
    await vera.open(stage.payload(his))
    await pavel.taps("Сегодня 11:00")
    await vera.taps("Сегодня 11:00")
    pavel.tap("Попросить о встрече")
    vera.tap("Попросить о встрече")
    await pavel.until(lambda: len(pavel.heard) >= 3, "gets no answer")
    await vera.until(lambda: len(vera.heard) >= 3, "gets no answer")
    assert await meetings(stage) == 1, "both have the one meeting, whoever asked for it"


# Replicas


@both_modes
async def test_two_replicas_answer_once_and_in_order(empty_stage: Stage) -> None:
    await empty_stage.start()
    await empty_stage.start()
    pavel, _ = await empty_stage.host()
    vera, _ = await empty_stage.host("Вера", "Ли")
    beginnings = says_all(empty_stage, pavel, rounds=4)
    says_all(empty_stage, vera, rounds=4)
    for actor in (pavel, vera):
        await actor.until(lambda actor=actor: len(actor.heard) >= len(beginnings), "waits")  # type: ignore[misc]
    await empty_stage.delivered()
    for actor in (pavel, vera):
        assert_in_order(actor.heard, beginnings)


@both_modes
async def test_two_replicas_lead_one_conversation(empty_stage: Stage) -> None:
    await empty_stage.start()
    await empty_stage.start()
    pavel, host = await empty_stage.host()
    anna = empty_stage.person("Анна", "Петрова")
    await anna.open(empty_stage.payload(host))
    await anna.taps("Сегодня 11:00", "Добавить тему")
    await anna.says("О ценах")
    await anna.taps("Попросить о встрече")
    assert "Тема: О ценах" in await pavel.sees("просит о встрече")
    await pavel.taps("Подтвердить")
    await anna.sees("подтверждает")
    await empty_stage.delivered()
    assert [len(pavel.heard), len(anna.heard)] == [2, 6]
    assert await meetings(empty_stage) == 1


@both_modes
async def test_one_replica_leaves_and_the_other_goes_on(empty_stage: Stage) -> None:
    first, _ = await empty_stage.start(), await empty_stage.start()
    pavel, _ = await empty_stage.host()
    await pavel.says("/settings")
    await pavel.taps("Часы работы", "Задам сам")
    await empty_stage.stop(first)
    assert "Ср: 12:00–13:00" in await pavel.says("ср 12–13")


async def test_what_a_dead_replica_left_is_taken_up(stage: Stage) -> None:
    """It kept the update and died before handling it; nobody else was told."""
    pavel, _ = await stage.host()
    await pavel.says("/menu")
    (known,) = await stage.rows(select(ReceivedUpdate.payload))
    known["message"]["body"]["mid"] = "mid.another"
    async with stage.database.session() as session:
        await conversations.accept(session, "max", [("left", str(pavel.id), known)], now=stage.clock.now())
    await stage.okno.conversations.recover()
    assert len(pavel.heard) == 1, "it may be in somebody's hands yet"
    stage.clock.advance(timedelta(seconds=11))
    await stage.okno.conversations.recover()
    await pavel.until(lambda: len(pavel.heard) == 2, "gets no answer")


@pytest.mark.parametrize("mode", ["webhook"])
async def test_an_answer_is_shown_before_another_replica_handles_what_came_after(
    empty_stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """MAX keeps the first replica waiting; the second one must not show its screen underneath the old one."""
    first, _ = await empty_stage.start(), await empty_stage.start()
    pavel, _ = await empty_stage.host()
    answer, gate, at_the_gate = first.max.answer, asyncio.Event(), asyncio.Event()

    async def slowly(turn: Turn, screen: Screen) -> str | None:
        at_the_gate.set()
        await gate.wait()
        return await answer(turn, screen)

    monkeypatch.setattr(first.max, "answer", slowly)
    empty_stage.emulator.say(pavel.id, "/link")
    await at_the_gate.wait()
    empty_stage.emulator.say(pavel.id, "/settings")
    waiting = text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
    await empty_stage.holds(waiting, 1)
    gate.set()
    await pavel.until(lambda: len(pavel.heard) == 2, "waits")
    assert_in_order(pavel.heard, ["🔗 Ваша ссылка", "Настройки"])
