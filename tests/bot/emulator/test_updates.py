"""What the bot is told, and how long polling gives it."""

import asyncio
import time

import pytest
from maxapi.exceptions.max import MaxApiError
from maxapi.types import CallbackButton, LinkButton, MessageButton, RequestContactButton
from maxapi.types.attachments.contact import Contact
from maxapi.types.updates.bot_started import BotStarted
from maxapi.types.updates.bot_stopped import BotStopped
from maxapi.types.updates.dialog_cleared import DialogCleared
from maxapi.types.updates.message_callback import MessageCallback
from maxapi.types.updates.message_created import MessageCreated
from maxapi.types.updates.message_removed import MessageRemoved

from bot.emulator import ApiError, Faults
from bot.emulator.launch import contact_hash
from tests.bot.emulator.running import TOKEN, Running, eventually, running


async def test_starting_brings_payload_and_locale(max_: Running) -> None:
    boris = max_.emulator.add_person("Boris", locale="en")
    max_.emulator.open(boris.user_id, payload="s_Zk3-9")
    [update] = await max_.updates()
    assert isinstance(update, BotStarted)
    assert (update.payload, update.user_locale) == ("s_Zk3-9", "en")
    assert (update.user.user_id, update.chat_id) == (boris.user_id, boris.chat_id)
    assert abs(update.timestamp - time.time() * 1000) < 5000


async def test_a_deep_link_tells_of_a_person_who_knows_the_bot_already(max_: Running) -> None:
    max_.emulator.open(max_.anna.user_id, payload="again")
    [update] = await max_.updates()
    assert isinstance(update, BotStarted) and update.payload == "again"


@pytest.mark.parametrize("payload", ["", "a b", "ф", "x" * 129])
def test_a_deep_link_payload_has_its_alphabet(payload: str) -> None:
    async def follow() -> None:
        async with running() as place:
            place.emulator.open(place.anna.user_id, payload=payload)

    with pytest.raises(ApiError):
        asyncio.run(follow())


async def test_what_a_person_writes_arrives(max_: Running) -> None:
    max_.emulator.say(max_.anna.user_id, "завтра в 3")
    [update] = await max_.updates()
    assert isinstance(update, MessageCreated)
    assert update.message.body is not None and update.message.body.text == "завтра в 3"
    assert update.message.sender is not None and update.message.sender.user_id == max_.anna.user_id
    assert update.message.recipient.chat_id == max_.anna.chat_id
    assert update.user_locale == "ru"


async def test_a_tap_brings_the_message_as_it_is_when_delivered(max_: Running) -> None:
    mid = await max_.said("было", [CallbackButton(text="Да", payload="yes")])
    max_.emulator.tap_text(max_.anna.user_id, "Да")
    await max_.bot.edit_message(mid, text="стало")
    [tap] = await max_.updates()
    assert isinstance(tap, MessageCallback) and tap.message is not None and tap.message.body is not None
    assert (tap.message.body.mid, tap.message.body.text) == (mid, "стало")
    assert tap.callback.user.user_id == max_.anna.user_id


async def test_a_tap_on_a_message_deleted_meanwhile_brings_none(max_: Running) -> None:
    mid = await max_.said("?", [CallbackButton(text="Да", payload="yes")])
    max_.emulator.tap_text(max_.anna.user_id, "Да")
    await max_.bot.delete_message(mid)
    [tap] = await max_.updates()
    assert isinstance(tap, MessageCallback) and tap.message is None and tap.callback.payload == "yes"


async def test_callbacks_may_come_without_a_chat() -> None:
    async with running(faults=Faults(omit_callback_chat=True)) as place:
        await place.said("?", [CallbackButton(text="Да", payload="yes")])
        place.emulator.tap_text(place.anna.user_id, "Да")
        [tap] = await place.updates()
        assert isinstance(tap, MessageCallback) and tap.message is not None
        assert tap.message.recipient.chat_id is None
        assert tap.message.recipient.user_id == place.anna.user_id


async def test_a_message_button_says_its_text(max_: Running) -> None:
    await max_.said("?", [MessageButton(text="Мои встречи")])
    max_.emulator.tap_text(max_.anna.user_id, "Мои встречи")
    [update] = await max_.updates()
    assert isinstance(update, MessageCreated)
    assert update.message.body is not None and update.message.body.text == "Мои встречи"


async def test_a_contact_comes_with_its_proof(max_: Running) -> None:
    await max_.said("?", [RequestContactButton(text="Телефон")])
    max_.emulator.tap_text(max_.anna.user_id, "Телефон")
    [update] = await max_.updates()
    assert isinstance(update, MessageCreated) and update.message.body is not None
    [contact] = update.message.body.attachments or []
    assert isinstance(contact, Contact) and contact.payload is not None
    payload = contact.payload
    assert payload.vcf.full_name == "Анна Петрова"  # type: ignore[union-attr]
    assert payload.vcf.phone == max_.anna.phone  # type: ignore[union-attr]
    assert payload.hash == contact_hash(payload.vcf_info, TOKEN)  # type: ignore[union-attr,arg-type]


async def test_buttons_that_stay_on_the_device_cannot_be_tapped(max_: Running) -> None:
    await max_.said("?", [LinkButton(text="Сайт", url="https://okno.test")])
    with pytest.raises(ApiError):
        max_.emulator.tap_text(max_.anna.user_id, "Сайт")
    assert await max_.updates() == []


async def test_stopping_clearing_and_removing_are_told(max_: Running) -> None:
    mid = await max_.said("сообщение")
    max_.emulator.remove_message(max_.anna.user_id, mid)
    max_.emulator.clear(max_.anna.user_id)
    max_.emulator.stop(max_.anna.user_id)
    removed, cleared, stopped = await max_.updates()
    assert isinstance(removed, MessageRemoved) and removed.message_id == mid
    assert isinstance(cleared, DialogCleared) and cleared.chat_id == max_.anna.chat_id
    assert isinstance(stopped, BotStopped) and stopped.user.user_id == max_.anna.user_id


async def test_who_stopped_the_bot_cannot_talk_to_it(max_: Running) -> None:
    max_.emulator.stop(max_.anna.user_id)
    with pytest.raises(ApiError) as failure:
        max_.emulator.say(max_.anna.user_id, "?")
    assert failure.value.status == 409


async def texts(place: Running, marker: int | None, **query: object) -> tuple[list[str], int]:
    """The texts a poll gives, and its marker."""
    raw = await place.bot.get_updates(**{"timeout": 0, **query}, marker=marker)  # type: ignore[arg-type]
    found = [update["message"]["body"]["text"] for update in raw["updates"] if "message" in update]
    return found, raw["marker"]


async def test_a_marker_acknowledges_everything_before_it(max_: Running) -> None:
    for text in "абв":
        max_.emulator.say(max_.anna.user_id, text)
    first, marker = await texts(max_, 0, limit=2)
    assert first == ["а", "б"]
    # Not passed yet: the same comes again.
    assert (await texts(max_, 0, limit=2))[0] == ["а", "б"]
    assert await texts(max_, marker) == (["в"], marker + 1)
    # Passed: what was before is gone, whatever the marker.
    assert (await texts(max_, 0))[0] == ["в"]


async def test_without_a_marker_only_the_latest_comes(max_: Running) -> None:
    for text in "абв":
        max_.emulator.say(max_.anna.user_id, text)
    found, marker = await texts(max_, None)
    assert found == ["в"]
    assert await texts(max_, marker) == ([], marker)


async def test_a_marker_from_a_forgotten_stream_does_not_make_the_bot_deaf(max_: Running) -> None:
    _, marker = await texts(max_, max_.emulator.state.next_update + 1_000_000)
    max_.emulator.say(max_.anna.user_id, "слышно?")
    assert (await texts(max_, marker))[0] == ["слышно?"]


async def test_only_the_wanted_types_come(max_: Running) -> None:
    max_.emulator.say(max_.anna.user_id, "текст")
    max_.emulator.open(max_.anna.user_id)
    raw = await max_.bot.get_updates(marker=0, timeout=0, types=["bot_started"])  # type: ignore[list-item]
    assert [update["update_type"] for update in raw["updates"]] == ["bot_started"]


async def test_a_long_poll_wakes_when_something_happens(max_: Running) -> None:
    poll = asyncio.create_task(texts(max_, max_.emulator.state.next_update, timeout=5))
    await eventually(lambda: max_.emulator.updates.waiting == 1)
    max_.emulator.say(max_.anna.user_id, "привет")
    async with asyncio.timeout(1):
        assert (await poll)[0] == ["привет"]


async def test_a_long_poll_ends_when_nothing_happens(max_: Running) -> None:
    started = time.monotonic()
    found, marker = await texts(max_, max_.emulator.state.next_update, timeout=1)
    assert found == [] and marker == max_.emulator.state.next_update
    assert 0.9 < time.monotonic() - started < 3


async def test_a_long_poll_does_not_hold_up_the_shutdown() -> None:
    async with running() as place:
        poll = asyncio.create_task(texts(place, place.emulator.state.next_update, timeout=30))
        await eventually(lambda: place.emulator.updates.waiting == 1)
        started = time.monotonic()
        await place.server.close()
        assert time.monotonic() - started < 2
        await asyncio.gather(poll, return_exceptions=True)


async def test_updates_are_kept_for_a_day() -> None:
    now = [1_800_000_000.0]
    async with running(clock=lambda: now[0]) as place:
        place.emulator.say(place.anna.user_id, "старое")
        now[0] += 23 * 3600
        place.emulator.say(place.anna.user_id, "новое")
        now[0] += 2 * 3600
        assert (await texts(place, 0))[0] == ["новое"]


@pytest.mark.parametrize("query", [{"limit": 101}, {"timeout": 31}, {"marker": "abc"}])
async def test_poll_parameters_have_limits(max_: Running, query: dict[str, object]) -> None:
    assert (await max_.api("GET", "updates", params=query)).status == 400


@pytest.mark.filterwarnings("ignore:URL вебхука")
async def test_with_a_webhook_polling_does_not_work(max_: Running) -> None:
    await max_.bot.subscribe_webhook("http://127.0.0.1:9/nobody")
    with pytest.raises(MaxApiError) as failure:
        await max_.bot.get_updates(timeout=0)
    assert failure.value.code == 405
    await max_.bot.unsubscribe_webhook("http://127.0.0.1:9/nobody")
    assert await max_.updates() == []


async def test_duplicates_on_demand() -> None:
    async with running(faults=Faults(duplicate_updates=True)) as place:
        place.emulator.say(place.anna.user_id, "раз")
        first, second = await place.updates()
        assert isinstance(first, MessageCreated) and isinstance(second, MessageCreated)
        assert first.message.body == second.message.body
