"""What an idle process holds in memory: Okno alone, with the messenger and the database in processes of their own."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

import psutil  # type: ignore[import-untyped, unused-ignore]
from aiohttp.test_utils import TestServer

from bot.emulator import EMULATOR, create_emulator
from tests.bench.figure import Figure
from tests.process import started

TOKEN = "token-of-the-benchmark"
SETTLED_AFTER = 5.0
ANSWER_WITHIN = 20.0
GOAL = 120
MEGABYTE = 1024 * 1024


async def measure() -> list[Figure]:
    """The resident memory, in MB, once one person was greeted and nothing happens any more."""
    emulator_app = create_emulator(token=TOKEN)
    async with TestServer(emulator_app) as max_server:
        with tempfile.TemporaryDirectory() as folder:
            api = str(max_server.make_url("/api"))
            async with started("run", data=Path(folder), MAX_API_KEY=TOKEN, MAX_API_URL=api) as okno:
                emulator = emulator_app[EMULATOR]
                anna = emulator.add_person("Анна")
                with emulator.watch(anna.user_id) as chat:
                    emulator.open(anna.user_id)
                    async with asyncio.timeout(ANSWER_WITHIN):
                        await chat.message()
                await asyncio.sleep(SETTLED_AFTER)
                value = psutil.Process(okno.pid).memory_info().rss / MEGABYTE
    return [Figure("idle_memory", round(value), "MB", f"< {GOAL} MB", value < GOAL)]
