"""Who is who: registration at first sight, profiles, and where a person can be reached."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from core.audit import service as audit
from core.errors import Invalid, NotFound
from core.people.models import Channel, Identity, User

NAME_LENGTH = 200


async def by_identity(session: AsyncSession, channel: Channel, external_id: str) -> User | None:
    """The person known in the channel under this id."""
    query = select(User).join(Identity).where(Identity.channel == channel, Identity.external_id == external_id)
    return (await session.execute(query)).scalar_one_or_none()


async def arrive(
    session: AsyncSession,
    *,
    channel: Channel,
    external_id: str,
    name: str,
    username: str | None,
    locale: str,
    zone: str,
    now: datetime,
) -> User:
    """The person behind an identity; at first sight they are registered with the guessed locale and zone.

    A person who comes back can be written to again, and their name follows the messenger's.
    """
    user = await by_identity(session, channel, external_id)
    if user is None:
        try:
            async with session.begin_nested():
                user = User(name=_fitting(name), locale=locale, zone=zone, created_at=now)
                session.add(user)
                await session.flush()
                session.add(Identity(user_id=user.id, channel=channel, external_id=external_id, username=username))
                audit.record(session, action="register", subject="user", subject_id=user.id, actor_id=user.id, now=now)
        except IntegrityError:  # the same person arrived through another door at the same moment
            user = await by_identity(session, channel, external_id)
            if user is None:
                raise
        return user
    if name.strip():
        user.name = _fitting(name)
    await session.execute(
        update(Identity)
        .where(
            Identity.channel == channel,
            Identity.external_id == external_id,
            Identity.blocked_at.is_not(None) | Identity.username.is_distinct_from(username),
        )
        .values(blocked_at=None, username=username)
    )
    return user


def _fitting(name: str) -> str:
    return " ".join(name.split())[:NAME_LENGTH] or "—"


async def get(session: AsyncSession, user_id: UUID) -> User:
    """The user of this id. Raises NotFound."""
    user = await session.get(User, user_id)
    if user is None or user.deleted_at is not None:
        raise NotFound(what="user")
    return user


async def get_many(session: AsyncSession, ids: Iterable[UUID]) -> dict[UUID, User]:
    """The users of these ids, by id."""
    users = await session.scalars(select(User).where(User.id.in_(list(ids))))
    return {user.id: user for user in users}


async def identities(session: AsyncSession, user_id: UUID) -> Sequence[Identity]:
    """Every channel the person is known in, first known first."""
    query = select(Identity).where(Identity.user_id == user_id).order_by(Identity.created_at)
    return (await session.scalars(query)).all()


async def mark_blocked(session: AsyncSession, channel: Channel, external_id: str, now: datetime) -> None:
    """Note that nothing can be sent to the person in this channel until they come back."""
    await session.execute(
        update(Identity)
        .where(Identity.channel == channel, Identity.external_id == external_id, Identity.blocked_at.is_(None))
        .values(blocked_at=now)
    )


def set_zone(user: User, zone: str) -> None:
    """Set where the person lives. Raises Invalid for a name that IANA does not know."""
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise Invalid("zone", "unknown") from error
    user.zone = zone


def set_locale(user: User, locale: str) -> None:
    """Set the language. Raises Invalid for one there is no catalogue of."""
    if locale not in ("ru", "en"):
        raise Invalid("locale", "unknown")
    user.locale = locale
