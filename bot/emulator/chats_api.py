"""The reading half of the Bot API: messages, chats and their members."""

from __future__ import annotations

from aiohttp import web

from bot.emulator.emulator import Emulator
from bot.emulator.errors import bad_request
from bot.emulator.model import Message, Person
from bot.emulator.reading import read_number, read_object

MESSAGES = 50
MOST_MESSAGES = 100
ACTIONS = frozenset({"typing_on", "sending_photo", "sending_video", "sending_audio", "sending_file", "mark_seen"})


def add_chat_routes(router: web.UrlDispatcher, emulator: Emulator) -> None:
    """Add the reading routes to the API's router."""
    routes = ChatsApi(emulator)
    router.add_get("/messages", routes.list_messages)
    router.add_get("/messages/{mid}", routes.show_message)
    router.add_get("/chats/{chat_id:-?[0-9]+}", routes.show_chat)
    router.add_post("/chats/{chat_id:-?[0-9]+}/actions", routes.act)
    router.add_get("/chats/{chat_id:-?[0-9]+}/members", routes.list_members)
    router.add_get("/chats/{chat_id:-?[0-9]+}/members/me", routes.show_membership)


class ChatsApi:
    """Shows what there is. A list of all chats is not given: the platform stopped that in June 2026."""

    def __init__(self, emulator: Emulator) -> None:
        self._emulator = emulator

    async def list_messages(self, request: web.Request) -> web.Response:
        """Messages by their ids, or those of a chat, the latest first."""
        mids = request.query.get("message_ids")
        chat_id = read_number(request, "chat_id")
        if mids:
            found = [self._emulator.state.messages.get(mid) for mid in mids.split(",")]
            messages = [message for message in found if message is not None]
        elif chat_id is not None:
            messages = self._page(request, chat_id)
        else:
            raise bad_request("chat_id or message_ids is required")
        return web.json_response({"messages": [self._emulator.wire.message(one) for one in messages]})

    async def show_message(self, request: web.Request) -> web.Response:
        message = self._emulator.dialogues.message(request.match_info["mid"])
        return web.json_response(self._emulator.wire.message(message))

    async def show_chat(self, request: web.Request) -> web.Response:
        return web.json_response(self._emulator.wire.chat(self._person(request)))

    async def act(self, request: web.Request) -> web.Response:
        """ "Typing…" and the like; nobody sees it here."""
        self._emulator.dialogues.check_reachable(self._person(request))
        if (await read_object(request)).get("action") not in ACTIONS:
            raise bad_request("unknown action")
        return web.json_response({"success": True})

    async def list_members(self, request: web.Request) -> web.Response:
        wire = self._emulator.wire
        members = [wire.member(wire.bot()), wire.member(wire.user(self._person(request)))]
        return web.json_response({"members": members})

    async def show_membership(self, request: web.Request) -> web.Response:
        self._person(request)
        return web.json_response(self._emulator.wire.member(self._emulator.wire.bot()))

    def _person(self, request: web.Request) -> Person:
        return self._emulator.dialogues.person_of_chat(int(request.match_info["chat_id"]))

    def _page(self, request: web.Request, chat_id: int) -> list[Message]:
        person = self._emulator.dialogues.person_of_chat(chat_id)
        self._emulator.dialogues.check_reachable(person)
        count = read_number(request, "count", least=1, most=MOST_MESSAGES) or MESSAGES
        # The page runs backwards, so "from" is the later end; both are ms.
        latest, earliest = read_number(request, "from"), read_number(request, "to")
        page = [
            message
            for message in reversed(self._emulator.dialogues.history(chat_id))
            if (latest is None or message.created_ms <= latest)
            and (earliest is None or message.created_ms >= earliest)
        ]
        return page[:count]
