"""Nothing that matters lives in memory alone: a restart, orderly or not, goes on mid-sentence."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from pathlib import Path

import pytest
from aiohttp import ClientConnectionError, ClientSession
from sqlalchemy import func, select, text

from core.conversations.models import MeetingCard, ReceivedUpdate
from core.database import Database
from core.notifications import service as notifications
from core.notifications.models import Delivery, Notification
from tests.bot.stage import SECRET_KEY, TOKEN, WEBHOOK_SECRET, Actor, Stage
from tests.people import Host
from tests.process import ROOT, free_port

both_modes = pytest.mark.parametrize("mode", ["polling", "webhook"])


# The orderly way


@both_modes
async def test_a_conversation_goes_on_mid_sentence(empty_stage: Stage) -> None:
    okno = await empty_stage.start()
    pavel, host = await empty_stage.host()
    anna = empty_stage.person("Анна")
    await anna.open(empty_stage.payload(host))
    await anna.taps("Сегодня 11:00", "Добавить тему")
    await empty_stage.stop(okno)
    await empty_stage.start()
    assert "Тема: О ценах" in await anna.says("О ценах")
    await empty_stage.stop(empty_stage.okno)
    await empty_stage.start()
    assert "Тема: О ценах" in await anna.taps("Попросить о встрече")
    assert "Тема: О ценах" in await pavel.sees("просит о встрече")


@both_modes
async def test_what_was_said_meanwhile_is_answered_once_and_in_order(empty_stage: Stage) -> None:
    okno = await empty_stage.start()
    pavel, _ = await empty_stage.host()
    vera, _ = await empty_stage.host("Вера", "Ли")
    await pavel.says("/menu")
    await empty_stage.stop(okno)
    for actor, words in ((pavel, "/settings"), (vera, "/week"), (pavel, "/help")):
        empty_stage.emulator.say(actor.id, words)
    await empty_stage.start()
    await vera.sees("Встреч нет.")
    await pavel.until(lambda: len(pavel.heard) == 3, "waits")
    await empty_stage.delivered()
    assert [text_.split("\n")[0] for text_ in pavel.heard] == [
        "Что делаем?",
        "Настройки",
        "Я Окно. Показываю людям, когда вы свободны, и записываю их на встречи.",
    ]
    assert len(vera.heard) == 1


@pytest.mark.parametrize("mode", ["webhook"])
async def test_an_update_that_max_repeats_to_the_next_process_is_known(empty_stage: Stage) -> None:
    """The first process took it and died before its 200 reached MAX."""
    okno = await empty_stage.start()
    pavel, _ = await empty_stage.host()
    await pavel.says("/menu")
    await empty_stage.delivered()
    await empty_stage.stop(okno)
    (update,) = await empty_stage.rows(select(ReceivedUpdate.payload))
    await empty_stage.start()
    headers = {"X-Max-Bot-Api-Secret": WEBHOOK_SECRET}
    async with (
        ClientSession() as max_,
        max_.post(empty_stage.front.url + "/webhook/max", json=update, headers=headers) as answer,
    ):
        assert answer.status == 200
    await empty_stage.delivered()
    assert len(pavel.heard) == 1


async def test_the_turn_at_hand_is_finished_before_the_end(empty_stage: Stage) -> None:
    okno = await empty_stage.start()
    pavel, _ = await empty_stage.host()
    async with empty_stage.database.session() as session:
        await session.execute(
            text("SELECT pg_advisory_xact_lock(hashtext('max'), hashtext(:person))"), {"person": str(pavel.id)}
        )
        empty_stage.emulator.say(pavel.id, "/menu")
        await empty_stage.holds(select(func.count()).select_from(ReceivedUpdate), 1)
        ending = asyncio.create_task(empty_stage.stop(okno))
        await asyncio.sleep(0)
        assert not ending.done()
    await ending
    assert pavel.screen == "Что делаем?"


@pytest.mark.parametrize("steps", range(4))
async def test_a_process_ends_even_when_its_outbox_wakes_that_very_moment(stage: Stage, steps: int) -> None:
    pavel, _ = await stage.host()
    await pavel.says("/menu")
    stage.okno.outbox.wake()
    for _ in range(steps):
        await asyncio.sleep(0)
    async with asyncio.timeout(5):
        await stage.stop(stage.okno)


async def test_what_a_dead_process_was_telling_is_told_when_its_lease_ends(empty_stage: Stage) -> None:
    okno = await empty_stage.start()
    pavel, host = await empty_stage.host()
    anna = empty_stage.person("Анна")
    await anna.open(empty_stage.payload(host))
    empty_stage.emulator.faults.set({"paths": ["/messages"], "failures": 1000})
    await anna.taps("Сегодня 11:00", "Попросить о встрече")
    await empty_stage.holds(select(func.count()).where(Notification.error.is_not(None)), 1)
    await empty_stage.stop(okno)
    empty_stage.emulator.faults.clear()
    empty_stage.clock.advance(timedelta(seconds=10))
    async with empty_stage.database.session() as session:  # as the one that is to die does
        (taken,) = await notifications.take_due(session, now=empty_stage.clock.now(), most=50)
    await empty_stage.start()
    await anna.says("/menu")
    empty_stage.okno.outbox.wake()
    await anna.says("/week")
    assert pavel.heard == [], "somebody has it in hand, as far as anyone can tell"
    await empty_stage.passes(notifications.LEASE + timedelta(seconds=1))
    await pavel.sees("Анна просит о встрече")
    assert await empty_stage.value(select(Notification.state).where(Notification.id == taken.id)) == Delivery.SENT
    assert len(pavel.messages) == 1


# Real processes: SIGTERM and SIGKILL


@pytest.fixture
async def killing_stage(database: Database) -> AsyncIterator[Stage]:
    """MAX here, Okno in processes of its own. The processes go by the real clock, and so does the stage."""
    stage = Stage(database, start=None)
    await stage.open()
    yield stage
    await stage.close()


@asynccontextmanager
async def process(stage: Stage, folder: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    """`python -m bot run`, from its first answer on; killed at the end of the block without a word of warning."""
    port = free_port()
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "MAX_API_KEY": TOKEN,
        "MAX_API_URL": stage.api_url,
        "DATABASE_URL": stage.database.url,
        "SECRET_KEY": SECRET_KEY,
        "OKNO_DATA": str(folder / "data"),
        "PORT": str(port),
    }
    log = folder / "log"
    with log.open("ab") as out:
        running = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bot", "run", cwd=folder, env=environment, stdout=out, stderr=out
        )
    try:
        await answers(port, running)
        yield running
    finally:
        with suppress(ProcessLookupError):
            running.send_signal(signal.SIGKILL)
        await running.wait()
        assert "Traceback" not in log.read_text()


async def answers(port: int, running: asyncio.subprocess.Process) -> None:
    """Wait until the process answers its probe: on a busy machine Python takes its time to start."""
    async with asyncio.timeout(60), ClientSession() as probe:
        while running.returncode is None:
            with suppress(ClientConnectionError):
                async with probe.get(f"http://127.0.0.1:{port}/health"):
                    return
            await asyncio.sleep(0.05)


async def hold_back_notifications(stage: Stage) -> None:
    stage.emulator.faults.set({"paths": ["/messages"], "failures": 1_000_000})


async def tried_in_vain(stage: Stage, kind: str) -> None:
    await stage.holds(select(func.count()).where(Notification.kind == kind, Notification.error.is_not(None)), 1)


async def picked(stage: Stage, host: Host) -> Actor:
    anna = stage.person("Анна", "Петрова")
    await anna.open(stage.payload(host))
    await anna.taps(anna.buttons[0])
    return anna


@pytest.mark.slow  # a process starts
async def test_a_process_that_is_told_to_end_does_so_in_order(killing_stage: Stage, tmp_path: Path) -> None:
    stage = killing_stage
    pavel, _ = await stage.host()
    async with process(stage, tmp_path) as running:
        await pavel.says("/menu")
        running.send_signal(signal.SIGTERM)
        async with asyncio.timeout(5):
            assert await running.wait() == 0


@pytest.mark.slow  # three processes start, one after the other is killed
async def test_killed_between_a_booking_and_its_notifications(killing_stage: Stage, tmp_path: Path) -> None:
    stage = killing_stage
    pavel, host = await stage.host()
    async with process(stage, tmp_path):
        anna = await picked(stage, host)
        await hold_back_notifications(stage)
        await anna.taps("Попросить о встрече")
        await stage.holds(select(func.count()).select_from(MeetingCard), 1)
        await tried_in_vain(stage, "meeting.requested")
    assert pavel.heard == []
    stage.emulator.faults.clear()

    async with process(stage, tmp_path):
        await pavel.sees("Анна Петрова просит о встрече")
        request = anna.shown
        await hold_back_notifications(stage)
        await pavel.taps("Подтвердить")
        await tried_in_vain(stage, "meeting.confirmed")
    stage.emulator.faults.clear()

    async with process(stage, tmp_path):
        await anna.sees("✅ Павел Смирнов подтверждает встречу")
        await anna.loses(request)
        await stage.holds(stage.waiting(), 0)
        assert "Анна Петрова" in await pavel.says("/week"), "and it serves as ever"
    assert len(pavel.showing("Встреча назначена")) == 1
    assert [text_.split("\n")[0] for text_ in pavel.heard[:2]] == [
        "Анна Петрова просит о встрече",
        "✅ Встреча назначена: Анна Петрова",
    ]
    assert len(anna.messages) == 1
    assert len([text_ for text_ in anna.heard if "подтверждает" in text_]) == 1


@pytest.mark.slow  # two processes start, the first is killed
async def test_killed_between_an_update_and_its_handling(killing_stage: Stage, tmp_path: Path) -> None:
    stage = killing_stage
    _, host = await stage.host()
    async with process(stage, tmp_path):
        anna = await picked(stage, host)
        async with stage.database.session() as session:
            await session.execute(
                text("SELECT pg_advisory_xact_lock(hashtext('max'), hashtext(:person))"), {"person": str(anna.id)}
            )
            anna.tap("Попросить о встрече")
            await stage.holds(select(func.count()).where(ReceivedUpdate.handled_at.is_(None)), 1)
            # Kept, acknowledged to MAX, and not handled yet: now it dies.
            await stage.acknowledged()
    assert not anna.screen.startswith("Запрос отправлен")

    async with process(stage, tmp_path):
        await anna.sees("Запрос отправлен")
        await stage.delivered()
    assert len([text_ for text_ in anna.heard if text_.startswith("Запрос отправлен")]) == 1
