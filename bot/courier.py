"""Bringing notifications to people through their messengers, one message for one meeting."""

from __future__ import annotations

from collections.abc import Mapping

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from bot.dialogs import notices
from bot.dialogs.talk import Viewer
from bot.messengers.turn import Blocked, Messenger, Refused, Screen, Unavailable
from core.clock import Clock
from core.conversations import service as conversations
from core.database import Database
from core.errors import NotFound
from core.keys import Keys
from core.locales.reader import Reader
from core.notifications.models import Notification
from core.notifications.outbox import Failed, Later, Outcome, Sent, Skipped
from core.people import service as people
from core.people.models import Identity

log = structlog.get_logger(__name__)


class Courier:
    """The outbox's carrier. A card that tells of a change is sent as a new message and the old one is removed:
    an edit makes no sound on a phone, and two cards of one meeting would contradict each other."""

    def __init__(self, database: Database, keys: Keys, clock: Clock, messengers: Mapping[str, Messenger]) -> None:
        self._database = database
        self._keys = keys
        self._clock = clock
        self._messengers = messengers

    async def carry(self, notification: Notification) -> Outcome:
        """Try the person's messengers in turn; one they stopped is passed over."""
        async with self._database.session() as session:
            reachable = [
                identity
                for identity in await people.identities(session, notification.recipient_id)
                if identity.channel in self._messengers and identity.blocked_at is None
            ]
        for identity in reachable:
            outcome = await self._carry_to(identity, notification)
            if outcome is not None:
                return outcome
        return Failed("unreachable")

    async def _carry_to(self, identity: Identity, notification: Notification) -> Outcome | None:
        """The outcome in one messenger, or None when the person stopped it."""
        messenger = self._messengers[identity.channel]
        made = await self._screen(messenger, notification)
        if made is None:
            return Skipped("overtaken")
        screen, replaced = made
        try:
            message_id = await messenger.send(identity.external_id, screen)
        except Blocked:
            async with self._database.session() as session:
                await people.mark_blocked(session, identity.channel, identity.external_id, self._clock.now())
            return None
        except Unavailable as error:
            return Later(str(error))
        except Refused as error:
            return Failed(str(error))
        return Sent(identity.channel, message_id, replaced)

    async def _screen(self, messenger: Messenger, notification: Notification) -> tuple[Screen, str | None] | None:
        """What to show now, and the message it takes the place of."""
        async with self._database.session() as session:
            user = await people.get(session, notification.recipient_id)
            now = self._clock.now()
            viewer = Viewer(session, user, Reader(user.locale, user.zone_info, now), self._keys, messenger, now)
            try:
                screen = await notices.notice(viewer, notification)
            except NotFound:
                return None
            if screen is None:
                return None
            old = None
            if notification.meeting_id is not None:
                old = await conversations.card(session, notification.meeting_id, user.id, messenger.channel)
            return screen, old

    async def settle(self, session: AsyncSession, notification: Notification, sent: Sent) -> None:
        """The new message is the meeting's card from now on."""
        if notification.meeting_id is not None:
            await conversations.keep_card(
                session, notification.meeting_id, notification.recipient_id, sent.channel, sent.message_id
            )

    async def tidy(self, notification: Notification, sent: Sent) -> None:
        """Remove the card that the new one replaces; one that cannot be removed does no harm."""
        if sent.replaced is None or sent.replaced == sent.message_id:
            return
        async with self._database.session() as session:
            identities = await people.identities(session, notification.recipient_id)
        person = next((one.external_id for one in identities if one.channel == sent.channel), None)
        if person is None:
            return
        try:
            await self._messengers[sent.channel].delete(person, sent.replaced)
        except (Blocked, Unavailable, Refused) as error:
            log.info("courier.card_left", reason=str(error))
