"""Both catalogues are complete and alike, and the code and they know the same messages."""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from string import Formatter

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po

from core.locales.catalogue import DEFAULT_LANGUAGE, LANGUAGES, Catalogue, load, path_of
from tests.core.locales.source_texts import (
    Ask,
    asks,
    composed,
    composed_asks,
    cyrillic_literals,
    files,
    literals,
    quoted,
)

ROOT = Path(__file__).parents[3]

# Where a text for people could slip into the code.
SPEAKING = ("core", "bot/dialogs", "bot/messengers", "webapp")
# Sources that hold Russian by their nature, each with its reason.
RUSSIAN_BY_NATURE = {
    "core/availability/phrases.py": "reads hours and lengths as people type them",
}

# Ids that the code puts together otherwise than by an f-string: all that begin so count as used.
COMPOSED: tuple[str, ...] = ()

TAGS = {"b": set[str](), "i": set[str](), "a": {"href"}}
# Words of the code that people should not meet (any ending).
UNWANTED = {
    "ru": r"слот|юзер|бронирован|таймзон|митинг|осуществ|данн(ый|ая|ое|ого|ой|ому|ым|ом)\b",
    "en": r"\bslots?\b|\busers?\b|\btimezones?\b",
}


def entries(language: str) -> Catalog:
    with path_of(language).open("rb") as file:
        return read_po(file, abort_invalid=True)


def messages(language: str) -> Iterator[Message]:
    return (message for message in entries(language) if message.id)


def key(message: Message) -> str:
    return message.id if isinstance(message.id, str) else message.id[0]


def forms(message: Message) -> tuple[str, ...]:
    return (message.string,) if isinstance(message.string, str) else tuple(message.string or ("",))


def placeholders(template: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(template) if name is not None}


def arguments_of(catalogue: Catalogue, msgid: str) -> set[str]:
    templates = catalogue.plurals[msgid] if msgid in catalogue.plurals else (catalogue.texts[msgid],)
    return set().union(*map(placeholders, templates))


class Markings(HTMLParser):
    """Collects a template's tags, and what is wrong with them."""

    def __init__(self, template: str) -> None:
        super().__init__()
        self.tags: Counter[str] = Counter()
        self.faults: list[str] = []
        self._open: list[str] = []
        self.feed(template)
        self.close()
        self.faults += [f"<{tag}> is not closed" for tag in self._open]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        self._open.append(tag)
        if tag not in TAGS or {name for name, _ in attrs} != TAGS[tag]:
            self.faults.append(f"<{tag}> with {attrs} is not a tag of ours")

    def handle_endtag(self, tag: str) -> None:
        if not self._open or self._open.pop() != tag:
            self.faults.append(f"</{tag}> closes nothing")


def all_asks() -> list[tuple[Path, Ask]]:
    paths = files(ROOT, "core", "bot", "webapp")
    return [(path.relative_to(ROOT), ask) for path in paths for ask in asks(path.read_text(encoding="utf-8"))]


def test_both_languages_have_the_same_messages() -> None:
    known = {language: load(language) for language in LANGUAGES}
    original = known[DEFAULT_LANGUAGE]
    for language in LANGUAGES:
        assert known[language].texts.keys() == original.texts.keys(), language
        assert known[language].plurals.keys() == original.plurals.keys(), language
    assert original.texts


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_entry_is_whole(language: str) -> None:
    catalogue = entries(language)
    for message in messages(language):
        assert all(forms(message)), f"{key(message)} is empty"
        assert not message.fuzzy, f"{key(message)} is fuzzy"
        if message.pluralizable:
            assert message.id == (key(message), key(message)), f"{key(message)}: msgid and msgid_plural differ"
            assert len(forms(message)) == catalogue.num_plurals, f"{key(message)} lacks a plural form"
    assert not catalogue.obsolete


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_id_stands_twice(language: str) -> None:
    ids = re.findall(r'^msgid "(.+)"$', path_of(language).read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert [msgid for msgid, times in Counter(ids).items() if times > 1] == []
    assert len(ids) == len(list(messages(language)))


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_header_names_its_language_and_all_its_plural_forms(language: str) -> None:
    assert str(entries(language).locale) == language
    assert {load(language).form(n) for n in range(200)} == set(range(entries(language).num_plurals))


def test_every_translation_takes_the_same_arguments() -> None:
    original, *others = (load(language) for language in LANGUAGES)
    for msgid in (*original.texts, *original.plurals):
        for other in others:
            assert arguments_of(other, msgid) == arguments_of(original, msgid), msgid


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_plural_form_takes_the_same_arguments(language: str) -> None:
    for msgid, templates in load(language).plurals.items():
        wanted = arguments_of(load(language), msgid) - {"n"}  # «одна встреча» may go without its number
        for template in templates:
            assert placeholders(template) - {"n"} == wanted, msgid


@pytest.mark.parametrize("language", LANGUAGES)
def test_arguments_are_plain_names(language: str) -> None:
    for message in messages(language):
        for template in forms(message):
            assert all(re.fullmatch(r"[a-z][a-z0-9_]*", name) for name in placeholders(template)), key(message)


def test_tags_are_ours_closed_and_the_same_in_both_languages() -> None:
    tags: dict[str, list[Counter[str]]] = {}
    for language in LANGUAGES:
        for message in messages(language):
            for template in forms(message):
                marked = Markings(template)
                assert marked.faults == [], f"{language}: {key(message)}"
                tags.setdefault(key(message), []).append(marked.tags)
    for msgid, found in tags.items():
        assert all(each == found[0] for each in found), f"{msgid} has other tags in another language or form"


@pytest.mark.parametrize("language", LANGUAGES)
def test_people_do_not_meet_the_words_of_the_code(language: str) -> None:
    for message in messages(language):
        for template in forms(message):
            bare = re.sub(r"\{.*?\}|<.*?>", "", template)
            found = re.search(UNWANTED[language], bare, flags=re.IGNORECASE)
            assert found is None, f"{key(message)}: {found}"


@pytest.mark.parametrize("folder", SPEAKING)
def test_no_russian_stands_in_the_code(folder: str) -> None:
    found = {
        f"{path.relative_to(ROOT)}:{line}": text
        for path in files(ROOT, folder)
        if str(path.relative_to(ROOT)) not in RUSSIAN_BY_NATURE
        for line, text in cyrillic_literals(path.read_text(encoding="utf-8"))
    }
    assert found == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_message_the_code_asks_for_exists(language: str) -> None:
    catalogue = load(language)
    found = all_asks()
    assert found, "the code asks for nothing: is the scan broken?"
    assert [
        f"{path}:{ask.line}: .{ask.verb}({ask.msgid!r})"
        for path, ask in found
        if ask.msgid not in (catalogue.plurals if ask.verb == "count" else catalogue.texts)
    ] == []


def test_every_id_the_code_puts_together_may_exist() -> None:
    known = (*load(DEFAULT_LANGUAGE).texts, *load(DEFAULT_LANGUAGE).plurals)
    assert [
        f"{path.relative_to(ROOT)}:{line}: {pattern.pattern}"
        for path in files(ROOT, "core", "bot", "webapp")
        for line, pattern in composed_asks(path.read_text(encoding="utf-8"))
        if not any(map(pattern.fullmatch, known))
    ] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_code_gives_every_argument(language: str) -> None:
    catalogue = load(language)
    lacking = {}
    for path, ask in all_asks():
        if ask.arguments is not None and (ask.msgid in catalogue.texts or ask.msgid in catalogue.plurals):
            given = ask.arguments | ({"n"} if ask.verb == "count" else set())
            lacking[f"{path}:{ask.line}: {ask.msgid}"] = arguments_of(catalogue, ask.msgid) - given
    assert {place: names for place, names in lacking.items() if names} == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_labels_have_no_tags(language: str) -> None:
    catalogue = load(language)
    assert [
        f"{path}:{ask.line}: {ask.msgid}"
        for path, ask in all_asks()
        if ask.verb == "label" and Markings(catalogue.texts.get(ask.msgid, "")).tags
    ] == []


def test_every_message_is_used() -> None:
    used: set[str] = set()
    families: list[re.Pattern[str]] = []
    for path in files(ROOT, "core", "bot", "webapp"):
        source = path.read_text(encoding="utf-8")
        used.update(text for _, text in literals(source))
        families += [pattern for _, pattern in composed(source)]
    for path in files(ROOT, "webapp", suffixes=(".html", ".js", ".mjs")):
        used |= quoted(path.read_text(encoding="utf-8"))
    catalogue = load(DEFAULT_LANGUAGE)
    unused = [msgid for msgid in (*catalogue.texts, *catalogue.plurals) if msgid not in used]
    unused = [msgid for msgid in unused if not any(family.fullmatch(msgid) for family in families)]
    assert [msgid for msgid in unused if not msgid.startswith(COMPOSED)] == []


def test_a_catalogue_of_four_hundred_messages_is_read_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    header = path_of("ru").read_text(encoding="utf-8").split("\n\n", 1)[0]
    text = "Запрос отправлен, <b>{time}</b> за вами до завтра. Сообщу, как только {name} ответит."
    body = "\n\n".join(f'msgid "text.of.many.{n}"\nmsgstr "{text}"' for n in range(400))
    path = tmp_path / "okno.po"
    path.write_text(f"{header}\n\n{body}\n", encoding="utf-8")
    monkeypatch.setattr("core.locales.catalogue.path_of", lambda _: path)
    begun = time.process_time()
    catalogue = load.__wrapped__("ru")
    assert time.process_time() - begun < 0.075  # it takes some 5 ms; both at startup have 150
    assert len(catalogue.texts) == 400


def test_an_entry_without_a_translation_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "okno.po"
    header = path_of("ru").read_text(encoding="utf-8").split("\n\n", 1)[0]
    path.write_text(f'{header}\n\nmsgid "a.b"\nmsgstr ""\n\nmsgid "a.c"\nmsgstr "c"\n', encoding="utf-8")
    monkeypatch.setattr("core.locales.catalogue.path_of", lambda _: path)
    catalogue = load.__wrapped__("ru")
    assert catalogue.text("a.c") == "c"
    with pytest.raises(KeyError):
        catalogue.text("a.b")


SAMPLE = '''
"""Докстрока."""
class Order:
    """Докстрока."""
    state: str
    """Докстрока атрибута."""
    def show(self, reader, name, extra):  # комментарий
        "abc".count("b")
        column.label("total")
        reader.say("order.shown", name=f"Имя {name}", time="15:00")
        self.reader.count("order.seats", 3, **extra)
        return reader.label("order.button")
'''


def test_the_scan_sees_what_is_asked_for() -> None:
    assert list(asks(SAMPLE)) == [
        Ask("say", "order.shown", frozenset({"name", "time"}), 10),
        Ask("count", "order.seats", None, 11),
        Ask("label", "order.button", frozenset(), 12),
    ]


def test_the_scan_tells_texts_from_docstrings() -> None:
    assert cyrillic_literals(SAMPLE) == [(10, "Имя ")]


def test_the_scan_sees_ids_put_together() -> None:
    [(line, pattern)] = composed('say(f"card.{state}.{side}")\nsay(f"{a}.b")\nsay(f"Hello {name}")\nsay(f"card.x")')
    assert line == 1
    assert pattern.fullmatch("card.confirmed.host")
    assert not pattern.fullmatch("card.confirmed")
    assert not pattern.fullmatch("card.confirmed.host.short")


def test_the_scan_tells_asking_from_other_strings() -> None:
    source = 'key = f"other.{x}"\nreader.label(f"card.{state}")\nreader.say(name)'
    assert [(line, pattern.pattern) for line, pattern in composed_asks(source)] == [(2, r"card\.[a-z0-9_]+")]


def test_the_scan_reads_templates() -> None:
    assert quoted("{{ reader.say('web.title') }} <b class=\"x\">") == {"web.title", "x"}


@pytest.mark.parametrize("template", ["<b>x", "x</b>", "<b><i>x</b></i>", "<u>x</u>", "<b id='1'>x</b>", "<a>x</a>"])
def test_wrong_tags_are_seen(template: str) -> None:
    assert Markings(template).faults
    assert not Markings('<b>x</b> <a href="{url}">y</a> a < b').faults
