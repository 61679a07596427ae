"""The server's key: one for each purpose, made once, kept well."""

from __future__ import annotations

import secrets
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest

from core.keys import KEY_FILE, Keys, derive_keys, load_keys
from core.settings import Settings, SettingsError

SECRET = "a key of the operator, long enough to pass"


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.chdir(tmp_path)


def settings(folder: Path, **values: object) -> Settings:
    return Settings.model_validate({"okno_data": folder, **values})


def test_each_purpose_has_a_key_of_its_own() -> None:
    keys = derive_keys(SECRET)
    assert keys == derive_keys(SECRET)
    others = derive_keys(SECRET + "!")
    assert len({keys.share, keys.access, others.share, others.access}) == 4
    assert {len(keys.share), len(keys.access)} == {32}


def test_keys_do_not_show_themselves() -> None:
    assert repr(derive_keys(SECRET)) == "Keys()"


def test_the_operators_key_wins_and_nothing_is_written(data_folder: Path) -> None:
    assert load_keys(settings(data_folder, secret_key=SECRET)) == derive_keys(SECRET)
    assert not data_folder.exists()


def test_without_one_a_key_is_made_once_and_kept_to_its_owner(data_folder: Path) -> None:
    first = load_keys(settings(data_folder))
    assert load_keys(settings(data_folder)) == first
    assert load_keys(settings(data_folder / "other")) != first
    assert stat.S_IMODE((data_folder / KEY_FILE).stat().st_mode) == 0o600


def test_replicas_that_start_together_agree(data_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    together = Barrier(6, timeout=10)
    token = secrets.token_urlsafe

    def all_have_found_no_key(size: int) -> str:
        together.wait()
        return token(size)

    monkeypatch.setattr("core.keys.secrets.token_urlsafe", all_have_found_no_key)

    def start(_: int) -> Keys:
        return load_keys(settings(data_folder))

    with ThreadPoolExecutor(6) as replicas:
        keys = set(replicas.map(start, range(6)))
    assert len(keys) == 1
    assert [file.name for file in data_folder.iterdir()] == [KEY_FILE]


def test_an_outside_database_asks_for_the_operators_key(data_folder: Path) -> None:
    with pytest.raises(SettingsError, match=r"^SECRET_KEY is missing: [^\n]+\.$"):
        load_keys(settings(data_folder, database_url="postgresql://u:p@h/n"))


@pytest.mark.parametrize("left", ["", "  \n", "only a piece of it"])
def test_a_damaged_key_is_never_used(data_folder: Path, left: str) -> None:
    data_folder.mkdir()
    (data_folder / KEY_FILE).write_text(left)
    with pytest.raises(SettingsError, match=r"secret\.key is damaged: [^\n]+\.$"):
        load_keys(settings(data_folder))


def test_a_place_where_no_key_can_be_kept_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(SettingsError, match=r"^OKNO_DATA [^\n]+\.$"):
        load_keys(settings(tmp_path / "file" / "data"))
