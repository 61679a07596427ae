"""Calling MAX: the client of `maxapi` behind the limits, retries and refusals dealt with in this one place.

`maxapi` retries by itself too, but past our limits and blind to `Retry-After`; that is switched off.
Statuses, limits: dev.max.ru/docs-api. Codes: as seen on the platform.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, TypeVar, cast

from aiohttp import ClientError, ClientHandlerType, ClientRequest, ClientResponse, ClientTimeout
from maxapi import Bot
from maxapi.client.default import DefaultConnectionProperties
from maxapi.enums.api_path import ApiPath
from maxapi.enums.http_method import HTTPMethod
from maxapi.exceptions.max import InvalidToken, MaxApiError, MaxConnection, MaxUploadFileFailed
from pydantic import ValidationError
from tenacity import (
    AsyncRetrying,
    RetryCallState,
    retry_if_exception_type,
    stop_after_attempt,
    stop_before_delay,
    wait_exponential_jitter,
)

from bot.messengers.rate import Limit, Pace, Priority
from bot.messengers.turn import Blocked, Refused, Unavailable

WHOLE_BOT = Limit("max", 30)
DIALOGUE_MESSAGES = 2
"""Messages, edits and answers a second into one dialogue."""

REQUEST_TIMEOUT = 20.0
CONNECT_TIMEOUT = 5
TRIES = 5
PATIENCE = 30.0
"""A call is not tried again later than this many seconds after its first try."""
BACKOFF = wait_exponential_jitter(multiplier=1, max=10, jitter=0.5)

T = TypeVar("T")
Json = dict[str, Any]
Sleep = Callable[[float], Awaitable[None]]


class WrongToken(Exception):
    """MAX does not know the bot's token."""


class MaxRefused(Refused):
    """MAX refused a call for good; `status` is HTTP's."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status


class _TryAgain(Unavailable):
    """Surely not done, or harmless to do twice: tried again here before it goes up as what it is."""


class MaxCalls:
    """One bot's connection to MAX. Every call raises WrongToken, Unavailable, Blocked or MaxRefused."""

    def __init__(self, token: str, *, api_url: str | None, pace: Pace, timeout: float, sleep: Sleep) -> None:
        """`timeout`: seconds for one request; `sleep` waits between tries."""
        if not token:  # with an empty one maxapi would look into the environment
            raise WrongToken("the token is empty")
        connection = DefaultConnectionProperties(
            timeout=timeout, sock_connect=CONNECT_TIMEOUT, max_retries=0, middlewares=(_notice_throttling,)
        )
        self.bot = Bot(token, auto_requests=False, default_connection=connection)
        if api_url is not None:
            self.bot.set_api_url(api_url)
        self._pace = pace
        self._retrying = AsyncRetrying(
            retry=retry_if_exception_type(_TryAgain),
            wait=_pause,
            stop=stop_after_attempt(TRIES) | stop_before_delay(PATIENCE),
            sleep=sleep,
            reraise=True,
        )

    async def ask(
        self,
        request: Callable[[], Awaitable[T]],
        *limits: Limit,
        priority: Priority = Priority.ANSWER,
        repeatable: bool = True,
    ) -> T:
        """Make a request under the whole bot's limit and these, and return its answer.

        `repeatable`: it may be made again though it is unclear whether the first time did it. A throttled one,
        and one whose attachment is not ready yet, is made again in any case.
        """

        async def attempt() -> T:
            async with self._pace.slot(*limits, priority=priority):
                return await _translated(request, repeatable=repeatable)

        return await self._retrying.copy()(attempt)

    async def poll(self, params: Json, limit: Limit, *, wait: float) -> Json:
        """Ask for updates; MAX may take `wait` seconds until there is one."""
        patience = ClientTimeout(total=wait + REQUEST_TIMEOUT)
        request = partial(self._request, HTTPMethod.GET, ApiPath.UPDATES, params=params, timeout=patience)
        return await self.ask(request, limit)

    async def write(
        self,
        person: str,
        method: HTTPMethod,
        path: ApiPath,
        params: Json,
        body: Json | None,
        *,
        priority: Priority,
        repeatable: bool = True,
    ) -> Json:
        """Send, edit, answer or delete in the dialogue with the person; the answer as MAX gave it."""
        request = partial(self._request, method, path, params=params, json=body)
        dialogue = Limit(f"max dialogue {person}", DIALOGUE_MESSAGES)
        done = await self.ask(request, dialogue, priority=priority, repeatable=repeatable)
        if done.get("success") is False:
            raise MaxRefused(200, str(done.get("message")))
        return done

    async def _request(self, method: HTTPMethod, path: ApiPath, **options: Any) -> Json:
        # Past the client's own methods for messages, which send and retry out of sight of the limits.
        answer = await self.bot.request(method, path, is_return_raw=True, **options)
        return cast(Json, answer)


async def _notice_throttling(request: ClientRequest, handler: ClientHandlerType) -> ClientResponse:
    """Raise on 429 while the headers are at hand: `maxapi` keeps none of them."""
    response = await handler(request)
    if response.status == 429:
        response.release()
        asked = response.headers.get("Retry-After", "")
        raise _TryAgain("429 too many requests", retry_after=float(asked) if asked.isdecimal() else 1.0)
    return response


def _pause(state: RetryCallState) -> float:
    """Seconds until the next try: doubling, or longer where MAX asked for longer."""
    error = state.outcome.exception() if state.outcome else None
    asked = error.retry_after if isinstance(error, _TryAgain) else 0.0
    return max(asked, BACKOFF(state))


async def _translated(request: Callable[[], Awaitable[T]], *, repeatable: bool) -> T:
    """The request's answer, or what went wrong in the words of the contract."""
    unclear = _TryAgain if repeatable else Unavailable
    try:
        return await request()
    except InvalidToken as error:
        raise WrongToken("MAX does not know the token") from error
    except MaxApiError as error:
        raise _refusal(error, unclear) from error
    except (MaxConnection, MaxUploadFileFailed, ClientError, TimeoutError, ValidationError) as error:
        raise unclear(f"{type(error).__name__}: {error}") from error


def _refusal(error: MaxApiError, unclear: type[Unavailable]) -> Exception:
    """What a status and a code mean for whoever called."""
    body = error.raw if isinstance(error.raw, dict) else {}
    code, message = str(body.get("code", "")), str(body.get("message", ""))
    reason = f"{error.code} {code}: {message}"
    if code == "attachment.not.ready":
        return _TryAgain(reason)
    if not 400 <= error.code < 500:  # a success without JSON ends here too: who knows what was done
        return unclear(reason)
    if code == "chat.denied" or "error.dialog." in message:
        return Blocked(reason)
    return MaxRefused(error.code, reason)
