"""Tokens of share links: derived from the link's id and a server key, so that no table holds them."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from uuid import UUID

TOKEN = re.compile(r"^[A-Za-z0-9_-]{22}$")
TOKEN_BYTES = 16


def derive(key: bytes, link_id: UUID) -> str:
    """The link's token: 128 bits of HMAC-SHA256 over its id, as 22 URL-safe characters."""
    digest = hmac.digest(key, link_id.bytes, hashlib.sha256)
    return base64.urlsafe_b64encode(digest[:TOKEN_BYTES]).rstrip(b"=").decode()


def fingerprint(token: str) -> bytes:
    """What the database holds of a token: its SHA-256. The token has 128 random bits, so it needs no salt."""
    return hashlib.sha256(token.encode()).digest()
