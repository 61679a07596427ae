"""What a button carries: packed short, checked when it comes back, whatever became of it meanwhile."""

from __future__ import annotations

import string
from datetime import UTC, date, datetime, timedelta
from typing import Any, cast
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from bot.dialogs import blocking, booking, meeting, registry, requests, schedule, settings, sharing, start
from bot.dialogs.router import PAYLOAD_BYTES, Action, Router, UnknownPayload
from bot.dialogs.talk import Talk
from bot.messengers.turn import Person, Screen, Turn, TurnKind
from core.conversations.models import Dialogue
from core.locales.zones import canonical
from core.sharing import tokens

Arguments = tuple[Any, ...]

NOBODY = cast(Talk, None)
EMPTY = Screen(text=cast(Any, ""))

days = st.dates(date(1970, 1, 1), date(2199, 12, 27))
minutes = st.datetimes(datetime(1970, 1, 1), datetime(2199, 12, 26), timezones=st.just(UTC)).map(  # noqa: DTZ001
    lambda moment: moment.replace(second=0, microsecond=0)
)
numbers = st.integers(0, 1_000_000)
words = st.text(st.sampled_from(string.ascii_letters + string.digits + "_-/+"), max_size=20)


class Echo:
    """Handlers that give back what they were called with."""

    def __init__(self) -> None:
        self.called: list[Arguments] = []
        self.router = Router()

        @self.router.tap("many")
        async def many(talk: Talk, number: int, day: date, moment: datetime, thing: UUID, word: str) -> Screen:
            self.called.append((number, day, moment, thing, word))
            return EMPTY

        @self.router.tap("may")
        async def may(talk: Talk, number: int | None, day: date | None, flag: bool = False) -> Screen:
            self.called.append((number, day, flag))
            return EMPTY

        @self.router.tap("none")
        async def none(talk: Talk) -> Screen:
            self.called.append(())
            return EMPTY

        self.many, self.may, self.none = many, may, none

    async def taps(self, payload: str) -> Arguments:
        await self.router.dispatch(talk(), tap(payload))
        return self.called[-1]


def talk(step: str = "", **data: Any) -> Talk:
    """A talk as far as the router looks at it."""
    someone = object.__new__(Talk)
    someone.dialogue = Dialogue(channel="max", person="1", step=step, data=data)
    return someone


def turn(kind: TurnKind, *, text: str = "", payload: str = "") -> Turn:
    return Turn(channel="max", person=Person("1", "Анна"), kind=kind, text=text, payload=payload)


def tap(payload: str) -> Turn:
    return turn(TurnKind.TAP, payload=payload)


# There and back


@given(number=numbers, day=days, moment=minutes, thing=st.uuids(), word=words)
@example(number=0, day=date(1970, 1, 1), moment=datetime(1970, 1, 1, tzinfo=UTC), thing=UUID(int=0), word="")
async def test_what_is_packed_comes_back_the_same(
    number: int, day: date, moment: datetime, thing: UUID, word: str
) -> None:
    echo = Echo()
    try:
        payload = echo.many.data(number, day, moment, thing, word)
    except ValueError:  # too long; the other test says when
        assume(False)
    assert len(payload.encode()) <= PAYLOAD_BYTES
    assert await echo.taps(payload) == (number, day, moment, thing, word)


@given(number=st.none() | numbers, day=st.none() | days, flag=st.booleans())
async def test_what_is_left_out_comes_back_as_none(number: int | None, day: date | None, flag: bool) -> None:
    echo = Echo()
    assert await echo.taps(echo.may.data(number, day, flag)) == (number, day, flag)
    assert await echo.taps(echo.may.data(number, day)) == (number, day, False)


@given(moment=minutes, zone=st.sampled_from(["Europe/Moscow", "Asia/Kathmandu", "America/St_Johns"]))
async def test_a_moment_comes_back_as_the_same_instant_from_any_zone(moment: datetime, zone: str) -> None:
    echo = Echo()
    payload = echo.many.data(1, date(2026, 11, 23), moment.astimezone(ZoneInfo(zone)), UUID(int=7), "")
    assert (await echo.taps(payload))[2] == moment


def test_a_button_without_arguments_is_its_name() -> None:
    assert Echo().none.data() == "none"


# The bound


def test_too_much_is_refused_when_it_is_packed() -> None:
    echo = Echo()
    fitting = echo.many.data(1, date(2026, 11, 23), datetime(2026, 11, 23, tzinfo=UTC), UUID(int=1), "")
    room = PAYLOAD_BYTES - len(fitting.encode())
    arguments = (1, date(2026, 11, 23), datetime(2026, 11, 23, tzinfo=UTC), UUID(int=1))
    assert len(echo.many.data(*arguments, "x" * room).encode()) == PAYLOAD_BYTES
    with pytest.raises(ValueError, match="longer than 64 bytes"):
        echo.many.data(*arguments, "x" * (room + 1))
    with pytest.raises(ValueError, match="longer than 64 bytes"):
        echo.many.data(*arguments, "я" * (room // 2 + 1))


@pytest.mark.parametrize("value", ["a:b", 1.5, [1], timedelta(1), b"x"], ids=repr)
def test_what_a_button_cannot_carry_is_refused(value: Any) -> None:
    with pytest.raises(TypeError, match="cannot carry"):
        Echo().may.data(value, None)


@pytest.mark.parametrize("value", [-1, 1_000_001, date(1969, 12, 31), date(2300, 1, 1)], ids=str)
def test_what_would_not_come_back_is_refused(value: Any) -> None:
    with pytest.raises(ValueError, match="is not between"):
        Echo().may.data(value, None)


def test_arguments_have_no_names_on_a_button() -> None:
    with pytest.raises(TypeError, match="positional"):
        Echo().may.data(number=1, day=None)


TOKEN = tokens.derive(b"key", uuid4())
FAR = datetime(2199, 12, 20, 23, 59, tzinfo=UTC)
CHOICE = (TOKEN, uuid4(), 1440)
ZONES = sorted({canonical(zone) for zone in available_timezones()}, key=len)


@pytest.mark.parametrize(
    ("action", "arguments"),
    [
        (booking.open_link, (TOKEN,)),
        (booking.choose_type, CHOICE),
        (booking.choose_day, (*CHOICE, FAR.date())),
        (booking.choose_time, (*CHOICE, FAR.date())),
        (booking.pick, (*CHOICE, FAR)),
        (booking.ask_topic, (*CHOICE, FAR)),
        (booking.book, (*CHOICE, FAR)),
        (blocking.block, (FAR, 1440)),
        (meeting.open_meeting, (uuid4(),)),
        (requests.confirm, (uuid4(),)),
        (schedule.open_week, (FAR.date(),)),
        (settings.switch_language, ("ru",)),
        (sharing.revoke, (uuid4(),)),
        (start.ask_city, (start.FROM_LINK + TOKEN,)),
        (start.set_zone, (ZONES[-1], start.FROM_LINK + TOKEN)),
    ],
    ids=lambda value: value.name if isinstance(value, Action) else "",
)
def test_every_button_of_the_dialogues_fits(action: Action[Any], arguments: Arguments) -> None:
    """With the longest of all they may have to carry."""
    assert len(action.data(*arguments).encode()) <= PAYLOAD_BYTES


# What was tampered with, or comes from another version


@pytest.mark.parametrize(
    "payload",
    [
        "",
        ":",
        "nobody",
        "nobody:1",
        "none:",
        "none:1",
        "many",
        "many:1",
        "many:1:2:3:4",
        "may",
        "may:1",
        "may:1:2:1:1",
        "may:x:",
        "may:-1:",
        "may:1.5:",
        "may:1000001:",
        "may:99999999999999999999999:",
        "may::zz",
        "may::-1",
        "may::ffffffff",
        "many:1:2:fffffffffffff:AAAAAAAAAAAAAAAAAAAAAA:x",
        "many:1:2:3:AAAA:x",
        "many:1:2:3::x",
        "many:1:2:3:не буквы:x",
        "MANY:1:2:3:AAAAAAAAAAAAAAAAAAAAAA:x",
    ],
)
async def test_what_does_not_fit_is_unknown(payload: str) -> None:
    echo = Echo()
    with pytest.raises(UnknownPayload):
        await echo.router.dispatch(talk(), tap(payload))
    assert echo.called == []


@given(payload=st.text(max_size=80) | st.from_regex(r"(many|may|none)(:[0-9a-fA-F_\-]{0,24}){0,6}", fullmatch=True))
async def test_any_payload_at_all_is_either_known_or_unknown(payload: str) -> None:
    echo = Echo()
    try:
        await echo.router.dispatch(talk(), tap(payload))
    except UnknownPayload:
        assert echo.called == []
    else:
        assert len(echo.called) == 1


ALL = registry.all_dialogues()


@given(
    name=st.sampled_from(sorted(ALL.taps)),
    packed=st.lists(st.text(st.sampled_from(string.printable), max_size=24), max_size=6),
)
async def test_no_real_handler_is_called_with_what_does_not_fit_it(name: str, packed: list[str]) -> None:
    """Either the values are of the wanted types, or the payload is unknown: nothing else may rise."""
    action = ALL.taps[name]
    seen: list[Arguments] = []

    async def remember(_: Talk, *values: Any) -> Screen:
        seen.append(values)
        return EMPTY

    double: Action[Any] = object.__new__(Action)
    double.__dict__.update({**action.__dict__, "_handler": remember})
    try:
        await double.call(NOBODY, packed)
    except UnknownPayload:
        assert seen == []
        return
    for value in seen[0]:
        assert value is None or isinstance(value, int | str | UUID | date)
        if isinstance(value, datetime):
            assert value.tzinfo is UTC


# Which handler answers


async def test_an_answered_question_is_left_and_remembered_for_the_tap() -> None:
    echo, someone = Echo(), talk("topic", token="t")
    await echo.router.dispatch(someone, tap("none"))
    assert (someone.dialogue.step, someone.dialogue.data) == ("", {})
    assert someone.left == {"step": "topic", "token": "t"}


async def test_words_go_to_the_step_that_waits_for_them_and_to_nobody_else() -> None:
    router = Router()
    heard: list[str] = []

    @router.text("city")
    async def city(talk: Talk, text: str) -> Screen:
        heard.append(text)
        return EMPTY

    assert await router.dispatch(talk("city"), turn(TurnKind.TEXT, text="  Казань \n")) is EMPTY
    assert await router.dispatch(talk(), turn(TurnKind.TEXT, text="Казань")) is None
    assert await router.dispatch(talk("gone"), turn(TurnKind.TEXT, text="Казань")) is None
    assert heard == ["Казань"]


@pytest.mark.parametrize("text", ["/menu", "/MENU", " /menu ", "/menu@okno_bot", "/menu now please"])
async def test_a_command_is_known_however_it_is_written_and_leaves_the_question(text: str) -> None:
    router, someone = Router(), talk("city")

    @router.command("menu")
    async def menu(talk: Talk) -> Screen:
        return EMPTY

    assert await router.dispatch(someone, turn(TurnKind.TEXT, text=text)) is EMPTY
    assert someone.dialogue.step == ""


@pytest.mark.parametrize("text", ["/", "/nobody", "//menu", "menu"])
async def test_what_is_no_command_is_not_answered_here(text: str) -> None:
    router, someone = Router(), talk()

    @router.command("menu")
    async def menu(talk: Talk) -> Screen:
        raise AssertionError

    assert await router.dispatch(someone, turn(TurnKind.TEXT, text=text)) is None


async def test_a_link_is_known_by_its_beginning() -> None:
    router = Router()
    followed: list[str] = []

    @router.link("s_")
    async def follow(talk: Talk, token: str) -> Screen:
        followed.append(token)
        return EMPTY

    @router.command("start")
    async def start_(talk: Talk) -> Screen:
        followed.append("start")
        return EMPTY

    for payload in ("s_abc", "s_", "campaign", ""):
        await router.dispatch(talk(), turn(TurnKind.START, payload=payload))
    assert followed == ["abc", "", "start", "start"]


def test_two_handlers_cannot_share_a_name() -> None:
    first, second = Echo().router, Echo().router
    with pytest.raises(ValueError, match="two handlers are named many"):
        first.include(second)
