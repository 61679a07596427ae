"""What the sources say about texts: which messages they ask for, with which arguments, and their literals."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_VERBS = frozenset({"say", "label", "count"})
# Ids have a dot, which tells them from what `str.count` and SQLAlchemy's `label` take.
_ID = re.compile(r"[a-z][a-z0-9_]*(\.[a-z0-9_]+)+")
_BEGINNING = re.compile(r"[a-z][a-z0-9_]*\.[a-z0-9_.]*")
_QUOTED = re.compile(r"""["'`]([a-z][a-z0-9_.]*)["'`]""")
_CYRILLIC = re.compile(r"[Ѐ-ӿ]")


@dataclass(frozen=True, slots=True)
class Ask:
    """A place in the code that asks for a message by a literal id; `arguments` is None when they come by `**`."""

    verb: str
    msgid: str
    arguments: frozenset[str] | None
    line: int


def asks(source: str) -> Iterator[Ask]:
    """Every `.say("…")`, `.label("…")` and `.count("…")` of a Python source."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Call(func=ast.Attribute(attr=verb), args=[ast.Constant(value=str(msgid)), *_], keywords=keywords):
                if verb in _VERBS and _ID.fullmatch(msgid):
                    names = [keyword.arg for keyword in keywords]
                    given = None if None in names else frozenset(name for name in names if name)
                    yield Ask(verb, msgid, given, node.lineno)


def literals(source: str) -> Iterator[tuple[int, str]]:
    """Every string literal of a Python source with its line, the pieces of f-strings too; docstrings are none."""
    tree = ast.parse(source)
    standing_alone = {node.value for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in standing_alone:
            yield node.lineno, node.value


def composed(source: str) -> Iterator[tuple[int, re.Pattern[str]]]:
    """Every f-string that may put an id together (f"card.{state}.{side}") with its line, as a pattern of such ids."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.JoinedStr) and (pattern := _ids_of(node)):
            yield node.lineno, pattern


def composed_asks(source: str) -> Iterator[tuple[int, re.Pattern[str]]]:
    """Those of `composed` that stand right in a `.say(…)`, `.label(…)` or `.count(…)`."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Call(func=ast.Attribute(attr=verb), args=[ast.JoinedStr() as text, *_]) if verb in _VERBS:
                if pattern := _ids_of(text):
                    yield node.lineno, pattern


def _ids_of(text: ast.JoinedStr) -> re.Pattern[str] | None:
    pieces = [str(piece.value) if isinstance(piece, ast.Constant) else None for piece in text.values]
    if None not in pieces or not pieces[0] or not _BEGINNING.fullmatch(pieces[0]):
        return None
    return re.compile("".join("[a-z0-9_]+" if piece is None else re.escape(piece) for piece in pieces))


def cyrillic_literals(source: str) -> list[tuple[int, str]]:
    """Texts for people that stand in a Python source."""
    return [(line, text) for line, text in literals(source) if _CYRILLIC.search(text)]


def quoted(text: str) -> set[str]:
    """Words in quotation marks that may be ids, in a template or a script."""
    return set(_QUOTED.findall(text))


def files(root: Path, *folders: str, suffixes: tuple[str, ...] = (".py",)) -> list[Path]:
    """The files with these suffixes under the folders of the root."""
    return sorted(
        path for folder in folders for path in (root / folder).rglob("*") if path.suffix in suffixes and path.is_file()
    )
