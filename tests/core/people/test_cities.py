from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo, available_timezones

import pytest

from core.people import cities
from core.people.cities import Place, guess_zone, search

WINTER = datetime(2026, 11, 24, 12, tzinfo=UTC)
SUMMER = datetime(2026, 7, 1, 12, tzinfo=UTC)
TABLE = Path(cities.__file__).with_name("cities.tsv")


def rows() -> list[list[str]]:
    return [line.split("\t") for line in TABLE.read_text(encoding="utf-8").splitlines()[1:]]


def first(query: str, locale: str = "ru", now: datetime = WINTER) -> Place | None:
    return next(iter(search(query, locale, now=now)), None)


def zones(query: str, now: datetime = WINTER, limit: int = 6) -> list[str]:
    return [place.zone for place in search(query, "ru", now=now, limit=limit)]


def test_every_row_of_the_table_is_whole_and_its_zone_exists() -> None:
    known = available_timezones()
    assert len(rows()) > 500
    for row in rows():
        russian, english, zone, _ = row
        assert russian and english, row
        assert zone in known, row


@pytest.mark.parametrize("column", [0, 1])
def test_no_city_stands_twice(column: int) -> None:
    assert [name for name, times in Counter(row[column] for row in rows()).items() if times > 1] == []


def test_no_alias_means_two_zones() -> None:
    meant: dict[str, set[str]] = {}
    for _, _, zone, aliases in rows():
        for alias in filter(None, aliases.split(", ")):
            meant.setdefault(alias, set()).add(zone)
    assert {alias: found for alias, found in meant.items() if len(found) > 1} == {}


@pytest.mark.parametrize(
    ("city", "zone"),
    [
        ("Москва", "Europe/Moscow"),
        ("Санкт-Петербург", "Europe/Moscow"),
        ("Казань", "Europe/Moscow"),
        ("Калининград", "Europe/Kaliningrad"),
        ("Самара", "Europe/Samara"),
        ("Тольятти", "Europe/Samara"),
        ("Ижевск", "Europe/Samara"),
        ("Саратов", "Europe/Saratov"),
        ("Ульяновск", "Europe/Ulyanovsk"),
        ("Астрахань", "Europe/Astrakhan"),
        ("Волгоград", "Europe/Volgograd"),
        ("Киров", "Europe/Kirov"),
        ("Симферополь", "Europe/Simferopol"),
        ("Севастополь", "Europe/Simferopol"),
        ("Екатеринбург", "Asia/Yekaterinburg"),
        ("Уфа", "Asia/Yekaterinburg"),
        ("Пермь", "Asia/Yekaterinburg"),
        ("Тюмень", "Asia/Yekaterinburg"),
        ("Омск", "Asia/Omsk"),
        ("Новосибирск", "Asia/Novosibirsk"),
        ("Томск", "Asia/Tomsk"),
        ("Барнаул", "Asia/Barnaul"),
        ("Горно-Алтайск", "Asia/Barnaul"),
        ("Новокузнецк", "Asia/Novokuznetsk"),
        ("Кемерово", "Asia/Novokuznetsk"),
        ("Красноярск", "Asia/Krasnoyarsk"),
        ("Абакан", "Asia/Krasnoyarsk"),
        ("Кызыл", "Asia/Krasnoyarsk"),
        ("Иркутск", "Asia/Irkutsk"),
        ("Улан-Удэ", "Asia/Irkutsk"),
        ("Чита", "Asia/Chita"),
        ("Якутск", "Asia/Yakutsk"),
        ("Благовещенск", "Asia/Yakutsk"),
        ("Владивосток", "Asia/Vladivostok"),
        ("Хабаровск", "Asia/Vladivostok"),
        ("Биробиджан", "Asia/Vladivostok"),
        ("Южно-Сахалинск", "Asia/Sakhalin"),
        ("Магадан", "Asia/Magadan"),
        ("Среднеколымск", "Asia/Srednekolymsk"),
        ("Петропавловск-Камчатский", "Asia/Kamchatka"),
        ("Анадырь", "Asia/Anadyr"),
        ("Минск", "Europe/Minsk"),
        ("Алматы", "Asia/Almaty"),
        ("Ташкент", "Asia/Tashkent"),
        ("Тбилиси", "Asia/Tbilisi"),
    ],
)
def test_a_city_has_its_zone(city: str, zone: str) -> None:
    assert first(city) == Place(city, zone)


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("спб", "Санкт-Петербург"),
        ("Питер", "Санкт-Петербург"),
        ("екб", "Екатеринбург"),
        ("НСК", "Новосибирск"),
        ("мск", "Москва"),
        ("нью йорк", "Нью-Йорк"),
        ("нью-йорк", "Нью-Йорк"),
        ("Ньюйорк", "Нью-Йорк"),
        ("nyc", "Нью-Йорк"),
        ("New York", "Нью-Йорк"),
        ("орел", "Орёл"),
        ("ОРЁЛ", "Орёл"),
        ("sao paulo", "Сан-Паулу"),
        ("São Paulo", "Сан-Паулу"),
        ("ростов на дону", "Ростов-на-Дону"),
        ("алма ата", "Алматы"),
        ("сахалин", "Южно-Сахалинск"),
        ("  казань  ", "Казань"),
        ("Казань, Россия", "Казань"),
        ("Торонто", "Торонто"),
        ("Папеэте, Таити", None),
        ("Таити", "Таити"),  # known to CLDR alone
    ],
)
def test_people_write_a_city_in_many_ways(query: str, name: str | None) -> None:
    found = first(query)
    assert (found.name if found else None) == name


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("екатиренбург", "Екатеринбург"),
        ("Челебинск", "Челябинск"),
        ("петербрг", "Санкт-Петербург"),
        ("Москве", "Москва"),
        ("Казани", "Казань"),
        ("Нижнем Новгороде", "Нижний Новгород"),
        ("москав", "Москва"),
        ("краснодра", "Краснодар"),
        ("владивостк", "Владивосток"),
        ("Yekaterinbrug", "Екатеринбург"),
        ("влaдивасток", "Владивосток"),  # the first «a» is a Latin letter
    ],
)
def test_typos_are_forgiven(query: str, name: str) -> None:
    found = first(query)
    assert found is not None
    assert found.name == name


@pytest.mark.parametrize("query", ["уфф", "asdfgh", "завтра в десять", "", "  ", "—", "…", "🏙", "5", "Москва и Питер"])
def test_what_is_no_place_finds_none(query: str) -> None:
    assert search(query, "ru", now=WINTER) == []


def test_the_likeliest_comes_first() -> None:
    assert [place.name for place in search("новгород", "ru", now=WINTER)] == [
        "Великий Новгород",
        "Нижний Новгород",
    ]
    assert [place.name for place in search("влад", "ru", now=WINTER)] == ["Владивосток", "Владимир", "Владикавказ"]
    assert [place.name for place in search("нов", "ru", now=WINTER, limit=2)] == ["Новосибирск", "Новокузнецк"]
    assert [place.name for place in search("урал", "ru", now=WINTER)] == [
        "Уральск",
        "Каменск-Уральский",
        "Первоуральск",
        "Новоуральск",
    ]


def test_an_abbreviation_is_not_a_piece_of_other_names() -> None:
    assert search("нск", "ru", now=WINTER) == [Place("Новосибирск", "Asia/Novosibirsk")]


def test_namesakes_are_told_apart() -> None:
    assert search("железногорск", "ru", now=WINTER) == [
        Place("Железногорск, Курская область", "Europe/Moscow"),
        Place("Железногорск, Красноярский край", "Asia/Krasnoyarsk"),
    ]
    assert first("Железногорск, Красноярский край") == Place("Железногорск, Красноярский край", "Asia/Krasnoyarsk")


def test_names_come_in_the_readers_language() -> None:
    assert first("спб", "en") == Place("Saint Petersburg", "Europe/Moscow")
    assert first("kazan", "en-US") == Place("Kazan", "Europe/Moscow")
    assert first("kazan", "uk") == Place("Казань", "Europe/Moscow")


def test_no_place_comes_twice_and_the_limit_holds() -> None:
    for query in ("м", "s", "ка", "+3", "ан"):
        found = search(query, "ru", now=WINTER, limit=6)
        assert len(found) == len(set(found)) <= 6
    assert len(search("м", "ru", now=WINTER, limit=3)) == 3


@pytest.mark.parametrize(
    ("query", "zone"),
    [
        ("+5", "Asia/Yekaterinburg"),
        ("UTC+3", "Europe/Moscow"),
        ("utc +3", "Europe/Moscow"),
        ("GMT+10", "Asia/Vladivostok"),
        ("+2", "Europe/Kaliningrad"),
        ("мск+2", "Asia/Yekaterinburg"),
        ("МСК +4", "Asia/Novosibirsk"),
        ("msk+9", "Asia/Kamchatka"),
        ("мск-1", "Europe/Kaliningrad"),
        ("Москва−1", "Europe/Kaliningrad"),
        ("+05:30", "Asia/Kolkata"),
        ("+0530", "Asia/Kolkata"),
        ("-3:30", "America/St_Johns"),
        ("–5", "America/New_York"),
    ],
)
def test_an_offset_names_a_zone(query: str, zone: str) -> None:
    assert zones(query)[0] == zone


def test_an_offset_lists_russia_first_and_each_zone_once() -> None:
    assert zones("+7")[:5] == [
        "Asia/Novosibirsk",
        "Asia/Krasnoyarsk",
        "Asia/Barnaul",
        "Asia/Tomsk",
        "Asia/Novokuznetsk",
    ]
    assert len(zones("+3", limit=50)) == len(set(zones("+3", limit=50)))
    for zone in zones("+3", limit=50):
        assert (
            WINTER.astimezone(ZoneInfo(zone)).utcoffset() == WINTER.astimezone(ZoneInfo("Europe/Moscow")).utcoffset()
        )


def test_an_offset_is_that_of_now() -> None:
    assert "Europe/Berlin" in zones("+1", WINTER, limit=50)
    assert "Europe/Berlin" not in zones("+1", SUMMER, limit=50)
    assert "Europe/Berlin" in zones("+2", SUMMER, limit=50)


@pytest.mark.parametrize("query", ["+25", "-20:00", "UTC+99", "+14:59", "атлантида+2"])
def test_an_offset_that_nobody_has_finds_none(query: str) -> None:
    assert search(query, "ru", now=WINTER) == []


@pytest.mark.parametrize(
    ("query", "place"),
    [
        ("Europe/Moscow", Place("Москва", "Europe/Moscow")),
        ("asia/yekaterinburg", Place("Екатеринбург", "Asia/Yekaterinburg")),
        ("US/Eastern", Place("Нью-Йорк", "America/New_York")),
        ("Asia/Calcutta", Place("Калькутта", "Asia/Kolkata")),
        ("Etc/GMT+5", Place("UTC−5", "Etc/GMT+5")),
        ("UTC", Place("UTC", "Etc/UTC")),
    ],
)
def test_a_zone_may_be_named_as_iana_does(query: str, place: Place) -> None:
    assert search(query, "ru", now=WINTER) == [place]


def test_a_long_text_is_no_trouble() -> None:
    assert search("слово " * 2000, "ru", now=WINTER) == []
    assert search("+" * 5000, "ru", now=WINTER) == []


@pytest.mark.parametrize(
    ("tag", "zone"),
    [
        (None, "Europe/Moscow"),
        ("", "Europe/Moscow"),
        ("ru", "Europe/Moscow"),
        ("ru-RU", "Europe/Moscow"),
        ("tt", "Europe/Moscow"),
        ("ru-UA", "Europe/Kyiv"),
        ("ru_KZ", "Asia/Almaty"),
        ("ru-by", "Europe/Minsk"),
        ("uk", "Europe/Kyiv"),
        ("be", "Europe/Minsk"),
        ("kk", "Asia/Almaty"),
        ("uz", "Asia/Tashkent"),
        ("hy", "Asia/Yerevan"),
        ("de", "Europe/Berlin"),
        ("de-AT", "Europe/Vienna"),
        ("fr", "Europe/Paris"),
        ("zh-Hans-CN", "Asia/Shanghai"),
        ("en", "Europe/Moscow"),
        ("en-US", "America/New_York"),
        ("en-GB", "Europe/London"),
        ("pt-BR", "America/Sao_Paulo"),
        ("xx", "Europe/Moscow"),
        ("nonsense-tag-here", "Europe/Moscow"),
        ("ru-ZZ", "Europe/Moscow"),
    ],
)
def test_the_zone_to_offer_first(tag: str | None, zone: str) -> None:
    assert guess_zone(tag) == zone


def test_every_guess_is_a_zone_that_can_be_chosen() -> None:
    known = available_timezones()
    assert {
        guess_zone(f"ru-{one}{two}") for one in "ABCDEFGHIKLMNOPRSTUVZ" for two in "ABCDEFGIKLMNOPRSTUVWYZ"
    } <= known
