"""Reading what a request carries: its JSON body and its query."""

from __future__ import annotations

from json import JSONDecodeError
from typing import Any

from aiohttp import web

from bot.emulator.errors import bad_request


async def read_object(request: web.Request) -> dict[str, Any]:
    """The request's JSON object. Raises ApiError 400."""
    try:
        body = await request.json()
    except (JSONDecodeError, UnicodeDecodeError):
        raise bad_request("the body must be JSON") from None
    if not isinstance(body, dict):
        raise bad_request("the body must be an object")
    return body


def read_number(request: web.Request, name: str, *, least: int | None = None, most: int | None = None) -> int | None:
    """A query parameter that is an integer; absent, empty and "null" are None. Raises ApiError 400."""
    text = request.query.get(name)
    if text in (None, "", "null"):
        return None
    try:
        number = int(text)
    except ValueError:
        raise bad_request(f"{name} must be an integer") from None
    if (least is not None and number < least) or (most is not None and number > most):
        raise bad_request(f"{name} must be between {least} and {most}")
    return number
