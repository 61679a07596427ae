"""Outbox and inbox in one: what a person must hear of, when, and whether they did."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, SmallInteger, String, Text, func
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base, new_id, words


class Delivery(StrEnum):
    PENDING = "pending"
    SENT = "sent"
    SKIPPED = "skipped"
    """Came due too late to be of use; `error` says why."""
    FAILED = "failed"


class Notification(Base):
    """One message to one person, written in the transaction of what it tells.

    `dedup_key` makes saying the same thing twice impossible; `lease_until` belongs to whoever is sending it now.
    """

    __tablename__ = "notification"
    __table_args__ = (
        Index("ix_notification_due", "next_attempt_at", postgresql_where="state = 'pending'"),
        Index(None, "recipient_id", "created_at"),
        Index(None, "meeting_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    recipient_id: Mapped[UUID] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"))
    meeting_id: Mapped[UUID | None] = mapped_column(ForeignKey("meeting.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(String(50))
    arguments: Mapped[dict[str, Any]] = mapped_column(default=dict)
    dedup_key: Mapped[str] = mapped_column(String(200), unique=True)
    due_at: Mapped[datetime]
    useful_until: Mapped[datetime | None]
    """After this instant it is skipped instead of sent (a reminder after the start tells nothing)."""
    state: Mapped[Delivery] = mapped_column(words(Delivery), default=Delivery.PENDING)
    attempts: Mapped[int] = mapped_column(SmallInteger, default=0)
    next_attempt_at: Mapped[datetime]
    """Due time, then the next try, then the end of the lease of whoever tries: one column to search by."""
    error: Mapped[str | None] = mapped_column(Text)
    channel: Mapped[str | None] = mapped_column(String(20))
    sent_at: Mapped[datetime | None]
    read_at: Mapped[datetime | None]
    acknowledged_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
