from __future__ import annotations

from datetime import datetime

import pytest

from core.database import Database
from core.keys import Keys
from tests.people import Stage


@pytest.fixture
def stage(database: Database, keys: Keys, now: datetime) -> Stage:
    """Monday, 9:00 in Moscow; nobody is there yet."""
    return Stage(database, keys, now)
