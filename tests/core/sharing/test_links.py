"""Share links: the database never holds a token, the owner can always be shown theirs, an ended one gives nothing."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, text

from core.audit.models import AuditEntry
from core.database import Database, new_id
from core.errors import Forbidden, Gone, Invalid, NotFound
from core.keys import Keys, derive_keys
from core.sharing import service as sharing
from core.sharing import tokens
from core.sharing.models import Allows, ShareLink
from tests.people import register

HOUR = timedelta(hours=1)


async def follow(database: Database, token: str, now: datetime, allows: Allows = Allows.BOOK) -> ShareLink:
    async with database.session() as session:
        return await sharing.follow(session, token, allows=allows, now=now)


async def make(database: Database, keys: Keys, now: datetime, **more: Any) -> tuple[ShareLink, str]:
    async with database.session() as session:
        owner = await register(session, "Павел", now=now)
        link = await sharing.create(session, owner, key=keys.share, now=now, **more)
    return link, tokens.derive(keys.share, link.id)


async def test_a_token_leads_to_its_link(database: Database, keys: Keys, now: datetime) -> None:
    link, token = await make(database, keys, now)
    assert (await follow(database, token, now)).id == link.id
    assert len(token) == 22


async def test_the_database_holds_the_tokens_hash_alone(database: Database, keys: Keys, now: datetime) -> None:
    _, token = await make(database, keys, now)
    async with database.session() as session:
        # The whole row and the whole audit log as text, bytes in either of PostgreSQL's spellings.
        for spelling in ("hex", "escape"):
            await session.execute(text(f"SET LOCAL bytea_output = {spelling}"))
            rows = [str(row) for row in await session.scalars(text("SELECT to_jsonb(l)::text FROM share_link l"))]
            rows += await session.scalars(text("SELECT to_jsonb(a)::text FROM audit_entry a"))
            assert len(rows) == 3
            for row in rows:
                for form in (token, token.encode().hex(), token[:11], token[11:]):
                    assert form not in row
        kept = (await session.scalars(select(ShareLink.token_hash))).one()
    assert kept == tokens.fingerprint(token)


def test_a_token_is_derived_again_and_only_with_the_key(keys: Keys) -> None:
    link_id = new_id()
    token = tokens.derive(keys.share, link_id)
    assert token == tokens.derive(keys.share, link_id)
    assert tokens.TOKEN.match(token)
    others = [tokens.derive(derive_keys("another secret").share, link_id), tokens.derive(keys.share, new_id())]
    assert token not in others


@pytest.mark.parametrize("token", ["", "x", "A" * 22, "A" * 21 + "\n", "' OR 1=1 --", "я" * 22, "A" * 5000])
async def test_an_unknown_token_leads_nowhere(database: Database, keys: Keys, now: datetime, token: str) -> None:
    await make(database, keys, now)
    with pytest.raises(NotFound):
        await follow(database, token, now)


@pytest.mark.parametrize(
    ("terms", "later", "reason"),
    [
        ({"expires_at": HOUR}, HOUR, "expired"),
        ({"expires_at": HOUR}, HOUR - timedelta(microseconds=1), None),
        ({"max_uses": 2}, HOUR, "used_up"),
        ({"max_uses": 3}, HOUR, None),
        ({}, HOUR, None),
    ],
)
async def test_a_link_ends_by_its_terms(
    database: Database, keys: Keys, now: datetime, terms: dict[str, Any], later: timedelta, reason: str | None
) -> None:
    given = {name: now + value if isinstance(value, timedelta) else value for name, value in terms.items()}
    link, token = await make(database, keys, now, **given)
    async with database.session() as session:
        for _ in range(2):
            await sharing.count_use(session, await session.get_one(ShareLink, link.id), now=now)
    if reason is None:
        assert (await follow(database, token, now + later)).uses == 2
        return
    with pytest.raises(Gone) as refusal:
        await follow(database, token, now + later)
    assert refusal.value.reason == reason
    async with database.session() as session:
        with pytest.raises(Gone):
            await sharing.count_use(session, await session.get_one(ShareLink, link.id), now=now + later)


async def test_a_revoked_link_gives_nothing_and_revoking_twice_is_no_error(
    database: Database, keys: Keys, now: datetime
) -> None:
    link, token = await make(database, keys, now)
    for moment in (now, now + HOUR):
        async with database.session() as session:
            owner = await register(session, "Павел", now=now)
            await sharing.revoke(session, owner, link.id, now=moment)
    with pytest.raises(Gone) as refusal:
        await follow(database, token, now)
    assert refusal.value.reason == "revoked"
    async with database.session() as session:
        assert (await session.get_one(ShareLink, link.id)).revoked_at == now
        actions = await session.scalars(select(AuditEntry.action).where(AuditEntry.subject_id == link.id))
        assert sorted(actions) == ["revoke", "share"]


@pytest.mark.parametrize("foreign", [True, False], ids=["another's", "none"])
async def test_only_the_owner_revokes(database: Database, keys: Keys, now: datetime, foreign: bool) -> None:
    link, token = await make(database, keys, now)
    async with database.session() as session:
        stranger = await register(session, "Олег", now=now)
        with pytest.raises(NotFound):
            await sharing.revoke(session, stranger, link.id if foreign else new_id(), now=now)
    assert await follow(database, token, now)


async def test_a_link_gives_what_it_allows_and_no_more(database: Database, keys: Keys, now: datetime) -> None:
    _, token = await make(database, keys, now, allows=(Allows.BUSY, Allows.FEED))
    assert await follow(database, token, now, Allows.FEED)
    with pytest.raises(Forbidden):
        await follow(database, token, now, Allows.BOOK)


@pytest.mark.parametrize(
    ("terms", "field"),
    [({"allows": ()}, "allows"), ({"expires_at": timedelta(0)}, "expires_at"), ({"max_uses": 0}, "max_uses")],
)
async def test_a_link_that_could_never_work_is_not_made(
    database: Database, keys: Keys, now: datetime, terms: dict[str, Any], field: str
) -> None:
    given = {name: now + value if isinstance(value, timedelta) else value for name, value in terms.items()}
    with pytest.raises(Invalid) as refusal:
        await make(database, keys, now, **given)
    assert refusal.value.field == field


async def test_the_everyday_link_is_made_once_and_again_after_it_is_revoked(
    database: Database, keys: Keys, now: datetime
) -> None:
    async with database.session() as session:
        owner = await register(session, "Павел", now=now)
        special: list[dict[str, Any]] = [{"max_uses": 5}, {"expires_at": now + HOUR}, {"allows": (Allows.FEED,)}]
        for terms in special:
            await sharing.create(session, owner, key=keys.share, now=now + HOUR / 2, **terms)
        first = await sharing.own_link(session, owner, key=keys.share, now=now)
        assert (first.max_uses, first.expires_at, first.allows) == (None, None, ["book"])
        assert await sharing.own_link(session, owner, key=keys.share, now=now) is first
        await sharing.revoke(session, owner, first.id, now=now)
        second = await sharing.own_link(session, owner, key=keys.share, now=now)
        assert second.id != first.id
        stranger = await register(session, "Олег", now=now)
        assert (await sharing.own_link(session, stranger, key=keys.share, now=now)).owner_id == stranger.id


async def test_own_links_are_those_that_work_newest_first(database: Database, keys: Keys, now: datetime) -> None:
    async with database.session() as session:
        owner = await register(session, "Павел", now=now)
        several: list[dict[str, Any]] = [{}, {"expires_at": now + 5 * HOUR}, {"max_uses": 1}, {}]
        made = [
            await sharing.create(session, owner, key=keys.share, now=now + n * HOUR, **terms)
            for n, terms in enumerate(several)
        ]
        await sharing.revoke(session, owner, made[0].id, now=now)
        assert list(await sharing.own_links(session, owner, now=now)) == [made[3], made[2], made[1]]
        await sharing.count_use(session, made[2], now=now)
        assert list(await sharing.own_links(session, owner, now=now + 5 * HOUR)) == [made[3]]
