"""The neutral words between a messenger and the dialogues.

A messenger turns an update of its own protocol into a `Turn`; a dialogue answers with a `Screen`; the messenger shows
the screen its own way. Neither side knows the other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

from markupsafe import Markup


@dataclass(frozen=True, slots=True)
class Person:
    """Who speaks, as the messenger knows them; `external_id` is the messenger's own id."""

    external_id: str
    name: str
    username: str | None = None
    locale: str | None = None


class TurnKind(StrEnum):
    START = "start"
    """The bot was opened; `payload` is the deep link's, or empty."""
    TEXT = "text"
    """Something was typed (or sent that is not text: then `text` is empty)."""
    TAP = "tap"
    """A button was tapped; `payload` is the button's data."""
    STOPPED = "stopped"
    """The person stopped the bot: nothing may be sent to them until they start it again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One thing a person did, whichever messenger it came from."""

    channel: str
    person: Person
    kind: TurnKind
    text: str = ""
    payload: str = ""
    message_id: str | None = None
    """The message whose button was tapped, if it still exists."""
    callback_id: str | None = None
    """What the messenger wants to be answered, for a tap."""


@dataclass(frozen=True, slots=True)
class Tap:
    """A button that comes back as a turn with `data` (at most 64 bytes) as its payload."""

    text: str
    data: str


@dataclass(frozen=True, slots=True)
class OpenLink:
    """A button that opens an address in the browser or the messenger."""

    text: str
    url: str


@dataclass(frozen=True, slots=True)
class OpenApp:
    """A button that opens the mini app; `payload` reaches it as its start parameter."""

    text: str
    payload: str = ""


@dataclass(frozen=True, slots=True)
class Copy:
    """A button that puts `value` on the clipboard."""

    text: str
    value: str


@dataclass(frozen=True, slots=True)
class Share:
    """A button that opens the messenger's own "send to…" screen with `message` written in."""

    text: str
    message: str


Button = Tap | OpenLink | OpenApp | Copy | Share
Row = tuple[Button, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Screen:
    """What a person sees: a text with buttons under it, perhaps a picture above it.

    `text` is markup that both messengers know: <b>, <i>, <a href>, everything else escaped (`Markup.format` does it).
    `note` is a short one-time message over the screen, for a tap.
    """

    text: Markup
    rows: tuple[Row, ...] = ()
    picture: bytes | None = field(default=None, repr=False)
    note: str | None = None
    fresh: bool = False
    """Show it as a new message even when it answers a tap (what was tapped stays readable above)."""


@dataclass(frozen=True, slots=True)
class Command:
    """A command in the messenger's menu, without its slash."""

    name: str
    description: str


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a messenger can show; rendering asks here, dialogues never ask."""

    text_length: int
    rows: int
    row_width: int
    special_row_width: int
    """How many buttons fit in a row that holds any other button than a `Tap`."""
    buttons: int
    button_text: int
    payload_bytes: int


@dataclass(frozen=True, slots=True)
class Update:
    """One update as it came, before anybody looked into it.

    `key` tells a repeat of the same update from a new one; `person` is the external id that orders updates.
    """

    key: str
    person: str
    payload: Mapping[str, Any]


class Inbox(Protocol):
    """Where a messenger puts what it received. After `accept` returned, nothing of it can be lost."""

    async def marker(self, channel: str) -> int | None:
        """The place in the messenger's stream up to which everything was accepted."""
        ...

    async def accept(self, channel: str, updates: Sequence[Update], *, marker: int | None = None) -> None:
        """Keep the updates (repeats are recognised by their key) and the marker, in one transaction."""
        ...


class Blocked(Exception):
    """The person cannot be written to: they stopped the bot, never started it, or are gone."""


class Unavailable(Exception):
    """The messenger could not take it now; the same may be tried again after `retry_after` seconds."""

    def __init__(self, reason: str, *, retry_after: float = 1.0) -> None:
        super().__init__(reason)
        self.retry_after = retry_after


class Refused(Exception):
    """The messenger will never take this message (it is malformed, or what it edits is gone)."""


class Messenger(Protocol):
    """What a messenger offers to the rest of the bot."""

    channel: str
    capabilities: Capabilities

    def read(self, update: Mapping[str, Any]) -> Turn | None:
        """The turn inside a raw update, or None when it asks for no answer."""
        ...

    def start_link(self, payload: str) -> str:
        """The deep link that opens the bot with this payload."""
        ...

    async def answer(self, turn: Turn, screen: Screen) -> str | None:
        """Show the screen in answer to the turn: in place of the tapped message where there is one, else as a new
        message. Returns the id of the message that now shows it.

        Raises Blocked, Unavailable, Refused.
        """
        ...

    async def send(self, person: str, screen: Screen) -> str:
        """Write to a person first; returns the message's id. Raises Blocked, Unavailable, Refused."""
        ...

    async def edit(self, person: str, message_id: str, screen: Screen) -> None:
        """Replace a message of ours. Raises Blocked, Unavailable, Refused (it is gone)."""
        ...

    async def delete(self, person: str, message_id: str) -> None:
        """Remove a message of ours; one that is gone already is no error."""
        ...
