"""Meetings of every sort, who takes part, and the time they claim.

A host is an attendee with that role, a block of one's own time is a meeting without guests, a room will be one more
lane to claim. What is special to booking through a link points here from the booking slice.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, func
from sqlalchemy.dialects.postgresql import TSTZRANGE, ExcludeConstraint, Range
from sqlalchemy.orm import Mapped, mapped_column, relationship
from sqlalchemy.sql import text as sql_text

from core.database import Base, new_id, words
from core.meetings.states import State


class PlaceKind(StrEnum):
    VIDEO = "video"
    PHONE = "phone"
    ADDRESS = "address"
    MESSENGER = "messenger"
    LINK = "link"


class AttendeeRole(StrEnum):
    HOST = "host"
    GUEST = "guest"


class Answer(StrEnum):
    PENDING = "pending"
    ACCEPTED = "accepted"
    DECLINED = "declined"


class Meeting(Base):
    """A span of time somebody holds. `sequence` rises with every change of time (RFC 5545 3.8.7.4)."""

    __tablename__ = "meeting"
    __table_args__ = (
        CheckConstraint("ends_at > starts_at", name="span"),
        Index(None, "state", "ends_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    state: Mapped[State] = mapped_column(words(State))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    title: Mapped[str] = mapped_column(String(200), default="")
    topic: Mapped[str] = mapped_column(Text, default="")
    place_kind: Mapped[PlaceKind | None] = mapped_column(words(PlaceKind))
    place: Mapped[str] = mapped_column(Text, default="")
    """An address, a phone number or a link, by the kind of place."""
    capacity: Mapped[int] = mapped_column(default=1)
    series_id: Mapped[UUID | None]
    sequence: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())

    attendees: Mapped[list[Attendee]] = relationship(
        back_populates="meeting",
        order_by="Attendee.created_at",
        lazy="selectin",
        cascade="all, delete-orphan",
    )

    @property
    def host(self) -> Attendee:
        return next(attendee for attendee in self.attendees if attendee.role is AttendeeRole.HOST)

    @property
    def guests(self) -> list[Attendee]:
        return [attendee for attendee in self.attendees if attendee.role is AttendeeRole.GUEST]


class Attendee(Base):
    """A person of a meeting: a user, or a guest known by name and e-mail only."""

    __tablename__ = "attendee"
    __table_args__ = (UniqueConstraint("meeting_id", "user_id"), Index(None, "user_id", "meeting_id"))

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    meeting_id: Mapped[UUID] = mapped_column(ForeignKey("meeting.id", ondelete="CASCADE"))
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"))
    role: Mapped[AttendeeRole] = mapped_column(words(AttendeeRole))
    name: Mapped[str] = mapped_column(String(200))
    email: Mapped[str | None] = mapped_column(String(320))
    answer: Mapped[Answer] = mapped_column(words(Answer), default=Answer.PENDING)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())

    meeting: Mapped[Meeting] = relationship(back_populates="attendees")


class Claim(Base):
    """The time a live meeting takes from one lane. It is deleted when the meeting stops holding its time.

    The exclusion constraint is what makes a double booking impossible, whatever the services believe. A range over
    the lane number makes GiST take it without an extension.
    """

    __tablename__ = "claim"
    __table_args__ = (
        ExcludeConstraint(
            (sql_text("int8range(lane, lane, '[]')"), "&&"),
            (sql_text("during"), "&&"),
            using="gist",
            name="ex_claim_lane_during",
        ),
        Index(None, "meeting_id"),
    )

    lane: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    meeting_id: Mapped[UUID] = mapped_column(ForeignKey("meeting.id", ondelete="CASCADE"), primary_key=True)
    during: Mapped[Range[datetime]] = mapped_column(TSTZRANGE)
