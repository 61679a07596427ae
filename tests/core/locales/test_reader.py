from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from markupsafe import Markup

from core.locales.catalogue import Catalogue, load
from core.locales.reader import Reader, capital, language_of

MOSCOW = ZoneInfo("Europe/Moscow")
YEKATERINBURG = ZoneInfo("Asia/Yekaterinburg")
NOW = datetime(2026, 11, 24, 14, 5, tzinfo=MOSCOW)  # a Tuesday


def moscow(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=MOSCOW)


@pytest.fixture
def ru() -> Reader:
    return Reader("ru", MOSCOW, NOW)


@pytest.fixture
def en() -> Reader:
    return Reader("en", MOSCOW, NOW)


def with_texts(reader: Reader, **texts: str | tuple[str, ...]) -> Reader:
    """The reader with a catalogue of its own, so that these tests hold whatever the product says."""
    reader._catalogue = Catalogue(
        reader.locale,
        {key: text for key, text in texts.items() if isinstance(text, str)},
        {key: forms for key, forms in texts.items() if isinstance(forms, tuple)},
        load(reader.locale).form,
    )
    return reader


@pytest.mark.parametrize(
    ("tag", "language"),
    [
        ("ru", "ru"),
        ("ru-RU", "ru"),
        ("ru_UA", "ru"),
        ("RU", "ru"),
        ("uk", "ru"),
        ("be-BY", "ru"),
        ("kk", "ru"),
        ("tt", "ru"),
        ("en", "en"),
        ("en-US", "en"),
        ("de", "en"),
        ("zh-Hans-CN", "en"),
        ("nonsense", "en"),
        ("", "ru"),
        (None, "ru"),
    ],
)
def test_the_language_follows_the_device(tag: str | None, language: str) -> None:
    assert language_of(tag) == language
    assert Reader(tag, MOSCOW, NOW).locale == language


@pytest.mark.parametrize(
    ("moment", "russian", "english"),
    [
        ("2026-11-24T00:00", "сегодня", "today"),
        ("2026-11-24T23:59", "сегодня", "today"),
        ("2026-11-25T00:00", "завтра", "tomorrow"),
        ("2026-11-23T23:59", "вчера", "yesterday"),
        ("2026-11-26T12:00", "чт, 26 ноября", "Thu, 26 November"),
        ("2026-11-22T12:00", "вс, 22 ноября", "Sun, 22 November"),
        ("2026-05-09T12:00", "сб, 9 мая", "Sat, 9 May"),
        ("2027-11-24T12:00", "ср, 24 ноября 2027", "Wed, 24 November 2027"),
        ("2025-12-31T12:00", "ср, 31 декабря 2025", "Wed, 31 December 2025"),
    ],
)
def test_a_day(ru: Reader, en: Reader, moment: str, russian: str, english: str) -> None:
    assert ru.day(moscow(moment)) == russian
    assert en.day(moscow(moment)) == english
    assert ru.date(moscow(moment).date()) == russian
    assert en.date(moscow(moment).date()) == english


def test_days_change_at_midnight_of_the_readers_zone_not_of_utc() -> None:
    now = datetime(2026, 11, 24, 20, 30, tzinfo=UTC)  # 1:30 of the 25th in Yekaterinburg, 23:30 of the 24th in Moscow
    moment = datetime(2026, 11, 24, 19, 30, tzinfo=UTC)  # 0:30 and 22:30
    assert Reader("ru", YEKATERINBURG, now).moment(moment) == "сегодня в 0:30"
    assert Reader("ru", MOSCOW, now).moment(moment) == "сегодня в 22:30"
    assert Reader("ru", YEKATERINBURG, now).day(moment - timedelta(hours=1)) == "вчера"
    assert Reader("ru", YEKATERINBURG, now).today == date(2026, 11, 25)


def test_the_year_is_this_one_by_the_readers_calendar() -> None:
    now = datetime(2026, 12, 31, 22, tzinfo=UTC)  # 2027 in Moscow already
    moment = datetime(2027, 3, 1, 12, tzinfo=UTC)
    assert Reader("ru", MOSCOW, now).day(moment) == "пн, 1 марта"
    assert Reader("ru", ZoneInfo("UTC"), now).day(moment) == "пн, 1 марта 2027"
    assert Reader("ru", ZoneInfo("UTC"), now).day(datetime(2027, 1, 1, 9, tzinfo=UTC)) == "завтра"


@pytest.mark.parametrize(
    ("moment", "russian", "english"),
    [
        ("2026-11-24T15:00", "сегодня в 15:00", "today at 15:00"),
        ("2026-11-25T09:30", "завтра в 9:30", "tomorrow at 9:30"),
        ("2026-11-23T00:05", "вчера в 0:05", "yesterday at 0:05"),
        ("2026-12-01T15:00", "вт, 1 декабря, 15:00", "Tue, 1 December, 15:00"),
        ("2027-11-24T15:00", "ср, 24 ноября 2027, 15:00", "Wed, 24 November 2027, 15:00"),
    ],
)
def test_a_moment(ru: Reader, en: Reader, moment: str, russian: str, english: str) -> None:
    assert ru.moment(moscow(moment)) == russian
    assert en.moment(moscow(moment)) == english


def test_a_time_is_of_24_hours_without_a_leading_zero(ru: Reader, en: Reader) -> None:
    assert [ru.time(moscow(f"2026-11-24T{time}")) for time in ("00:00", "09:30", "15:00")] == ["0:00", "9:30", "15:00"]
    assert en.time(moscow("2026-11-24T15:00")) == "15:00"


@pytest.mark.parametrize(
    ("moment", "russian", "english"),
    [
        ("2026-11-24T15:00", "Сегодня 15:00", "Today 15:00"),
        ("2026-11-25T11:00", "Завтра 11:00", "Tomorrow 11:00"),
        ("2026-11-27T14:00", "Пт 14:00", "Fri 14:00"),
        ("2026-11-30T14:00", "Пн 14:00", "Mon 14:00"),
        ("2026-12-01T14:00", "Вт, 1 дек., 14:00", "Tue, 1 Dec, 14:00"),
        ("2027-09-30T14:00", "30 сент. 2027, 14:00", "30 Sep 2027, 14:00"),
        ("2026-11-22T14:00", "Вс, 22 нояб., 14:00", "Sun, 22 Nov, 14:00"),
    ],
)
def test_a_start_on_a_button(ru: Reader, en: Reader, moment: str, russian: str, english: str) -> None:
    assert ru.moment_short(moscow(moment)) == russian
    assert en.moment_short(moscow(moment)) == english


def test_a_start_fits_a_button_all_year_round(ru: Reader, en: Reader) -> None:
    starts = [NOW.replace(hour=10) + timedelta(days=days) for days in range(-3, 500)]
    assert max(len(reader.moment_short(start)) for reader in (ru, en) for start in starts) <= 20


@pytest.mark.parametrize(
    ("start", "end", "russian", "english"),
    [
        (
            "2026-11-24T15:00",
            "2026-11-24T15:30",
            "сегодня, 24 ноября, 15:00–15:30",
            "today, 24 November, 15:00–15:30",
        ),
        (
            "2026-11-25T11:00",
            "2026-11-25T11:30",
            "завтра, 25 ноября, 11:00–11:30",
            "tomorrow, 25 November, 11:00–11:30",
        ),
        ("2026-12-01T15:00", "2026-12-01T15:30", "вт, 1 декабря, 15:00–15:30", "Tue, 1 December, 15:00–15:30"),
        (
            "2027-11-24T15:00",
            "2027-11-24T15:30",
            "ср, 24 ноября 2027, 15:00–15:30",
            "Wed, 24 November 2027, 15:00–15:30",
        ),
        (
            "2026-11-25T23:30",
            "2026-11-26T00:30",
            "завтра, 25 ноября, 23:30 – чт, 26 ноября, 0:30",
            "tomorrow, 25 November, 23:30 – Thu, 26 November, 0:30",
        ),
        ("2026-12-01T23:00", "2026-12-02T00:00", "вт, 1 декабря, 23:00–0:00", "Tue, 1 December, 23:00–0:00"),
        (
            "2026-12-01T00:00",
            "2026-12-03T00:00",
            "вт, 1 декабря, 0:00 – чт, 3 декабря, 0:00",
            "Tue, 1 December, 0:00 – Thu, 3 December, 0:00",
        ),
        (
            "2026-12-31T23:30",
            "2027-01-01T00:30",
            "чт, 31 декабря, 23:30 – пт, 1 января 2027, 0:30",
            "Thu, 31 December, 23:30 – Fri, 1 January 2027, 0:30",
        ),
    ],
)
def test_a_span(ru: Reader, en: Reader, start: str, end: str, russian: str, english: str) -> None:
    assert ru.span(moscow(start), moscow(end)) == russian
    assert en.span(moscow(start), moscow(end)) == english


def test_a_span_crosses_midnight_where_the_reader_is(ru: Reader) -> None:
    start, end = moscow("2026-11-25T21:30"), moscow("2026-11-25T22:30")
    assert ru.span(start, end) == "завтра, 25 ноября, 21:30–22:30"
    assert ru.in_zone(YEKATERINBURG).span(start, end) == "завтра, 25 ноября, 23:30 – чт, 26 ноября, 0:30"


def test_a_short_span_leaves_the_date_of_near_days_out(ru: Reader, en: Reader) -> None:
    near = moscow("2026-11-25T11:00"), moscow("2026-11-25T11:30")
    assert ru.span_short(*near) == "завтра, 11:00–11:30"
    assert en.span_short(*near) == "tomorrow, 11:00–11:30"
    assert ru.span_short(moscow("2026-12-01T15:00"), moscow("2026-12-01T15:30")) == "вт, 1 декабря, 15:00–15:30"
    assert ru.times(*near) == "11:00–11:30"


@pytest.mark.parametrize(
    ("minutes", "russian", "english"),
    [
        (0, "0 минут", "0 minutes"),
        (1, "1 минута", "1 minute"),
        (2, "2 минуты", "2 minutes"),
        (5, "5 минут", "5 minutes"),
        (11, "11 минут", "11 minutes"),
        (21, "21 минута", "21 minutes"),
        (30, "30 минут", "30 minutes"),
        (60, "1 час", "1 hour"),
        (90, "1 час 30 минут", "1 hour 30 minutes"),
        (120, "2 часа", "2 hours"),
        (300, "5 часов", "5 hours"),
        (1440, "1 день", "1 day"),
        (2 * 1440, "2 дня", "2 days"),
        (11 * 1440, "11 дней", "11 days"),
        (111 * 1440, "111 дней", "111 days"),
        (1440 + 61, "1 день 1 час 1 минута", "1 day 1 hour 1 minute"),
    ],
)
def test_a_duration(ru: Reader, en: Reader, minutes: int, russian: str, english: str) -> None:
    assert ru.duration(timedelta(minutes=minutes, seconds=59)) == russian
    assert en.duration(timedelta(minutes=minutes)) == english


def test_no_duration_is_negative(ru: Reader) -> None:
    with pytest.raises(ValueError, match="negative"):
        ru.duration(timedelta(minutes=-30))


@pytest.mark.parametrize(
    ("start", "end", "russian", "english"),
    [
        (9 * 60, 18 * 60, "9:00–18:00", "9:00–18:00"),
        (9 * 60 + 5, 12 * 60 + 30, "9:05–12:30", "9:05–12:30"),
        (22 * 60, 26 * 60, "22:00–2:00", "22:00–2:00"),
        (18 * 60, 1440, "18:00–0:00", "18:00–0:00"),
        (0, 1440, "круглосуточно", "around the clock"),
    ],
)
def test_hours_of_a_day(ru: Reader, en: Reader, start: int, end: int, russian: str, english: str) -> None:
    assert ru.hours(start, end) == russian
    assert en.hours(start, end) == english


@pytest.mark.parametrize(
    ("days", "russian", "english"),
    [
        ([0, 1, 2, 3, 4], "пн–пт", "Mon–Fri"),
        ([5, 6], "сб, вс", "Sat, Sun"),
        ([4, 0, 2], "пн, ср, пт", "Mon, Wed, Fri"),
        ([0, 1, 2, 5], "пн–ср, сб", "Mon–Wed, Sat"),
        (range(7), "каждый день", "every day"),
        ([3, 3], "чт", "Thu"),
        ([], "", ""),
    ],
)
def test_days_of_the_week(ru: Reader, en: Reader, days: list[int], russian: str, english: str) -> None:
    assert ru.weekdays(days) == russian
    assert en.weekdays(days) == english


def test_names_of_the_calendar(ru: Reader, en: Reader) -> None:
    assert (ru.weekday(0), ru.weekday_short(6)) == ("понедельник", "вс")
    assert (en.weekday(0), en.weekday_short(6)) == ("Monday", "Sun")
    assert ru.month(date(2026, 11, 24)) == "ноябрь 2026"
    assert en.month(date(2026, 11, 24)) == "November 2026"
    assert (ru.day_short(date(2026, 11, 25)), ru.day_short(date(2026, 11, 27))) == ("Завтра", "Пт")
    assert ru.day_short(date(2026, 12, 4)) == "Пт, 4 дек."


@pytest.mark.parametrize(
    ("zone", "russian", "english"),
    [
        ("Europe/Moscow", "Москва, UTC+3", "Moscow, UTC+3"),
        ("Asia/Yekaterinburg", "Екатеринбург, UTC+5", "Yekaterinburg, UTC+5"),
        ("Europe/Kyiv", "Киев, UTC+2", "Kyiv, UTC+2"),
        ("Europe/Kiev", "Киев, UTC+2", "Kyiv, UTC+2"),
        ("Asia/Kathmandu", "Катманду, UTC+5:45", "Kathmandu, UTC+5:45"),
        ("Asia/Calcutta", "Калькутта, UTC+5:30", "Kolkata, UTC+5:30"),
        ("America/New_York", "Нью-Йорк, UTC−5", "New York, UTC−5"),
        ("US/Eastern", "Нью-Йорк, UTC−5", "New York, UTC−5"),
        ("America/Argentina/Buenos_Aires", "Буэнос-Айрес, UTC−3", "Buenos Aires, UTC−3"),
        ("Pacific/Marquesas", "Маркизские о-ва, UTC−9:30", "Marquesas, UTC−9:30"),
        ("Europe/London", "Лондон, UTC", "London, UTC"),
        ("Etc/GMT+5", "UTC−5", "UTC−5"),
        ("UTC", "UTC", "UTC"),
    ],
)
def test_a_zone_is_named_by_its_city(ru: Reader, en: Reader, zone: str, russian: str, english: str) -> None:
    assert ru.zone_name(ZoneInfo(zone)) == russian
    assert en.zone_name(ZoneInfo(zone)) == english
    assert ru.city(ZoneInfo(zone)) == russian.split(",")[0]


def test_every_zone_there_is_can_be_named(ru: Reader, en: Reader) -> None:
    for zone in available_timezones():
        for reader in (ru, en):
            name = reader.city(ZoneInfo(zone))
            assert name, zone
            assert "_" not in name and "/" not in name, zone


def test_an_offset_is_that_of_now() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    assert Reader("ru", MOSCOW, datetime(2026, 7, 1, tzinfo=UTC)).zone_name(berlin) == "Берлин, UTC+2"
    assert Reader("ru", MOSCOW, datetime(2026, 12, 1, tzinfo=UTC)).zone_name(berlin) == "Берлин, UTC+1"


def test_the_time_of_the_other_side(ru: Reader, en: Reader) -> None:
    assert ru.other_zone_time(moscow("2026-11-25T09:00"), YEKATERINBURG) == "11:00"
    assert ru.other_zone_time(moscow("2026-11-24T23:00"), YEKATERINBURG) == "ср, 1:00"
    assert en.other_zone_time(moscow("2026-11-24T23:00"), YEKATERINBURG) == "Wed, 1:00"


def test_zones_that_show_the_same_time_need_not_be_named(ru: Reader) -> None:
    winter, summer = datetime(2026, 12, 1, tzinfo=UTC), datetime(2026, 7, 1, tzinfo=UTC)
    helsinki = ZoneInfo("Europe/Helsinki")  # as Moscow in summer, an hour behind it in winter
    assert ru.shares_clock(ZoneInfo("Europe/Minsk"), winter)
    assert ru.shares_clock(helsinki, summer)
    assert not ru.shares_clock(helsinki, winter)
    assert Reader("ru", helsinki, winter).shares_clock(MOSCOW, summer)


def test_arguments_are_escaped_and_the_templates_tags_kept(ru: Reader) -> None:
    reader = with_texts(ru, hello="<b>{name}</b>, {link}")
    said = reader.say("hello", name="<i>Bob</i> & Co", link=Markup('<a href="https://okno.ru">Okno</a>'))
    assert said == Markup('<b>&lt;i&gt;Bob&lt;/i&gt; &amp; Co</b>, <a href="https://okno.ru">Okno</a>')
    assert isinstance(said, Markup)


def test_braces_in_an_argument_are_just_braces(ru: Reader) -> None:
    assert with_texts(ru, hello="{name}").say("hello", name="{x.__class__}") == "{x.__class__}"


def test_a_label_is_plain(ru: Reader) -> None:
    label = with_texts(ru, book="{name}, 30").label("book", name="Tom & <Jerry>")
    assert label == "Tom & <Jerry>, 30"
    assert type(label) is str


def test_an_argument_may_be_called_as_a_parameter_is(ru: Reader) -> None:
    assert with_texts(ru, hello="{msgid}").say("hello", msgid=1) == "1"


@pytest.mark.parametrize(
    ("n", "form"),
    [(0, "many"), (1, "one"), (2, "few"), (5, "many"), (11, "many"), (21, "one"), (22, "few"), (111, "many")],
)
def test_russian_counts_in_three_forms(ru: Reader, n: int, form: str) -> None:
    reader = with_texts(ru, openings=("{n} one {x}", "{n} few {x}", "{n} many {x}"))
    assert reader.count("openings", n, x="<") == f"{n} {form} &lt;"


@pytest.mark.parametrize(("n", "form"), [(0, "many"), (1, "one"), (2, "many"), (21, "many"), (111, "many")])
def test_english_counts_in_two_forms(en: Reader, n: int, form: str) -> None:
    assert with_texts(en, openings=("{n} one", "{n} many")).count("openings", n) == f"{n} {form}"


def test_what_is_missing_fails_at_once(ru: Reader) -> None:
    reader = with_texts(ru, hello="{name}", openings=("1", "2", "5"))
    with pytest.raises(KeyError):
        reader.say("no.such.text")
    with pytest.raises(KeyError):
        reader.label("no.such.text")
    with pytest.raises(KeyError):
        reader.count("hello", 1)
    with pytest.raises(KeyError):
        reader.say("openings")
    with pytest.raises(KeyError):
        reader.say("hello")


def test_a_naive_moment_is_refused(ru: Reader) -> None:
    with pytest.raises(ValueError, match="naive"):
        ru.moment(datetime(2026, 11, 24))  # noqa: DTZ001
    with pytest.raises(ValueError, match="naive"):
        Reader("ru", MOSCOW, datetime(2026, 11, 24))  # noqa: DTZ001


def test_the_same_reader_elsewhere(ru: Reader) -> None:
    there = ru.in_zone(YEKATERINBURG)
    assert (there.locale, there.zone, there.now) == ("ru", YEKATERINBURG, NOW)
    assert there.time(NOW) == "16:05"


def test_a_sentence_opens_with_a_capital() -> None:
    assert capital("завтра в 9:30") == "Завтра в 9:30"
    assert capital("") == ""
