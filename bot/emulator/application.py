"""The emulated MAX as an aiohttp application, to be mounted anywhere: `app.add_subapp("/emulator/", …)`.

Under the prefix: the Bot API at `api/`, the chat page at ``, what the page and tests control beside it, uploaded
files at `files/`.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from pathlib import Path

from aiohttp import web
from aiohttp.typedefs import Handler

from bot.emulator.bot_api import BotApi
from bot.emulator.emulator import Emulator
from bot.emulator.errors import ApiError
from bot.emulator.faults import Faults
from bot.emulator.limits import RateLimits
from bot.emulator.model import BotProfile, State
from bot.emulator.people_api import PeopleApi
from bot.emulator.storage import StateFile, load_state
from bot.emulator.uploads import Uploads
from bot.emulator.webhooks import Webhooks

STATIC = Path(__file__).with_name("static")

EMULATOR: web.AppKey[Emulator] = web.AppKey("emulator", Emulator)


def create_emulator(
    *,
    token: str,
    bot_username: str = "okno_bot",
    bot_name: str = "Окно",
    app_url: str | None = None,
    state_file: Path | None = None,
    clock: Callable[[], float] = time.time,
    rate_limits: bool = True,
    faults: Faults | None = None,
    allow_http: bool = True,
    webhook_pause: float = 1.0,
) -> web.Application:
    """A MAX with one bot in it. `app[EMULATOR]` is the same from Python.

    Parameters
    ----------
    token
        What the bot must send in the header Authorization; also signs launch data.
    app_url
        Where the bot's mini app is; None: it has none.
    state_file
        Loaded at start if it exists, kept up to date while running.
    clock
        The present in seconds since the epoch. Rate limits and waiting go by the machine's own clock all the same.
    rate_limits
        Whether requests beyond the platform's limits are answered 429.
    faults
        What goes wrong from the start; can be changed at any time.
    allow_http
        Take webhook addresses without TLS and on any port, which the platform does not.
    webhook_pause
        Seconds before a failed webhook is tried again; doubles each time up to a minute.
    """
    state = (load_state(state_file) if state_file else None) or State(BotProfile(bot_username, bot_name))
    state.bot.username, state.bot.first_name = bot_username, bot_name
    # Numbers of updates go on from the present instant in ms: a bot that kept its marker while the emulator lost
    # its memory, or the last second of it, still hears everything that is new.
    state.next_update = max(state.next_update, int(clock() * 1000))
    emulator = Emulator(
        state, token=token, app_url=app_url, clock=clock, limits=RateLimits(enabled=rate_limits), faults=faults
    )
    uploads = Uploads(state)
    webhooks = Webhooks(emulator, allow_http=allow_http, first_pause=webhook_pause)

    app = web.Application(middlewares=[explain_errors])
    app[EMULATOR] = emulator
    app.add_subapp("/api/", BotApi(emulator, uploads, webhooks).application())
    app.router.add_post("/upload/{ticket}", uploads.receive)
    app.router.add_get("/files/{token}", uploads.show)
    PeopleApi(emulator).add_routes(app.router)
    _add_page(app)
    if state_file is not None:
        app.cleanup_ctx.append(StateFile(state_file, state).run)
    app.cleanup_ctx.append(webhooks.run)
    app.on_shutdown.append(_let_go)
    return app


@web.middleware
async def explain_errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn refusals into the platform's error bodies `{"code", "message"}`."""
    try:
        return await handler(request)
    except ApiError as error:
        # RFC 9110: whole seconds.
        headers = {} if error.retry_after is None else {"Retry-After": str(math.ceil(error.retry_after))}
        body = {"code": error.code, "message": error.message}
        return web.json_response(body, status=error.status, headers=headers)
    except web.HTTPNotFound:
        body = {"code": "not.found", "message": f"Unknown path {request.path}"}
        return web.json_response(body, status=404)
    except web.HTTPMethodNotAllowed as error:
        body = {"code": "method.not.allowed", "message": f"Method {error.method} is not allowed"}
        return web.json_response(body, status=405, headers={"Allow": error.headers["Allow"]})


def _add_page(app: web.Application) -> None:
    async def page(_: web.Request) -> web.FileResponse:
        index = STATIC / "index.html"
        if not index.exists():
            raise web.HTTPNotFound
        return web.FileResponse(index)

    app.router.add_get("/", page)
    if STATIC.is_dir():
        app.router.add_static("/static/", STATIC)


async def _let_go(app: web.Application) -> None:
    app[EMULATOR].close()
