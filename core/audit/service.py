"""Writing the audit log, in the transaction of the deed."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from core.audit.models import AuditEntry


def record(
    session: AsyncSession,
    *,
    action: str,
    subject: str,
    subject_id: UUID,
    actor_id: UUID | None,
    now: datetime,
    **details: Any,
) -> None:
    """Note a deed; it is kept when the transaction is."""
    session.add(
        AuditEntry(at=now, actor_id=actor_id, action=action, subject=subject, subject_id=subject_id, details=details)
    )
