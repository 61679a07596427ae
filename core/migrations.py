"""Bringing the schema up to date, safely for replicas that start together."""

from __future__ import annotations

from pathlib import Path

from alembic.config import Config
from sqlalchemy import Connection, text

from alembic import command
from core.database import Database

ROOT = Path(__file__).resolve().parent.parent
MIGRATION_LOCK = 0x6F6B6E6F  # "okno"; far above the lanes, whose advisory locks share this space of numbers


def alembic_config(url: str) -> Config:
    """Alembic's configuration for this database, wherever the process was started from."""
    config = Config(str(ROOT / "alembic.ini"))
    config.set_main_option("script_location", str(ROOT / "alembic"))
    config.set_main_option("sqlalchemy.url", url.replace("%", "%%"))
    return config


async def migrate(database: Database) -> None:
    """Run what is missing. One replica works, the others wait on the lock and then find nothing to do."""
    config = alembic_config(database.url)

    def upgrade(connection: Connection) -> None:
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": MIGRATION_LOCK})
        config.attributes["connection"] = connection
        command.upgrade(config, "head")

    async with database.engine.begin() as connection:
        await connection.run_sync(upgrade)


async def check(database: Database) -> None:
    """Raise alembic's error when the models and the migrated schema differ."""
    config = alembic_config(database.url)

    def compare(connection: Connection) -> None:
        config.attributes["connection"] = connection
        command.check(config)

    async with database.engine.connect() as connection:
        await connection.run_sync(compare)
