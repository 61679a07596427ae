"""Launch data of mini apps, signed as the platform signs them (dev.max.ru/docs/webapps/validation).

The scheme: sort the fields by name, join `name=value` by newlines, and take HMAC-SHA256 of that with the key
HMAC-SHA256(key="WebAppData", message=bot token). The result, in hex, is the field `hash`.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from urllib.parse import quote, urldefrag, urlencode

from bot.emulator.model import Person

WEB_APP_VERSION = "25.11.0"


def sign(fields: Mapping[str, str], token: str) -> str:
    """The `hash` of launch fields (decoded values, without `hash`), in hex."""
    joined = "\n".join(f"{name}={value}" for name, value in sorted(fields.items()))
    secret = hmac.new(b"WebAppData", token.encode(), hashlib.sha256).digest()
    return hmac.new(secret, joined.encode(), hashlib.sha256).hexdigest()


def launch_data(fields: Mapping[str, str], token: str) -> str:
    """The signed query string, what a mini app finds in `window.WebApp.initData`."""
    ordered = dict(sorted(fields.items()))
    return urlencode({**ordered, "hash": sign(fields, token)}, quote_via=quote, safe="")


def person_fields(
    person: Person, *, auth_date: int, query_id: str, start_param: str | None = None, ip: str | None = None
) -> dict[str, str]:
    """The launch fields for a person who opens the mini app from their dialogue; `auth_date` is in seconds."""
    user = {
        "language_code": person.locale,
        "first_name": person.first_name,
        "last_name": person.last_name,
        "photo_url": None,
        "username": person.username,
        "id": person.user_id,
    }
    fields = {
        "auth_date": str(auth_date),
        "chat": _compact({"id": person.chat_id, "type": "DIALOG"}),
        "query_id": query_id,
        "user": _compact(user),
    }
    if ip is not None:
        fields["ip"] = ip
    if start_param:
        fields["start_param"] = start_param
    return fields


def launch_url(app_url: str, data: str, *, platform: str = "web", version: str = WEB_APP_VERSION) -> str:
    """The address the messenger opens: launch data and the unsigned platform and version in the fragment."""
    fragment = urlencode(
        {"WebAppData": data, "WebAppPlatform": platform, "WebAppVersion": version}, quote_via=quote, safe=""
    )
    return f"{urldefrag(app_url).url}#{fragment}"


def contact_hash(vcf_info: str, token: str) -> str:
    """The hash that comes with a shared contact: HMAC-SHA256 of the vCard as sent, keyed with the bot's token, hex."""
    return hmac.new(token.encode(), vcf_info.encode(), hashlib.sha256).hexdigest()


def _compact(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
