"""What MAX tells the bot, read into turns. Everything here is pure; the forms of updates are `maxapi`'s types."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

import structlog
from maxapi.enums.chat_type import ChatType
from maxapi.enums.update import UpdateType
from maxapi.types.message import Message
from maxapi.types.updates import UpdateUnionAdapter
from maxapi.types.updates.bot_started import BotStarted
from maxapi.types.updates.bot_stopped import BotStopped
from maxapi.types.updates.message_callback import MessageCallback
from maxapi.types.updates.message_created import MessageCreated
from maxapi.types.users import User
from pydantic import ValidationError

from bot.messengers.turn import Person, Turn, TurnKind, Update

CHANNEL = "max"
READ_TYPES = (
    UpdateType.BOT_STARTED,
    UpdateType.MESSAGE_CREATED,
    UpdateType.MESSAGE_CALLBACK,
    UpdateType.BOT_STOPPED,
)
"""The updates that can become a turn, and the only ones we ask MAX for."""
START_COMMAND = "/start"
KEY_LENGTH = 200
"""What an inbox takes; a longer key gives way to a digest."""

log = structlog.get_logger(__name__)


def read_turn(raw: Mapping[str, Any]) -> Turn | None:
    """The turn inside an update; None for what asks for no answer: other updates, groups, bots, what is malformed."""
    if raw.get("update_type") not in READ_TYPES:
        return None
    try:
        update = UpdateUnionAdapter.validate_python(_without_extras(raw))
    except ValidationError as error:
        problems = error.errors(include_input=False, include_url=False, include_context=False)
        log.warning("max.update.malformed", key=update_key(raw), problems=problems)
        return None
    match update:
        case BotStarted():
            return _turn(update.user, update.user_locale, TurnKind.START, payload=update.payload or "")
        case BotStopped():
            return _turn(update.user, update.user_locale, TurnKind.STOPPED)
        case MessageCreated():
            return _typed(update)
        case MessageCallback():
            return _tapped(update)
    return None


def _turn(user: User, locale: str | None, kind: TurnKind, **said: str | None) -> Turn:
    person = Person(str(user.user_id), user.full_name, user.username, locale)
    return Turn(channel=CHANNEL, person=person, kind=kind, **said)  # type: ignore[arg-type]


def _typed(update: MessageCreated) -> Turn | None:
    sender = update.message.sender
    if sender is None or sender.is_bot or not _in_dialogue(update.message):
        return None
    text = (update.message.body and update.message.body.text) or ""
    command, *rest = text.split(maxsplit=1) or [""]
    if command.lower() == START_COMMAND:
        return _turn(sender, update.user_locale, TurnKind.START, payload="".join(rest).strip())
    return _turn(sender, update.user_locale, TurnKind.TEXT, text=text)


def _tapped(update: MessageCallback) -> Turn | None:
    callback, message = update.callback, update.message
    if message is not None and not _in_dialogue(message):
        return None
    return _turn(
        callback.user,
        update.user_locale,
        TurnKind.TAP,
        payload=callback.payload or "",
        message_id=message.body.mid if message and message.body else None,
        callback_id=callback.callback_id,
    )


def _in_dialogue(message: Message) -> bool:
    return message.recipient.chat_type == ChatType.DIALOG


def _without_extras(raw: Mapping[str, Any]) -> Mapping[str, Any]:
    """The update without the parts nobody reads: an attachment of a new kind must not hide the words beside it."""
    message = raw.get("message")
    if not isinstance(message, dict):
        return raw
    kept = {name: value for name, value in message.items() if name not in ("link", "stat", "url")}
    if isinstance(body := message.get("body"), dict):
        kept["body"] = {name: value for name, value in body.items() if name not in ("attachments", "markup")}
    return {**raw, "message": kept}


def read_update(raw: object) -> Update | None:
    """The update as the inbox keeps it; None when no person stands behind it."""
    if not isinstance(raw, dict) or (person := person_of(raw)) is None:
        return None
    payload = _storable(raw)
    return Update(key=update_key(payload), person=person, payload=payload)


def _storable(value: Any) -> Any:
    """The same with U+FFFD for what JSON may hold and a PostgreSQL text may not: NUL and halves of surrogate pairs.

    One such symbol typed by somebody would otherwise keep the inbox from ever taking its batch.
    """
    match value:
        case str():
            return value.replace("\0", "\ufffd").encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        case list():
            return [_storable(item) for item in value]
        case dict():
            return {_storable(name): _storable(item) for name, item in value.items()}
    return value


def person_of(raw: Mapping[str, Any]) -> str | None:
    """The external id of who caused the update."""
    places = (("callback", "user", "user_id"), ("user", "user_id"), ("message", "sender", "user_id"), ("user_id",))
    found = (_inside(raw, *place) for place in places)
    return next((str(user_id) for user_id in found if isinstance(user_id, int)), None)


def update_key(raw: Mapping[str, Any]) -> str:
    """The same for every delivery of one update, different for any two updates.

    MAX numbers neither updates nor deliveries, so the key is made of what the update speaks of. A callback id
    alone would not do: the vendor's schema calls it the identifier of the keyboard, not of the tap.
    """
    kind = raw.get("update_type")
    parts: tuple[object, ...]
    if kind == UpdateType.MESSAGE_CREATED:
        parts = (_inside(raw, "message", "body", "mid"),)
    elif kind == UpdateType.MESSAGE_CALLBACK:
        parts = (_inside(raw, "callback", "callback_id"), _inside(raw, "callback", "timestamp"))
    else:
        parts = (raw.get("chat_id"), _inside(raw, "user", "user_id"), raw.get("timestamp"))
    key = ":".join(map(str, (kind, *parts)))
    if None in parts or len(key) > KEY_LENGTH:
        return hashlib.sha256(json.dumps(raw, sort_keys=True, default=str).encode()).hexdigest()
    return key


def _inside(raw: Mapping[str, Any], *path: str) -> Any:
    found: Any = raw
    for name in path:
        found = found.get(name) if isinstance(found, Mapping) else None
    return found
