"""Bad weather on demand."""

import time

import pytest
from maxapi.exceptions.max import MaxApiError, MaxConnection

from bot.emulator import ApiError, Faults
from tests.bot.emulator.running import Running, running


def texts(place: Running) -> list[str | None]:
    return [message.text for message in place.emulator.messages(place.anna.user_id)]


async def test_too_many_requests_for_a_while(max_: Running) -> None:
    max_.emulator.faults.set({"too_many": 2, "retry_after": 3})
    response = await max_.api("GET", "me")
    assert (response.status, response.headers["Retry-After"]) == (429, "3")
    assert (await max_.api("GET", "me")).status == 429
    assert (await max_.api("GET", "me")).status == 200


@pytest.mark.parametrize("status", [500, 503])
async def test_failures(max_: Running, status: int) -> None:
    max_.emulator.faults.set({"failures": 1, "failure_status": status})
    with pytest.raises(MaxApiError) as failure:
        await max_.said("раз")
    assert failure.value.code == status
    await max_.said("два")
    assert texts(max_) == ["два"]


async def test_a_reset_loses_the_request(max_: Running) -> None:
    max_.emulator.faults.set({"resets": 1})
    with pytest.raises(MaxConnection):
        await max_.said("раз")
    assert texts(max_) == []
    await max_.said("два")


async def test_a_lost_answer_loses_only_the_answer(max_: Running) -> None:
    max_.emulator.faults.set({"lost_answers": 1})
    with pytest.raises(MaxConnection):
        await max_.said("раз")
    assert texts(max_) == ["раз"]


async def test_silence_lasts_until_the_client_gives_up_and_does_nothing() -> None:
    async with running() as place:
        place.emulator.faults.set({"silent": 1})
        with pytest.raises(TimeoutError):
            await place.api("POST", f"messages?user_id={place.anna.user_id}", json={"text": "x"}, timeout=0.1)
        started = time.monotonic()
    assert time.monotonic() - started < 2, "a silent request must not hold up the shutdown"
    assert texts(place) == []


async def test_slow_answers_arrive_whole(max_: Running) -> None:
    max_.emulator.faults.set({"slow": 0.3})
    started = time.monotonic()
    assert (await max_.bot.get_me()).username == "okno_bot"
    assert time.monotonic() - started >= 0.25


async def test_delays(max_: Running) -> None:
    max_.emulator.faults.set({"delay": 0.2})
    started = time.monotonic()
    await max_.bot.get_me()
    assert time.monotonic() - started >= 0.2


async def test_faults_can_be_narrowed_to_paths(max_: Running) -> None:
    max_.emulator.faults.set({"failures": 1, "paths": ["/messages"]})
    await max_.bot.get_me()
    with pytest.raises(MaxApiError):
        await max_.said("раз")


async def test_faults_over_http(max_: Running) -> None:
    ordered = await max_.http.post(max_.url("faults"), json={"failures": 5, "duplicate_updates": True})
    assert ordered.status == 200
    assert (max_.emulator.faults.failures, max_.emulator.faults.duplicate_updates) == (5, True)
    assert (await max_.http.delete(max_.url("faults"))).status == 200
    assert max_.emulator.faults == Faults()


@pytest.mark.parametrize("wanted", [{"rain": 1}, {"failures": "many"}, {"delay": -1}, {"silent": True}])
def test_unknown_faults_change_nothing(wanted: dict[str, object]) -> None:
    faults = Faults()
    with pytest.raises(ApiError):
        faults.set({"resets": 1, **wanted})
    assert faults == Faults()
