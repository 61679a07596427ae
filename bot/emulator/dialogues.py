"""Who is there and what was said: the messages of every person's dialogue with the bot."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from bot.emulator.changes import Change, Changes
from bot.emulator.drafts import Draft
from bot.emulator.errors import ApiError, bad_request, chat_not_found, dialog_denied, message_not_found
from bot.emulator.markup import read_markup
from bot.emulator.model import Json, Message, Person, State

# A message's number in its chat is the instant in ms and 16 more bits, so that no two are equal and ids of an
# emulator that lost its memory never come again.
SEQUENCE_BITS = 16


class Dialogues:
    """Reads and writes messages of `state`, and tells `changes` what people see of it."""

    def __init__(self, state: State, changes: Changes, now_ms: Callable[[], int]) -> None:
        self._state = state
        self._changes = changes
        self._now_ms = now_ms

    def person(self, user_id: int) -> Person:
        """Raises ApiError 404."""
        try:
            return self._state.people[user_id]
        except KeyError:
            raise chat_not_found(user_id) from None

    def person_of_chat(self, chat_id: int) -> Person:
        """Raises ApiError 404."""
        for person in self._state.people.values():
            if person.chat_id == chat_id:
                return person
        raise chat_not_found(chat_id)

    def message(self, mid: str) -> Message:
        """Raises ApiError 404."""
        try:
            return self._state.messages[mid]
        except KeyError:
            raise message_not_found(mid) from None

    def history(self, chat_id: int) -> list[Message]:
        """All messages of a dialogue, the oldest first."""
        return [message for message in self._state.messages.values() if message.chat_id == chat_id]

    def check_reachable(self, person: Person) -> None:
        """The bot may write to this person. Raises ApiError 403."""
        if not person.started or person.stopped:
            raise dialog_denied(started=person.started)

    def bot_message(self, mid: str) -> Message:
        """A message that the bot may change. Raises ApiError 404 when there is none, 403 when it is not the bot's."""
        message = self.message(mid)
        if message.sender_id != self._state.bot.user_id:
            raise ApiError(403, "access.denied", "Only the bot's own messages can be changed")
        return message

    def send(self, person: Person, draft: Draft) -> Message:
        """The bot writes. Raises ApiError 400 when the draft says nothing, 404 when its link points nowhere."""
        if draft.empty:
            raise bad_request("text or attachments are required")
        if draft.link is not None:
            self.message(draft.link["mid"])
        message = self._new_message(person, self._state.bot.user_id)
        self._fill(message, draft)
        message.link = draft.link
        return self._store(person, message)

    def write(self, person: Person, *, text: str | None = None, media: list[Json] | None = None) -> Message:
        """The person writes, plain text."""
        message = self._new_message(person, person.user_id)
        message.text = message.plain = text
        message.media = media or []
        person.last_activity_ms = message.created_ms
        return self._store(person, message)

    def edit(self, message: Message, draft: Draft) -> None:
        """Put the draft in place; what it leaves out stays. Raises ApiError 400 when nothing would remain."""
        edited = replace(message)
        self._fill(edited, draft)
        if not (edited.text or edited.rows or edited.media or edited.link):
            raise bad_request("text or attachments are required")
        edited.edited_ms = self._now_ms()
        self._state.messages[message.mid] = edited
        person = self.person_of_chat(message.chat_id)
        self._changes.tell(Change(person.user_id, "edited", message=edited, mid=message.mid))

    def remove(self, message: Message) -> None:
        del self._state.messages[message.mid]
        person = self.person_of_chat(message.chat_id)
        self._changes.tell(Change(person.user_id, "removed", mid=message.mid))

    def clear(self, person: Person) -> None:
        """Forget all messages of the dialogue."""
        for message in self.history(person.chat_id):
            del self._state.messages[message.mid]

    def _new_message(self, person: Person, sender_id: int) -> Message:
        now = self._now_ms()
        seq = max(self._state.last_message_seq + 1, now << SEQUENCE_BITS)
        self._state.last_message_seq = seq
        mid = f"mid.{person.chat_id:016x}{seq:016x}"
        return Message(mid=mid, seq=seq, chat_id=person.chat_id, sender_id=sender_id, created_ms=now)

    def _fill(self, message: Message, draft: Draft) -> None:
        if draft.text is not None:
            message.text, message.format = draft.text, draft.format
            message.plain, message.markup = read_markup(draft.text, draft.format)
        if draft.rows is not None:
            message.rows = draft.rows
        if draft.media is not None:
            message.media = draft.media

    def _store(self, person: Person, message: Message) -> Message:
        self._state.messages[message.mid] = message
        self._changes.tell(Change(person.user_id, "message", message=message, mid=message.mid))
        return message
