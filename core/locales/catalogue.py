"""The texts for people, by language: gettext catalogues, read straight from their .po files.

Message ids are symbolic ("booking.request.sent"); Russian is the original, English its equal. There is no compiled
form beside the .po: reading one of four hundred entries takes a few milliseconds.
"""

from __future__ import annotations

import gettext
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from babel.messages.pofile import read_po

LANGUAGES = ("ru", "en")
DEFAULT_LANGUAGE = "ru"


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The templates of one language. `form` tells which plural form a number takes, by the catalogue's header."""

    language: str
    texts: Mapping[str, str]
    plurals: Mapping[str, tuple[str, ...]]
    form: Callable[[int], int]

    def text(self, msgid: str) -> str:
        """The template of a message; KeyError when there is none, or when it needs a number."""
        return self.texts[msgid]

    def plural(self, msgid: str, n: int) -> str:
        """The template of a counted message in the form that `n` takes; KeyError when there is none."""
        return self.plurals[msgid][self.form(n)]


def path_of(language: str) -> Path:
    """Where the catalogue of a language stands."""
    return Path(__file__).parent / language / "okno.po"


@cache
def load(language: str) -> Catalogue:
    """The catalogue of one of LANGUAGES, read once. Raises OSError or Babel's PoFileError when it cannot be.

    Entries without a translation are left out, so that asking for one fails at once instead of showing nothing.
    """
    with path_of(language).open("rb") as file:
        entries = read_po(file, abort_invalid=True)
    texts: dict[str, str] = {}
    plurals: dict[str, tuple[str, ...]] = {}
    for entry in entries:
        if not entry.id or not entry.string:
            continue
        if isinstance(entry.id, str) and isinstance(entry.string, str):
            texts[entry.id] = entry.string
        elif all(entry.string):
            plurals[entry.id[0]] = tuple(entry.string)
    return Catalogue(language, texts, plurals, gettext.c2py(entries.plural_expr))
