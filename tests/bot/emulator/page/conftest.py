"""The chat page in a real browser, in front of a running emulator."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, async_playwright

from tests.bot.emulator.page.screen import Screen, open_page
from tests.bot.emulator.running import Running, running

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        pytest.skip("no Chromium on this machine")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        await browser.close()


@pytest.fixture
async def place() -> AsyncIterator[Running]:
    """An emulator with Anna, who has started the bot, and Pavel, who has not; the bot's mini app is at app.test."""
    async with running(app_url="http://app.test/") as place:
        place.emulator.add_person("Павел", "Смирнов", time_zone="Asia/Yekaterinburg")
        yield place


@pytest.fixture
async def screen(browser: Browser, place: Running) -> AsyncIterator[Screen]:
    """The page in a wide window. At the end nothing may have gone wrong in it."""
    screen = await open_page(browser, place)
    yield screen
    assert screen.problems == []
    await screen.page.context.close()
