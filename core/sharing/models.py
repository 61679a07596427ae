"""Links by which a person lets others see or book their time."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ARRAY, ForeignKey, LargeBinary, String, func
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base, new_id


class Allows(StrEnum):
    BOOK = "book"
    BUSY = "busy"
    FEED = "feed"


class ShareLink(Base):
    """One link. The token itself is never stored: only its SHA-256 is, and the owner's view derives it again."""

    __tablename__ = "share_link"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    owner_id: Mapped[UUID] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), index=True)
    meeting_type_id: Mapped[UUID | None] = mapped_column(ForeignKey("meeting_type.id", ondelete="CASCADE"))
    token_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    allows: Mapped[list[str]] = mapped_column(ARRAY(String(10)))
    expires_at: Mapped[datetime | None]
    max_uses: Mapped[int | None]
    uses: Mapped[int] = mapped_column(default=0)
    revoked_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
