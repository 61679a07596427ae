"""Whether the process lives, and whether its database answers: for probes and people."""

from __future__ import annotations

import asyncio

from aiohttp import web
from sqlalchemy.exc import SQLAlchemyError

from core.database import Database

DATABASE: web.AppKey[Database] = web.AppKey("database", Database)
ANSWER_WITHIN = 3.0
"""Seconds that the database has to answer a probe."""

routes = web.RouteTableDef()


@routes.get("/health")
async def health(_: web.Request) -> web.Response:
    """200 as long as the process answers at all."""
    return web.json_response({"status": "ok"})


@routes.get("/health/db")
async def health_db(request: web.Request) -> web.Response:
    """200 when the database answers in time, else 503."""
    try:
        await asyncio.wait_for(request.app[DATABASE].ping(), ANSWER_WITHIN)
    except (SQLAlchemyError, OSError, TimeoutError):
        return web.json_response({"status": "unavailable"}, status=503)
    return web.json_response({"status": "ok"})
