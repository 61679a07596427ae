"""The limits hold however long requests take, answers go first, and nothing is kept of who is silent."""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Callable
from itertools import count, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.messengers.rate import Limit, Pace, Priority


class Timer:
    """A clock that stands until it is told to go on; `call_later` like a loop's."""

    def __init__(self) -> None:
        self.now = 0.0
        self._numbers = count()
        self._calls: list[tuple[float, int, Callable[[], object]]] = []

    def call_later(self, delay: float, callback: Callable[[], object]) -> None:
        heapq.heappush(self._calls, (self.now + delay, next(self._numbers), callback))

    async def sleep(self, seconds: float) -> None:
        woken = asyncio.Event()
        self.call_later(seconds, woken.set)
        await woken.wait()

    async def advance(self, seconds: float) -> None:
        """Let time pass, and everything happen that is due in it."""
        end = self.now + seconds
        await settle()
        while self._calls and self._calls[0][0] <= end:
            self.now = self._calls[0][0]
            while self._calls and self._calls[0][0] == self.now:
                heapq.heappop(self._calls)[2]()
            await settle()
        self.now = end


async def settle() -> None:
    """Let every task run until it waits."""
    for _ in range(10):
        await asyncio.sleep(0)


class Bench:
    """Requests through a pace on a timer, and when each one left."""

    def __init__(self, whole: int, dialogue: int = 2) -> None:
        self.timer = Timer()
        self.pace = Pace(Limit("whole", whole), call_later=self.timer.call_later)
        self.dialogue = dialogue
        self.left: list[tuple[float, str]] = []
        self._tasks: list[asyncio.Task[None]] = []

    def request(self, name: str, priority: Priority = Priority.SEND, *, lasting: float = 0.0) -> asyncio.Task[None]:
        """Start a request into the dialogue `name`, whose answer takes `lasting` seconds."""
        self._tasks.append(asyncio.create_task(self._request(name, priority, lasting)))
        return self._tasks[-1]

    async def _request(self, name: str, priority: Priority, lasting: float) -> None:
        async with self.pace.slot(Limit(name, self.dialogue), priority=priority):
            self.left.append((self.timer.now, name))
            if lasting:
                await self.timer.sleep(lasting)

    def times(self, name: str) -> list[float]:
        return [time for time, who in self.left if who == name]

    async def finish(self) -> None:
        while not all(task.done() for task in self._tasks):
            await self.timer.advance(1.0)


async def test_one_dialogue_gets_two_a_second() -> None:
    bench = Bench(whole=30)
    for _ in range(5):
        bench.request("anna")
    await bench.finish()
    assert bench.times("anna") == [0.0, 0.0, 1.0, 1.0, 2.0]


async def test_all_together_get_no_more_than_the_whole() -> None:
    bench = Bench(whole=3)
    for number in range(7):
        bench.request(f"person {number}")
    await bench.finish()
    assert [time for time, _ in bench.left] == [0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 2.0]


async def test_a_place_is_kept_until_a_second_after_the_answer() -> None:
    bench = Bench(whole=30, dialogue=1)
    bench.request("anna", lasting=0.7)
    bench.request("anna")
    await bench.finish()
    assert bench.times("anna") == [0.0, pytest.approx(1.7)]


async def test_a_full_dialogue_holds_up_nobody_else() -> None:
    bench = Bench(whole=30)
    for _ in range(10):
        bench.request("anna")
    bench.request("boris")
    await settle()
    assert bench.times("boris") == [0.0]


async def test_answers_go_before_sends_that_came_earlier() -> None:
    bench = Bench(whole=2)
    for number in range(6):
        bench.request(f"bulk {number}")
    await settle()
    bench.request("anna", Priority.ANSWER)
    await bench.finish()
    assert bench.times("anna") == [1.0]
    assert [name for _, name in bench.left if name != "anna"] == [f"bulk {number}" for number in range(6)]


async def test_sends_waiting_for_the_whole_take_no_place_in_their_dialogue() -> None:
    bench = Bench(whole=1, dialogue=1)
    bench.request("somebody")
    for _ in range(3):
        bench.request("anna")
    await settle()
    bench.request("anna", Priority.ANSWER, lasting=0.25)
    await bench.timer.advance(1.0)
    assert bench.times("anna") == [1.0]
    assert bench.timer.now == 1.0
    await bench.finish()
    assert bench.times("anna") == [1.0, pytest.approx(2.25), pytest.approx(3.25), pytest.approx(4.25)]


async def test_a_failed_request_gives_its_place_back() -> None:
    timer = Timer()
    pace = Pace(Limit("whole", 1), call_later=timer.call_later)
    with pytest.raises(ZeroDivisionError):
        async with pace.slot():
            raise ZeroDivisionError
    await timer.advance(1.0)
    async with asyncio.timeout(1), pace.slot():
        pass


async def test_who_gives_up_waiting_takes_no_place() -> None:
    bench = Bench(whole=1)
    bench.request("first")
    await settle()
    second = bench.request("second")
    await settle()
    assert bench.pace.waiting == 1
    second.cancel()
    await settle()
    assert bench.pace.waiting == 0
    bench.request("third")
    await bench.finish()
    assert bench.left == [(0.0, "first"), (1.0, "third")]


async def test_who_gives_up_at_the_moment_of_being_let_in_gives_the_place_back() -> None:
    bench = Bench(whole=1)
    bench.request("first")
    await settle()
    second = bench.request("second")
    await settle()
    bench.timer.call_later(1.0, second.cancel)  # right after the place was given, before the task could run
    await bench.timer.advance(1.0)
    assert second.cancelled()
    bench.request("third")
    await bench.finish()
    assert bench.times("third") == [2.0]


async def test_nothing_is_remembered_of_who_is_silent() -> None:
    bench = Bench(whole=100)
    for number in range(50):
        bench.request(f"person {number}")
    await settle()
    assert len(bench.pace.names) == 51
    await bench.timer.advance(1.0)
    assert bench.pace.names == frozenset()


async def test_the_running_loop_is_the_timer_by_default() -> None:
    pace = Pace(Limit("whole", 1, period=0.05))
    loop = asyncio.get_running_loop()
    left = []
    for _ in range(3):
        async with pace.slot():
            left.append(loop.time())
    assert all(later - earlier >= 0.049 for earlier, later in pairwise(left))


requests = st.lists(
    st.tuples(
        st.floats(0, 3),  # when it is wanted
        st.sampled_from(["anna", "boris", "vera"]),
        st.sampled_from(Priority),
        st.floats(0, 0.5),  # how long it is under way before the messenger counts it
        st.floats(0, 0.5),  # how long the answer takes
    ),
    max_size=25,
)


@settings(deadline=None)  # a busy machine is no failure
@given(requests)
async def test_the_messenger_never_counts_too_many_whatever_the_network_does(
    wanted: list[tuple[float, str, Priority, float, float]],
) -> None:
    timer = Timer()
    pace = Pace(Limit("whole", 3), call_later=timer.call_later)
    counted: list[tuple[float, str]] = []

    async def request(start: float, name: str, priority: Priority, there: float, back: float) -> None:
        await timer.sleep(start)
        async with pace.slot(Limit(name, 2), priority=priority):
            await timer.sleep(there)
            counted.append((timer.now, name))
            await timer.sleep(back)

    tasks = [asyncio.create_task(request(*one)) for one in wanted]
    for _ in range(200):
        await timer.advance(0.5)
    assert all(task.done() for task in tasks), "everybody is let in, sooner or later"
    assert len(counted) == len(wanted)
    for moment, who in counted:
        second = [name for time, name in counted if moment <= time < moment + 1 - 1e-9]
        assert len(second) <= 3
        assert second.count(who) <= 2
