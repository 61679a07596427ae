"""The host's own link: to send, to copy, to show as a picture, to take back."""

from __future__ import annotations

import io
from datetime import timedelta
from uuid import UUID

import segno

from bot.dialogs import menu
from bot.dialogs.router import Router
from bot.dialogs.screens import paragraphs
from bot.dialogs.talk import Talk, Viewer
from bot.messengers.turn import Copy, Screen, Share, Tap
from core.booking import service as bookings
from core.booking.service import Offer
from core.sharing import service as sharing
from core.sharing import tokens
from core.sharing.models import ShareLink

router = Router()

LINK_PREFIX = "s_"
"""What the payload of a booking link begins with; the token follows."""
SOON = timedelta(days=7)


def address(viewer: Viewer, link: ShareLink) -> str:
    """The link as people send it, in the viewer's messenger."""
    return viewer.links.start_link(LINK_PREFIX + tokens.derive(viewer.keys.share, link.id))


@router.tap("l")
async def open_link(talk: Talk) -> Screen:
    return await link_screen(talk, "link.yours")


@router.command("link")
async def link_command(talk: Talk) -> Screen:
    return await link_screen(talk, "link.yours")


async def link_screen(talk: Talk, headline: str) -> Screen:
    """The everyday link with what can be done with it; `headline` is the message that opens the screen."""
    reader = talk.reader
    link = await sharing.own_link(talk.session, talk.user, key=talk.keys.share, now=talk.now)
    url = address(talk, link)
    return Screen(
        text=paragraphs(reader.say(headline, url=url), await _openings_line(talk)),
        rows=(
            (Share(reader.label("link.send"), reader.label("link.message", url=url)),),
            (Tap(reader.label("link.qr"), show_qr.data()), Copy(reader.label("link.copy"), url)),
            (Tap(reader.label("link.revoke"), ask_revoke.data(link.id)),),
            menu.to_menu(talk),
        ),
    )


async def _openings_line(talk: Talk) -> str:
    types = await bookings.types_of(talk.session, talk.user.id)
    if not types:
        return talk.reader.say("link.no_openings")
    offer = Offer(talk.user, types[0], types[0].durations[0])
    found = await bookings.find_openings(talk.session, offer, None, (talk.now, talk.now + SOON), now=talk.now)
    return talk.reader.count("link.openings", len(found)) if found else talk.reader.say("link.no_openings")


@router.tap("lq")
async def show_qr(talk: Talk) -> Screen:
    """The link as a picture, for a business card or a door."""
    link = await sharing.own_link(talk.session, talk.user, key=talk.keys.share, now=talk.now)
    url = address(talk, link)
    return Screen(
        text=talk.reader.say("link.qr.text", url=url),
        picture=qr_picture(url),
        rows=((Tap(talk.reader.label("back"), open_link.data()),),),
    )


def qr_picture(url: str) -> bytes:
    """A PNG of the address as a QR code (ISO/IEC 18004), with the quiet zone that scanners need."""
    picture = io.BytesIO()
    segno.make(url, error="m").save(picture, kind="png", scale=12, border=4)
    return picture.getvalue()


@router.tap("lr")
async def ask_revoke(talk: Talk, link_id: UUID) -> Screen:
    """One question before a link that others hold stops working."""
    return Screen(
        text=talk.reader.say("link.revoke.ask"),
        rows=(
            (Tap(talk.reader.label("link.revoke.yes"), revoke.data(link_id)),),
            (Tap(talk.reader.label("keep"), open_link.data()),),
        ),
    )


@router.tap("lx")
async def revoke(talk: Talk, link_id: UUID) -> Screen:
    """End the link; the host gets a new one at once."""
    await sharing.revoke(talk.session, talk.user, link_id, now=talk.now)
    return await link_screen(talk, "link.revoked")
