"""What the chat page and tests over HTTP do: play people, watch their chats, order bad weather.

No authentication: the emulator is a tool for one machine.
"""

from __future__ import annotations

import json
from contextlib import suppress

from aiohttp import web

from bot.emulator.changes import Change, Watch, WatchEnded
from bot.emulator.emulator import Emulator
from bot.emulator.errors import bad_request
from bot.emulator.model import Json
from bot.emulator.reading import read_object

HEARTBEAT_SECONDS = 15.0


class PeopleApi:
    """The control routes over one emulator."""

    def __init__(self, emulator: Emulator) -> None:
        self._emulator = emulator

    def add_routes(self, router: web.UrlDispatcher) -> None:
        person = "/people/{user_id:[0-9]+}"
        router.add_get("/state", self.show_state)
        router.add_get("/stream", self.stream)
        router.add_post("/people", self.add_person)
        router.add_post(person + "/start", self.start)
        router.add_post(person + "/say", self.say)
        router.add_post(person + "/tap", self.tap)
        router.add_post(person + "/stop", self.stop)
        router.add_post(person + "/clear", self.clear)
        router.add_get(person + "/launch", self.launch)
        router.add_post("/faults", self.set_faults)
        router.add_delete("/faults", self.clear_faults)

    async def show_state(self, _: web.Request) -> web.Response:
        """Everything the page shows."""
        bot = self._emulator.wire.bot()
        people = [self._emulator.wire.page_person(one) for one in self._emulator.state.people.values()]
        shown = {"username": bot["username"], "name": bot["first_name"], "commands": bot["commands"]}
        return web.json_response({"bot": shown, "people": people})

    async def stream(self, request: web.Request) -> web.StreamResponse:
        """Server-sent events `change`, from now on, until the page goes."""
        response = web.StreamResponse(
            headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        )
        with self._emulator.watch() as watch:
            await response.prepare(request)
            with suppress(ConnectionError, WatchEnded):
                await self._tell(response, watch)
        return response

    async def add_person(self, request: web.Request) -> web.Response:
        body = await read_object(request)
        person = self._emulator.add_person(
            _text(body, "first_name"),
            _text(body, "last_name", default=""),
            locale=_text(body, "locale", default="ru"),
            time_zone=_text(body, "time_zone", default="Europe/Moscow"),
        )
        return web.json_response(self._emulator.wire.page_person(person), status=201)

    async def start(self, request: web.Request) -> web.Response:
        body = await read_object(request) if request.can_read_body else {}
        self._emulator.open(_user_id(request), _text(body, "payload", default="") or None)
        return _done()

    async def say(self, request: web.Request) -> web.Response:
        message = self._emulator.say(_user_id(request), _text(await read_object(request), "text"))
        return web.json_response(self._emulator.wire.page_message(message))

    async def tap(self, request: web.Request) -> web.Response:
        body = await read_object(request)
        row, column = body.get("row"), body.get("column")
        if not isinstance(row, int) or not isinstance(column, int):
            raise bad_request("row and column must be integers")
        self._emulator.tap(_user_id(request), _text(body, "mid"), row, column)
        return _done()

    async def stop(self, request: web.Request) -> web.Response:
        self._emulator.stop(_user_id(request))
        return _done()

    async def clear(self, request: web.Request) -> web.Response:
        self._emulator.clear(_user_id(request))
        return _done()

    async def launch(self, request: web.Request) -> web.Response:
        url = self._emulator.launch_url(_user_id(request), request.query.get("start_param"))
        return web.json_response({"url": url})

    async def set_faults(self, request: web.Request) -> web.Response:
        self._emulator.faults.set(await read_object(request))
        return _done()

    async def clear_faults(self, _: web.Request) -> web.Response:
        self._emulator.faults.clear()
        return _done()

    async def _tell(self, response: web.StreamResponse, watch: Watch) -> None:
        await response.write(b"retry: 1000\n\n")
        while True:
            try:
                piece = self._event(await watch.next(within=HEARTBEAT_SECONDS))
            except TimeoutError:
                piece = b": still here\n\n"
            await response.write(piece)

    def _event(self, change: Change) -> bytes:
        data: Json = {"person": change.person, "kind": change.kind}
        if change.message is not None:
            data["message"] = self._emulator.wire.page_message(change.message)
        if change.mid is not None:
            data["mid"] = change.mid
        if change.note is not None:
            data["note"] = change.note
        return f"event: change\ndata: {json.dumps(data, ensure_ascii=False)}\n\n".encode()


def _user_id(request: web.Request) -> int:
    return int(request.match_info["user_id"])


def _text(body: Json, name: str, *, default: str | None = None) -> str:
    value = body.get(name)
    if value is None and default is not None:
        return default
    if not isinstance(value, str) or (default is None and not value):
        raise bad_request(f"{name} must be a string")
    return value


def _done() -> web.Response:
    return web.json_response({"success": True})
