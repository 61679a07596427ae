"""People and how they are known in each channel."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import BigInteger, ForeignKey, Sequence, String, UniqueConstraint, func
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base, new_id, words

LANES = Sequence("lane", metadata=Base.metadata)
"""One number for everything that can be booked, people and rooms alike."""


class Role(StrEnum):
    USER = "user"
    STAFF = "staff"
    ADMIN = "admin"


class Channel(StrEnum):
    MAX = "max"
    TELEGRAM = "telegram"
    EMAIL = "email"


class User(Base):
    """A person. `zone` is an IANA name; `lane` is what a meeting of theirs claims."""

    __tablename__ = "user"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    name: Mapped[str] = mapped_column(String(200))
    locale: Mapped[str] = mapped_column(String(2), default="ru")
    zone: Mapped[str] = mapped_column(String(64))
    role: Mapped[Role] = mapped_column(words(Role), default=Role.USER)
    lane: Mapped[int] = mapped_column(BigInteger, LANES, server_default=LANES.next_value(), unique=True)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    deleted_at: Mapped[datetime | None]

    @property
    def zone_info(self) -> ZoneInfo:
        return ZoneInfo(self.zone)


class Identity(Base):
    """How a person is known in one channel: `external_id` is the messenger's id or the e-mail address.

    `blocked_at` is set while nothing can be sent there because the person stopped the bot.
    """

    __tablename__ = "identity"
    __table_args__ = (UniqueConstraint("channel", "external_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), index=True)
    channel: Mapped[Channel] = mapped_column(words(Channel))
    external_id: Mapped[str] = mapped_column(String(320))
    username: Mapped[str | None] = mapped_column(String(200))
    blocked_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
