"""A restarted emulator goes on where it was."""

from pathlib import Path

import pytest
from maxapi.types import CallbackButton, InputMediaBuffer
from maxapi.types.updates.message_callback import MessageCallback

from tests.bot.emulator.running import running
from tests.bot.emulator.test_uploads import PIXEL

pytestmark = pytest.mark.filterwarnings("ignore:URL вебхука")


async def test_chats_updates_and_files_survive_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "data" / "emulator.json"
    async with running(state_file=path) as before:
        anna = before.anna.user_id
        await before.send("QR", InputMediaBuffer(PIXEL))
        await before.said("Подтвердить?", [CallbackButton(text="Да", payload="yes")])
        before.emulator.tap_text(anna, "Да")
        before.emulator.say(anna, "раз")
        pending = [update.seq for update in before.emulator.updates.pending()]
    async with running(state_file=path) as after:
        assert after.anna == before.anna
        assert after.emulator.messages(anna) == before.emulator.messages(anna)
        assert [update.seq for update in after.emulator.updates.pending()] == pending
        tap, _ = await after.updates()
        assert isinstance(tap, MessageCallback) and (await tap.ack()).success
        picture = after.emulator.wire.page_message(after.emulator.messages(anna)[0])["picture_url"]
        assert await (await after.http.get(after.url(picture))).read() == PIXEL
        newest = after.emulator.say(anna, "два")
        assert newest.seq > after.emulator.messages(anna)[-2].seq
        assert after.emulator.updates.pending()[-1].seq > pending[-1]


async def test_webhooks_survive_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "emulator.json"
    async with running(state_file=path) as before:
        await before.bot.subscribe_webhook("http://127.0.0.1:9/hook", secret="a-secret-5")
    async with running(state_file=path) as after:
        [subscription] = after.emulator.state.subscriptions
        assert (subscription.url, subscription.secret) == ("http://127.0.0.1:9/hook", "a-secret-5")


async def test_a_marker_survives_the_loss_of_the_file() -> None:
    now = [1_800_000_000.0]
    async with running(clock=lambda: now[0]) as before:
        before.emulator.say(before.anna.user_id, "раз")
        marker = (await before.bot.get_updates(marker=0, timeout=0))["marker"]
    now[0] += 60
    async with running(clock=lambda: now[0]) as after:
        after.emulator.say(after.anna.user_id, "два")
        raw = await after.bot.get_updates(marker=marker, timeout=0)
        assert [update["message"]["body"]["text"] for update in raw["updates"]] == ["два"]
