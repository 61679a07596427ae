"""What the bot wants to say, checked: the body of POST and PUT /messages and of `message` in POST /answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, get_args

from bot.emulator.errors import ApiError, bad_request
from bot.emulator.keyboard import read_keyboard
from bot.emulator.model import Json, Rows, TextFormat, Upload

TEXT_LENGTH = 4000
UPLOADED_TYPES = ("image", "video", "audio", "file")


@dataclass(frozen=True, slots=True)
class Draft:
    """A checked message body. None in `rows` and `media` means: no attachments given, keep what is there."""

    text: str | None
    format: TextFormat | None
    rows: Rows | None
    media: list[Json] | None
    link: Json | None

    @property
    def empty(self) -> bool:
        return not (self.text or self.rows or self.media or self.link)


def read_draft(body: Any, uploads: Mapping[str, Upload]) -> Draft:
    """Check a message body (the schema `NewMessageBody`). `uploads` are the known files by token.

    Raises ApiError 400.
    """
    if not isinstance(body, dict):
        raise bad_request("the body must be an object")
    rows, media = _read_attachments(body.get("attachments"), uploads)
    return Draft(
        text=_read_text(body.get("text")),
        format=_read_format(body.get("format")),
        rows=rows,
        media=media,
        link=_read_link(body.get("link")),
    )


def _read_text(text: Any) -> str | None:
    if text is not None and not isinstance(text, str):
        raise bad_request("text must be a string")
    if text is not None and len(text) > TEXT_LENGTH:
        raise bad_request(f"text: size must be between 0 and {TEXT_LENGTH}")
    return text


def _read_format(format: Any) -> TextFormat | None:
    if format is None:
        return None
    for known in get_args(TextFormat):
        if format == known:
            return known  # type: ignore[no-any-return]
    raise bad_request("format must be html or markdown")


def _read_link(link: Any) -> Json | None:
    if link is None:
        return None
    if not isinstance(link, dict) or link.get("type") not in ("reply", "forward") or not link.get("mid"):
        raise bad_request("link must have a type (reply, forward) and a mid")
    return {"type": link["type"], "mid": link["mid"]}


def _read_attachments(attachments: Any, uploads: Mapping[str, Upload]) -> tuple[Rows | None, list[Json] | None]:
    if attachments is None:
        return None, None
    if not isinstance(attachments, list) or not all(isinstance(item, dict) for item in attachments):
        raise bad_request("attachments must be an array of objects")
    keyboards = [item for item in attachments if item.get("type") == "inline_keyboard"]
    if len(keyboards) > 1:
        raise bad_request("attachments: only one inline_keyboard is allowed")
    rows = read_keyboard(keyboards[0].get("payload")) if keyboards else []
    media = [_read_media(item, uploads) for item in attachments if item.get("type") != "inline_keyboard"]
    return rows, media


def _read_media(item: Json, uploads: Mapping[str, Upload]) -> Json:
    kind, payload = item.get("type"), item.get("payload")
    if kind in UPLOADED_TYPES:
        return {"type": kind, "token": _uploaded_token(str(kind), payload, uploads)}
    if kind in ("contact", "location", "share", "sticker"):
        return {name: value for name, value in item.items() if value is not None}
    raise bad_request(f"attachments: unknown type {kind!r}")


def _uploaded_token(kind: str, payload: Any, uploads: Mapping[str, Upload]) -> str:
    if not isinstance(payload, dict):
        raise bad_request(f"attachments: {kind} needs a payload")
    token = payload.get("token")
    if token is None and isinstance(payload.get("photos"), dict) and payload["photos"]:
        first = next(iter(payload["photos"].values()))
        token = first.get("token") if isinstance(first, dict) else None
    if token is None and payload.get("url"):
        # External pictures were allowed once; the platform refuses them now.
        raise bad_request(f"attachments: an external {kind} address is not allowed, upload the file")
    upload = uploads.get(str(token))
    if upload is None or upload.kind != kind:
        raise bad_request(f"attachments: unknown {kind} token")
    if not upload.received:
        raise ApiError(400, "attachment.not.ready", f"Key: errors.process.attachment.{kind}.not.processed")
    return upload.token
