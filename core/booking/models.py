"""What can be booked with a host, and the booking side of a meeting."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, CheckConstraint, ForeignKey, Index, Integer, String, Text, func
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base, new_id, words
from core.meetings.models import PlaceKind


class MeetingType(Base):
    """A sort of meeting a host offers. Lengths in minutes; None means "as in the host's settings".

    An empty title means the plain meeting that every host has from the start.
    """

    __tablename__ = "meeting_type"
    __table_args__ = (CheckConstraint("seats >= 1", name="seats"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    owner_id: Mapped[UUID] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), index=True)
    title: Mapped[str] = mapped_column(String(200), default="")
    durations: Mapped[list[int]] = mapped_column(ARRAY(Integer))
    place_kind: Mapped[PlaceKind] = mapped_column(words(PlaceKind), default=PlaceKind.VIDEO)
    place: Mapped[str] = mapped_column(Text, default="")
    confirmation: Mapped[bool] = mapped_column(default=True)
    """The host confirms each request; without it a booking is confirmed at once."""
    seats: Mapped[int] = mapped_column(default=1)
    questions: Mapped[list[Any]] = mapped_column(default=list)
    slot_step: Mapped[int | None]
    buffer_before: Mapped[int | None]
    buffer_after: Mapped[int | None]
    notice: Mapped[int | None]
    horizon_days: Mapped[int | None]
    daily_limit: Mapped[int | None]
    weekly_limit: Mapped[int | None]
    public: Mapped[bool] = mapped_column(default=True)
    active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class Booking(Base):
    """How a meeting came about through a link, and what its host is asked to decide until when."""

    __tablename__ = "booking"
    __table_args__ = (Index(None, "expires_at", postgresql_where="expires_at IS NOT NULL"),)

    meeting_id: Mapped[UUID] = mapped_column(ForeignKey("meeting.id", ondelete="CASCADE"), primary_key=True)
    meeting_type_id: Mapped[UUID | None] = mapped_column(ForeignKey("meeting_type.id", ondelete="SET NULL"))
    share_link_id: Mapped[UUID | None] = mapped_column(ForeignKey("share_link.id", ondelete="SET NULL"))
    buffer_before: Mapped[int] = mapped_column(default=0)
    buffer_after: Mapped[int] = mapped_column(default=0)
    """The buffers agreed when it was booked, in minutes: later changes of the type do not squeeze it."""
    expires_at: Mapped[datetime | None]
    """When an unanswered request frees its time; None once it is decided."""
    answers: Mapped[list[Any]] = mapped_column(default=list)
