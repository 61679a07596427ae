"""What holds for one booking: the type's own rules, and the host's settings where the type says nothing."""

from __future__ import annotations

from datetime import datetime, timedelta

from core.availability.models import Settings
from core.availability.slots import Rules
from core.booking.models import MeetingType

USUAL_STEP = 30
REQUEST_LIFE = timedelta(hours=24)


def rules_for(settings: Settings, meeting_type: MeetingType, duration: int) -> Rules:
    """The rules of an opening of this type and length (in minutes)."""

    def minutes(own: int | None, usual: int) -> timedelta:
        return timedelta(minutes=usual if own is None else own)

    step = meeting_type.slot_step or settings.slot_step or min(duration, USUAL_STEP)
    horizon = meeting_type.horizon_days if meeting_type.horizon_days is not None else settings.horizon_days
    return Rules(
        duration=timedelta(minutes=duration),
        step=timedelta(minutes=step),
        buffer_before=minutes(meeting_type.buffer_before, settings.buffer_before),
        buffer_after=minutes(meeting_type.buffer_after, settings.buffer_after),
        notice=minutes(meeting_type.notice, settings.notice),
        horizon=timedelta(days=horizon),
        daily_limit=meeting_type.daily_limit if meeting_type.daily_limit is not None else settings.daily_limit,
        weekly_limit=(meeting_type.weekly_limit if meeting_type.weekly_limit is not None else settings.weekly_limit),
    )


def request_expiry(now: datetime, start: datetime) -> datetime:
    """Until when an unanswered request holds its time: a day, and never past the start."""
    return min(now + REQUEST_LIFE, start)
