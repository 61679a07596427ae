"""How often the bot may call: the platform's request limits (dev.max.ru/docs-api).

30 requests a second for the whole bot; sending, editing and answering 2 a second into one dialogue; long polling 2
a second. Counted in a sliding second, the strictest reading of "a second": a request beyond the limit is answered
429 and does not itself count.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable

from bot.emulator.errors import too_many_requests

WHOLE_BOT = 30
DIALOGUE = 2
POLLING = 2
WINDOW_SECONDS = 1.0


class SlidingWindow:
    """At most `limit` events in any `WINDOW_SECONDS`."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._taken: deque[float] = deque()

    def take(self, now: float) -> bool:
        """Count one event at `now` (seconds of a monotonic clock), or say that it is one too many."""
        while self._taken and now - self._taken[0] >= WINDOW_SECONDS:
            self._taken.popleft()
        if len(self._taken) >= self._limit:
            return False
        self._taken.append(now)
        return True


class RateLimits:
    """The limits of one bot; `monotonic` is the clock that counts, in seconds.

    `enabled` may be switched at any time; a test that is not about limits is faster without them.
    """

    def __init__(self, *, enabled: bool = True, monotonic: Callable[[], float] = time.monotonic) -> None:
        self.enabled = enabled
        self._monotonic = monotonic
        self._bot = SlidingWindow(WHOLE_BOT)
        self._polling = SlidingWindow(POLLING)
        self._dialogues: dict[int, SlidingWindow] = {}

    def request(self) -> None:
        """Count any request. Raises ApiError 429."""
        self._take(self._bot, f"more than {WHOLE_BOT} requests a second")

    def poll(self) -> None:
        """Count a request for updates. Raises ApiError 429."""
        self._take(self._polling, f"more than {POLLING} polls a second")

    def dialogue(self, chat_id: int) -> None:
        """Count a message, an edit or an answer into the dialogue. Raises ApiError 429."""
        window = self._dialogues.setdefault(chat_id, SlidingWindow(DIALOGUE))
        self._take(window, f"more than {DIALOGUE} messages a second into chat {chat_id}")

    def _take(self, window: SlidingWindow, complaint: str) -> None:
        if self.enabled and not window.take(self._monotonic()):
            raise too_many_requests(complaint)
