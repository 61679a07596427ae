"""How the emulator's data looks on the wire: in the Bot API's JSON, and in the page's."""

from __future__ import annotations

from dataclasses import asdict

from bot.emulator.model import BotProfile, Json, Message, Person, State, Subscription, Update, Upload


class Wire:
    """Renders `state`. `address` is the emulator's own absolute address (files live under it), known once the first
    request came in."""

    def __init__(self, state: State) -> None:
        self._state = state
        self.address = ""

    def bot(self) -> Json:
        """The bot as a user, with its commands."""
        bot: BotProfile = self._state.bot
        return {
            "user_id": bot.user_id,
            "first_name": bot.first_name,
            "name": bot.first_name,
            "username": bot.username,
            "is_bot": True,
            "last_activity_time": self._state.last_message_seq >> 16,
            "description": bot.description,
            "commands": [asdict(command) for command in bot.commands],
        }

    def user(self, person: Person) -> Json:
        user: Json = {
            "user_id": person.user_id,
            "first_name": person.first_name,
            "last_name": person.last_name,
            "name": person.name,
            "is_bot": False,
            "last_activity_time": person.last_activity_ms,
        }
        return user if person.username is None else {**user, "username": person.username}

    def chat(self, person: Person) -> Json:
        """A person's dialogue as `GET /chats/{id}` shows it."""
        history = [message for message in self._state.messages.values() if message.chat_id == person.chat_id]
        return {
            "chat_id": person.chat_id,
            "type": "dialog",
            "status": "suspended" if person.stopped else "active",
            "last_event_time": max([message.created_ms for message in history], default=person.last_activity_ms),
            "participants_count": 2,
            "is_public": False,
            "messages_count": len(history),
            "dialog_with_user": self.user(person),
        }

    def member(self, user: Json) -> Json:
        joined = self._state.last_message_seq >> 16
        return {**user, "last_access_time": joined, "join_time": joined, "is_owner": False, "is_admin": False}

    def message(self, message: Message) -> Json:
        person = self._person(message.chat_id)
        by_bot = message.sender_id == self._state.bot.user_id
        sender = self._bare_bot() if by_bot else self.user(person)
        receiver = person.user_id if by_bot else self._state.bot.user_id
        body: Json = {"mid": message.mid, "seq": message.seq, "text": message.plain or ""}
        if attachments := self._attachments(message):
            body["attachments"] = attachments
        if message.markup:
            body["markup"] = message.markup
        rendered: Json = {
            "sender": sender,
            "recipient": {"chat_id": message.chat_id, "chat_type": "dialog", "user_id": receiver},
            "timestamp": message.created_ms,
            "body": body,
        }
        if message.link is not None and (linked := self._linked(message.link)) is not None:
            rendered["link"] = linked
        return rendered

    def update(self, update: Update, *, omit_callback_chat: bool = False) -> Json:
        """An update at the moment of its delivery; the message of a callback is null when it is gone."""
        if update.kind != "message_callback":
            return update.body
        message = self._state.messages.get(update.message_mid or "")
        rendered = None if message is None else self.message(message)
        if rendered is not None and omit_callback_chat:
            del rendered["recipient"]["chat_id"]
        return {**update.body, "message": rendered}

    def subscription(self, subscription: Subscription) -> Json:
        """A webhook without its secret."""
        return {
            "url": subscription.url,
            "time": subscription.time_ms,
            "update_types": subscription.update_types,
        }

    def page_message(self, message: Message) -> Json:
        """A message for the chat page: the text as written, with its format, and relative file addresses."""
        uploads = [self._state.uploads[item["token"]] for item in message.media if "token" in item]
        pictures = [upload for upload in uploads if upload.kind == "image"]
        return {
            "mid": message.mid,
            "from": "bot" if message.sender_id == self._state.bot.user_id else "person",
            "text": message.text or "",
            "format": message.format,
            "created_ms": message.created_ms,
            "edited_ms": message.edited_ms,
            "rows": message.rows,
            "picture_url": f"files/{pictures[0].token}" if pictures else None,
            "files": [
                {"name": upload.filename, "size": upload.size, "type": upload.kind, "url": f"files/{upload.token}"}
                for upload in uploads
                if upload.kind != "image"
            ],
        }

    def page_person(self, person: Person) -> Json:
        """A person for the chat page, with their whole chat."""
        history = [message for message in self._state.messages.values() if message.chat_id == person.chat_id]
        return {
            "user_id": person.user_id,
            "first_name": person.first_name,
            "last_name": person.last_name,
            "locale": person.locale,
            "time_zone": person.time_zone,
            "avatar_color": person.avatar_color,
            "started": person.started,
            "stopped": person.stopped,
            "chat_id": person.chat_id,
            "messages": [self.page_message(message) for message in history],
        }

    def _bare_bot(self) -> Json:
        return {name: value for name, value in self.bot().items() if name not in ("commands", "description")}

    def _person(self, chat_id: int) -> Person:
        return next(person for person in self._state.people.values() if person.chat_id == chat_id)

    def _linked(self, link: Json) -> Json | None:
        original = self._state.messages.get(link["mid"])
        if original is None:
            return None
        rendered = self.message(original)
        return {
            "type": link["type"],
            "sender": rendered["sender"],
            "chat_id": original.chat_id,
            "message": rendered["body"],
        }

    def _attachments(self, message: Message) -> list[Json]:
        attachments = [self._medium(item) for item in message.media]
        if message.rows:
            keyboard = {"buttons": [[_shown(button) for button in row] for row in message.rows]}
            attachments.append({"type": "inline_keyboard", "payload": keyboard})
        return attachments

    def _medium(self, item: Json) -> Json:
        if "token" not in item:
            return item
        upload: Upload = self._state.uploads[item["token"]]
        payload: Json = {"token": upload.token, "url": f"{self.address}files/{upload.token}"}
        if upload.kind == "image":
            return {"type": "image", "payload": {**payload, "photo_id": upload.number}}
        medium: Json = {"type": upload.kind, "payload": payload}
        if upload.kind == "file":
            medium |= {"filename": upload.filename, "size": upload.size}
        return medium


def _shown(button: Json) -> Json:
    # The platform fills in the intent it was not told.
    return {"intent": "default", **button} if button["type"] == "callback" else button
