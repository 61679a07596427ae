"""Text with markup, read the way the platform reads it: plain text plus elements with UTF-16 offsets.

HTML and Markdown as described at dev.max.ru/docs-api ("Text formatting"): bold, italic, underline, strikethrough,
code, links, headings, highlights and quotes. What is no markup stays as it was written.
"""

from __future__ import annotations

import re
from html.parser import HTMLParser

from bot.emulator.model import Json, TextFormat

HTML_STYLES = {
    "b": "strong",
    "strong": "strong",
    "i": "emphasized",
    "em": "emphasized",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "del": "strikethrough",
    "code": "monospaced",
    "pre": "monospaced",
    "mark": "highlighted",
    "h1": "heading",
    "blockquote": "quote",
    "a": "link",
}

# The longer marks first: ** is not two times *.
MARKDOWN_PAIRS = (
    ("**", "strong"),
    ("__", "strong"),
    ("~~", "strikethrough"),
    ("++", "underline"),
    ("^^", "highlighted"),
    ("`", "monospaced"),
    ("*", "emphasized"),
    ("_", "emphasized"),
)
MARKDOWN = re.compile(
    r"\\(?P<escaped>[\\*_~+^`\[\]])"
    r"|\[(?P<label>[^\]]+)\]\((?P<url>[^)\s]+)\)"
    r"|(?P<mark>\*\*|__|~~|\+\+|\^\^|`|\*|_)(?P<inside>(?=\S).+?(?<=\S))(?P=mark)",
    re.DOTALL,
)


class Marked:
    """Plain text growing from left to right, and the elements found in it."""

    def __init__(self) -> None:
        self.text = ""
        self.elements: list[Json] = []

    @property
    def length(self) -> int:
        """In UTF-16 units, as the platform counts."""
        return len(self.text.encode("utf-16-le")) // 2

    def close(self, style: str, start: int, url: str | None = None) -> None:
        """Note that everything since `start` has this style."""
        if self.length > start:
            element: Json = {"from": start, "length": self.length - start, "type": style}
            if style == "link":
                element["url"] = url or ""
            self.elements.append(element)


def read_markup(text: str, format: TextFormat | None) -> tuple[str, list[Json]]:
    """The plain text, and its markup elements `{"type", "from", "length", "url"?}` in order of place."""
    marked = Marked()
    if format == "html":
        reader = HtmlReader(marked)
        reader.feed(text)
        reader.close()
    elif format == "markdown":
        read_markdown(text, marked)
    else:
        marked.text = text
    marked.elements.sort(key=lambda element: (element["from"], -element["length"]))
    return marked.text, marked.elements


class HtmlReader(HTMLParser):
    """Reads the HTML subset; unknown tags are dropped, their text stays."""

    def __init__(self, marked: Marked) -> None:
        super().__init__(convert_charrefs=True)
        self._marked = marked
        self._open: list[tuple[str, int, str | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "br":
            self._marked.text += "\n"
        elif tag in HTML_STYLES:
            self._open.append((tag, self._marked.length, dict(attrs).get("href")))

    def handle_endtag(self, tag: str) -> None:
        for place in reversed(range(len(self._open))):
            opened, start, url = self._open[place]
            if opened == tag:
                del self._open[place]
                self._marked.close(HTML_STYLES[tag], start, url)
                return

    def handle_data(self, data: str) -> None:
        self._marked.text += data


def read_markdown(text: str, marked: Marked) -> None:
    """Append Markdown to `marked`."""
    styles = dict(MARKDOWN_PAIRS)
    position = 0
    for match in MARKDOWN.finditer(text):
        marked.text += text[position : match.start()]
        position = match.end()
        start = marked.length
        if match["escaped"]:
            marked.text += match["escaped"]
        elif match["label"]:
            read_markdown(match["label"], marked)
            marked.close("link", start, match["url"])
        elif match["mark"] == "`":
            marked.text += match["inside"]
            marked.close("monospaced", start)
        else:
            read_markdown(match["inside"], marked)
            marked.close(styles[match["mark"]], start)
    marked.text += text[position:]
