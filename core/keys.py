"""The server's secrets, each derived for one purpose from the one key the operator keeps."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from dataclasses import dataclass, field
from pathlib import Path

from core.settings import Settings, SettingsError

KEY_FILE = "secret.key"
SHORTEST_SECRET = 32


@dataclass(frozen=True, slots=True)
class Keys:
    """Keys by purpose: knowing one tells nothing of another."""

    share: bytes = field(repr=False)
    """Derives the tokens of share links from their ids."""
    access: bytes = field(repr=False)
    """Signs access tokens and signed links."""


def derive_keys(secret: str) -> Keys:
    """Independent keys from one secret, by HMAC-SHA256 over the purpose (as HKDF-Expand, RFC 5869, does)."""

    def for_purpose(purpose: bytes) -> bytes:
        return hmac.digest(secret.encode(), b"okno/" + purpose, hashlib.sha256)

    return Keys(share=for_purpose(b"share"), access=for_purpose(b"access"))


def load_keys(settings: Settings) -> Keys:
    """Keys from SECRET_KEY; with the embedded database a missing one is made once and kept beside it.

    Raises SettingsError when an outside database is configured without SECRET_KEY (replicas must agree on it), and
    when the kept one cannot be read or written.
    """
    if settings.secret_key is not None:
        return derive_keys(settings.secret_key.get_secret_value())
    if settings.external_database is not None:
        raise SettingsError("SECRET_KEY is missing: set at least 32 random characters and keep them.")
    file = settings.okno_data.expanduser() / KEY_FILE
    try:
        secret = _kept_secret(file)
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"OKNO_DATA cannot keep the key file {file}: set SECRET_KEY or another folder.") from error
    if len(secret) < SHORTEST_SECRET:  # a damaged file must not become a key that anybody can guess
        raise SettingsError(f"The key file {file} is damaged: put its 64 characters back, or set SECRET_KEY.")
    return derive_keys(secret)


def _kept_secret(file: Path) -> str:
    """The secret in the file; whoever comes first writes it, whole or not at all."""
    file.parent.mkdir(parents=True, exist_ok=True)
    if not file.exists():
        draft = file.with_name(f"{file.name}.{secrets.token_hex(4)}")
        draft.touch(mode=0o600)
        draft.write_text(secrets.token_urlsafe(48))
        try:
            os.link(draft, file)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return file.read_text().strip()
