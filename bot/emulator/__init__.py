"""A MAX on this machine: the Bot API over HTTP, a chat page in the browser, and people to play.

For the demo it is mounted into the one application; tests drive it from Python while the bot talks to it over HTTP:

    app = create_emulator(token="test-token", rate_limits=False)
    server = TestServer(app); await server.start_server()
    bot.set_api_url(str(server.make_url("/api")))

    emulator = app[EMULATOR]
    anna = emulator.add_person("Анна")
    with emulator.watch(anna.user_id) as chat:
        emulator.open(anna.user_id, payload="s_1")
        message = await chat.message()          # the bot's next message, new or edited
        emulator.tap_text(anna.user_id, "Верно")
        note = await chat.note()
"""

from bot.emulator.application import EMULATOR, create_emulator
from bot.emulator.changes import Change, Watch
from bot.emulator.emulator import Emulator
from bot.emulator.errors import ApiError
from bot.emulator.faults import Faults
from bot.emulator.model import Message, Person

__all__ = [
    "EMULATOR",
    "ApiError",
    "Change",
    "Emulator",
    "Faults",
    "Message",
    "Person",
    "Watch",
    "create_emulator",
]
