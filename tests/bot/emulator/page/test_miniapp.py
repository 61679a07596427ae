"""The mini app in its frame, and the stand-in of the vendor's bridge."""

from typing import Any

import pytest
from playwright.async_api import FrameLocator, Locator, Route, expect

from bot.emulator.application import STATIC
from tests.bot.emulator.page.screen import LINK, Screen

pytestmark = pytest.mark.browser

PAGE = "<!doctype html><script src='/bridge.js'></script><body><h1>Приложение</h1></body>"


@pytest.fixture(autouse=True)
async def app(screen: Screen) -> None:
    """A mini app on an origin of its own: an empty page with the bridge."""

    async def show(route: Route) -> None:
        if route.request.url.endswith("/bridge.js"):
            await route.fulfill(path=STATIC / "max-web-app.js", content_type="text/javascript")
        else:
            await route.fulfill(body=PAGE, content_type="text/html; charset=utf-8")

    await screen.page.context.route("http://app.test/**", show)


async def opened(phone: Locator) -> FrameLocator:
    await phone.get_by_role("button", name="Открыть мини-приложение").click()
    frame = phone.frame_locator("iframe")
    await expect(frame.get_by_role("heading", name="Приложение")).to_be_visible()
    return frame


async def ask(frame: FrameLocator, script: str) -> Any:
    """The value of an expression inside the app; a rejected promise gives what it was rejected with."""
    return await frame.locator("body").evaluate(
        f"async () => {{ try {{ return await ({script}); }} catch (error) {{ return error; }} }}"
    )


async def test_the_app_learns_who_opened_it(screen: Screen) -> None:
    await screen.bot_says("Вот", [{"type": "open_app", "text": "Календарь", "web_app": "okno_bot", "payload": "s_1"}])
    await screen.anna.get_by_role("button", name="Календарь").click()
    frame = screen.anna.frame_locator("iframe")
    await expect(frame.get_by_role("heading")).to_be_visible()

    unsafe = await ask(frame, "WebApp.initDataUnsafe")
    assert unsafe["user"]["first_name"] == "Анна"
    assert unsafe["start_param"] == "s_1"
    assert unsafe["chat"]["type"] == "DIALOG"
    assert isinstance(unsafe["auth_date"], int)
    assert f"hash={unsafe['hash']}" in await ask(frame, "WebApp.initData")
    assert await ask(frame, "WebApp.platform") == "web"


async def test_launch_data_outlives_a_reload_of_the_app(screen: Screen) -> None:
    frame = await opened(screen.anna)
    before = await ask(frame, "WebApp.initData")
    await ask(frame, "history.replaceState(history.state, '', '/elsewhere')")
    await ask(frame, "void (document.body.className = 'old')")
    await frame.locator("body").evaluate("() => { location.reload(); }")
    await expect(frame.locator("body:not(.old)")).to_be_visible()
    assert before and await ask(frame, "WebApp.initData") == before


async def test_a_startapp_link_opens_the_app(screen: Screen) -> None:
    await screen.bot_says("https://max.ru/okno_bot?startapp=s_2")
    await screen.anna.get_by_role("link").click()
    frame = screen.anna.frame_locator("iframe")
    await expect(frame.get_by_role("heading")).to_be_visible()
    assert await ask(frame, "WebApp.initDataUnsafe.start_param") == "s_2"


async def test_the_app_controls_the_back_button(screen: Screen) -> None:
    frame = await opened(screen.anna)
    back = screen.anna.get_by_role("button", name="Назад")
    await expect(back).to_be_hidden()
    await ask(frame, "(WebApp.BackButton.onClick(() => { document.title = 'назад'; }), WebApp.BackButton.show())")
    await back.click()
    await expect(frame.locator("html:has(title)")).to_have_count(1)
    assert await ask(frame, "document.title") == "назад"
    await ask(frame, "WebApp.BackButton.hide()")
    await expect(back).to_be_hidden()


async def test_closing_asks_when_the_app_wants_it(screen: Screen) -> None:
    frame = await opened(screen.anna)
    await ask(frame, "WebApp.enableClosingConfirmation()")
    close = screen.anna.get_by_role("button", name="Закрыть мини-приложение")
    await close.click()
    await screen.anna.get_by_role("button", name="Оставить").click()
    await expect(screen.anna.locator("iframe")).to_be_visible()

    await close.click()
    await screen.anna.get_by_role("button", name="Да, закрыть").click()
    await expect(screen.anna.locator("iframe")).to_have_count(0)


async def test_the_app_closes_itself(screen: Screen) -> None:
    frame = await opened(screen.anna)
    await ask(frame, "WebApp.close()")
    await expect(screen.anna.locator("iframe")).to_have_count(0)


async def test_storage_belongs_to_one_person(screen: Screen) -> None:
    anna = await opened(screen.anna)
    assert await ask(anna, "WebApp.DeviceStorage.setItem('k', 'v')") == {"status": "updated"}
    assert await ask(anna, "WebApp.DeviceStorage.getItem('k')") == {"key": "k", "value": "v"}
    assert await ask(anna, "WebApp.SecureStorage.getItem('k')") == {"key": "k", "value": None}

    pavel = await opened(screen.pavel)
    assert await ask(pavel, "WebApp.DeviceStorage.getItem('k')") == {"key": "k", "value": None}

    await ask(anna, "WebApp.DeviceStorage.removeItem('k')")
    assert await ask(anna, "WebApp.DeviceStorage.getItem('k')") == {"key": "k", "value": None}


async def test_sharing_from_the_app_reaches_the_other_phone(screen: Screen) -> None:
    frame = await opened(screen.anna)
    await ask(frame, f"void (window.outcome = WebApp.shareMaxContent({{text: 'Мои окна', link: '{LINK}'}}))")
    await screen.anna.get_by_role("button", name="Павел Смирнов").click()

    assert await ask(frame, "window.outcome") == {"status": "shared"}
    await expect(screen.pavel.locator(".message--letter")).to_contain_text("Мои окна")


async def test_a_share_sheet_put_away_is_a_cancel(screen: Screen) -> None:
    frame = await opened(screen.anna)
    await ask(frame, "void (window.outcome = WebApp.shareMaxContent({text: 'Мои окна'}))")
    await expect(screen.anna.get_by_role("dialog", name="Кому отправить")).to_be_visible()
    await screen.page.keyboard.press("Escape")
    assert await ask(frame, "window.outcome") == {"status": "cancelled"}


async def test_a_max_link_leaves_the_app_for_the_chat(screen: Screen) -> None:
    frame = await opened(screen.anna)
    await ask(frame, f"void WebApp.openMaxLink('{LINK}')")
    await expect(screen.anna.locator("iframe")).to_have_count(0)
    assert [body.get("payload") for body in await screen.until_heard("bot_started")] == ["s_Zk3-9QpL"]


async def test_a_contact_is_given_only_when_agreed(screen: Screen) -> None:
    frame = await opened(screen.anna)
    await ask(frame, "void (window.outcome = WebApp.requestContact().catch((error) => error))")
    await screen.anna.get_by_role("button", name="Не сейчас").click()
    assert await ask(frame, "window.outcome") == {"error": {"code": "user_refused_provide_phone_number"}}

    await ask(frame, "void (window.outcome = WebApp.requestContact())")
    await screen.anna.get_by_role("button", name="Поделиться").click()
    assert (await ask(frame, "window.outcome"))["phone"].startswith("+7999")


async def test_what_this_device_cannot_do_is_refused(screen: Screen) -> None:
    frame = await opened(screen.anna)
    assert await ask(frame, "WebApp.BiometricManager.authenticate()") == {"error": {"code": "not_supported"}}
    assert await ask(frame, "WebApp.HapticFeedback.impactOccurred('light')") == {}
