"""The web side put together: what answers over HTTP besides the messengers."""

from __future__ import annotations

from aiohttp import web

from core.database import Database
from webapp import health


def add_web(app: web.Application, database: Database) -> None:
    """Add the web side's routes to the application."""
    app[health.DATABASE] = database
    app.add_routes(health.routes)
