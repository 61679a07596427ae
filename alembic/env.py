"""Alembic's entry: it runs on the connection that core.migrations hands over, in that connection's transaction."""

from __future__ import annotations

from alembic import context
from core.models import metadata

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=metadata, compare_type=True)
with context.begin_transaction():
    context.run_migrations()
