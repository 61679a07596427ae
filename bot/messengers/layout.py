"""Fitting a screen into what a messenger can show: rows not too wide, texts not too long, markup kept whole."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from math import ceil

from markupsafe import Markup, escape

from bot.messengers.turn import Capabilities, Row, Tap

ELLIPSIS = "…"
WORD_SEARCH = 100
"""How far back from the cut, in symbols, a word's end is looked for; a longer "word" is cut where it stands."""

_TOKEN = re.compile(r"<(?P<closing>/?)(?P<tag>[a-zA-Z]+)[^>]*>|&[#\w]+;|.", re.DOTALL)


def fit_rows(rows: Sequence[Row], capabilities: Capabilities) -> list[Row]:
    """The rows with every one that is too wide split into even ones; empty rows are left out.

    Raises ValueError when they cannot be shown: too many rows or buttons, or a tap's data too long. Such a screen
    is a programming error, and a dialogue has to page before it comes to this.
    """
    fitting = [part for row in rows if row for part in _split(row, capabilities)]
    buttons = sum(map(len, fitting))
    if len(fitting) > capabilities.rows or buttons > capabilities.buttons:
        raise ValueError(f"{buttons} buttons in {len(fitting)} rows are more than the messenger shows")
    for button in (button for row in fitting for button in row):
        if isinstance(button, Tap) and len(button.data.encode()) > capabilities.payload_bytes:
            raise ValueError(f"a button's data is longer than {capabilities.payload_bytes} bytes: {button.data}")
    return fitting


def _split(row: Row, capabilities: Capabilities) -> list[Row]:
    plain = all(isinstance(button, Tap) for button in row)
    width = capabilities.row_width if plain else capabilities.special_row_width
    parts = ceil(len(row) / width)
    ends = [len(row) * part // parts for part in range(parts + 1)]
    return [row[start:end] for start, end in pairwise(ends)]


def fit_markup(text: Markup, length: int) -> str:
    """The text, cut to `length` units of UTF-16 (as messengers count) at a word's end, its tags closed.

    Tags and entities count in full, which is on the safe side whether the messenger counts before or after it
    reads them. A plain `str` that strayed in here is escaped.
    """
    whole = str(escape(text))
    if _units(whole) <= length:
        return whole
    tokens = list(_TOKEN.finditer(whole))
    closings = _closings(tokens, length - _units(ELLIPSIS))
    end = _word_end(tokens, len(closings) - 1)
    return "".join(token[0] for token in tokens[:end]).rstrip() + ELLIPSIS + closings[end]


def _closings(tokens: Sequence[re.Match[str]], length: int) -> list[str]:
    """The tags to close after no token, one, two … as far as that fits into `length`."""
    closings = [""]
    open_tags: list[str] = []
    used = 0
    for token in tokens:
        if token["closing"]:
            if open_tags[-1:] == [token["tag"]]:
                open_tags.pop()
        elif token["tag"]:
            open_tags.append(token["tag"])
        used += _units(token[0])
        closing = "".join(f"</{tag}>" for tag in reversed(open_tags))
        if used + len(closing) > length:
            break
        closings.append(closing)
    return closings


def _word_end(tokens: Sequence[re.Match[str]], most: int) -> int:
    """How many tokens to keep, `most` at most, to end with a whole word if one ends not too far back."""
    ends = range(most, max(most - WORD_SEARCH, 0), -1)
    return next((end for end in ends if tokens[end][0].isspace()), most)


def fit_line(text: str, length: int) -> str:
    """Plain text, cut to `length` symbols."""
    return text if len(text) <= length else text[: length - 1].rstrip() + ELLIPSIS


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2
