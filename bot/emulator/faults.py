"""Bad weather on demand: what can go wrong between a bot and the platform, switched on for a test or a demo."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, fields
from typing import Any

from aiohttp import web
from aiohttp.typedefs import Handler

from bot.emulator.errors import ApiError, bad_request, too_many_requests

SLOW_PIECES = 10


@dataclass
class Faults:
    """What goes wrong, and how often: a number is how many requests are still to suffer it.

    Applied in the order of the fields; `paths` narrows the request faults to these ("/messages", "/answers" …).
    """

    paths: list[str] = field(default_factory=list)
    delay: float = 0.0
    """Seconds before any request is looked at."""
    silent: int = 0
    """Requests that are never answered; the connection stays open."""
    resets: int = 0
    """Requests whose connection breaks before anything was done."""
    too_many: int = 0
    """Requests answered 429, with `retry_after` whole seconds in the header Retry-After."""
    retry_after: int = 1
    failures: int = 0
    """Requests answered with `failure_status` (500, 502, 503, 504)."""
    failure_status: int = 503
    lost_answers: int = 0
    """Requests that are carried out, and then the connection breaks instead of an answer."""
    slow: float = 0.0
    """Seconds that the body of an answer takes, in small pieces."""
    not_ready: int = 0
    """Messages with uploaded files that are answered `attachment.not.ready`."""
    duplicate_updates: bool = False
    """Every update comes twice."""
    omit_callback_chat: bool = False
    """Callbacks name no chat in their message's recipient, as the platform was seen to do."""

    def set(self, wanted: dict[str, Any]) -> None:
        """Change the named fields, leave the others. Raises ApiError 400 for a name or a type that does not fit."""
        known = {item.name: getattr(Faults(), item.name) for item in fields(self)}
        for name, value in wanted.items():
            if name not in known or not _fits(value, known[name]):
                raise bad_request(f"no such fault: {name}={value!r}")
        for name, value in wanted.items():
            setattr(self, name, value)

    def clear(self) -> None:
        """Good weather again."""
        self.set({item.name: getattr(Faults(), item.name) for item in fields(self)})

    def take(self, name: str) -> bool:
        """Use up one of a counted fault, if any is left."""
        left: int = getattr(self, name)
        if left > 0:
            setattr(self, name, left - 1)
        return left > 0

    def concern(self, path: str) -> bool:
        """Whether a request to this path (within the Bot API) suffers at all."""
        return not self.paths or any(path.startswith(prefix) for prefix in self.paths)


async def suffer(request: web.Request, handler: Handler, faults: Faults, closing: asyncio.Event) -> web.StreamResponse:
    """Handle the request in the weather of `faults`; `closing` frees whoever is kept waiting.

    Raises ApiError for the refusals.
    """
    if faults.delay:
        await asyncio.sleep(faults.delay)
    if faults.take("silent"):
        await closing.wait()
        return _broken(request)
    if faults.take("resets"):
        return _broken(request)
    if faults.take("too_many"):
        raise too_many_requests("as ordered", retry_after=faults.retry_after)
    if faults.take("failures"):
        raise ApiError(faults.failure_status, "internal.error", "as ordered")
    if faults.take("lost_answers"):
        await handler(request)
        return _broken(request)
    response = await handler(request)
    if faults.slow and isinstance(response, web.Response) and isinstance(response.body, bytes):
        return await _dribble(request, response.status, response.body, faults.slow)
    return response


def _broken(request: web.Request) -> web.Response:
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


async def _dribble(request: web.Request, status: int, body: bytes, seconds: float) -> web.StreamResponse:
    slow = web.StreamResponse(status=status, headers={"Content-Type": "application/json"})
    slow.content_length = len(body)
    await slow.prepare(request)
    piece = max(1, -(-len(body) // SLOW_PIECES))
    for start in range(0, len(body), piece):
        await slow.write(body[start : start + piece])
        await asyncio.sleep(seconds / SLOW_PIECES)
    await slow.write_eof()
    return slow


def _fits(value: Any, default: Any) -> bool:
    if isinstance(default, bool):
        return isinstance(value, bool)
    if isinstance(default, list):
        return isinstance(value, list) and all(isinstance(item, str) for item in value)
    if isinstance(default, float):
        return isinstance(value, int | float) and not isinstance(value, bool) and value >= 0
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0
