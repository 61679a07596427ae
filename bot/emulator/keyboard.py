"""Inline keyboards: which buttons there are and how many fit (dev.max.ru/docs-api, "Buttons")."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

from bot.emulator.errors import bad_request
from bot.emulator.model import Button, Rows

BUTTONS = 210
ROWS = 30
ROW_WIDTH = 7
SPECIAL_ROW_WIDTH = 3
SPECIAL_TYPES = frozenset({"link", "open_app", "request_contact", "request_geo_location"})
TYPES = SPECIAL_TYPES | {"callback", "message", "clipboard"}
TEXT_LENGTH = 128
PAYLOAD_LENGTH = 1024
URL_LENGTH = 2048
APP_PAYLOAD = re.compile(r"[A-Za-z0-9_-]{0,512}")
INTENTS = frozenset({"default", "positive", "negative"})


def read_keyboard(payload: Any) -> Rows:
    """The rows of buttons of an `inline_keyboard` payload, without the fields that say nothing.

    Raises ApiError 400 for anything the platform would not show.
    """
    rows = payload.get("buttons") if isinstance(payload, dict) else None
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        raise bad_request("buttons: an array of rows is required")
    if not any(rows):
        raise bad_request("buttons: the keyboard is empty")
    if len(rows) > ROWS:
        raise bad_request(f"buttons: more than {ROWS} rows")
    if sum(map(len, rows)) > BUTTONS:
        raise bad_request(f"buttons: more than {BUTTONS} buttons")
    return [_read_row(row) for row in rows]


def _read_row(row: list[Any]) -> list[Button]:
    buttons = [_read_button(button) for button in row]
    special = any(button["type"] in SPECIAL_TYPES for button in buttons)
    width = SPECIAL_ROW_WIDTH if special else ROW_WIDTH
    if len(buttons) > width:
        raise bad_request(f"buttons: more than {width} in a row" + (" with special buttons" if special else ""))
    return buttons


def _read_button(raw: Any) -> Button:
    if not isinstance(raw, dict) or raw.get("type") not in TYPES:
        raise bad_request(f"button: unknown type in {raw!r}")
    _check_text(raw, "text", longest=TEXT_LENGTH, required=True)
    match raw["type"]:
        case "callback":
            _check_text(raw, "payload", longest=PAYLOAD_LENGTH)
            if raw.get("intent") not in INTENTS | {None}:
                raise bad_request("button: unknown intent")
        case "clipboard":
            _check_text(raw, "payload", longest=PAYLOAD_LENGTH, required=True)
        case "link":
            _check_link(raw)
        case "open_app":
            _check_app(raw)
    return {name: value for name, value in raw.items() if value is not None}


def _check_text(raw: Button, field: str, *, longest: int, required: bool = False) -> None:
    value = raw.get(field)
    if value is None and not required:
        return
    if not isinstance(value, str) or not (1 if required else 0) <= len(value) <= longest:
        raise bad_request(f"button: {field} must have 1 to {longest} characters")


def _check_link(raw: Button) -> None:
    _check_text(raw, "url", longest=URL_LENGTH, required=True)
    address = urlsplit(raw["url"])
    if address.scheme not in ("http", "https") or not address.netloc:
        raise bad_request("button: url must be an http(s) address")


def _check_app(raw: Button) -> None:
    # The real platform says exactly this when the field is missing, even beside a contact_id.
    if not raw.get("web_app"):
        raise bad_request("Field 'webApp' cannot be null")
    payload = raw.get("payload")
    if payload is not None and (not isinstance(payload, str) or not APP_PAYLOAD.fullmatch(payload)):
        raise bad_request("button: payload of open_app must match [A-Za-z0-9_-]{0,512}")
