"""The emulated messenger: what people do in it, and how the bot hears of it.

This is the side tests and the chat page drive; the bot's side is the Bot API over HTTP.
"""

from __future__ import annotations

import asyncio
import re
import secrets
import time
from collections.abc import Callable

from bot.emulator.changes import Change, Changes, Watch
from bot.emulator.dialogues import Dialogues
from bot.emulator.errors import ApiError, bad_request
from bot.emulator.faults import Faults
from bot.emulator.launch import contact_hash, launch_data, launch_url, person_fields
from bot.emulator.limits import RateLimits
from bot.emulator.model import (
    FIRST_CHAT_ID,
    FIRST_PERSON_ID,
    Button,
    Callback,
    Json,
    Message,
    Person,
    State,
    Update,
)
from bot.emulator.updates import UpdateStream
from bot.emulator.wire import Wire

START_PAYLOAD = re.compile(r"[A-Za-z0-9_-]{1,128}")
START_PARAM = re.compile(r"[A-Za-z0-9_-]{0,512}")
TEXT_LENGTH = 4000
AVATAR_COLORS = ("#5b8def", "#e5734f", "#4caf7a", "#a36bd6", "#d6a23f", "#3fa9b5", "#d65b8a", "#7a8596")


class Emulator:
    """One bot and the people around it. `clock` tells the present in seconds since the epoch.

    Methods that a real messenger would refuse raise ApiError, whose `status`, `code` and `message` tell why.
    """

    def __init__(
        self,
        state: State,
        *,
        token: str,
        app_url: str | None = None,
        clock: Callable[[], float] = time.time,
        limits: RateLimits | None = None,
        faults: Faults | None = None,
    ) -> None:
        self.state = state
        self.token = token
        self.app_url = app_url
        self.limits = limits or RateLimits()
        self.faults = faults or Faults()
        self.changes = Changes(state.bot.user_id)
        self.updates = UpdateStream(state, self.now_ms)
        self.dialogues = Dialogues(state, self.changes, self.now_ms)
        self.wire = Wire(state)
        self.closing = asyncio.Event()
        self.on_update: list[Callable[[Update], None]] = []
        self._clock = clock

    def now_ms(self) -> int:
        """The present instant, ms since the epoch."""
        return int(self._clock() * 1000)

    # What people do

    def add_person(
        self,
        first_name: str,
        last_name: str = "",
        *,
        locale: str = "ru",
        time_zone: str = "Europe/Moscow",
        username: str | None = None,
    ) -> Person:
        """Somebody new in the messenger, who has not met the bot yet."""
        number = len(self.state.people)
        person = Person(
            user_id=FIRST_PERSON_ID + number,
            chat_id=FIRST_CHAT_ID + number,
            first_name=first_name,
            last_name=last_name,
            username=username,
            locale=locale,
            time_zone=time_zone,
            phone=f"7900{number + 1:07d}",
            avatar_color=AVATAR_COLORS[number % len(AVATAR_COLORS)],
            last_activity_ms=self.now_ms(),
        )
        self.state.people[person.user_id] = person
        self._tell_page(person)
        return person

    def open(self, user_id: int, payload: str | None = None) -> None:
        """Press Start, or follow the bot's deep link with this payload (at most 128 of A-Z a-z 0-9 _ -).

        A person who knows the bot already is told to it again, as the platform does for deep links.
        """
        if payload is not None and not START_PAYLOAD.fullmatch(payload):
            raise bad_request("payload must match [A-Za-z0-9_-]{1,128}")
        person = self.dialogues.person(user_id)
        person.started, person.stopped = True, False
        self._tell_page(person)
        fields: Json = {} if payload is None else {"payload": payload}
        self._tell_bot(person, "bot_started", **self._about(person), **fields)

    def say(self, user_id: int, text: str) -> Message:
        """Write to the bot."""
        if not 1 <= len(text) <= TEXT_LENGTH:
            raise bad_request(f"text: size must be between 1 and {TEXT_LENGTH}")
        return self._write(self._talking(user_id), text=text)

    def share_contact(self, user_id: int) -> Message:
        """Send one's own phone number, with the platform's proof that it is one's own."""
        person = self._talking(user_id)
        vcard = f"BEGIN:VCARD\r\nVERSION:3.0\r\nTEL;TYPE=cell:{person.phone}\r\nFN:{person.name}\r\nEND:VCARD\r\n"
        payload = {
            "vcf_info": vcard,
            "hash": contact_hash(vcard, self.token),
            "max_info": self.wire.user(person),
        }
        return self._write(person, media=[{"type": "contact", "payload": payload}])

    def tap(self, user_id: int, mid: str, row: int, column: int) -> None:
        """Tap a button of the bot's message; rows and columns count from 0.

        `callback` tells the bot, `message` says its text, `request_contact` shares the contact. The other types
        happen on the device alone and are refused here.
        """
        person = self._talking(user_id)
        message = self._own_message(person, mid)
        button = _button_at(message, row, column)
        match button["type"]:
            case "callback":
                self._call_back(person, message, button)
            case "message":
                self._write(person, text=button["text"])
            case "request_contact":
                self.share_contact(user_id)
            case other:
                raise bad_request(f"a button of type {other} tells the bot nothing")

    def tap_text(self, user_id: int, text: str) -> None:
        """Tap the newest button with this text. Raises ApiError 404 when no message shows one."""
        mid, row, column = self.find_button(user_id, text)
        self.tap(user_id, mid, row, column)

    def find_button(self, user_id: int, text: str) -> tuple[str, int, int]:
        """Where the newest button with this text is: message, row, column. Raises ApiError 404."""
        for message in reversed(self.messages(user_id)):
            for row, buttons in enumerate(message.rows):
                for column, button in enumerate(buttons):
                    if button["text"] == text:
                        return message.mid, row, column
        raise ApiError(404, "button.not.found", f"no button says {text!r}")

    def remove_message(self, user_id: int, mid: str) -> None:
        """Delete a message for both sides."""
        person = self._talking(user_id)
        self.dialogues.remove(self._own_message(person, mid))
        self._tell_bot(person, "message_removed", chat_id=person.chat_id, user_id=user_id, message_id=mid)

    def stop(self, user_id: int) -> None:
        """Stop the bot: it cannot write until the person starts it again."""
        person = self._talking(user_id)
        person.stopped = True
        self._tell_page(person)
        self._tell_bot(person, "bot_stopped", **self._about(person))

    def clear(self, user_id: int) -> None:
        """Clear the chat's history."""
        person = self.dialogues.person(user_id)
        self.dialogues.clear(person)
        self._tell_page(person)
        self._tell_bot(person, "dialog_cleared", **self._about(person))

    # What people see

    def messages(self, user_id: int) -> list[Message]:
        """The person's chat with the bot, the oldest message first."""
        return self.dialogues.history(self.dialogues.person(user_id).chat_id)

    def last_message(self, user_id: int) -> Message | None:
        """The newest message the bot wrote to them."""
        written = [one for one in self.messages(user_id) if one.sender_id == self.state.bot.user_id]
        return written[-1] if written else None

    def watch(self, user_id: int | None = None) -> Watch:
        """See what happens from now on, in one person's chat or in all: `with emulator.watch(…) as chat: …`."""
        return self.changes.watch(user_id)

    def launch_data(self, user_id: int, start_param: str | None = None) -> str:
        """Signed launch data of the mini app (its `initData`), fresh now, for this person."""
        if start_param is not None and not START_PARAM.fullmatch(start_param):
            raise bad_request("start_param must match [A-Za-z0-9_-]{0,512}")
        fields = person_fields(
            self.dialogues.person(user_id),
            auth_date=int(self._clock()),
            query_id=secrets.token_hex(16),
            start_param=start_param,
        )
        return launch_data(fields, self.token)

    def launch_url(self, user_id: int, start_param: str | None = None) -> str:
        """Where the mini app opens for this person. Raises ApiError 404 when the bot has no mini app."""
        if self.app_url is None:
            raise ApiError(404, "app.not.found", "the bot has no mini app")
        return launch_url(self.app_url, self.launch_data(user_id, start_param))

    # Inside

    def close(self) -> None:
        """Let go of everybody who waits: the server shuts down."""
        self.closing.set()
        self.updates.close()
        self.changes.close()

    def _talking(self, user_id: int) -> Person:
        person = self.dialogues.person(user_id)
        if not person.started or person.stopped:
            raise ApiError(409, "bot.not.started", "press Start first")
        return person

    def _own_message(self, person: Person, mid: str) -> Message:
        message = self.dialogues.message(mid)
        if message.chat_id != person.chat_id:
            raise ApiError(404, "message.not.found", f"Message {mid} not found")
        return message

    def _write(self, person: Person, *, text: str | None = None, media: list[Json] | None = None) -> Message:
        message = self.dialogues.write(person, text=text, media=media)
        rendered = self.wire.message(message)
        self._tell_bot(person, "message_created", message=rendered, user_locale=person.locale)
        return message

    def _call_back(self, person: Person, message: Message, button: Button) -> None:
        callback = Callback(
            callback_id=secrets.token_urlsafe(48),
            user_id=person.user_id,
            chat_id=person.chat_id,
            mid=message.mid,
            timestamp_ms=self.now_ms(),
        )
        self.state.callbacks[callback.callback_id] = callback
        told = {
            "timestamp": callback.timestamp_ms,
            "callback_id": callback.callback_id,
            "user": self.wire.user(person),
        }
        if "payload" in button:
            told["payload"] = button["payload"]
        self._tell_bot(person, "message_callback", message_mid=message.mid, callback=told, user_locale=person.locale)

    def _about(self, person: Person) -> Json:
        return {"chat_id": person.chat_id, "user": self.wire.user(person), "user_locale": person.locale}

    def _tell_page(self, person: Person) -> None:
        self.changes.tell(Change(person.user_id, "person"))

    def _tell_bot(self, person: Person, kind: str, *, message_mid: str | None = None, **fields: object) -> None:
        person.last_activity_ms = self.now_ms()
        body: Json = {"update_type": kind, "timestamp": self.now_ms(), **fields}
        for _ in range(2 if self.faults.duplicate_updates else 1):
            update = self.updates.append(person.chat_id, body, message_mid=message_mid)
            for listener in self.on_update:
                listener(update)


def _button_at(message: Message, row: int, column: int) -> Button:
    if 0 <= row < len(message.rows) and 0 <= column < len(message.rows[row]):
        return message.rows[row][column]
    raise ApiError(404, "button.not.found", f"no button at row {row}, column {column}")
