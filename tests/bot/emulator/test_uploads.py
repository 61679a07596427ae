"""Pictures and files: upload, attach, read back."""

import base64

import pytest
from aiohttp import FormData
from maxapi.enums.upload_type import UploadType
from maxapi.exceptions.max import MaxApiError
from maxapi.types import CallbackButton, InputMediaBuffer
from maxapi.types.attachments import PhotoAttachmentPayload
from maxapi.types.attachments.file import File
from maxapi.types.attachments.image import Image

from bot.emulator.uploads import LARGEST_BYTES
from tests.bot.emulator.running import Running, body_of, keyboard, running

PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg=="
)


async def test_a_picture_is_sent_above_the_buttons_and_can_be_fetched(max_: Running) -> None:
    buttons = keyboard([CallbackButton(text="Назад", payload="b")])
    sent = await max_.send("QR-код", InputMediaBuffer(PIXEL, filename="qr"), buttons)
    image = (body_of(sent).attachments or [])[0]
    assert isinstance(image, Image) and isinstance(image.payload, PhotoAttachmentPayload)
    assert await max_.bot.download_bytes(image.payload.url) == PIXEL
    [person] = (await (await max_.http.get(max_.url("state"))).json())["people"]
    picture = await max_.http.get(max_.url(person["messages"][0]["picture_url"]))
    assert (picture.content_type, await picture.read()) == ("image/png", PIXEL)


async def test_a_file_keeps_its_name_and_size(max_: Running) -> None:
    # The client adds the ending that it reads from the content.
    calendar = InputMediaBuffer(b"BEGIN:VCALENDAR", filename="встреча", type=UploadType.FILE)
    [attached] = body_of(await max_.send("В календарь", calendar)).attachments or []
    assert isinstance(attached, File)
    assert (attached.filename, attached.size) == ("встреча.ics", 15)


async def test_an_uploaded_picture_can_be_attached_again(max_: Running) -> None:
    uploaded = await max_.bot.upload_media(InputMediaBuffer(PIXEL, filename="qr"))
    for _ in range(2):
        await max_.send(None, uploaded)
    assert len(max_.emulator.messages(max_.anna.user_id)) == 2


async def test_videos_have_their_token_before_they_are_there(max_: Running) -> None:
    place = await max_.bot.get_upload_url(UploadType.VIDEO)
    body = {"attachments": [{"type": "video", "payload": {"token": place.token}}]}
    address = f"messages?user_id={max_.anna.user_id}"
    early = await max_.api("POST", address, json=body)
    assert (early.status, (await early.json())["code"]) == (400, "attachment.not.ready")
    form = FormData()
    form.add_field("data", b"film", filename="film.mp4", content_type="video/mp4")
    assert "<retval>1</retval>" in await (await max_.http.post(place.url, data=form)).text()
    assert (await max_.api("POST", address, json=body)).status == 200


async def test_a_file_that_is_not_ready_is_tried_again_by_the_client(max_: Running) -> None:
    max_.emulator.faults.not_ready = 2
    await max_.send("QR", InputMediaBuffer(PIXEL))
    assert len(max_.emulator.messages(max_.anna.user_id)) == 1
    assert max_.emulator.faults.not_ready == 0


@pytest.mark.parametrize(
    "payload", [{"url": "https://okno.test/picture.png"}, {"token": "unknown"}, {}, {"photos": {}}]
)
async def test_pictures_from_elsewhere_are_refused(max_: Running, payload: dict[str, object]) -> None:
    body = {"attachments": [{"type": "image", "payload": payload}]}
    response = await max_.api("POST", f"messages?user_id={max_.anna.user_id}", json=body)
    assert (response.status, (await response.json())["code"]) == (400, "proto.payload")


async def test_a_file_is_no_picture(max_: Running) -> None:
    uploaded = await max_.bot.upload_media(InputMediaBuffer(b"text", type=UploadType.FILE))
    body = {"attachments": [{"type": "image", "payload": {"token": uploaded.payload.token}}]}
    assert (await max_.api("POST", f"messages?user_id={max_.anna.user_id}", json=body)).status == 400


async def test_bad_uploads_are_refused(max_: Running) -> None:
    with pytest.raises(MaxApiError):
        await max_.bot.get_upload_url(type("Kind", (), {"value": "hologram"})())
    place = await max_.bot.get_upload_url(UploadType.IMAGE)
    assert (await max_.http.post(place.url, data=b"raw")).status == 400
    assert (await max_.http.post(max_.url("upload/nowhere"), data=b"raw")).status == 404


@pytest.mark.slow
async def test_an_upload_has_a_limit() -> None:
    """Slow by its nature: fifty megabytes are sent."""
    async with running() as place:
        target = await place.bot.get_upload_url(UploadType.IMAGE)
        form = FormData()
        form.add_field("data", bytes(LARGEST_BYTES + 1), filename="huge.png")
        assert (await place.http.post(target.url, data=form)).status == 413
