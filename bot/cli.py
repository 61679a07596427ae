"""The command line: run, demo, migrate."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import sys
import tempfile
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, NoReturn

import click

from core.embedded_postgres import EmbeddedPostgresError, start_embedded
from core.logging import configure_logging
from core.settings import Settings, SettingsError, load_settings

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM)


@click.group()
def main() -> None:
    """Okno: scheduling that lives in the messenger."""


@main.command()
def run() -> None:
    """Run Okno with the settings of the environment and .env."""
    settings = _settings()
    configure_logging(settings.log_format)
    _run(_serve(settings))


@main.command()
@click.option("--port", type=click.IntRange(1, 65535), help="Port to listen on; PORT by default.")
@click.option("--empty", is_flag=True, help="Forget what was played before and start clean.")
def demo(port: int | None, empty: bool) -> None:
    """Run everything on this machine: no token, no network, a messenger of its own in the browser."""
    from bot.demo import demo_settings

    settings = _settings()
    configure_logging(settings.log_format, level=logging.WARNING)
    _run(_demo(demo_settings(settings, port or settings.port), empty=empty))


@main.command()
@click.option("--check", is_flag=True, help="Only compare the models with the migrations, on a database made for it.")
def migrate(check: bool) -> None:
    """Bring the database to the newest schema."""
    if check:
        _run(_check_migrations())
        click.echo("The migrations and the models agree.")
        return
    _run(_migrate(_settings()))
    click.echo("The database has the newest schema.")


async def _serve(settings: Settings) -> None:
    from bot.application import Okno

    if settings.max_api_key is None:
        raise SettingsError("MAX_API_KEY is missing: set the token of your bot, or try `python -m bot demo`.")
    okno = Okno(settings)
    try:
        await okno.open()
        await okno.listen()
        await okno.go()
        await _until_stopped(okno.watch())
    finally:
        await okno.close()


async def _demo(settings: Settings, *, empty: bool) -> None:
    from bot.demo import Demo

    played = Demo(settings, empty=empty)
    try:
        await played.start()
        click.echo(f"Окно открыто: {played.address}")
        await _until_stopped(played.okno.watch())
    finally:
        await played.stop()


async def _migrate(settings: Settings) -> None:
    from core.database import open_database
    from core.migrations import migrate as bring_up

    database = await asyncio.to_thread(open_database, settings)
    try:
        await bring_up(database)
    finally:
        await database.close()


async def _check_migrations() -> None:
    from alembic.util.exc import CommandError

    from core.database import Database
    from core.migrations import check
    from core.migrations import migrate as bring_up

    with tempfile.TemporaryDirectory() as folder:
        embedded = await asyncio.to_thread(start_embedded, Path(folder) / "okno")
        database = Database(embedded.url, embedded=embedded)
        try:
            await bring_up(database)
            await check(database)
        except CommandError as error:
            raise SettingsError(f"The migrations lack something: {error}") from error
        finally:
            await database.close()


async def _until_stopped(work: Coroutine[Any, Any, None]) -> None:
    """Wait for a signal to stop, or for the work to fail."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in STOP_SIGNALS:
        loop.add_signal_handler(number, stop.set)
    watching = asyncio.create_task(work)
    stopping = asyncio.create_task(stop.wait())
    done, _ = await asyncio.wait({watching, stopping}, return_when=asyncio.FIRST_COMPLETED)
    for task in (watching, stopping):
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            if task not in done:
                await task
    if watching in done:
        watching.result()


def _settings() -> Settings:
    try:
        return load_settings()
    except SettingsError as error:
        _end(error)


def _run(work: Coroutine[Any, Any, None]) -> None:
    try:
        with asyncio.Runner(loop_factory=_loop_factory()) as runner:
            runner.run(work)
    except (SettingsError, EmbeddedPostgresError) as error:
        _end(error)
    except KeyboardInterrupt:
        sys.exit(130)


def _loop_factory() -> Any:
    try:
        import uvloop
    except ImportError:  # no build for this platform; the standard loop serves as well
        return None
    return uvloop.new_event_loop


def _end(error: Exception) -> NoReturn:
    """One sentence and an exit code: a traceback would hide what to mend."""
    click.echo(str(error), err=True)
    sys.exit(2)
