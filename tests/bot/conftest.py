from __future__ import annotations

import warnings
from collections.abc import AsyncIterator

import pytest

from core.database import Database
from tests.bot.stage import Mode, Stage


@pytest.fixture
def mode() -> Mode:
    """How updates come; a test that is about both parametrizes it."""
    return "polling"


@pytest.fixture
async def empty_stage(database: Database, mode: Mode) -> AsyncIterator[Stage]:
    """MAX is there, Okno does not run yet."""
    stage = Stage(database, mode=mode)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "URL вебхука не использует HTTPS", UserWarning)  # so says maxapi
        await stage.open()
        yield stage
        await stage.close()


@pytest.fixture
async def stage(empty_stage: Stage) -> Stage:
    """Okno runs; nobody has come yet. It is Monday, 23 November, 8:50 in Moscow."""
    await empty_stage.start()
    return empty_stage
