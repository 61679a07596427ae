"""Screens that are too wide or too long are made to fit without being broken."""

from __future__ import annotations

from html.parser import HTMLParser
from itertools import chain

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markupsafe import Markup

from bot.messengers.layout import ELLIPSIS, fit_line, fit_markup, fit_rows
from bot.messengers.turn import Button, Capabilities, OpenLink, Row, Tap

SMALL = Capabilities(
    text_length=100, rows=4, row_width=3, special_row_width=2, buttons=9, button_text=10, payload_bytes=8
)


def taps(count: int) -> Row:
    return tuple(Tap(str(number), str(number)) for number in range(count))


LINK = OpenLink("Сайт", "https://example.org")


@pytest.mark.parametrize(
    ("rows", "widths"),
    [
        ((), []),
        (((), taps(1), ()), [1]),
        ((taps(3), taps(2)), [3, 2]),
        ((taps(4),), [2, 2]),
        ((taps(7),), [2, 2, 3]),
        (((LINK, LINK),), [2]),
        (((*taps(2), LINK),), [1, 2]),
    ],
)
def test_rows_are_split_evenly_where_they_are_too_wide(rows: tuple[Row, ...], widths: list[int]) -> None:
    fitting = fit_rows(rows, SMALL)
    assert [len(row) for row in fitting] == widths
    assert list(chain(*fitting)) == list(chain(*rows)), "no button is lost or moved"


@pytest.mark.parametrize(
    "rows",
    [
        (taps(1),) * 5,
        (taps(3), taps(3), taps(3), taps(1)),
        ((Tap("Да", "123456789"),),),
        ((Tap("Да", "пятеро"),),),
    ],
)
def test_what_cannot_be_shown_is_a_programming_error(rows: tuple[Row, ...]) -> None:
    with pytest.raises(ValueError, match="button"):
        fit_rows(rows, SMALL)


@settings(deadline=None)  # a busy machine is no failure
@given(st.lists(st.lists(st.sampled_from([*taps(2), LINK]), max_size=8).map(tuple), max_size=8))
def test_split_rows_are_never_too_wide(rows: list[tuple[Button, ...]]) -> None:
    roomy = Capabilities(
        text_length=1, rows=99, row_width=3, special_row_width=2, buttons=99, button_text=1, payload_bytes=8
    )
    for row in fit_rows(rows, roomy):
        plain = all(isinstance(button, Tap) for button in row)
        assert 1 <= len(row) <= (3 if plain else 2) or (not plain and len(row) <= 2)


@pytest.mark.parametrize(
    ("text", "length", "expected"),
    [
        ("Коротко", 7, "Коротко"),
        ("Павел просит о встрече", 21, "Павел просит о…"),
        ("Павел просит о встрече", 22, "Павел просит о встрече"),
        ("<b>Павел</b> просит о встрече", 20, "<b>Павел</b> просит…"),
        ("<b>Павел просит</b>", 18, "<b>Павел…</b>"),
        ("<a href='x'><b>Павел просит</b></a>", 34, "<a href='x'><b>Павел…</b></a>"),
        ("Раз &amp; два", 9, "Раз…"),
        ("Раз &amp;два", 9, "Раз…"),
        ("Раз\nдва", 5, "Раз…"),
        ("😀😀😀", 5, "😀😀…"),
        ("Раздватри", 5, "Разд…"),
    ],
)
def test_a_long_text_is_cut_at_a_word(text: str, length: int, expected: str) -> None:
    assert fit_markup(Markup(text), length) == expected  # noqa: S704 (the test's own texts)


def test_a_word_longer_than_the_search_is_cut_where_it_stands() -> None:
    assert fit_markup(Markup("да ") + "а" * 500, 400) == "да " + "а" * 396 + ELLIPSIS


def test_text_that_is_no_markup_is_escaped() -> None:
    assert fit_markup("a < b", 100) == "a &lt; b"  # type: ignore[arg-type]


class Balance(HTMLParser):
    """Checks that tags close in the order they opened."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, _: list[tuple[str, str | None]]) -> None:
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


pieces = st.recursive(
    st.text("абв  \n😀&<>\"'", max_size=30).map(Markup.escape),
    lambda inner: st.builds(
        lambda tag, parts: tag.format(Markup().join(parts)),
        st.sampled_from(
            [Markup("<b>{}</b>"), Markup("<i>{}</i>"), Markup("<a href='https://example.org/?a&amp;b'>{}</a>")]
        ),
        st.lists(inner, max_size=4),
    ),
    max_leaves=12,
)


@settings(deadline=None)  # a busy machine is no failure
@given(st.lists(pieces, max_size=5).map(Markup().join), st.integers(1, 150))
def test_a_cut_text_fits_and_stays_whole_markup(text: Markup, length: int) -> None:
    cut = fit_markup(text, length)
    assert len(cut.encode("utf-16-le")) // 2 <= length
    balance = Balance()
    balance.feed(cut)
    balance.close()
    assert balance.open == []
    plain = Markup(cut).striptags()  # noqa: S704 (built from escaped parts)
    if cut != text:
        assert cut.rstrip("</abi>").endswith(ELLIPSIS)
        assert "".join(text.striptags().split()).startswith("".join(plain.removesuffix(ELLIPSIS).split()))


@pytest.mark.parametrize(("text", "expected"), [("Да", "Да"), ("а" * 10, "а" * 10), ("Да, отменить", "Да, отмен…")])
def test_a_long_line_is_cut(text: str, expected: str) -> None:
    assert fit_line(text, 10) == expected
