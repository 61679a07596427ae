"""Markup as the platform reads it: plain text and elements with UTF-16 offsets."""

import pytest

from bot.emulator.markup import read_markup
from bot.emulator.model import TextFormat


@pytest.mark.parametrize(
    ("format", "text", "plain", "elements"),
    [
        (None, "<b>*x*</b>", "<b>*x*</b>", []),
        ("html", "a <b>b</b>", "a b", [("strong", 2, 1)]),
        ("html", "🙂<i>x</i>", "🙂x", [("emphasized", 2, 1)]),
        ("html", "<b>a<i>b</i></b>", "ab", [("strong", 0, 2), ("emphasized", 1, 1)]),
        (
            "html",
            "<u>a</u><s>b</s><code>c</code>",
            "abc",
            [("underline", 0, 1), ("strikethrough", 1, 1), ("monospaced", 2, 1)],
        ),
        ("html", "1 &lt; 2 &amp; <p>3</p>", "1 < 2 & 3", []),
        ("html", "<b></b>x<b>y", "xy", []),
        (
            "markdown",
            "**a** _b_ ~~c~~ ++d++",
            "a b c d",
            [("strong", 0, 1), ("emphasized", 2, 1), ("strikethrough", 4, 1), ("underline", 6, 1)],
        ),
        ("markdown", "**a *b* c**", "a b c", [("strong", 0, 5), ("emphasized", 2, 1)]),
        ("markdown", "`*x*`", "*x*", [("monospaced", 0, 3)]),
        ("markdown", r"2 \* 2 * 3", "2 * 2 * 3", []),
    ],
)
def test_styles(format: TextFormat | None, text: str, plain: str, elements: list[tuple[str, int, int]]) -> None:
    read, found = read_markup(text, format)
    assert read == plain
    assert [(element["type"], element["from"], element["length"]) for element in found] == elements


@pytest.mark.parametrize(
    ("format", "text"),
    [
        ("html", 'см. <a href="https://okno.test/?a=1&amp;b=2">тут</a>'),
        ("markdown", "см. [тут](https://okno.test/?a=1&b=2)"),
    ],
)
def test_links(format: TextFormat, text: str) -> None:
    plain, [link] = read_markup(text, format)
    assert plain == "см. тут"
    assert link == {"type": "link", "from": 4, "length": 3, "url": "https://okno.test/?a=1&b=2"}
