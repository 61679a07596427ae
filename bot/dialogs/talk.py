"""What a dialogue is given: who is there, what they read in, and where the conversation stands."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from core.conversations.models import Dialogue
from core.keys import Keys
from core.locales.reader import Reader
from core.people.models import User


class Links(Protocol):
    """Addresses in the reader's own messenger."""

    def start_link(self, payload: str) -> str:
        """The deep link that opens the bot there with this payload."""
        ...


@dataclass(slots=True)
class Viewer:
    """The person a screen is made for, and all that making it needs. `now` is aware UTC."""

    session: AsyncSession
    user: User
    reader: Reader
    keys: Keys
    links: Links
    now: datetime


@dataclass(slots=True)
class Talk(Viewer):
    """A viewer who just did something in a conversation."""

    dialogue: Dialogue
    newcomer: bool = False
    """Registered by this very turn."""
    left: dict[str, Any] = field(default_factory=dict)
    """What waited with the step that was just left, with the step itself under "step"."""
    card: UUID | None = None
    """The meeting that the answering screen shows: its message becomes the meeting's card."""

    def ask(self, step: str, **data: Any) -> None:
        """What is typed next answers this step; `data` (JSON values) waits with it."""
        self.dialogue.step = step
        self.dialogue.data = data

    def leave_step(self) -> None:
        """Nothing typed is awaited any more."""
        self.left = {**self.dialogue.data, "step": self.dialogue.step}
        self.dialogue.step = ""
        self.dialogue.data = {}

    def reread(self) -> None:
        """Follow a change of the person's language or zone."""
        self.reader = Reader(self.user.locale, self.user.zone_info, self.now)
