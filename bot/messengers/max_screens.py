"""Screens as MAX wants them: HTML text and an attachment with the buttons (dev.max.ru/docs-api, POST /messages)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from maxapi.enums.attachment import AttachmentType
from maxapi.enums.parse_mode import TextFormat
from maxapi.types.attachments.attachment import ButtonsPayload
from maxapi.types.attachments.buttons import (
    CallbackButton,
    ClipboardButton,
    InlineButtonUnion,
    LinkButton,
    OpenAppButton,
)
from maxapi.types.attachments.buttons.attachment_button import AttachmentButton
from maxapi.utils.deep_linking import MAX_DEEPLINK_HOST

from bot.messengers.layout import fit_line, fit_markup, fit_rows
from bot.messengers.turn import Button, Capabilities, Copy, OpenApp, OpenLink, Row, Screen, Share, Tap

CAPABILITIES = Capabilities(
    text_length=4000,
    rows=30,
    row_width=7,
    special_row_width=3,
    buttons=210,
    button_text=128,
    payload_bytes=1024,
)
"""What MAX shows; it counts special rows by fewer kinds of buttons than we do, which is on the safe side."""


def message_body(screen: Screen, picture: dict[str, Any] | None, *, username: str) -> dict[str, Any]:
    """The body of a message or an edit. `picture`: the uploaded one, as an attachment. `username`: the bot's own.

    Attachments are always named, for in an edit MAX keeps those that are not.
    Raises ValueError for buttons that cannot be shown.
    """
    rows = fit_rows(screen.rows, CAPABILITIES)
    keyboard = [_keyboard(rows, username)] if rows else []
    return {
        "text": fit_markup(screen.text, CAPABILITIES.text_length),
        "format": TextFormat.HTML.value,
        "attachments": ([picture] if picture else []) + keyboard,
    }


def _keyboard(rows: Sequence[Row], username: str) -> dict[str, Any]:
    buttons = [[_button(button, username) for button in row] for row in rows]
    payload = ButtonsPayload(buttons=buttons)
    keyboard = AttachmentButton(type=AttachmentType.INLINE_KEYBOARD, payload=payload, bot=None)
    return keyboard.model_dump(mode="json", exclude_none=True)


def _button(button: Button, username: str) -> InlineButtonUnion:
    text = fit_line(button.text, CAPABILITIES.button_text)
    match button:
        case Tap():
            return CallbackButton(text=text, payload=button.data)
        case OpenLink():
            return LinkButton(text=text, url=button.url)
        case OpenApp():
            return OpenAppButton(text=text, web_app=username, payload=button.payload or None)
        case Copy():
            return ClipboardButton(text=text, payload=button.value)
        case Share():
            return LinkButton(text=text, url=f"{MAX_DEEPLINK_HOST}/:share?text={quote(button.message, safe='')}")
