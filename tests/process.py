"""A real process of Okno, as an operator starts it: on a port and a data folder of its own, stopped at the end."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import sys
from asyncio.subprocess import DEVNULL, Process
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

import aiohttp

from core.settings import Settings

ROOT = Path(__file__).resolve().parent.parent
ANSWER_WITHIN = 60.0
STOP_WITHIN = 30.0
ASK_EVERY = 0.02


@dataclass(frozen=True, slots=True)
class Started:
    """A process that answers: its number, its address, and the seconds from its start to its first answer."""

    pid: int
    address: str
    seconds: float


@contextlib.asynccontextmanager
async def started(*arguments: str, data: Path, **settings: str) -> AsyncIterator[Started]:
    """`python -m bot <arguments>` with these settings and no others, from its first 200 of /health on.

    Raises TimeoutError when that does not come, ChildProcessError when the process ends before.
    """
    port = free_port()
    begun = perf_counter()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", *arguments),
        cwd=data,  # where no .env of the developer's lies
        env=_environment() | {"OKNO_DATA": str(data), "PORT": str(port)} | settings,
        stdout=DEVNULL,
        stderr=DEVNULL,
    )
    try:
        address = f"http://127.0.0.1:{port}"
        await _answers(f"{address}/health", process)
        yield Started(process.pid, address, perf_counter() - begun)
    finally:
        if process.returncode is None:
            process.terminate()
        await asyncio.wait_for(process.wait(), STOP_WITHIN)


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def _environment() -> dict[str, str]:
    """The environment without any setting of Okno, and with its packages in reach."""
    ours = {name.upper() for name in Settings.model_fields}
    kept = {name: value for name, value in os.environ.items() if name.upper() not in ours}
    return kept | {"PYTHONPATH": str(ROOT)}


async def _answers(url: str, process: Process) -> None:
    async with asyncio.timeout(ANSWER_WITHIN), aiohttp.ClientSession() as client:
        while process.returncode is None:
            with contextlib.suppress(aiohttp.ClientConnectionError):
                async with client.get(url) as answer:
                    if answer.status == 200:
                        return
            await asyncio.sleep(ASK_EVERY)
    raise ChildProcessError(f"the process ended with {process.returncode} before it answered")
