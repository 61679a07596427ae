"""The Bot API over HTTP, as far as a bot for dialogues needs it (dev.max.ru/docs-api).

Every request carries the bot's token in the header Authorization, counts against the request limits, and suffers
the faults that are switched on.
"""

from __future__ import annotations

from typing import Any

from aiohttp import web
from aiohttp.typedefs import Handler

from bot.emulator.changes import Change
from bot.emulator.chats_api import add_chat_routes
from bot.emulator.drafts import Draft, read_draft
from bot.emulator.emulator import Emulator
from bot.emulator.errors import ApiError, bad_request, invalid_token
from bot.emulator.faults import suffer
from bot.emulator.model import BotProfile, Command, Message, Person
from bot.emulator.reading import read_number, read_object
from bot.emulator.uploads import Uploads
from bot.emulator.webhooks import Webhooks

POLL_TIMEOUT_SECONDS = 30
POLL_LIMIT = 100
COMMANDS = 32
COMMAND_NAME_LENGTH = 64
COMMAND_DESCRIPTION_LENGTH = 128


class BotApi:
    """The routes of the Bot API over one emulator."""

    def __init__(self, emulator: Emulator, uploads: Uploads, webhooks: Webhooks) -> None:
        self._emulator = emulator
        self._uploads = uploads
        self._webhooks = webhooks

    def application(self) -> web.Application:
        """The API as an application of its own, to be mounted as `api/`."""
        app = web.Application(middlewares=[self._admit])
        add = app.router
        add.add_get("/me", self.me)
        add.add_patch("/me", self.change_me)
        add.add_patch("/me/commands", self.change_commands)
        add.add_post("/messages", self.send_message)
        add.add_put("/messages", self.edit_message)
        add.add_delete("/messages", self.delete_message)
        add.add_post("/answers", self.answer)
        add.add_get("/updates", self.poll)
        add.add_get("/subscriptions", self.list_subscriptions)
        add.add_post("/subscriptions", self.subscribe)
        add.add_delete("/subscriptions", self.unsubscribe)
        add.add_post("/uploads", self.prepare_upload)
        add_chat_routes(add, self._emulator)
        return app

    @web.middleware
    async def _admit(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        emulator = self._emulator
        mount, _, path = request.path.rpartition("/api/")
        emulator.wire.address = f"{request.url.origin()}{mount}/"
        if request.headers.get("Authorization") != emulator.token:
            raise invalid_token()
        if emulator.faults.concern(f"/{path}"):
            return await suffer(request, self._count(handler), emulator.faults, emulator.closing)
        return await self._count(handler)(request)

    def _count(self, handler: Handler) -> Handler:
        async def counted(request: web.Request) -> web.StreamResponse:
            self._emulator.limits.request()
            return await handler(request)

        return counted

    # The bot itself

    async def me(self, _: web.Request) -> web.Response:
        return web.json_response(self._emulator.wire.bot())

    async def change_me(self, request: web.Request) -> web.Response:
        body = await read_object(request)
        bot = self._emulator.state.bot
        if "commands" in body:
            bot.commands = _read_commands(body["commands"])
        bot.first_name = body.get("first_name") or body.get("name") or bot.first_name
        bot.description = body.get("description", bot.description)
        return web.json_response(self._emulator.wire.bot())

    async def change_commands(self, request: web.Request) -> web.Response:
        bot: BotProfile = self._emulator.state.bot
        bot.commands = _read_commands((await read_object(request)).get("commands"))
        return web.json_response({"commands": self._emulator.wire.bot()["commands"]})

    # Messages

    async def send_message(self, request: web.Request) -> web.Response:
        person = self._receiver(request)
        self._emulator.dialogues.check_reachable(person)
        self._emulator.limits.dialogue(person.chat_id)
        message = self._emulator.dialogues.send(person, self._draft(await read_object(request)))
        return web.json_response({"message": self._emulator.wire.message(message)})

    async def edit_message(self, request: web.Request) -> web.Response:
        message = self._own_message(request)
        self._emulator.limits.dialogue(message.chat_id)
        self._emulator.dialogues.edit(message, self._draft(await read_object(request)))
        return web.json_response({"success": True})

    async def delete_message(self, request: web.Request) -> web.Response:
        self._emulator.dialogues.remove(self._own_message(request))
        return web.json_response({"success": True})

    async def answer(self, request: web.Request) -> web.Response:
        """Answer a tap: change its message, show a note, or merely say that it was heard."""
        callback = self._emulator.state.callbacks.get(request.query.get("callback_id", ""))
        if callback is None:
            raise ApiError(404, "callback.not.found", "no such callback")
        person = self._emulator.dialogues.person(callback.user_id)
        self._emulator.dialogues.check_reachable(person)
        self._emulator.limits.dialogue(callback.chat_id)
        body = await read_object(request)
        if body.get("message") is not None:
            message = self._emulator.dialogues.bot_message(callback.mid)
            self._emulator.dialogues.edit(message, self._draft(body["message"]))
        if note := body.get("notification"):
            self._emulator.changes.tell(Change(person.user_id, "note", mid=callback.mid, note=str(note)))
        return web.json_response({"success": True})

    # Updates

    async def poll(self, request: web.Request) -> web.Response:
        emulator = self._emulator
        emulator.limits.poll()
        if emulator.state.subscriptions:
            raise ApiError(405, "method.not.allowed", "long polling does not work with an active webhook")
        types = request.query.get("types")
        batch = await emulator.updates.poll(
            marker=read_number(request, "marker"),
            limit=read_number(request, "limit", least=1, most=POLL_LIMIT) or POLL_LIMIT,
            wait=_read_timeout(request),
            kinds=types.split(",") if types else None,
        )
        omit = emulator.faults.omit_callback_chat
        updates = [emulator.wire.update(update, omit_callback_chat=omit) for update in batch.updates]
        return web.json_response({"updates": updates, "marker": batch.marker})

    async def list_subscriptions(self, _: web.Request) -> web.Response:
        rendered = [self._emulator.wire.subscription(one) for one in self._webhooks.subscriptions]
        return web.json_response({"subscriptions": rendered})

    async def subscribe(self, request: web.Request) -> web.Response:
        self._webhooks.subscribe(await read_object(request))
        return web.json_response({"success": True})

    async def unsubscribe(self, request: web.Request) -> web.Response:
        if await self._webhooks.unsubscribe(request.query.get("url", "")):
            return web.json_response({"success": True})
        return web.json_response({"success": False, "message": "no such subscription"})

    # Files

    async def prepare_upload(self, request: web.Request) -> web.Response:
        upload = self._uploads.prepare(request.query.get("type", ""))
        place = {"url": f"{self._emulator.wire.address}upload/{upload.ticket}"}
        if upload.kind in ("video", "audio"):
            place["token"] = upload.token
        return web.json_response(place)

    def _receiver(self, request: web.Request) -> Person:
        chat_id, user_id = read_number(request, "chat_id"), read_number(request, "user_id")
        if chat_id is not None:
            return self._emulator.dialogues.person_of_chat(chat_id)
        if user_id is not None:
            return self._emulator.dialogues.person(user_id)
        raise bad_request("user_id or chat_id is required")

    def _own_message(self, request: web.Request) -> Message:
        mid = request.query.get("message_id")
        if not mid:
            raise bad_request("message_id is required")
        message = self._emulator.dialogues.bot_message(mid)
        self._emulator.dialogues.check_reachable(self._emulator.dialogues.person_of_chat(message.chat_id))
        return message

    def _draft(self, body: Any) -> Draft:
        draft = read_draft(body, self._uploads.by_token)
        uploaded = [item for item in draft.media or [] if "token" in item]
        if uploaded and self._emulator.faults.take("not_ready"):
            raise ApiError(400, "attachment.not.ready", "Key: errors.process.attachment.file.not.processed")
        return draft


def _read_timeout(request: web.Request) -> int:
    timeout = read_number(request, "timeout", least=0, most=POLL_TIMEOUT_SECONDS)
    return POLL_TIMEOUT_SECONDS if timeout is None else timeout


def _read_commands(commands: Any) -> list[Command]:
    if not isinstance(commands, list) or len(commands) > COMMANDS:
        raise bad_request(f"commands: at most {COMMANDS}")
    return [_read_command(command) for command in commands]


def _read_command(command: Any) -> Command:
    name = command.get("name") if isinstance(command, dict) else None
    if not isinstance(name, str) or not 1 <= len(name) <= COMMAND_NAME_LENGTH:
        raise bad_request(f"command: name must have 1 to {COMMAND_NAME_LENGTH} characters")
    description = command.get("description")
    if description is not None and not 1 <= len(str(description)) <= COMMAND_DESCRIPTION_LENGTH:
        raise bad_request(f"command: description must have 1 to {COMMAND_DESCRIPTION_LENGTH} characters")
    return Command(name, description)
