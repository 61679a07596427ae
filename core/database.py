"""The one async engine, the declarative base of all slices, and sessions."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import uuid_utils.compat
from sqlalchemy import DateTime, Enum, MetaData, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase

from core.embedded_postgres import EmbeddedPostgres, start_embedded
from core.settings import Settings

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """Base of every table: times are timestamptz, JSON is jsonb, names of constraints are predictable."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {datetime: DateTime(timezone=True), dict[str, Any]: JSONB, list[Any]: JSONB}  # noqa: RUF012


def new_id() -> UUID:
    """A fresh key, UUID version 7 (RFC 9562): grows with time, so indexes stay compact."""
    return uuid_utils.compat.uuid7()


def words(enum: type[StrEnum]) -> Enum:
    """A column that holds the values of the enum as plain text, so that adding one needs no new database type."""
    return Enum(
        enum,
        native_enum=False,
        length=20,
        create_constraint=False,
        values_callable=lambda e: [m.value for m in e],
    )


class Database:
    """The engine and its sessions. `session()` is one transaction: committed at the end, rolled back on an error."""

    def __init__(self, url: str, *, pool_size: int = 20, embedded: EmbeddedPostgres | None = None) -> None:
        self.url = url
        self._embedded = embedded
        self.engine: AsyncEngine = create_async_engine(
            url,
            pool_size=pool_size,
            max_overflow=0,
            pool_pre_ping=True,
            pool_timeout=30,
            hide_parameters=True,  # people's words and names have no place in the log of an error
        )
        self._sessions = async_sessionmaker(self.engine, expire_on_commit=False)

    @asynccontextmanager
    async def session(self, connection: AsyncConnection | None = None) -> AsyncIterator[AsyncSession]:
        """A transaction; on this connection, when something is held on it."""
        bound = {} if connection is None else {"bind": connection}
        async with self._sessions(**bound) as session, session.begin():
            yield session

    async def ping(self) -> None:
        """Raise when the database does not answer."""
        async with self.engine.connect() as connection:
            await connection.execute(text("SELECT 1"))

    async def close(self) -> None:
        await self.engine.dispose()
        if self._embedded is not None:
            self._embedded.close()


def open_database(settings: Settings, *, pool_size: int = 20) -> Database:
    """The configured PostgreSQL, or the embedded one of the data folder. Blocks while a server starts."""
    url = settings.external_database
    if url is not None:
        return Database(url, pool_size=pool_size)
    embedded = start_embedded(settings.okno_data)
    return Database(embedded.url, pool_size=pool_size, embedded=embedded)
