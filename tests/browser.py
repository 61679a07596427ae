"""The system's Chromium for tests that look at a page: fixtures `browser` and `page`.

A machine without Chromium skips these tests and says so; with REQUIRE_BROWSER=1, as the automatic checks set it, they
fail there instead.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, Page, ViewportSize, async_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome")
QUIET = (
    "--no-sandbox",  # containers run as root, where Chromium's own sandbox cannot work
    "--disable-gpu",
    "--disable-background-networking",
    "--no-first-run",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
)
PHONE: ViewportSize = {"width": 390, "height": 844}


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    """A Chromium of this test's own, which asks the network for nothing by itself."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=_require_chromium(), args=QUIET)
        yield browser
        await browser.close()


@pytest.fixture
async def page(browser: Browser) -> AsyncIterator[Page]:
    """An empty page of a phone's size, for a Russian reader in Moscow."""
    context = await browser.new_context(
        viewport=PHONE, has_touch=True, locale="ru-RU", timezone_id="Europe/Moscow", service_workers="block"
    )
    yield await context.new_page()
    await context.close()


def find_chromium() -> str | None:
    """Where the system's Chromium is, if it is."""
    return next((path for name in NAMES if (path := shutil.which(name))), None)


def _require_chromium() -> str:
    path = find_chromium()
    if path is not None:
        return path
    reason = f"no Chromium on this machine: looked for {', '.join(NAMES)}"
    if os.environ.get("REQUIRE_BROWSER") == "1":
        pytest.fail(reason)
    pytest.skip(reason)
