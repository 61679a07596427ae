"""What the operator sets: understood, or refused in one sentence; and never shown."""

from __future__ import annotations

import re
import traceback
from pathlib import Path

import pytest

from core.settings import Settings, SettingsError, load_settings

SECRETS = {
    "MAX_API_KEY": "max-token-5c1d",
    "MAX_WEBHOOK_SECRET": "webhook-secret-77aa",
    "SECRET_KEY": "the-key-of-the-server-0123456789-abcdef",
    "DATABASE_URL": "postgresql://okno:db-password-91@db.example/okno",
    "DB_PASSWORD": "other-password-42",
    "REDIS_URL": "redis://:redis-password-13@cache.example",
}


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No setting comes from the machine that runs the tests."""
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.chdir(tmp_path)


def given(monkeypatch: pytest.MonkeyPatch, **values: str) -> None:
    for name, value in values.items():
        monkeypatch.setenv(name, value)


def test_nothing_set_is_enough_to_start() -> None:
    settings = load_settings()
    assert (settings.port, settings.max_mode, settings.external_database) == (9000, "polling", None)


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ({"PORT": "abc"}, "PORT"),
        ({"PORT": "0"}, "PORT"),
        ({"PORT": "65536"}, "PORT"),
        ({"DB_PORT": "five"}, "DB_PORT"),
        ({"MAX_MODE": "carrier-pigeon"}, "MAX_MODE"),
        ({"LOG_FORMAT": "xml"}, "LOG_FORMAT"),
        ({"MAX_API_URL": "ftp://max.example"}, "MAX_API_URL"),
        ({"PUBLIC_URL": "okno.example"}, "PUBLIC_URL"),
        ({"MAX_WEBHOOK_SECRET": "with spaces"}, "MAX_WEBHOOK_SECRET"),
        ({"MAX_WEBHOOK_SECRET": "four"}, "MAX_WEBHOOK_SECRET"),
        ({"MAX_WEBHOOK_SECRET": "a-line-end\n"}, "MAX_WEBHOOK_SECRET"),
        ({"SECRET_KEY": "k" * 31}, "SECRET_KEY"),
        ({"DATABASE_URL": "mysql://okno:word@host/name"}, "DATABASE_URL"),
        ({"DATABASE_URL": "my database"}, "DATABASE_URL"),
        ({"DATABASE_URL": "postgresql://okno:pass@wo:rd@host/name"}, "DATABASE_URL"),
        ({"REDIS_URL": "http://cache.example"}, "REDIS_URL"),
        ({"DB_HOST": "db.example"}, "DB_MAIN_DATABASE"),
        ({"DB_HOST": "db.example", "DB_MAIN_DATABASE": "okno"}, "DB_USER"),
        ({"DB_USER": "okno", "DB_MAIN_DATABASE": "okno"}, "DB_HOST"),
        ({"MAX_API_KEY": "t", "MAX_MODE": "webhook", "PUBLIC_URL": "https://okno.example"}, "MAX_WEBHOOK_SECRET"),
        ({"MAX_API_KEY": "t", "MAX_MODE": "webhook", "MAX_WEBHOOK_SECRET": "secret"}, "PUBLIC_URL"),
    ],
)
def test_a_wrong_setting_is_refused_in_one_sentence_that_names_it(
    monkeypatch: pytest.MonkeyPatch, values: dict[str, str], named: str
) -> None:
    given(monkeypatch, **values)
    with pytest.raises(SettingsError, match=rf"^{named} ") as refusal:
        load_settings()
    sentence = str(refusal.value)
    assert re.fullmatch(r"[^\n]+\.", sentence)
    assert ". " not in sentence


@pytest.mark.parametrize(
    ("name", "value", "secret"),
    [
        ("SECRET_KEY", "tiny-secret", "tiny-secret"),
        ("MAX_WEBHOOK_SECRET", "not allowed!", "allowed!"),
        ("DATABASE_URL", "postgresql://okno:pass@wo:rest-of-it@host/name", "rest-of-it"),
        ("DATABASE_URL", "mysql://okno:password-8@host/name", "password-8"),
        ("REDIS_URL", "http://:password-9@host", "password-9"),
        ("DB_HOST", "db.example", SECRETS["SECRET_KEY"]),  # a rule over the whole, which sees every value
    ],
)
def test_a_refusal_shows_no_secret_even_to_a_debugger(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, secret: str
) -> None:
    given(monkeypatch, **({"SECRET_KEY": SECRETS["SECRET_KEY"]} | {name: value}))
    with pytest.raises(SettingsError) as refusal:
        load_settings()
    error = refusal.value
    shown = [str(error), repr(error), *traceback.format_exception(error), str(error.__context__)]
    assert secret not in "".join(shown)


@pytest.mark.parametrize(("name", "secret"), SECRETS.items())
def test_secrets_stay_out_of_every_picture_of_the_settings(
    monkeypatch: pytest.MonkeyPatch, name: str, secret: str
) -> None:
    given(monkeypatch, **SECRETS)
    settings = load_settings()
    assert getattr(settings, name.lower()).get_secret_value() == secret
    for picture in (repr(settings), str(settings), repr(settings.model_dump()), settings.model_dump_json()):
        assert secret not in picture
        assert "password" not in picture.replace("db_password", "")


@pytest.mark.parametrize(
    ("values", "address"),
    [
        ({"DATABASE_URL": "postgresql://u:p@h:6543/n"}, "postgresql+asyncpg://u:p@h:6543/n"),
        ({"DATABASE_URL": "postgres://u:p@h/n"}, "postgresql+asyncpg://u:p@h/n"),
        ({"DATABASE_URL": "postgresql+psycopg://u@h/n"}, "postgresql+asyncpg://u@h/n"),
        (
            {"DATABASE_URL": "postgresql://u:p%40%3A@h/n?sslmode=require"},
            "postgresql+asyncpg://u:p%40%3A@h/n?ssl=require",
        ),
        (
            {"DB_HOST": "h", "DB_MAIN_DATABASE": "n", "DB_USER": "u", "DB_PASSWORD": "p@:/ #"},
            "postgresql+asyncpg://u:p%40%3A%2F%20%23@h:5432/n",
        ),
        ({"DB_HOST": "h", "DB_PORT": "1", "DB_MAIN_DATABASE": "n", "DB_USER": "u"}, "postgresql+asyncpg://u:@h:1/n"),
        (
            {"DATABASE_URL": "postgresql://u:p@h/n", "DB_HOST": "x", "DB_MAIN_DATABASE": "x", "DB_USER": "x"},
            "postgresql+asyncpg://u:p@h/n",
        ),
    ],
)
def test_the_database_is_found_in_either_form(
    monkeypatch: pytest.MonkeyPatch, values: dict[str, str], address: str
) -> None:
    given(monkeypatch, **values)
    assert load_settings().external_database == address


def test_the_env_file_is_read_and_the_environment_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    Path(".env").write_text("PORT=9100\nPUBLIC_URL=https://file.example/\nMAX_API_KEY=\nSOMETHING_ELSE=1\n")
    given(monkeypatch, PORT="9200")
    settings = load_settings()
    assert (settings.port, settings.public_url, settings.max_api_key) == (9200, "https://file.example", None)


def test_an_unreadable_env_file_is_one_sentence_too() -> None:
    Path(".env").write_bytes("PUBLIC_URL=https://окно.example".encode("cp1251"))
    with pytest.raises(SettingsError, match=r"^The file \.env [^\n]+\.$"):
        load_settings()
