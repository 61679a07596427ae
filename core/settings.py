"""Every setting of the process: one class, read from the environment and `.env`."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Literal, Self
from urllib.parse import quote

import platformdirs
from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

MAX_API_URL = "https://platform-api2.max.ru"
WEBHOOK_SECRET = re.compile(r"^[A-Za-z0-9-]{5,256}\Z")
"""MAX's own rule for the secret of a subscription."""


class SettingsError(Exception):
    """The settings do not allow a start; the message is one sentence that names the setting."""


class Settings(BaseSettings):
    """What the operator decides. Names in the environment are these names in capitals."""

    model_config = SettingsConfigDict(
        env_file=".env", env_ignore_empty=True, extra="ignore", hide_input_in_errors=True
    )

    max_api_key: SecretStr | None = Field(None, description="Token of the MAX bot, from the partner cabinet.")
    max_api_url: str = Field(MAX_API_URL, description="Address of the MAX Bot API.")
    max_mode: Literal["polling", "webhook"] = Field(
        "polling", description="How updates come: polling for development, webhook for production."
    )
    max_webhook_secret: SecretStr | None = Field(
        None, description="Secret that MAX sends with every update: 5-256 of A-Z a-z 0-9 and '-'."
    )
    public_url: str = Field("http://localhost:9000", description="Address under which people reach this process.")
    port: int = Field(9000, ge=1, le=65535, description="Port that this process listens on.")
    database_url: SecretStr | None = Field(
        None, description="PostgreSQL 15 or newer, as postgresql://user:password@host:port/name."
    )
    db_host: str | None = Field(None, description="PostgreSQL host, when DATABASE_URL is not given.")
    db_port: int = Field(5432, ge=1, le=65535, description="PostgreSQL port.")
    db_main_database: str | None = Field(None, description="PostgreSQL database name.")
    db_user: str | None = Field(None, description="PostgreSQL user.")
    db_password: SecretStr | None = Field(None, description="PostgreSQL password.")
    redis_url: SecretStr | None = Field(None, description="Redis, for rate limits shared by replicas. Optional.")
    secret_key: SecretStr | None = Field(
        None, description="At least 32 characters; share links and tokens are derived from it. Keep it."
    )
    log_format: Literal["console", "json"] = Field("console", description="console for people, json for machines.")
    okno_data: Path = Field(
        default_factory=lambda: Path(platformdirs.user_data_dir("okno")),
        description="Folder of the embedded database and the generated key.",
    )

    @field_validator("max_api_url", "public_url")
    @classmethod
    def _address(cls, value: str) -> str:
        if not re.match(r"^https?://[^\s/]+", value):
            raise ValueError("must start with http:// or https://")
        return value.rstrip("/")

    @field_validator("max_webhook_secret")
    @classmethod
    def _webhook_secret(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not WEBHOOK_SECRET.match(value.get_secret_value()):
            raise ValueError("must be 5 to 256 of A-Z, a-z, 0-9 and '-'")
        return value

    @field_validator("secret_key")
    @classmethod
    def _secret_key(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and len(value.get_secret_value()) < 32:
            raise ValueError("must have at least 32 characters")
        return value

    @field_validator("database_url")
    @classmethod
    def _database_url(cls, value: SecretStr | None) -> SecretStr | None:
        if value is None:
            return None
        try:
            backend = make_url(value.get_secret_value()).get_backend_name()
        except (ArgumentError, ValueError):  # its words would show a piece of the address
            backend = ""
        if backend not in ("postgresql", "postgres"):
            raise ValueError("must look like postgresql://user:password@host:port/name")
        return value

    @field_validator("redis_url")
    @classmethod
    def _redis_url(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not re.match(r"^(rediss?|unix)://", value.get_secret_value()):
            raise ValueError("must start with redis://, rediss:// or unix://")
        return value

    @model_validator(mode="after")
    def _complete(self) -> Self:
        given = {"DB_HOST": self.db_host, "DB_MAIN_DATABASE": self.db_main_database, "DB_USER": self.db_user}
        missing = [name for name, value in given.items() if not value]
        if self.database_url is None and 0 < len(missing) < len(given):
            raise ValueError(f"{missing[0]} is missing: DB_HOST, DB_MAIN_DATABASE and DB_USER belong together")
        if self.max_mode == "webhook" and self.max_api_key is not None:
            if self.max_webhook_secret is None:
                raise ValueError("MAX_WEBHOOK_SECRET is missing: MAX_MODE=webhook needs it")
            if not self.public_url.startswith("https://"):
                raise ValueError("PUBLIC_URL must start with https:// for MAX_MODE=webhook")
        return self

    @property
    def external_database(self) -> str | None:
        """The configured database as a SQLAlchemy address, or None when Okno is to start its own."""
        if self.database_url is not None:
            url = make_url(self.database_url.get_secret_value()).set(drivername="postgresql+asyncpg")
            if "sslmode" in url.query:  # libpq's word for what asyncpg calls ssl; the values are the same
                url = url.update_query_dict({"ssl": url.query["sslmode"]}).difference_update_query(["sslmode"])
            return url.render_as_string(hide_password=False)
        if self.db_host and self.db_user and self.db_main_database:
            password = quote(self.db_password.get_secret_value(), safe="") if self.db_password else ""
            user = quote(self.db_user, safe="")
            return f"postgresql+asyncpg://{user}:{password}@{self.db_host}:{self.db_port}/{self.db_main_database}"
        return None


def load_settings() -> Settings:
    """Read the settings; a missing or malformed one becomes a SettingsError of one sentence, without its value."""
    try:
        return Settings()  # type: ignore[call-arg, unused-ignore]
    except ValidationError as error:
        raise SettingsError(_sentence(error)) from None
    except (OSError, UnicodeDecodeError):
        raise SettingsError("The file .env cannot be read as UTF-8 text.") from None


def _sentence(error: ValidationError) -> str:
    first = error.errors(include_input=False, include_url=False)[0]
    reason = str(first["msg"]).removeprefix("Value error, ")
    if not first["loc"]:
        return f"{reason}."
    name = str(first["loc"][0]).upper()
    return f"{name} is not right: {reason[0].lower()}{reason[1:]}."
