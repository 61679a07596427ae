"""A person's phone on the chat page: reading, tapping, writing."""

import base64

import pytest
from playwright.async_api import Browser, expect

from bot.emulator.model import Upload
from tests.bot.emulator.page.screen import Screen, callback, open_page
from tests.bot.emulator.running import Running

pytestmark = pytest.mark.browser


async def test_a_message_arrives_changes_and_goes(screen: Screen) -> None:
    mid = await screen.bot_says("Первый текст")
    await expect(screen.anna.get_by_text("Первый текст")).to_be_visible()

    await screen.place.api("PUT", f"messages?message_id={mid}", json={"text": "Второй текст"})
    await expect(screen.anna.get_by_text("Второй текст")).to_be_visible()
    await expect(screen.anna.locator(".bubble__time", has_text="изменено")).to_be_visible()
    await expect(screen.anna.get_by_text("Первый текст")).to_have_count(0)

    await screen.place.api("DELETE", f"messages?message_id={mid}")
    await expect(screen.anna.get_by_text("Второй текст")).to_have_count(0)


async def test_markup_is_rebuilt_from_what_is_allowed(screen: Screen) -> None:
    await screen.bot_says(
        "<b>жирно</b>\n<a href='https://example.org/'>сюда</a> <a href='javascript:alert(1)'>туда</a>"
        "<script>document.title = 'чужой'</script><style>* { display: none }</style><svg><circle/></svg>",
        format="html",
    )
    text = screen.anna.locator(".bubble__text")

    await expect(text.locator("strong")).to_have_text("жирно")
    await expect(text.locator("a")).to_have_count(1)
    await expect(text.locator("a")).to_have_attribute("rel", "noopener noreferrer")
    await expect(text.locator("script, style, svg circle")).to_have_count(0)
    assert (await text.inner_text()).startswith("жирно\nсюда туда")
    assert await screen.page.title() == "MAX на вашем компьютере"
    # The policy refuses the foreign style already in the parser's own document, and says so.
    screen.problems.clear()


async def test_markdown_and_bare_addresses(screen: Screen) -> None:
    await screen.bot_says(
        "**жирно** _косо_ `код` [сюда](https://example.org/a_b_c) max.ru/okno_bot?start=a_b.", format="markdown"
    )
    text = screen.anna.locator(".bubble__text")

    await expect(text.locator("strong")).to_have_text("жирно")
    await expect(text.locator("em")).to_have_text("косо")
    await expect(text.locator("code")).to_have_text("код")
    await expect(text.get_by_role("link", name="сюда")).to_have_attribute("href", "https://example.org/a_b_c")
    await expect(text.get_by_role("link", name="max.ru/okno_bot")).to_have_text("max.ru/okno_bot?start=a_b")


async def test_plain_text_is_no_markup(screen: Screen) -> None:
    await screen.bot_says("<b>2 < 3</b> и **так**")
    await expect(screen.anna.locator(".bubble__text")).to_contain_text("<b>2 < 3</b> и **так**")


async def test_a_double_tap_is_one_tap(screen: Screen) -> None:
    await screen.bot_says("Верно?", [callback("Да", "yes")])
    key = screen.anna.get_by_role("button", name="Да")
    await key.dblclick()

    await expect(key).to_have_attribute("aria-busy", "true")
    await screen.until_heard("message_callback")
    await screen.page.wait_for_timeout(300)
    assert [body["callback"]["payload"] for body in screen.bot_heard("message_callback")] == ["yes"]


async def test_two_taps_with_a_pause_are_two(screen: Screen) -> None:
    await screen.bot_says("Верно?", [callback("Да")])
    key = screen.anna.get_by_role("button", name="Да")
    await key.click()
    await screen.page.wait_for_timeout(700)
    await key.click()

    assert len(await screen.until_heard("message_callback", 2)) == 2


async def test_the_note_of_an_answer_shows_over_the_chat(screen: Screen) -> None:
    await screen.bot_says("Верно?", [callback("Да")])
    key = screen.anna.get_by_role("button", name="Да")
    await key.click()
    await expect(key).to_have_attribute("aria-busy", "true")
    callback_id = (await screen.until_heard("message_callback"))[0]["callback"]["callback_id"]
    await screen.place.api("POST", f"answers?callback_id={callback_id}", json={"notification": "Сохранено"})

    await expect(screen.anna.get_by_role("status").get_by_text("Сохранено")).to_be_visible()
    await expect(key).not_to_have_attribute("aria-busy", "true")


async def test_enter_sends_and_shift_enter_breaks_the_line(screen: Screen) -> None:
    field = screen.anna.get_by_role("textbox", name="Сообщение")
    await field.press_sequentially("Привет")
    await field.press("Shift+Enter")
    await field.press_sequentially("и пока")
    await field.press("Enter")

    await expect(screen.anna.locator(".message--out .bubble__text")).to_contain_text("Привет\nи пока")
    await expect(field).to_have_value("")
    texts = [body["message"]["body"]["text"] for body in await screen.until_heard("message_created")]
    assert texts == ["Привет\nи пока"]


async def test_the_command_menu_says_the_command(screen: Screen) -> None:
    await screen.place.api("PATCH", "me", json={"commands": [{"name": "okno", "description": "Найти окно"}]})
    await screen.page.reload()
    await screen.anna.get_by_role("button", name="Команды бота").click()
    await screen.anna.get_by_role("button", name="/okno").click()

    await expect(screen.anna.locator(".message--out")).to_contain_text("/okno")


async def test_starting_stopping_and_clearing(screen: Screen) -> None:
    await screen.pavel.get_by_role("button", name="Начать", exact=True).click()
    await expect(screen.pavel.get_by_role("textbox", name="Сообщение")).to_be_visible()

    await screen.bot_says("Здравствуйте")
    await expect(screen.anna.get_by_text("Здравствуйте")).to_be_visible()
    await screen.anna.get_by_role("button", name="Меню чата").click()
    await screen.anna.get_by_role("button", name="Очистить переписку").click()
    await expect(screen.anna.get_by_text("Здравствуйте")).to_have_count(0)

    await screen.anna.get_by_role("button", name="Меню чата").click()
    await screen.anna.get_by_role("button", name="Остановить бота").click()
    await expect(screen.anna.get_by_role("button", name="Возобновить")).to_be_visible()
    assert len(screen.bot_heard("bot_stopped")) == 1


async def test_each_phone_shows_the_time_of_its_person(screen: Screen) -> None:
    moscow = await screen.anna.locator(".status__time").inner_text()
    yekaterinburg = await screen.pavel.locator(".status__time").inner_text()
    assert (int(yekaterinburg[:2]) - int(moscow[:2])) % 24 == 2


async def test_a_new_person_gets_a_phone(screen: Screen) -> None:
    await screen.page.get_by_role("button", name="Добавить человека").click()
    await screen.page.get_by_label("Имя").fill("John")
    await screen.page.get_by_label("Язык").select_option("en")
    await screen.page.get_by_label("Часовой пояс").select_option("Europe/London")
    await screen.page.get_by_role("button", name="Добавить", exact=True).click()

    phone = screen.page.get_by_label("Phone: John")
    await expect(phone.get_by_role("button", name="Start", exact=True)).to_be_visible()
    added = list(screen.place.emulator.state.people.values())[-1]
    assert (added.first_name, added.locale, added.time_zone) == ("John", "en", "Europe/London")


async def test_faults_reach_the_emulator(screen: Screen) -> None:
    faults = screen.place.emulator.faults
    await screen.page.get_by_role("button", name="Сбои").click()
    panel = screen.page.get_by_role("region", name="Сбои")
    await panel.get_by_role("switch").check()
    await panel.get_by_role("button", name="0,5 с").click()
    await panel.get_by_role("button", name="429").click()
    await panel.get_by_role("button", name="503").click()
    await expect(panel.get_by_role("status")).to_have_text("503 на следующие запросы: 3")
    assert (faults.duplicate_updates, faults.delay) == (True, 0.5)
    assert (faults.too_many, faults.failures, faults.failure_status) == (3, 3, 503)

    await panel.get_by_role("button", name="Всё исправно").click()
    await expect(panel.get_by_role("status")).to_have_text("Сбои выключены")
    assert (faults.duplicate_updates, faults.delay, faults.too_many, faults.failures) == (False, 0, 0, 0)


async def test_what_was_missed_while_away_is_there_after_reconnecting(screen: Screen) -> None:
    await screen.page.context.set_offline(True)
    screen.place.emulator.changes.close()
    await expect(screen.page.get_by_text("Связь с эмулятором пропала")).to_be_visible()
    await screen.bot_says("Пока вас не было")
    await screen.page.context.set_offline(False)

    await expect(screen.anna.get_by_text("Пока вас не было")).to_be_visible(timeout=15_000)
    await expect(screen.page.get_by_text("Связь с эмулятором пропала")).to_be_hidden()
    screen.problems.clear()


async def test_the_page_speaks_english_to_others(browser: Browser, place: Running) -> None:
    screen = await open_page(browser, place, locale="de-DE")
    await expect(screen.page.get_by_text("MAX on your computer")).to_be_visible()
    await screen.page.get_by_role("button", name="Русский").click()
    await expect(screen.page.get_by_text("Это MAX на вашем компьютере")).to_be_visible()
    await screen.page.context.close()


@pytest.mark.parametrize(("width", "height"), [(320, 568), (390, 844), (768, 1024), (1440, 900)])
async def test_nothing_sticks_out(browser: Browser, place: Running, width: int, height: int) -> None:
    screen = await open_page(browser, place, width=width, height=height)
    week = [callback(day) for day in ("Пн", "Вт", "Ср", "Чт", "Пт", "Сб", "Вс")]
    await screen.bot_says("длинное_слово" * 20, week, [callback("Очень длинная надпись на кнопке " * 3)])
    await expect(screen.anna.get_by_role("button", name="Вс")).to_be_visible()

    page_width = await screen.page.evaluate("document.documentElement.scrollWidth")
    sticking = await screen.page.evaluate(
        """() => [...document.querySelectorAll(".phone:not([hidden]) .screen")].flatMap((screen) => {
            const edge = screen.getBoundingClientRect();
            return [...screen.querySelectorAll("*")].filter((node) => {
                const box = node.getBoundingClientRect();
                return box.width > 1 && (box.right > edge.right + 1 || box.left < edge.left - 1);
            }).map((node) => node.className);
        })"""
    )
    assert page_width <= width
    assert sticking == []
    await screen.page.context.close()


async def test_a_narrow_window_shows_one_person_at_a_time(browser: Browser, place: Running) -> None:
    screen = await open_page(browser, place, width=390, height=844)
    await expect(screen.anna).to_be_visible()
    await expect(screen.pavel).to_be_hidden()

    await screen.page.get_by_role("tab", name="Павел").click()
    await expect(screen.pavel).to_be_visible()
    await expect(screen.anna).to_be_hidden()

    await screen.bot_says("Вы ещё здесь?")
    await expect(screen.page.get_by_role("tab", name="Анна").get_by_text("1")).to_be_visible()
    await screen.page.context.close()


async def test_pictures_and_files_show_with_the_text(screen: Screen) -> None:
    emulator = screen.place.emulator
    for kind, name, content_type in (("image", "qr.svg", "image/svg+xml"), ("file", "Встреча.ics", "text/calendar")):
        content = b"<svg xmlns='http://www.w3.org/2000/svg' width='40' height='40'/>"
        emulator.state.uploads[kind] = Upload(
            ticket=kind,
            token=kind,
            kind=kind,
            number=1,
            data_base64=base64.b64encode(content).decode(),
            filename=name,
            content_type=content_type,
            size=1500,
            received=True,
        )
    attachments = [{"type": kind, "payload": {"token": kind}} for kind in ("image", "file")]
    await screen.bot_says("Вот", attachments=attachments)

    picture = screen.anna.get_by_role("img", name="Картинка")
    await expect(picture).to_be_visible()
    assert await picture.evaluate("(image) => image.decode().then(() => image.naturalWidth)") == 40
    file = screen.anna.get_by_role("link", name="Встреча.ics 1,5 кБ")
    await expect(file).to_have_attribute("download", "Встреча.ics")
