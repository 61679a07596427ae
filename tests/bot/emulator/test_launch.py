"""Launch data, checked by a verifier of the test's own."""

import hashlib
import hmac
import json
import time
from urllib.parse import parse_qsl, urlsplit

import pytest

from bot.emulator.launch import launch_data, sign
from tests.bot.emulator.running import TOKEN, Running, running

VECTOR_TOKEN = "f9LHodD0cOLabc-TEST-TOKEN-okno"
VECTOR = (
    "auth_date=1771409719&chat=%7B%22id%22%3A12345%2C%22type%22%3A%22DIALOG%22%7D&ip=203.0.113.7"
    "&query_id=158b120b-7aa3-4a0f-a198-52ace06d0658&start_param=s_Zk3-9QpL"
    "&user=%7B%22language_code%22%3A%22ru%22%2C%22first_name%22%3A%22%D0%92%D0%B0%D1%81%D1%8F%22%2C"
    "%22last_name%22%3A%22%22%2C%22photo_url%22%3Anull%2C%22username%22%3Anull%2C%22id%22%3A400%7D"
    "&hash=2bee6ba13aaa8fd9c0a6ca45f617c514ed0bcdcf625976cf10420a8c5dff317e"
)


def verified(data: str, token: str) -> dict[str, str] | None:
    """The fields of launch data, or None when the signature is wrong."""
    fields = dict(parse_qsl(data, keep_blank_values=True, strict_parsing=True))
    given = fields.pop("hash")
    joined = "\n".join(f"{name}={fields[name]}" for name in sorted(fields))
    key = hmac.digest(b"WebAppData", token.encode(), "sha256")
    return fields if hmac.new(key, joined.encode(), hashlib.sha256).hexdigest() == given else None


def test_the_known_vector_is_reproduced_to_the_letter() -> None:
    fields = dict(parse_qsl(VECTOR))
    expected = fields.pop("hash")
    assert sign(fields, VECTOR_TOKEN) == expected
    assert launch_data(fields, VECTOR_TOKEN) == VECTOR


def test_the_tests_own_verifier_accepts_the_vector_and_nothing_else() -> None:
    assert verified(VECTOR, VECTOR_TOKEN) is not None
    assert verified(VECTOR, "another token") is None
    assert verified(VECTOR.replace("1771409719", "1771409720"), VECTOR_TOKEN) is None


async def test_the_launch_address_carries_signed_data_of_the_person() -> None:
    async with running(app_url="https://okno.test/app/?v=1#old") as place:
        response = await place.http.get(place.url(f"people/{place.anna.user_id}/launch?start_param=s_1"))
        address = urlsplit((await response.json())["url"])
        assert (address.netloc, address.path, address.query) == ("okno.test", "/app/", "v=1")
        launch = dict(parse_qsl(address.fragment))
        assert set(launch) == {"WebAppData", "WebAppPlatform", "WebAppVersion"}
        fields = verified(launch["WebAppData"], TOKEN)
        assert fields is not None and fields["start_param"] == "s_1"
        user = json.loads(fields["user"])
        assert (user["id"], user["first_name"], user["language_code"]) == (place.anna.user_id, "Анна", "ru")
        assert json.loads(fields["chat"]) == {"id": place.anna.chat_id, "type": "DIALOG"}
        assert abs(int(fields["auth_date"]) - time.time()) < 5


async def test_awkward_names_survive() -> None:
    async with running() as place:
        person = place.emulator.add_person('A&B=100% "Ж" +1', "🙂")
        fields = verified(place.emulator.launch_data(person.user_id), TOKEN)
        assert fields is not None
        assert json.loads(fields["user"])["first_name"] == 'A&B=100% "Ж" +1'
        assert "start_param" not in fields


@pytest.mark.parametrize("start_param", ["a b", "ф", "x" * 513])
async def test_start_parameters_have_an_alphabet(start_param: str) -> None:
    async with running(app_url="https://okno.test/app/") as place:
        address = place.url(f"people/{place.anna.user_id}/launch")
        assert (await place.http.get(address, params={"start_param": start_param})).status == 400
        assert (await place.http.get(address, params={"start_param": "x" * 512})).status == 200


async def test_without_a_mini_app_there_is_nothing_to_open(max_: Running) -> None:
    assert (await max_.http.get(max_.url(f"people/{max_.anna.user_id}/launch"))).status == 404
