"""The emulator's memory in a file, so that a restarted demo keeps its chats."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

from aiohttp import web
from pydantic import TypeAdapter

from bot.emulator.model import State

SAVE_EVERY_SECONDS = 1.0

STATE = TypeAdapter(State)


class StateFile:
    """Keeps `path` equal to `state`: looked at once a second and at the end, written when it differs.

    Comparing instead of tracking changes: nothing can forget to report one.
    """

    def __init__(self, path: Path, state: State) -> None:
        self._path = path
        self._state = state
        self._written = b""

    async def run(self, _: web.Application) -> AsyncIterator[None]:
        """Save while the application runs (an aiohttp cleanup context)."""
        saving = asyncio.create_task(self._save_regularly())
        yield
        saving.cancel()
        await asyncio.gather(saving, return_exceptions=True)
        self.save()

    def save(self) -> None:
        """Write the state if it changed; a crash meanwhile leaves the old file."""
        content = STATE.dump_json(self._state)
        if content == self._written:
            return
        self._path.parent.mkdir(parents=True, exist_ok=True)
        fresh = self._path.with_suffix(".new")
        fresh.write_bytes(content)
        fresh.replace(self._path)
        self._written = content

    async def _save_regularly(self) -> None:
        while True:
            await asyncio.sleep(SAVE_EVERY_SECONDS)
            self.save()


def load_state(path: Path) -> State | None:
    """The state in the file, or None when there is no file. Raises pydantic.ValidationError for a foreign file."""
    return STATE.validate_json(path.read_bytes()) if path.exists() else None
