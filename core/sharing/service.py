"""Making, showing, following and revoking share links."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from core.audit import service as audit
from core.database import new_id
from core.errors import Forbidden, Gone, Invalid, NotFound
from core.people.models import User
from core.sharing import tokens
from core.sharing.models import Allows, ShareLink


async def create(
    session: AsyncSession,
    actor: User,
    *,
    key: bytes,
    now: datetime,
    allows: Sequence[Allows] = (Allows.BOOK,),
    meeting_type_id: UUID | None = None,
    expires_at: datetime | None = None,
    max_uses: int | None = None,
) -> ShareLink:
    """A new link of the actor's; its token is `tokens.derive(key, link.id)`.

    Raises Invalid for an expiry in the past, no use at all, or nothing allowed.
    """
    if not allows:
        raise Invalid("allows", "empty")
    if expires_at is not None and expires_at <= now:
        raise Invalid("expires_at", "past")
    if max_uses is not None and max_uses < 1:
        raise Invalid("max_uses", "range")
    link_id = new_id()
    link = ShareLink(
        id=link_id,
        owner_id=actor.id,
        meeting_type_id=meeting_type_id,
        token_hash=tokens.fingerprint(tokens.derive(key, link_id)),
        allows=[allowed.value for allowed in allows],
        expires_at=expires_at,
        max_uses=max_uses,
        uses=0,
        created_at=now,
    )
    session.add(link)
    audit.record(session, action="share", subject="share_link", subject_id=link_id, actor_id=actor.id, now=now)
    await session.flush()
    return link


async def own_link(session: AsyncSession, actor: User, *, key: bytes, now: datetime) -> ShareLink:
    """The actor's everyday booking link: the one they have, or a new one."""
    for link in await own_links(session, actor, now=now):
        everyday = link.meeting_type_id is None and link.expires_at is None and link.max_uses is None
        if everyday and Allows.BOOK in link.allows:
            return link
    return await create(session, actor, key=key, now=now)


async def own_links(session: AsyncSession, actor: User, *, now: datetime) -> Sequence[ShareLink]:
    """The actor's links that still work, newest first."""
    query = (
        select(ShareLink)
        .where(ShareLink.owner_id == actor.id, ShareLink.revoked_at.is_(None))
        .order_by(ShareLink.created_at.desc(), ShareLink.id.desc())
    )
    return [link for link in await session.scalars(query) if ended(link, now) is None]


async def follow(session: AsyncSession, token: str, *, allows: Allows, now: datetime) -> ShareLink:
    """The link behind a token. Raises NotFound for an unknown token, Gone(reason) for a link that has ended,
    Forbidden when it does not allow that."""
    if not tokens.TOKEN.match(token):
        raise NotFound(what="link")
    query = select(ShareLink).where(ShareLink.token_hash == tokens.fingerprint(token))
    link = (await session.scalars(query)).one_or_none()
    if link is None:
        raise NotFound(what="link")
    reason = ended(link, now)
    if reason is not None:
        raise Gone(reason)
    if allows.value not in link.allows:
        raise Forbidden(what="link")
    return link


def ended(link: ShareLink, now: datetime) -> str | None:
    """Why the link does not work any more, or None while it does."""
    if link.revoked_at is not None:
        return "revoked"
    if link.expires_at is not None and link.expires_at <= now:
        return "expired"
    if link.max_uses is not None and link.uses >= link.max_uses:
        return "used_up"
    return None


async def count_use(session: AsyncSession, link: ShareLink, *, now: datetime) -> None:
    """Count one booking through the link. Raises Gone when it has ended meanwhile: the row is read again and locked,
    so the last use is given out once and a revoked link gives none."""
    query = select(ShareLink).where(ShareLink.id == link.id).with_for_update()
    link = (await session.scalars(query.execution_options(populate_existing=True))).one()
    reason = ended(link, now)
    if reason is not None:
        raise Gone(reason)
    link.uses += 1


async def revoke(session: AsyncSession, actor: User, link_id: UUID, *, now: datetime) -> None:
    """End a link of the actor's; ending it twice is no error. Raises NotFound for another's link."""
    link = await session.get(ShareLink, link_id, with_for_update=True)
    if link is None or link.owner_id != actor.id:
        raise NotFound(what="link")
    if link.revoked_at is None:
        link.revoked_at = now
        audit.record(session, action="revoke", subject="share_link", subject_id=link_id, actor_id=actor.id, now=now)
