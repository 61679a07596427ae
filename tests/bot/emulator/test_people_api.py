"""What the chat page does over HTTP."""

import asyncio
import json
from typing import Any

import pytest
from aiohttp import ClientResponse
from maxapi.types import CallbackButton
from maxapi.types.updates.bot_started import BotStarted

from tests.bot.emulator.running import Running, running


async def post(place: Running, path: str, body: object = None) -> tuple[int, Any]:
    response = await place.http.post(place.url(path), json=body)
    return response.status, await response.json()


async def state(place: Running) -> Any:
    return await (await place.http.get(place.url("state"))).json()


async def events(response: ClientResponse, count: int) -> list[dict[str, Any]]:
    """The data of the next `change` events."""
    found: list[dict[str, Any]] = []
    async with asyncio.timeout(5):
        while len(found) < count:
            line = (await response.content.readline()).decode()
            if line.startswith("event:"):
                assert line == "event: change\n"
            if line.startswith("data: "):
                found.append(json.loads(line.removeprefix("data: ")))
    return found


async def test_a_person_is_born_starts_and_speaks(max_: Running) -> None:
    status, boris = await post(max_, "people", {"first_name": "Борис", "time_zone": "Asia/Yekaterinburg"})
    assert status == 201
    assert (boris["started"], boris["stopped"], boris["locale"]) == (False, False, "ru")
    assert await post(max_, f"people/{boris['user_id']}/start", {"payload": "s_1"}) == (200, {"success": True})
    [started] = await max_.updates()
    assert isinstance(started, BotStarted) and started.payload == "s_1"
    status, said = await post(max_, f"people/{boris['user_id']}/say", {"text": "Привет"})
    assert (status, said["from"], said["text"]) == (200, "person", "Привет")


async def test_a_start_needs_no_body(max_: Running) -> None:
    response = await max_.http.post(max_.url(f"people/{max_.anna.user_id}/start"))
    assert response.status == 200


async def test_the_state_shows_people_and_their_chats(max_: Running) -> None:
    await max_.send("<b>раз</b>", format="html")
    shown = await state(max_)
    assert shown["bot"] == {"username": "okno_bot", "name": "Окно", "commands": []}
    [anna] = shown["people"]
    assert set(anna) == {
        *("user_id", "first_name", "last_name", "locale", "time_zone", "avatar_color"),
        *("started", "stopped", "chat_id", "messages"),
    }
    [message] = anna["messages"]
    assert set(message) == {
        *("mid", "from", "text", "format", "created_ms", "edited_ms", "rows", "picture_url", "files"),
    }
    assert (message["from"], message["text"], message["format"]) == ("bot", "<b>раз</b>", "html")


async def test_the_stream_tells_every_change(max_: Running) -> None:
    async with max_.http.get(max_.url("stream")) as stream:
        assert stream.content_type == "text/event-stream"
        mid = await max_.said("?", [CallbackButton(text="Да", payload="yes")])
        await post(max_, f"people/{max_.anna.user_id}/tap", {"mid": mid, "row": 0, "column": 0})
        [tap] = await max_.updates()
        await tap.ack("Записано")  # type: ignore[union-attr]
        await max_.bot.edit_message(mid, text="!")
        await max_.bot.delete_message(mid)
        await post(max_, f"people/{max_.anna.user_id}/stop")
        seen = await events(stream, 5)
    assert [event["kind"] for event in seen] == ["message", "note", "edited", "removed", "person"]
    assert {event["person"] for event in seen} == {max_.anna.user_id}
    assert seen[0]["message"]["rows"][0][0] == {
        "type": "callback",
        "text": "Да",
        "payload": "yes",
        "intent": "default",
    }
    assert (seen[1]["note"], seen[2]["message"]["text"], seen[3]["mid"]) == ("Записано", "!", mid)


async def test_an_open_stream_does_not_hold_up_the_shutdown() -> None:
    async with running() as place:
        stream = await place.http.get(place.url("stream"))
        async with asyncio.timeout(2):
            await place.server.close()
        stream.close()


async def test_a_stopped_and_a_cleared_chat(max_: Running) -> None:
    await max_.said("раз")
    await post(max_, f"people/{max_.anna.user_id}/clear")
    await post(max_, f"people/{max_.anna.user_id}/stop")
    [anna] = (await state(max_))["people"]
    assert (anna["messages"], anna["stopped"]) == ([], True)
    status, refusal = await post(max_, f"people/{max_.anna.user_id}/say", {"text": "?"})
    assert (status, refusal["code"]) == (409, "bot.not.started")


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("people", {}, 400),
        ("people/5/start", {}, 404),
        ("people/10001/say", {"text": ""}, 400),
        ("people/10001/tap", {"mid": "mid.none", "row": 0, "column": 0}, 404),
        ("people/10001/tap", {"mid": "mid.none"}, 400),
        ("people/10001/dance", {}, 404),
    ],
)
async def test_refusals(max_: Running, path: str, body: object, status: int) -> None:
    assert (await post(max_, path, body))[0] == status


async def test_buttons_that_are_not_there_cannot_be_tapped(max_: Running) -> None:
    mid = await max_.said("?", [CallbackButton(text="Да", payload="yes")])
    address = f"people/{max_.anna.user_id}/tap"
    assert (await post(max_, address, {"mid": mid, "row": 0, "column": 1}))[0] == 404
    assert (await post(max_, address, {"mid": mid, "row": -1, "column": 0}))[0] == 404
    boris = max_.emulator.add_person("Борис")
    max_.emulator.open(boris.user_id)
    assert (await post(max_, f"people/{boris.user_id}/tap", {"mid": mid, "row": 0, "column": 0}))[0] == 404


async def test_the_page_and_its_files_are_served(max_: Running) -> None:
    page = await max_.http.get(max_.url(""))
    assert (page.status, page.content_type) == (200, "text/html")
    assert (await max_.http.get(max_.url("static/icon.svg"))).status == 200
