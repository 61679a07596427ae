"""Bringing the schema up to date, safely for replicas that start together."""

from __future__ import annotations

import os
from pathlib import Path

from alembic.config import Config
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from alembic import command
from core.database import Database
from core.settings import SettingsError

ROOT = Path(__file__).resolve().parent.parent
MIGRATION_LOCK = 0x6F6B6E6F  # "okno"; far above the lanes, whose advisory locks share this space of numbers


def alembic_config(url: str) -> Config:
    """Alembic's configuration for this database, wherever the process was started from."""
    config = Config(str(ROOT / "alembic.ini"))
    config.set_main_option("script_location", str(ROOT / "alembic"))
    config.set_main_option("sqlalchemy.url", url.replace("%", "%%"))
    return config


async def migrate(database: Database) -> None:
    """Run what is missing. One replica works, the others wait on the lock and then find nothing to do.

    Raises SettingsError when the database does not let us in.
    """
    try:
        await database.ping()
    except (DBAPIError, OSError) as error:
        raise SettingsError(f"The database cannot be reached: {_reason(error)}.") from error
    config = alembic_config(database.url)

    def upgrade(connection: Connection) -> None:
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": MIGRATION_LOCK})
        config.attributes["connection"] = connection
        command.upgrade(config, "head")

    async with database.engine.begin() as connection:
        await connection.run_sync(upgrade)


def _reason(error: DBAPIError | OSError) -> str:
    """Why there is no connection, in the words of the system or of the server."""
    if isinstance(error, OSError):
        number = error.errno or 0  # those of name look-ups are negative, and not the system's
        return (os.strerror(number) if number > 0 else error.strerror or str(error)).lower()
    cause = error.orig.__cause__ if error.orig is not None else None
    return str(cause or error.orig).strip().rstrip(".")


async def check(database: Database) -> None:
    """Raise alembic's error when the models and the migrated schema differ."""
    config = alembic_config(database.url)

    def compare(connection: Connection) -> None:
        config.attributes["connection"] = connection
        command.check(config)

    async with database.engine.connect() as connection:
        await connection.run_sync(compare)
