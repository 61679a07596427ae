"""When a person can be met: their settings, weekly hours and exceptions of single dates."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, CheckConstraint, ForeignKey, Integer, SmallInteger, text
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base, new_id


class Settings(Base):
    """A person's rules for being booked and reminded. Lengths in minutes unless the name says otherwise."""

    __tablename__ = "settings"

    user_id: Mapped[UUID] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), primary_key=True)
    duration: Mapped[int] = mapped_column(default=30)
    slot_step: Mapped[int | None]
    """Distance between two offered starts; None means 30 minutes, or the duration when that is shorter."""
    buffer_before: Mapped[int] = mapped_column(default=0)
    buffer_after: Mapped[int] = mapped_column(default=0)
    notice: Mapped[int] = mapped_column(default=120)
    horizon_days: Mapped[int] = mapped_column(default=30)
    daily_limit: Mapped[int | None]
    weekly_limit: Mapped[int | None]
    holidays: Mapped[bool] = mapped_column(default=False)
    reminder_offsets: Mapped[list[int]] = mapped_column(
        ARRAY(Integer), default=lambda: [1440, 60], server_default=text("'{1440,60}'")
    )
    agenda_hour: Mapped[int | None] = mapped_column(SmallInteger)


class WeeklyHours(Base):
    """One interval of one weekday (0 is Monday), in minutes of the wall clock; past 1440 it reaches the next day."""

    __tablename__ = "weekly_hours"
    __table_args__ = (
        CheckConstraint("weekday BETWEEN 0 AND 6", name="weekday"),
        CheckConstraint(
            "start_minute BETWEEN 0 AND 1439 AND end_minute > start_minute AND end_minute <= 2880",
            name="interval",
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), index=True)
    weekday: Mapped[int] = mapped_column(SmallInteger)
    start_minute: Mapped[int] = mapped_column(SmallInteger)
    end_minute: Mapped[int] = mapped_column(SmallInteger)


class DateOverride(Base):
    """Other hours for one date of the host's calendar; no intervals means a day off."""

    __tablename__ = "date_override"

    user_id: Mapped[UUID] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    intervals: Mapped[list[Any]] = mapped_column(default=list)
    """Pairs [start, end] in minutes, as in WeeklyHours."""
