"""What tests stand on: one real PostgreSQL for the run, a database for each worker, emptied before each test."""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import create_async_engine

from core.database import Database
from core.embedded_postgres import EmbeddedPostgres, start_embedded
from core.keys import Keys, derive_keys
from core.migrations import migrate
from core.models import metadata


def _run_folder() -> Path:
    """One folder for all workers of this run, apart from pytest's own: pytest closes its folder to other users at
    each start, and a PostgreSQL started by root runs as another user."""
    return Path(tempfile.gettempdir()) / f"okno-tests-{os.environ['OKNO_TEST_RUN']}"


def pytest_configure() -> None:
    """Name the run before the workers start: they inherit it."""
    os.environ.setdefault("OKNO_TEST_RUN", str(os.getpid()))


def pytest_sessionfinish() -> None:
    """Whoever started the run removes its folder, when the workers and with them the server are gone."""
    if "PYTEST_XDIST_WORKER" not in os.environ:
        shutil.rmtree(_run_folder(), ignore_errors=True)


@pytest.fixture(scope="session")
def postgres() -> Iterator[EmbeddedPostgres]:
    """The embedded server, one for all workers of the run; the last one to leave stops it."""
    server = start_embedded(_run_folder())
    yield server
    server.close()


@pytest.fixture(scope="session")
def database_url(postgres: EmbeddedPostgres) -> str:
    """A migrated database for this worker alone."""
    name = f"okno_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"

    async def prepare() -> str:
        engine = create_async_engine(postgres.url, isolation_level="AUTOCOMMIT")
        async with engine.connect() as connection:
            # The tests' data need not survive a power cut; this halves their time.
            await connection.execute(text("ALTER SYSTEM SET synchronous_commit = off"))
            await connection.execute(text("SELECT pg_reload_conf()"))
            await connection.execute(text(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
            await connection.execute(text(f"CREATE DATABASE {name}"))
        await engine.dispose()
        url = make_url(postgres.url).set(database=name).render_as_string(hide_password=False)
        database = Database(url)
        await migrate(database)
        await database.close()
        return url

    return asyncio.run(prepare())


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """The worker's database, empty."""
    database = Database(database_url, pool_size=10)
    tables = ", ".join(f'"{table.name}"' for table in metadata.sorted_tables)
    async with database.session() as session:
        await session.execute(text(f"TRUNCATE {tables} RESTART IDENTITY CASCADE"))
    yield database
    await database.close()


@pytest.fixture
def keys() -> Keys:
    return derive_keys("a secret of the tests, long enough to pass")


@pytest.fixture
def now() -> datetime:
    """A Monday morning in Moscow: 2026-11-23, 9:00 there."""
    return datetime(2026, 11, 23, 6, 0, tzinfo=UTC)


@pytest.fixture
def data_folder(tmp_path: Path) -> Path:
    return tmp_path / "data"
