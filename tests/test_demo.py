"""`python -m bot` as people start it: the demo through its whole life, and the sentences of what cannot start.

Real processes, each with a PostgreSQL of its own: slow by nature (seconds).
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from core.settings import Settings
from tests.process import ROOT, free_port

pytestmark = pytest.mark.slow

WITHIN = 60.0
ENDS_WITHIN = 5.0

Json = dict[str, Any]


def environment(data: Path, **settings: str) -> dict[str, str]:
    """The environment of the tests without any setting of Okno but these."""
    ours = {name.upper() for name in Settings.model_fields}
    kept = {name: value for name, value in os.environ.items() if name.upper() not in ours}
    return kept | {"PYTHONPATH": str(ROOT), "OKNO_DATA": str(data), **settings}


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "bot", *arguments]


@dataclass
class Demo:
    """A running demo: what it said, and its people over HTTP."""

    process: subprocess.Popen[str]
    port: int
    greeting: str
    complaints: list[str]

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def get(self, path: str) -> tuple[int, Json]:
        try:
            with urlopen(self.address + path, timeout=10) as answer:  # noqa: S310 (ours)
                return answer.status, json.load(answer)
        except HTTPError as error:
            return error.code, {}

    def people(self) -> dict[str, Json]:
        people = self.get("/emulator/state")[1]["people"]
        return {person["first_name"]: person for person in people}

    def chat(self, name: str) -> list[str]:
        return [message["text"] for message in self.people()[name]["messages"]]

    def shows(self, name: str, text: str) -> bool:
        return any(text in shown for shown in self.chat(name))

    def says(self, name: str, text: str) -> str:
        """Type something and return the bot's answer."""
        written = len(self.chat(name))
        self._post(name, "say", text=text)
        return self._answer(lambda: len(self.chat(name)) >= written + 2, name)

    def starts(self, name: str) -> str:
        """Press Start and return the bot's answer."""
        written = len(self.chat(name))
        self._post(name, "start")
        return self._answer(lambda: len(self.chat(name)) >= written + 1, name)

    def end(self, number: int = signal.SIGTERM) -> tuple[int, float]:
        """Send the signal; returns the exit code and how many seconds it took."""
        begun = time.monotonic()
        self.process.send_signal(number)
        return self.process.wait(WITHIN), time.monotonic() - begun

    def _post(self, name: str, deed: str, **body: str) -> None:
        url = f"{self.address}/emulator/people/{self.people()[name]['user_id']}/{deed}"
        headers = {"Content-Type": "application/json"}
        with urlopen(Request(url, json.dumps(body).encode(), headers), timeout=10) as answer:  # noqa: S310 (ours)
            assert answer.status == 200

    def _answer(self, done: Callable[[], bool], name: str) -> str:
        wait_until(done, f"{name} gets no answer")
        return self.chat(name)[-1]


def wait_until(done: Callable[[], bool], otherwise: str) -> None:
    deadline = time.monotonic() + WITHIN
    while not done():
        assert time.monotonic() < deadline, otherwise
        time.sleep(0.02)


@contextmanager
def demo(data: Path, *arguments: str, port: int | None = None) -> Iterator[Demo]:
    """Run the demo until it says that it is open; killed at the end of the block if it still runs."""
    port = port or free_port()
    process = subprocess.Popen(
        command("demo", "--port", str(port), *arguments),
        cwd=data.parent,
        env=environment(data),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None and process.stderr is not None
    complaints: list[str] = []
    listening = threading.Thread(target=complaints.extend, args=(process.stderr,))
    listening.start()
    try:
        yield Demo(process, port, process.stdout.readline(), complaints)
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
        listening.join()
        process.stdout.close()
        process.stderr.close()


@pytest.fixture
def data() -> Iterator[Path]:
    """Not in pytest's own folder, which is closed to the user that the server runs as."""
    with tempfile.TemporaryDirectory(prefix="okno-", ignore_cleanup_errors=True) as folder:
        yield Path(folder) / "data"


# The demo


def test_the_demo_from_its_first_start_to_a_clean_one(data: Path) -> None:
    """One story, because each start of PostgreSQL takes its second."""
    port = free_port()
    with demo(data, port=port) as first:
        assert first.greeting == f"Окно открыто: http://localhost:{port}/emulator/\n"
        assert first.get("/health") == (200, {"status": "ok"})
        assert first.get("/health/db") == (200, {"status": "ok"})
        assert {"Павел", "Анна"} <= set(first.people())
        for name, text in (
            ("Павел", "Что делаем?"),
            ("Павел", "<b>Анна Петрова</b> просит о встрече"),
            ("Анна", "<b>Павел Смирнов</b> подтверждает встречу"),
            ("Анна", "Ближайшие окна по вашему времени (Екатеринбург):"),
        ):
            wait_until(lambda name=name, text=text: first.shows(name, text), f"{name} is not shown: {text}")  # type: ignore[misc]
        menu = first.says("Павел", "/menu")
        assert "Ближайшая встреча:" in menu and "1 запрос ждёт вашего ответа." in menu
        chats = {name: first.chat(name) for name in ("Павел", "Анна")}

        second = subprocess.run(
            command("demo", "--port", str(port)),
            env=environment(data),
            cwd=data.parent,
            capture_output=True,
            text=True,
        )
        assert second.returncode == 2
        assert second.stderr == f"PORT {port} cannot be used: address already in use.\n"

        page = HTTPConnection("127.0.0.1", port, timeout=10)  # a browser that stays open
        page.request("GET", "/emulator/stream")
        assert page.getresponse().status == 200
        code, seconds = first.end()
        page.close()
        assert (code, seconds < ENDS_WITHIN) == (0, True), seconds
    assert "Traceback" not in "".join(first.complaints)

    with demo(data) as again:
        assert {name: again.chat(name) for name in chats} == chats, "the chats are as they were left"
        assert "Ближайшая встреча:" in again.says("Павел", "/menu")
        wait_until(lambda: "/menu" in (data / "demo" / "emulator.json").read_text(), "nothing is kept")
        again.end(signal.SIGKILL)

    with demo(data) as after_a_kill:
        assert after_a_kill.get("/health/db")[0] == 200
        assert "Ближайшая встреча:" in after_a_kill.says("Павел", "/menu")
        assert after_a_kill.end(signal.SIGINT)[0] == 0
    assert "Traceback" not in "".join(after_a_kill.complaints)

    with demo(data, "--empty") as clean:
        assert [clean.chat("Павел"), clean.chat("Анна")] == [[], []]
        assert clean.starts("Павел").startswith("Здравствуйте, Павел Смирнов!")
        assert clean.starts("Анна").startswith("Здравствуйте, Анна Петрова!")
        assert clean.says("Анна", "/week").endswith("Встреч нет.")


# What cannot start says so in one sentence


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({}, "MAX_API_KEY is missing: set the token of your bot, or try `python -m bot demo`."),
        ({"MAX_API_KEY": ""}, "MAX_API_KEY is missing: set the token of your bot, or try `python -m bot demo`."),
        ({"PORT": "http"}, "PORT is not right: "),
        ({"PORT": "70000"}, "PORT is not right: "),
        ({"MAX_API_KEY": "t", "MAX_MODE": "pigeons"}, "MAX_MODE is not right: "),
        ({"MAX_API_KEY": "t", "MAX_MODE": "webhook"}, "MAX_WEBHOOK_SECRET is missing: MAX_MODE=webhook needs it"),
        (
            {"MAX_API_KEY": "t", "MAX_MODE": "webhook", "MAX_WEBHOOK_SECRET": "secret"},
            "PUBLIC_URL must start with https:// for MAX_MODE=webhook",
        ),
        ({"MAX_API_KEY": "t", "SECRET_KEY": "short-and-secret"}, "SECRET_KEY is not right: "),
        ({"MAX_API_KEY": "t", "DATABASE_URL": "mysql://me:pa55@host/db"}, "DATABASE_URL is not right: "),
        ({"MAX_API_KEY": "t", "DB_HOST": "db"}, "DB_MAIN_DATABASE is missing: "),
        (
            {"MAX_API_KEY": "t", "DATABASE_URL": "postgresql://me:pa55@127.0.0.1:1/db"},
            "SECRET_KEY is missing: set at least 32 random characters and keep them.",
        ),
        (
            {
                "MAX_API_KEY": "t",
                "DATABASE_URL": "postgresql://me:pa55@127.0.0.1:1/db",
                "SECRET_KEY": "s" * 32,
            },
            "The database cannot be reached: connection refused.",
        ),
    ],
    ids=lambda value: "+".join(value) if isinstance(value, dict) else "",
)
def test_settings_that_do_not_allow_a_start(data: Path, settings: Json, sentence: str) -> None:
    ended = subprocess.run(
        command("run"), cwd=data.parent, env=environment(data, **settings), capture_output=True, text=True, timeout=60
    )
    assert ended.returncode == 2, ended.stderr
    assert ended.stdout == ""
    assert ended.stderr.startswith(sentence), ended.stderr
    assert ended.stderr.count("\n") == 1, "one sentence"
    for value in ("pa55", "short-and-secret"):
        assert value not in ended.stderr, "no secret on the screen"
    assert not data.exists(), "nothing was begun"


def test_an_unreadable_env_file(data: Path) -> None:
    (data.parent / ".env").write_bytes(b"MAX_API_KEY=\xff\xfe")
    ended = subprocess.run(command("run"), cwd=data.parent, env=environment(data), capture_output=True, text=True)
    assert (ended.returncode, ended.stderr) == (2, "The file .env cannot be read as UTF-8 text.\n")


def test_a_data_folder_that_cannot_be(data: Path) -> None:
    data.write_text("a file in the folder's place")
    ended = subprocess.run(command("demo"), cwd=data.parent, env=environment(data), capture_output=True, text=True)
    assert ended.returncode == 2
    assert ended.stderr.startswith("OKNO_DATA cannot ") and ended.stderr.count("\n") == 1
