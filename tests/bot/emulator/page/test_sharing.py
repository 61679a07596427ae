"""How a link travels from one phone to another."""

from urllib.parse import quote

import pytest
from playwright.async_api import expect

from tests.bot.emulator.page.screen import LINK, Screen

pytestmark = pytest.mark.browser


async def payloads(screen: Screen) -> list[str | None]:
    return [body.get("payload") for body in await screen.until_heard("bot_started")]


async def test_a_shared_link_opens_as_the_one_who_got_it(screen: Screen) -> None:
    share = f"https://max.ru/:share?text={quote(f'Выберите время: {LINK}')}"
    await screen.bot_says("Ваша ссылка готова", [{"type": "link", "text": "Отправить ссылку", "url": share}])
    await screen.anna.get_by_role("button", name="Отправить ссылку").click()
    await screen.anna.get_by_role("dialog", name="Кому отправить").get_by_role("button", name="Павел Смирнов").click()

    letter = screen.pavel.locator(".message--letter")
    await expect(letter).to_contain_text("Анна Петрова")
    await letter.get_by_role("button", name="Открыть ссылку").click()
    await expect(screen.pavel.get_by_role("textbox", name="Сообщение")).to_be_visible()

    started = await screen.until_heard("bot_started")
    assert [(body["user"]["first_name"], body["payload"]) for body in started] == [("Павел", "s_Zk3-9QpL")]


async def test_a_letter_survives_a_reload(screen: Screen) -> None:
    await screen.bot_says(f"Вот она: https://max.ru/:share?text={quote(LINK)}")
    await screen.anna.locator(".bubble__text a").click()
    await screen.anna.get_by_role("button", name="Павел Смирнов").click()
    await screen.page.reload()
    await expect(screen.pavel.locator(".message--letter")).to_be_visible()


async def test_a_link_in_the_text_starts_with_its_payload(screen: Screen) -> None:
    await screen.bot_says(f"Ваша ссылка: <a href='{LINK}'>max.ru/okno_bot</a>", format="html")
    await screen.anna.get_by_role("link", name="max.ru/okno_bot").click()
    assert await payloads(screen) == ["s_Zk3-9QpL"]


async def test_a_copied_link_can_be_opened_in_the_other_phone(screen: Screen) -> None:
    await screen.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    await screen.bot_says("Готово", [{"type": "clipboard", "text": "Скопировать", "payload": LINK}])
    await screen.anna.get_by_role("button", name="Скопировать").click()
    assert await screen.page.evaluate("navigator.clipboard.readText()") == LINK

    await screen.pavel.get_by_role("button", name="Открыть", exact=True).click()
    await expect(screen.pavel.get_by_role("textbox", name="Сообщение")).to_be_visible()
    assert await payloads(screen) == ["s_Zk3-9QpL"]


async def test_a_copied_text_can_be_pasted(screen: Screen) -> None:
    await screen.pavel.get_by_role("button", name="Начать", exact=True).click()
    await screen.bot_says("Готово", [{"type": "clipboard", "text": "Скопировать", "payload": "Код А7К2"}])
    await screen.anna.get_by_role("button", name="Скопировать").click()
    await screen.pavel.get_by_role("button", name="Вставить").click()
    await expect(screen.pavel.get_by_role("textbox", name="Сообщение")).to_have_value("Код А7К2")


async def test_another_site_opens_in_a_tab_of_its_own(screen: Screen) -> None:
    await screen.page.context.route("https://example.org/**", lambda route: route.fulfill(body="там"))
    await screen.bot_says("Видео", [{"type": "link", "text": "Войти", "url": "https://example.org/room"}])
    async with screen.page.context.expect_page() as opening:
        await screen.anna.get_by_role("button", name="Войти").click()
    opened = await opening.value
    await opened.wait_for_load_state()
    assert opened.url == "https://example.org/room"
    assert await opened.evaluate("window.opener") is None
