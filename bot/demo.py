"""The whole product on one machine: a MAX of our own beside the real Okno, with people to play.

Nothing here is known to the product: the demo gives it settings, and fills it through the same services.
"""

from __future__ import annotations

import asyncio
import contextlib
from datetime import datetime, timedelta
from pathlib import Path

from pydantic import SecretStr
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from bot.application import Okno
from bot.dialogs.sharing import LINK_PREFIX
from bot.emulator.application import EMULATOR, create_emulator
from bot.emulator.emulator import Emulator
from bot.emulator.model import Person
from core.availability import service as availability
from core.availability.slots import Hours
from core.booking import service as booking
from core.booking.service import Offer
from core.keys import Keys
from core.models import metadata
from core.people import service as people
from core.people.models import Channel, User
from core.settings import Settings
from core.sharing import service as sharing
from core.sharing import tokens

TOKEN = "demo-token-of-the-emulated-max"  # noqa: S105 (guards a MAX that lives on this machine only)
PREFIX = "/emulator"
FOLDER = "demo"
ANSWER_WITHIN = 10.0
WORKDAYS = {weekday: [Hours(9 * 60, 13 * 60), Hours(14 * 60, 18 * 60)] for weekday in range(5)}


def demo_settings(settings: Settings, port: int) -> Settings:
    """The operator's settings turned to the emulated MAX and a database of the demo's own."""
    return settings.model_copy(
        update={
            "port": port,
            "max_api_key": SecretStr(TOKEN),
            "max_api_url": f"http://127.0.0.1:{port}{PREFIX}/api",
            "max_mode": "polling",
            "public_url": f"http://localhost:{port}",
            "okno_data": settings.okno_data.expanduser() / FOLDER,
            "database_url": None,
            "db_host": None,
            "secret_key": None,
        }
    )


class Demo:
    """Okno with the emulator beside it. `empty` begins with people who have not met the bot yet."""

    def __init__(self, settings: Settings, *, empty: bool = False) -> None:
        self.okno = Okno(settings)
        self._empty = empty
        self._state_file = settings.okno_data / "emulator.json"

    @property
    def address(self) -> str:
        return f"{self.okno.settings.public_url}{PREFIX}/"

    async def start(self) -> None:
        """Open everything and, the first time, bring it to life. Raises SettingsError."""
        okno = self.okno
        await okno.open()
        if self._empty:
            await _forget_everything(okno, self._state_file)
        emulator_app = create_emulator(token=TOKEN, state_file=self._state_file)
        okno.web.add_subapp(f"{PREFIX}/", emulator_app)
        await okno.listen()
        emulator = emulator_app[EMULATOR]
        first_time = not emulator.state.people
        await okno.go()
        if not first_time:
            return
        host = emulator.add_person("Павел", "Смирнов", locale="ru", time_zone="Europe/Moscow")
        guest = emulator.add_person("Анна", "Петрова", locale="ru", time_zone="Asia/Yekaterinburg")
        if not self._empty:
            await self._bring_to_life(emulator, host, guest)

    async def _bring_to_life(self, emulator: Emulator, host: Person, guest: Person) -> None:
        """Both have met the bot: the host stands in the menu, the guest before the link's openings.

        One after the other, because MAX gives a bot that polls for the first time only the latest update.
        """
        okno = self.okno
        emulator.open(host.user_id)
        await _answered(emulator, host)
        async with okno.database.session() as session:
            token = await fill(session, okno.keys, host, guest, now=okno.clock.now())
        emulator.open(guest.user_id, LINK_PREFIX + token)
        await _answered(emulator, guest)
        emulator.say(host.user_id, "/menu")

    async def stop(self) -> None:
        await self.okno.close()


async def _answered(emulator: Emulator, person: Person) -> None:
    """Until the bot has written to the person; a bot that is slow today is not waited for."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(ANSWER_WITHIN):
            with emulator.watch(person.user_id) as changes:
                while emulator.last_message(person.user_id) is None:
                    await changes.next()


async def fill(session: AsyncSession, keys: Keys, host: Person, guest: Person, *, now: datetime) -> str:
    """A host with hours and a link, a guest with one meeting agreed and one asked for, and time the host keeps;
    returns the token of the link."""
    owner = await _register(session, host, "Europe/Moscow", now)
    visitor = await _register(session, guest, "Asia/Yekaterinburg", now)
    await availability.set_weekly_hours(session, owner.id, WORKDAYS)
    meeting_type = await booking.set_usual_type(session, owner, 30, now=now)
    link = await sharing.own_link(session, owner, key=keys.share, now=now)
    offer = Offer(owner, meeting_type, 30)
    found = await booking.next_openings(session, offer, visitor, now=now, most=24)
    agreed = await booking.request(
        session, visitor, link=link, offer=offer, start=found[3], topic="Макет главной страницы", now=now
    )
    await booking.confirm(session, owner, agreed.id, now=now)
    await booking.request(
        session, visitor, link=link, offer=offer, start=found[18], topic="Договор на декабрь", now=now
    )
    kept = found[10]
    await booking.block(session, owner, start=kept, end=kept + timedelta(hours=1), now=now)
    return tokens.derive(keys.share, link.id)


async def _register(session: AsyncSession, person: Person, zone: str, now: datetime) -> User:
    return await people.arrive(
        session,
        channel=Channel.MAX,
        external_id=str(person.user_id),
        name=f"{person.first_name} {person.last_name or ''}".strip(),
        username=None,
        locale="ru",
        zone=zone,
        now=now,
    )


async def _forget_everything(okno: Okno, state_file: Path) -> None:
    tables = ", ".join(f'"{table.name}"' for table in metadata.sorted_tables)
    async with okno.database.session() as session:
        await session.execute(text(f"TRUNCATE {tables} CASCADE"))
    await asyncio.to_thread(state_file.unlink, missing_ok=True)
