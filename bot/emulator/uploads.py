"""Files: the upload address, the upload itself, and reading them back (dev.max.ru/docs-api, POST /uploads).

Pictures and files get their token from the upload's answer, videos and sounds with the upload address.
"""

from __future__ import annotations

import base64
import mimetypes
import secrets
from collections.abc import Mapping
from urllib.parse import quote

from aiohttp import BodyPartReader, web

from bot.emulator.errors import ApiError, bad_request
from bot.emulator.model import Json, State, Upload

KINDS = ("image", "video", "audio", "file")
EARLY_TOKEN_KINDS = ("video", "audio")
LARGEST_BYTES = 50 * 1024 * 1024
TEXT_TYPE = "application/octet-stream"


class Uploads:
    """The uploaded files of `state`, kept in memory."""

    def __init__(self, state: State) -> None:
        self._state = state

    @property
    def by_token(self) -> Mapping[str, Upload]:
        return self._state.uploads

    def prepare(self, kind: str) -> Upload:
        """Room for one file. Raises ApiError 400 for an unknown kind."""
        if kind not in KINDS:
            raise bad_request("type must be one of " + ", ".join(KINDS))
        number = len(self._state.uploads) + 1
        upload = Upload(ticket=secrets.token_urlsafe(24), token=secrets.token_urlsafe(48), kind=kind, number=number)
        self._state.uploads[upload.token] = upload
        return upload

    async def receive(self, request: web.Request) -> web.Response:
        """`POST upload/{ticket}`: a multipart form with one file in the field `data`."""
        upload = self._by_ticket(request.match_info["ticket"])
        part = await _file_part(request)
        content = await _read(part)
        upload.filename = part.filename or upload.token
        upload.content_type = part.headers.get("Content-Type", "") or _guess(upload.filename)
        upload.size = len(content)
        upload.data_base64 = base64.b64encode(content).decode()
        upload.received = True
        if upload.kind in EARLY_TOKEN_KINDS:
            return web.Response(text="<retval>1</retval>", content_type="text/xml")
        return web.json_response(_token_answer(upload))

    async def show(self, request: web.Request) -> web.Response:
        """`GET files/{token}`: the file again."""
        upload = self._state.uploads.get(request.match_info["token"])
        if upload is None or not upload.received:
            raise ApiError(404, "file.not.found", "no such file")
        content_type = upload.content_type if upload.kind != "file" else TEXT_TYPE
        headers = {"Content-Disposition": f"inline; filename*=utf-8''{quote(upload.filename)}"}
        body = base64.b64decode(upload.data_base64)
        return web.Response(body=body, content_type=content_type.split(";")[0] or TEXT_TYPE, headers=headers)

    def _by_ticket(self, ticket: str) -> Upload:
        for upload in self._state.uploads.values():
            if upload.ticket == ticket:
                return upload
        raise ApiError(404, "upload.not.found", "no such upload address")


def _token_answer(upload: Upload) -> Json:
    if upload.kind == "image":
        return {"photos": {str(upload.number): {"token": upload.token}}}
    return {"fileId": upload.number, "token": upload.token}


async def _file_part(request: web.Request) -> BodyPartReader:
    if request.content_type != "multipart/form-data":
        raise bad_request("multipart/form-data with a field data is required")
    async for part in await request.multipart():
        if isinstance(part, BodyPartReader) and part.name == "data":
            return part
    raise bad_request("the field data is missing")


async def _read(part: BodyPartReader) -> bytes:
    content = bytearray()
    while piece := await part.read_chunk():
        content += piece
        if len(content) > LARGEST_BYTES:
            raise ApiError(413, "upload.too.large", f"more than {LARGEST_BYTES} bytes")
    return bytes(content)


def _guess(filename: str) -> str:
    return mimetypes.guess_type(filename)[0] or TEXT_TYPE
