"""Pieces that several screens are put together from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from markupsafe import Markup

from bot.messengers.turn import Button, Row

NEWLINE = Markup("\n")
LABEL = 40
"""More characters than a button shows on a phone."""


def lines(*parts: str | None) -> Markup:
    """The parts that are there, each on a line of its own; plain strings are escaped."""
    return NEWLINE.join(part for part in parts if part)


def paragraphs(*parts: str | None) -> Markup:
    """The parts that are there, set apart by an empty line."""
    return Markup("\n\n").join(part for part in parts if part)


def label(words: str, *, before: str = "", after: str = "") -> str:
    """A label of what is fixed and, in between, people's own words, which give way when it grows too long."""
    room = LABEL - len(before) - len(after)
    return before + (words if len(words) <= room else words[: room - 1].rstrip() + "…") + after


def grid(buttons: Iterable[Button], width: int) -> tuple[Row, ...]:
    """The buttons in rows of `width`."""
    return tuple(_batched(list(buttons), width))


def _batched(buttons: Sequence[Button], width: int) -> Iterator[Row]:
    stream = iter(buttons)
    while row := tuple(islice(stream, width)):
        yield row
