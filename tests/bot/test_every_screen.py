"""Every screen that can be reached by tapping, in both languages: no dead end, nothing that should not be shown."""

from __future__ import annotations

import re
from collections import Counter, deque
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from typing import Any

import pytest

from core.booking.models import MeetingType
from core.locales.catalogue import load
from tests.bot.stage import Actor, Stage
from tests.people import Host

pytestmark = pytest.mark.slow  # hundreds of taps

MOST_TAPS = 160
OF_ONE_KIND = 2
"""Buttons of one handler that are tapped: dozens of days and times lead to screens that are alike."""
DECISIONS = {"rc", "ro", "rx", "ex", "lx"}
"""Handlers that end something: their buttons come last, or the questions before them would not be seen."""
LONGEST_LABEL = 40
LONGEST_PLAIN_LABEL = 20

WAYS_BACK = {"ru": {"Назад", "Главное меню", "Оставить"}, "en": {"Back", "Main menu", "Keep"}}
# What stands in the one language on purpose when the other is spoken.
FOREIGN = {
    "ru": r"https?://\S+|/[a-z]+\b|\bQR\b|\bEnglish\b|\bUTC\b",
    "en": r"\bРусский\b",
}
LETTERS_OF_THE_OTHER = {"ru": re.compile(r"[A-Za-z]{2,}"), "en": re.compile(r"[А-Яа-яЁё]+")}
MSGID = re.compile(r"\b[a-z_]+\.[a-z_]+(\.[a-z_]+)*\b")
BROKEN = {"ru": "Что-то сломалось", "en": "Something broke"}
LONG_NAME = "Константин Константинович Константинопольский-Задунайский"
TITLE = "Подробный разбор портфолио и резюме с домашним заданием"
SENSELESS = "ъыъ"
OWN_WORDS = ("Павел Смирнов", "Вера Ли", "Анна Петрова", LONG_NAME, TITLE, SENSELESS)
# People's own words are not translated; a button may show the beginning alone.
THEIRS = re.compile(
    "|".join(
        f"{re.escape(words[:9])}[{re.escape(words[9:])}]*" if words[9:] else re.escape(words) for words in OWN_WORDS
    )
)


@cache
def _plain_texts(locale: str) -> frozenset[str]:
    return frozenset(text for text in load(locale).texts.values() if "{" not in text)


@dataclass
class Crawl:
    """Taps whatever is shown to one person, the nearest first."""

    actor: Actor
    locale: str
    tapped: set[str] = field(default_factory=set)
    kinds: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    _ahead: deque[dict[str, Any]] = field(default_factory=deque)
    _last: deque[dict[str, Any]] = field(default_factory=deque)

    async def says(self, *words: str) -> None:
        for text in words:
            await self.actor.says(text)
            self._look(f"after {text!r}")

    async def opens(self, payload: str) -> None:
        await self.actor.open(payload)
        self._look(f"after the link {payload}")

    async def go(self) -> None:
        """Tap until nothing is new, or enough is seen."""
        while (self._ahead or self._last) and len(self.tapped) < MOST_TAPS:
            button = (self._ahead or self._last).popleft()
            kind = button["payload"].split(":")[0]
            if button["payload"] in self.tapped or self.kinds[kind] >= OF_ONE_KIND:
                continue
            self.tapped.add(button["payload"])
            self.kinds[kind] += 1
            await self._press(button)
            self._look(f"after «{button['text']}» ({button['payload']})")
            if self.kinds[kind] == 1:
                await self.says(SENSELESS)

    async def _press(self, button: dict[str, Any]) -> None:
        """A button that some message had, on the message that is shown now."""
        heard = len(self.actor.heard)
        message = self.actor.messages[-1]
        message.rows[:] = [[button]]
        self.actor.tap_at(message, 0, 0)
        await self.actor.until(lambda: len(self.actor.heard) > heard, f"gets no answer to {button}")

    def _look(self, where: str) -> None:
        labels = self.actor.buttons
        for problem in (*self._problems_of_ways(labels), *self._problems_of_texts(labels)):
            self.wrong.append(f"{where}: {problem}\n{self.actor.screen}\n{labels}")
        for button in (button for row in self.actor.shown.rows for button in row):
            kind = button.get("payload", "").split(":")[0]
            if button["type"] == "callback" and kind != "tl":  # the other language has a test of its own
                (self._last if kind in DECISIONS else self._ahead).append(button)

    def _problems_of_ways(self, labels: list[str]) -> list[str]:
        payloads = {button.get("payload") for row in self.actor.shown.rows for button in row}
        is_menu = "t" in payloads
        is_first_screen = {"Верно", "Right"} & set(labels) and not self.tapped
        problems = []
        if not (WAYS_BACK[self.locale] & set(labels) or is_menu or is_first_screen):
            problems.append("no way back")
        if not any(button["type"] == "callback" for row in self.actor.shown.rows for button in row):
            problems.append("nothing to tap")
        return problems

    def _problems_of_texts(self, labels: list[str]) -> list[str]:
        problems = []
        plain = _plain_texts(self.locale)
        for text in (self.actor.screen, *labels, *self.actor.notes):
            ours = re.sub(FOREIGN[self.locale], "", THEIRS.sub("", text))
            if found := LETTERS_OF_THE_OTHER[self.locale].search(ours):
                problems.append(f"not of this language: {found[0]}")
            if found := MSGID.search(re.sub(r"https?://\S+", "", text)):
                problems.append(f"a message id: {found[0]}")
            if BROKEN[self.locale] in text:
                problems.append("something broke")
            if "{" in text or "</" in text:
                problems.append("a template shows through")
        too_long = [text for text in labels if len(text) > (LONGEST_PLAIN_LABEL if text in plain else LONGEST_LABEL)]
        return [*problems, *(f"a label of {len(text)} characters: {text}" for text in too_long)]


async def furnish(stage: Stage, locale: str) -> tuple[Actor, Host, Actor]:
    """Pavel with a kind of meeting, requests and a meeting; Anna who asked for some of it; another host."""
    pavel, host = await stage.host(locale=locale)
    anna = stage.person("Анна", "Петрова", locale=locale)
    ask, confirm = {"ru": ("Попросить о встрече", "Подтвердить"), "en": ("Ask to meet", "Confirm")}[locale]
    for name, number in ((None, 0), (LONG_NAME, 2), (None, 4)):
        guest = stage.person(name, locale=locale) if name else anna
        await guest.open(stage.payload(host))
        await guest.taps(guest.buttons[number], ask)
        await pavel.sees(guest.name)
        if number == 0:
            await pavel.taps(confirm)
    async with stage.database.session() as session:
        session.add(MeetingType(owner_id=host.user.id, title=TITLE, durations=[45, 90], created_at=stage.clock.now()))
    return pavel, host, anna


@pytest.mark.parametrize("locale", ["ru", "en"])
async def test_everything_a_host_can_tap(stage: Stage, locale: str) -> None:
    pavel, host, _ = await furnish(stage, locale)
    _, another = await stage.host("Вера", "Ли", locale=locale)
    crawl = Crawl(pavel, locale)
    await crawl.says("/menu", "/link", "/today", "/week", "/settings", "/help", "/start", SENSELESS, "/nonsense")
    for payload in (stage.payload(another), stage.payload(host), "s_AAAAAAAAAAAAAAAAAAAAAA"):
        await crawl.opens(payload)
    await crawl.go()
    assert not crawl.wrong, "\n\n".join(crawl.wrong[:10])
    assert {"m", "l", "lq", "lr", "lx", "w", "y", "e", "ec", "ex", "r", "rc", "rd", "rx", "ro"} <= set(crawl.kinds)
    assert {"k", "kd", "kl", "kb", "kw", "t", "zq", "hq", "h", "ho", "dq", "d", "do"} <= set(crawl.kinds)


@pytest.mark.parametrize("locale", ["ru", "en"])
async def test_everything_a_guest_can_tap(stage: Stage, locale: str) -> None:
    _, host, anna = await furnish(stage, locale)
    crawl = Crawl(anna, locale)
    await crawl.says("/menu", "/start", "/today", "/week", "/settings", "/help", SENSELESS)
    await crawl.opens(stage.payload(host))
    await crawl.go()
    assert not crawl.wrong, "\n\n".join(crawl.wrong[:10])
    assert {"m", "w", "y", "e", "ec", "ex", "t", "zq", "s", "z"} <= set(crawl.kinds)
    assert {"b", "bt", "bd", "bh", "bp", "bq", "br"} <= set(crawl.kinds)


@pytest.mark.parametrize("locale", ["ru", "en"])
async def test_everything_a_newcomer_can_tap(stage: Stage, locale: str) -> None:
    vera = stage.person("Вера", "Ли", locale=locale)
    crawl = Crawl(vera, locale)
    await vera.open()
    crawl._look("at first")
    await crawl.go()
    assert not crawl.wrong, "\n\n".join(crawl.wrong[:10])
    assert {"s", "z", "zq", "h", "hq", "ho", "d", "dq", "do", "m", "l"} <= set(crawl.kinds)


@pytest.mark.parametrize("locale", ["ru", "en"])
async def test_everything_that_is_told_unasked(stage: Stage, locale: str) -> None:
    """Cards in every state, reminders, wishes for another time."""
    pavel, _, anna = await furnish(stage, locale)
    crawls = [Crawl(pavel, locale), Crawl(anna, locale)]
    await pavel.says("/menu")
    await pavel.taps("Запросы…" if locale == "ru" else "Requests…")
    await pavel.taps(pavel.buttons[1], "Другое время" if locale == "ru" else "Other time")
    await anna.until(lambda: "14:00–14:30" in anna.screen and len(anna.buttons) > 4, "sees no other times")
    for crawl in crawls:
        crawl._look("another time")
    await stage.passes(timedelta(hours=2))
    for crawl in crawls:
        crawl._look("a reminder")
    await stage.passes(timedelta(hours=3))
    for crawl in crawls:
        crawl._look("an expiry")
        await crawl.says("/today")
        await crawl.go()
        assert not crawl.wrong, "\n\n".join(crawl.wrong[:10])
