from collections.abc import AsyncIterator

import pytest

from tests.bot.emulator.running import Running, running


@pytest.fixture
async def max_() -> AsyncIterator[Running]:
    """An emulator without request limits, and Anna who has started the bot."""
    async with running() as place:
        yield place
