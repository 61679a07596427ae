"""`python -m tests.pictures`: take the pictures of the READMEs again, by walking both journeys in the demo.

One host and one guest on a fresh demo, on a phone's screen; what is photographed is what the bot says today.
"""

from __future__ import annotations

import asyncio
import re
import tempfile
from pathlib import Path

from playwright.async_api import Locator, Page, async_playwright

from tests.browser import PHONE, QUIET, find_chromium
from tests.process import ROOT, started

PICTURES = ROOT / "docs" / "pictures"
SETTLED_MS = 900
"""Milliseconds after which a page's movements have come to rest."""


class Walk:
    """The chat page, one phone before the eyes."""

    def __init__(self, page: Page) -> None:
        self._page = page

    @property
    def _phone(self) -> Locator:
        return self._page.locator(".phone:not([hidden])")

    async def become(self, name: str) -> None:
        await self._page.locator(".tab", has_text=name).click()

    async def tap(self, text: str) -> None:
        await self._settle()
        await self._phone.locator(".key", has_text=text).last.click()

    async def tap_opening(self, number: int) -> None:
        """One of the openings shown, counted from nought: which they are depends on the day."""
        await self._phone.locator(".key", has_text=re.compile(r"\d:\d\d$")).nth(number).click()

    async def start(self) -> None:
        await self._phone.locator(".gate__start").click()

    async def say(self, text: str) -> None:
        await self._phone.locator(".composer__field").fill(text)
        await self._page.keyboard.press("Enter")

    async def send_to(self, name: str) -> None:
        await self._page.locator(".choice", has_text=name).click()

    async def picture(self, name: str) -> None:
        await self._settle()
        await self._page.screenshot(path=PICTURES / f"{name}.png")

    async def _settle(self) -> None:
        await self._page.wait_for_timeout(SETTLED_MS)


async def walk(phones: Walk) -> None:
    """Pavel from nothing to a link, Anna from the link to a meeting."""
    await phones.start()
    await phones.picture("host-hello")
    for answer in ("Верно", "Пн–Пт, 9–18", "30 минут"):
        await phones.tap(answer)
    await phones.picture("host-link")
    await phones.tap("Отправить ссылку")
    await phones.send_to("Анна")

    await phones.become("Анна")
    await phones.tap("Открыть ссылку")
    await phones.tap("Другой город")
    await phones.say("Екатеринбург")
    await phones.tap("Екатеринбург")
    await phones.picture("guest-openings")
    await phones.tap_opening(3)
    await phones.tap("Добавить тему")
    await phones.say("Макет главной страницы")
    await phones.picture("guest-time")
    await phones.tap("Попросить о встрече")

    await phones.become("Павел")
    await phones.picture("host-request")
    await phones.tap("Подтвердить")
    await phones.become("Анна")
    await phones.picture("guest-meeting")


async def take() -> None:
    """All pictures, into docs/pictures."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        async with started("demo", "--empty", data=Path(folder)) as demo, async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=find_chromium(), args=QUIET)
            page = await browser.new_page(viewport=PHONE, has_touch=True, locale="ru-RU")
            await page.goto(f"{demo.address}/emulator/")
            await walk(Walk(page))
            await browser.close()


if __name__ == "__main__":
    asyncio.run(take())
