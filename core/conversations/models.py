"""Where each conversation stands: rows, so that a restart or another replica goes on mid-sentence."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Identity, Index, String, UniqueConstraint, func
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base


class ReceivedUpdate(Base):
    """An update as a messenger sent it. The unique key makes a repeat harmless; `handled_at` is set in the
    transaction of its effects, so it is handled once or not at all."""

    __tablename__ = "received_update"
    __table_args__ = (
        UniqueConstraint("channel", "key"),
        Index("ix_received_update_waiting", "channel", "person", "id", postgresql_where="handled_at IS NULL"),
        Index(None, "received_at"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    channel: Mapped[str] = mapped_column(String(20))
    key: Mapped[str] = mapped_column(String(200))
    person: Mapped[str] = mapped_column(String(64))
    payload: Mapped[dict[str, Any]]
    received_at: Mapped[datetime] = mapped_column(server_default=func.now())
    handled_at: Mapped[datetime | None]
    failure: Mapped[str | None] = mapped_column(String(20))
    """Reference id of the failure the person was told, when handling raised."""


class UpdateMarker(Base):
    """The place in a messenger's stream of updates up to which everything was received."""

    __tablename__ = "update_marker"

    channel: Mapped[str] = mapped_column(String(20), primary_key=True)
    marker: Mapped[int] = mapped_column(BigInteger)


class Dialogue(Base):
    """What a person was last asked in a channel: `step` names the question, `data` what is known so far."""

    __tablename__ = "dialogue"

    channel: Mapped[str] = mapped_column(String(20), primary_key=True)
    person: Mapped[str] = mapped_column(String(64), primary_key=True)
    step: Mapped[str] = mapped_column(String(50), default="")
    data: Mapped[dict[str, Any]] = mapped_column(default=dict)
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now(), onupdate=func.now())


class MeetingCard(Base):
    """The one message that shows a meeting to a person, so that it is replaced instead of piling up."""

    __tablename__ = "meeting_card"
    __table_args__ = (Index(None, "user_id", "message_id"),)

    meeting_id: Mapped[UUID] = mapped_column(ForeignKey("meeting.id", ondelete="CASCADE"), primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), primary_key=True)
    channel: Mapped[str] = mapped_column(String(20), primary_key=True)
    message_id: Mapped[str] = mapped_column(String(200))
