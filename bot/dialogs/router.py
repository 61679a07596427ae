"""Which function answers what a person does. Handlers are plain functions with typed arguments.

A button carries the name of its handler and the handler's own arguments, packed short and checked when they come
back: a messenger allows 64 bytes, and old messages keep their buttons for years.
"""

from __future__ import annotations

import base64
import inspect
import typing
from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime
from typing import Any, Concatenate, Generic, ParamSpec
from uuid import UUID

from bot.dialogs.talk import Talk
from bot.messengers.turn import Screen, Turn, TurnKind

P = ParamSpec("P")
Handler = Callable[Concatenate[Talk, P], Awaitable[Screen]]
Plain = Callable[[Talk], Awaitable[Screen]]
Payload = Callable[[Talk, str], Awaitable[Screen]]

PAYLOAD_BYTES = 64
_SEPARATOR = ":"
_EPOCH_DAY = date(1970, 1, 1).toordinal()
_LAST_DAY = 84_000
"""In days since 1970, about the year 2200: a later date is a forged one, and no calendar counts on without end."""
_LARGEST = 1_000_000
"""More than any number on a button."""


class UnknownPayload(Exception):
    """A button or a link that this version does not know (any more), or that was tampered with."""


class Action(Generic[P]):
    """A handler of taps together with the packing of its arguments."""

    def __init__(self, name: str, handler: Handler[P]) -> None:
        self.name = name
        self._handler = handler
        hints = typing.get_type_hints(handler)
        parameters = list(inspect.signature(handler).parameters.values())[1:]
        self._types = [hints[parameter.name] for parameter in parameters]
        self._required = sum(parameter.default is inspect.Parameter.empty for parameter in parameters)

    def data(self, *args: P.args, **kwargs: P.kwargs) -> str:
        """What a button carries to come back here with these arguments (positional only)."""
        if kwargs:
            raise TypeError("buttons pack positional arguments")
        packed = _SEPARATOR.join([self.name, *(_pack(value) for value in args)])
        if len(packed.encode()) > PAYLOAD_BYTES:
            raise ValueError(f"the payload of {self.name} is longer than {PAYLOAD_BYTES} bytes")
        return packed

    async def call(self, talk: Talk, packed: list[str]) -> Screen:
        """Call the handler with unpacked arguments. Raises UnknownPayload when they do not fit it."""
        if not self._required <= len(packed) <= len(self._types):
            raise UnknownPayload(self.name)
        try:
            values = [_unpack(text, wanted) for text, wanted in zip(packed, self._types, strict=False)]
        except (ValueError, OverflowError) as error:
            raise UnknownPayload(self.name) from error
        handler: Any = self._handler
        screen: Screen = await handler(talk, *values)
        return screen


class Router:
    """The handlers of one topic; the registry includes them all into one."""

    def __init__(self) -> None:
        self.taps: dict[str, Action[Any]] = {}
        self.texts: dict[str, Payload] = {}
        self.commands: dict[str, Plain] = {}
        self.links: dict[str, Payload] = {}

    def tap(self, name: str) -> Callable[[Handler[P]], Action[P]]:
        """The function answers taps on buttons made by its `.data(...)`; names are short, for they travel along."""

        def add(handler: Handler[P]) -> Action[P]:
            action = Action(name, handler)
            _add(self.taps, name, action)
            return action

        return add

    def text(self, step: str) -> Callable[[Payload], Payload]:
        """The function takes what is typed while the dialogue stands at this step."""
        return lambda handler: _add(self.texts, step, handler)

    def command(self, name: str) -> Callable[[Plain], Plain]:
        """The function answers the command of this name (without its slash)."""
        return lambda handler: _add(self.commands, name, handler)

    def link(self, prefix: str) -> Callable[[Payload], Payload]:
        """The function answers deep links whose payload begins with the prefix; it is given the rest."""
        return lambda handler: _add(self.links, prefix, handler)

    def include(self, other: Router) -> None:
        """Take over another topic's handlers; a name used twice is a ValueError."""
        for mine, theirs in (
            (self.taps, other.taps),
            (self.texts, other.texts),
            (self.commands, other.commands),
            (self.links, other.links),
        ):
            for name, handler in theirs.items():
                _add(typing.cast(dict[str, Any], mine), name, handler)

    async def dispatch(self, talk: Talk, turn: Turn) -> Screen | None:
        """The screen that answers the turn, or None when nobody here knows it.

        Raises UnknownPayload for a button or a link that does not fit.
        """
        if turn.kind is TurnKind.TAP:
            return await self._dispatch_tap(talk, turn.payload)
        if turn.kind is TurnKind.START:
            return await self._dispatch_start(talk, turn.payload)
        return await self._dispatch_text(talk, turn.text.strip())

    async def _dispatch_tap(self, talk: Talk, payload: str) -> Screen:
        name, *packed = payload.split(_SEPARATOR)
        action = self.taps.get(name)
        if action is None:
            raise UnknownPayload(name)
        talk.leave_step()
        return await action.call(talk, packed)

    async def _dispatch_start(self, talk: Talk, payload: str) -> Screen:
        talk.leave_step()
        for prefix, handler in self.links.items():
            if payload.startswith(prefix):
                return await handler(talk, payload.removeprefix(prefix))
        return await self.commands["start"](talk)

    async def _dispatch_text(self, talk: Talk, text: str) -> Screen | None:
        if text.startswith("/"):
            command = self.commands.get(text[1:].split(maxsplit=1)[0].split("@")[0].lower() if text[1:] else "")
            if command is not None:
                talk.leave_step()
                return await command(talk)
            return None
        handler = self.texts.get(talk.dialogue.step)
        return await handler(talk, text) if handler is not None else None


T = typing.TypeVar("T")


def _add(handlers: dict[str, T], name: str, handler: T) -> T:
    if name in handlers:
        raise ValueError(f"two handlers are named {name}")
    handlers[name] = handler
    return handler


def _pack(value: object) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "1" if value else "0"
        case UUID():
            return base64.urlsafe_b64encode(value.bytes).rstrip(b"=").decode()
        case datetime():
            return f"{_within(int(value.timestamp()) // 60, _LAST_DAY * 24 * 60):x}"
        case date():
            return f"{_within(value.toordinal() - _EPOCH_DAY, _LAST_DAY):x}"
        case int():
            return str(_within(value, _LARGEST))
        case str() if _SEPARATOR not in value:
            return value
    raise TypeError(f"a button cannot carry {value!r}")


def _unpack(text: str, wanted: Any) -> Any:
    """The value of the wanted type; ValueError when the text is not one."""
    options = typing.get_args(wanted)
    if type(None) in options:
        if not text:
            return None
        wanted = next(option for option in options if option is not type(None))
    if wanted is UUID:
        return UUID(bytes=base64.urlsafe_b64decode(text + "=="))
    if wanted is datetime:
        return datetime.fromtimestamp(_within(int(text, 16), _LAST_DAY * 24 * 60) * 60, UTC)
    if wanted is date:
        return date.fromordinal(_within(int(text, 16), _LAST_DAY) + _EPOCH_DAY)
    if wanted is bool:
        return text == "1"
    if wanted is int:
        return _within(int(text), _LARGEST)
    return text


def _within(number: int, most: int) -> int:
    if not 0 <= number <= most:
        raise ValueError(f"{number} is not between 0 and {most}")
    return number
