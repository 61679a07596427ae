"""The request limits: on by default, and counted as the platform says."""

import pytest
from maxapi.exceptions.max import MaxApiError
from maxapi.types import CallbackButton
from maxapi.types.updates.message_callback import MessageCallback

from bot.emulator import ApiError
from bot.emulator.limits import DIALOGUE, WHOLE_BOT, RateLimits, SlidingWindow
from tests.bot.emulator.running import Running, running


class Seconds:
    """A clock that stands still until it is told to go on."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_window_slides() -> None:
    window = SlidingWindow(2)
    assert [window.take(moment) for moment in (0.0, 0.6, 0.9)] == [True, True, False]
    # The first has left the window, the refused one never was in it.
    assert [window.take(moment) for moment in (1.0, 1.5, 1.6)] == [True, False, True]


def test_dialogues_do_not_disturb_each_other() -> None:
    limits = RateLimits(monotonic=Seconds())
    for _ in range(DIALOGUE):
        limits.dialogue(1)
        limits.dialogue(2)
    with pytest.raises(ApiError) as failure:
        limits.dialogue(1)
    assert failure.value.status == 429


async def refused(place: Running, text: str) -> bool:
    try:
        await place.bot.send_message(user_id=place.anna.user_id, text=text)
    except MaxApiError as error:
        assert error.code == 429
        return True
    return False


async def test_by_default_a_third_message_within_a_second_is_refused() -> None:
    clock = Seconds()
    async with running(rate_limits=True) as place:
        place.emulator.limits = RateLimits(monotonic=clock)
        assert [await refused(place, text) for text in "абв"] == [False, False, True]
        clock.now = 1.0
        assert not await refused(place, "г")
        assert [message.text for message in place.emulator.messages(place.anna.user_id)] == ["а", "б", "г"]


async def test_limits_are_on_unless_switched_off() -> None:
    async with running(rate_limits=True) as strict, running() as loose:
        assert strict.emulator.limits.enabled
        assert not loose.emulator.limits.enabled
        assert not any([await refused(loose, text) for text in "абвгд"])


async def test_edits_and_answers_count_as_messages() -> None:
    async with running() as place:
        mid = await place.said("?", [CallbackButton(text="Да", payload="yes")])
        place.emulator.tap_text(place.anna.user_id, "Да")
        [tap] = await place.updates()
        assert isinstance(tap, MessageCallback)
        place.emulator.limits = RateLimits(monotonic=Seconds())
        await place.bot.edit_message(mid, text="раз")
        await tap.ack()
        with pytest.raises(MaxApiError) as failure:
            await place.bot.edit_message(mid, text="два")
        assert failure.value.code == 429


async def test_the_whole_bot_has_a_limit() -> None:
    async with running() as place:
        place.emulator.limits = RateLimits(monotonic=Seconds())
        for _ in range(WHOLE_BOT):
            await place.bot.get_me()
        response = await place.api("GET", "me")
        assert response.status == 429
        assert (await response.json())["code"] == "too.many.requests"


async def test_polling_has_a_limit() -> None:
    async with running() as place:
        place.emulator.limits = RateLimits(monotonic=Seconds())
        statuses = [(await place.api("GET", "updates?timeout=0")).status for _ in range(3)]
        assert statuses == [200, 200, 429]
