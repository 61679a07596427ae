"""What tests do with the chat page, in its own words."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

from playwright.async_api import Browser, ConsoleMessage, Locator, Page, Route

from tests.bot.emulator.running import Running

LINK = "https://max.ru/okno_bot?start=s_Zk3-9QpL"

# As strict as a page without inline code can have it; whatever breaks it lands in `problems`.
POLICY = "default-src 'self'; frame-src http://app.test; object-src 'none'; base-uri 'none'"


@dataclass
class Screen:
    """The open page; `problems` collects what the browser complained about."""

    page: Page
    place: Running
    problems: list[str] = field(default_factory=list)

    @property
    def anna(self) -> Locator:
        return self.page.get_by_label("Телефон: Анна Петрова")

    @property
    def pavel(self) -> Locator:
        return self.page.get_by_label("Телефон: Павел Смирнов")

    async def bot_says(self, text: str, *rows: list[dict[str, Any]], **body: Any) -> str:
        """Have the bot write to Anna; the message's id."""
        attachments = [{"type": "inline_keyboard", "payload": {"buttons": list(rows)}}] if rows else []
        answer = await self.place.api(
            "POST",
            f"messages?user_id={self.place.anna.user_id}",
            json={"text": text, "attachments": attachments, **body},
        )
        assert answer.status == 200, await answer.text()
        return str((await answer.json())["message"]["body"]["mid"])

    def bot_heard(self, kind: str) -> list[dict[str, Any]]:
        """The updates of this kind that wait for the bot."""
        return [update.body for update in self.place.emulator.state.updates if update.kind == kind]

    async def until_heard(self, kind: str, times: int = 1) -> list[dict[str, Any]]:
        """The updates of this kind, once there are so many. Raises TimeoutError."""
        arrived = asyncio.Event()
        self.place.emulator.on_update.append(lambda _: arrived.set())
        async with asyncio.timeout(10):
            while len(heard := self.bot_heard(kind)) < times:
                await arrived.wait()
                arrived.clear()
        return heard


async def open_page(
    browser: Browser, place: Running, *, width: int = 1280, height: int = 900, locale: str = "ru-RU"
) -> Screen:
    """Open the chat page under a strict content security policy."""
    context = await browser.new_context(
        viewport={"width": width, "height": height}, locale=locale, reduced_motion="reduce"
    )
    page = await context.new_page()
    screen = Screen(page, place)

    async def with_policy(route: Route) -> None:
        response = await route.fetch()
        await route.fulfill(response=response, headers={**response.headers, "content-security-policy": POLICY})

    def complained(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            screen.problems.append(message.text)

    page.on("console", complained)
    page.on("pageerror", lambda error: screen.problems.append(str(error)))
    await context.route(place.url(""), with_policy)
    await page.goto(place.url(""))
    await page.locator(".phone").first.wait_for(state="attached")
    return screen


def callback(text: str, payload: str = "x") -> dict[str, Any]:
    return {"type": "callback", "text": text, "payload": payload}
