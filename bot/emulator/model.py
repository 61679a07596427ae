"""What the emulated messenger consists of: people, their dialogues with the bot, messages, uploads, updates.

Plain data, all of it kept in one `State` that can be written to a file and read back. Instants are milliseconds
since the epoch, UTC, as everywhere in the Bot API.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

BOT_USER_ID = 900_000_001
FIRST_PERSON_ID = 10_001
FIRST_CHAT_ID = 180_000_001

Json = dict[str, Any]
Button = Json
Rows = list[list[Button]]
TextFormat = Literal["html", "markdown"]


@dataclass
class Command:
    """A line of the bot's command menu, without the slash."""

    name: str
    description: str | None = None


@dataclass
class BotProfile:
    """The bot as `GET /me` shows it."""

    username: str
    first_name: str
    description: str | None = None
    commands: list[Command] = field(default_factory=list)
    user_id: int = BOT_USER_ID


@dataclass
class Person:
    """Somebody with the messenger; each person has exactly one dialogue with the bot."""

    user_id: int
    chat_id: int
    first_name: str
    last_name: str = ""
    username: str | None = None
    locale: str = "ru"
    time_zone: str = "Europe/Moscow"
    phone: str = ""
    avatar_color: str = "#5b8def"
    started: bool = False
    """They pressed Start at least once; before that the bot may not write to them."""
    stopped: bool = False
    """They stopped the bot and did not start it again."""
    last_activity_ms: int = 0

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()


@dataclass
class Message:
    """A message of the dialogue: `text` is as written (markup included), `plain` what remains without markup."""

    mid: str
    seq: int
    chat_id: int
    sender_id: int
    created_ms: int
    text: str | None = None
    format: TextFormat | None = None
    plain: str | None = None
    markup: list[Json] = field(default_factory=list)
    rows: Rows = field(default_factory=list)
    media: list[Json] = field(default_factory=list)
    """Attachments other than the keyboard; an uploaded one is `{"type", "token"}`, others as the API shows them."""
    link: Json | None = None
    """`{"type": "reply" | "forward", "mid"}`, when the message points at another."""
    edited_ms: int | None = None


@dataclass
class Upload:
    """A file the bot uploaded; `ticket` is in the upload address, `token` attaches it to messages."""

    ticket: str
    token: str
    kind: str
    number: int
    data_base64: str = ""
    filename: str = ""
    content_type: str = ""
    size: int = 0
    received: bool = False


@dataclass
class Callback:
    """A tap on a button, to be answered with `POST /answers`."""

    callback_id: str
    user_id: int
    chat_id: int
    mid: str
    timestamp_ms: int


@dataclass
class Update:
    """Something the bot is told. `seq` places it in the stream; `marker` values are such numbers.

    `message_mid` names the message of a callback: it is shown as it is when the update is delivered, and as null
    when it was deleted meanwhile.
    """

    seq: int
    chat_id: int
    timestamp_ms: int
    body: Json
    message_mid: str | None = None

    @property
    def kind(self) -> str:
        return str(self.body["update_type"])


@dataclass
class Subscription:
    """A webhook: where updates are pushed to, with which secret, and which of them (None: all)."""

    url: str
    time_ms: int
    secret: str | None = None
    update_types: list[str] | None = None


@dataclass
class State:
    """Everything that survives a restart of the emulator."""

    bot: BotProfile
    next_update: int = 0
    people: dict[int, Person] = field(default_factory=dict)
    messages: dict[str, Message] = field(default_factory=dict)
    uploads: dict[str, Upload] = field(default_factory=dict)
    """By token."""
    callbacks: dict[str, Callback] = field(default_factory=dict)
    updates: list[Update] = field(default_factory=list)
    """Not yet acknowledged, in order."""
    subscriptions: list[Subscription] = field(default_factory=list)
    last_message_seq: int = 0
