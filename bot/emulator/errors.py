"""Refusals of the Bot API: an HTTP status and a body `{"code", "message"}`.

Codes seen on the real platform: `verify.token` (401), `proto.payload` (400), `attachment.not.ready` (400),
`chat.denied` with the message `error.dialog.suspended` (403: the person stopped the bot), `chat.not.found` (404).
The others are the emulator's own choice in the same manner; clients should go by the status.
"""

from __future__ import annotations


class ApiError(Exception):
    """A request that is refused; `retry_after` (seconds) becomes the header of that name."""

    def __init__(self, status: int, code: str, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status = status
        self.code = code
        self.message = message
        self.retry_after = retry_after


def bad_request(message: str) -> ApiError:
    """The request does not fit the schema or its limits."""
    return ApiError(400, "proto.payload", message)


def invalid_token() -> ApiError:
    return ApiError(401, "verify.token", "Invalid access_token")


def chat_not_found(chat_id: int) -> ApiError:
    return ApiError(404, "chat.not.found", f"Chat {chat_id} not found")


def message_not_found(mid: str) -> ApiError:
    return ApiError(404, "message.not.found", f"Message {mid} not found")


def dialog_denied(*, started: bool) -> ApiError:
    """The bot may not write: the person stopped it, or never started it."""
    reason = "error.dialog.suspended" if started else "error.dialog.notfound"
    return ApiError(403, "chat.denied", reason)


def too_many_requests(message: str, *, retry_after: float | None = None) -> ApiError:
    return ApiError(429, "too.many.requests", message, retry_after=retry_after)
