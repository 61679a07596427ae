"""The engine and its sessions: whole transactions, and no secrets in what goes wrong."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from core.conversations.models import UpdateMarker
from core.database import Database, new_id, open_database
from core.settings import Settings


async def test_a_session_is_kept_whole_or_not_at_all(database: Database) -> None:
    with pytest.raises(ZeroDivisionError):
        async with database.session() as session:
            session.add(UpdateMarker(channel="lost", marker=1))
            await session.flush()
            raise ZeroDivisionError
    async with database.session() as session:
        session.add(UpdateMarker(channel="kept", marker=1))
    async with database.session() as session:
        assert (await session.scalars(select(UpdateMarker.channel))).all() == ["kept"]


async def test_an_error_of_the_database_does_not_repeat_what_people_said(database: Database) -> None:
    with pytest.raises(DBAPIError) as failure:
        async with database.session() as session:
            await session.execute(text("SELECT CAST(:words AS text), 1 / :zero"), {"words": "между нами", "zero": 0})
    assert "между нами" not in str(failure.value)


async def test_a_database_that_is_not_there_does_not_answer(tmp_path: Path) -> None:
    database = Database(f"postgresql+asyncpg://okno:pass-word-7@/okno?host={tmp_path}")
    with pytest.raises(OSError) as failure:
        await database.ping()
    assert "pass-word-7" not in f"{failure.value!r} {database!r} {database.engine!r}"
    await database.close()


def test_a_configured_database_is_used_and_no_server_started(database_url: str, data_folder: Path) -> None:
    database = open_database(
        Settings.model_validate({"okno_data": data_folder, "database_url": database_url.replace("+asyncpg", "")})
    )

    async def use() -> None:
        await database.ping()
        await database.close()

    asyncio.run(use())
    assert not data_folder.exists()


def test_keys_grow_with_time() -> None:
    keys = [new_id() for _ in range(50)]
    assert keys == sorted(set(keys))
    assert {key.version for key in keys} == {7}
