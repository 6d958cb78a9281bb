"""Who runs the cloud writes one file; a mistake in it must be named by line before anything starts.

TOML, with secrets also from the environment (`HEARTHLINE_CLOUD_DATABASE_URL`,
`HEARTHLINE_CLOUD_TWILIO__AUTH_TOKEN`): the environment wins.
"""

import ssl
import tomllib
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    StringConstraints,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from vocabulary.home import line_of

ENVIRONMENT = "HEARTHLINE_CLOUD_"

Port = Annotated[int, Field(ge=1, le=65535)]
Positive = Annotated[timedelta, Field(gt=timedelta(0))]


class BadSettings(ValueError):
    """The cloud cannot start like this; says `file:line: what, expected`. Trying again is vain."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class BrokerSettings(_Part):
    """`[broker]`: the cloud broker's listener for services, with a log-in of its own."""

    host: Annotated[str, Field(min_length=1)]
    port: Port = 1883
    username: str | None = None
    password: SecretStr | None = None
    ca_file: Path | None = None
    """PEM of the authority that signed the broker's certificate; set: TLS, and it is checked."""
    cert_file: Path | None = None
    key_file: Path | None = None

    @model_validator(mode="after")
    def _whole(self) -> "BrokerSettings":
        if (self.cert_file is None) != (self.key_file is None):
            raise ValueError("cert_file and key_file come together")
        if self.cert_file is not None and self.ca_file is None:
            raise ValueError("cert_file needs ca_file: expected the broker's authority too")
        for name in ("ca_file", "cert_file", "key_file"):
            path = getattr(self, name)
            if path is not None and not path.is_file():
                raise ValueError(f"{name}: no such file, expected a PEM file at {path}")
        return self

    def tls(self) -> ssl.SSLContext | None:
        """What TLS needs, None for plain TCP; raises `BadSettings` on files that are no PEM."""
        if self.ca_file is None:
            return None
        try:
            context = ssl.create_default_context(cafile=self.ca_file)
            if self.cert_file is not None:
                context.load_cert_chain(self.cert_file, self.key_file)
        except (ssl.SSLError, OSError) as broken:
            raise BadSettings(f"{self.ca_file}:1: {broken}, expected PEM") from broken
        return context


class TwilioSettings(_Part):
    """`[twilio]`: the telephone company; the simulator plays it under another `base_url`."""

    account_sid: Annotated[str, StringConstraints(pattern=r"^AC[0-9a-f]{32}$")]
    auth_token: SecretStr
    previous_auth_token: SecretStr | None = None
    """Still accepted in signatures while the token is being rotated."""
    base_url: str = "https://api.twilio.com"
    from_number: Annotated[str, StringConstraints(pattern=r"^\+[1-9][0-9]{6,14}$")]

    @field_validator("base_url")
    @classmethod
    def _address(cls, value: str) -> str:
        return _web_address(value)


class Intervals(_Part):
    """`[intervals]`: how long the cloud waits, each with the figure it comes from."""

    downlink_repeat: Positive = timedelta(seconds=10)
    """A hub is told again until its receipt (DESIGN §6 Ownership)."""
    link_lost: Positive = timedelta(seconds=90)
    """Silence after which "link lost" is shown (RELIABILITY §1.5)."""
    hub_lost: Positive = timedelta(seconds=180)
    """Silence after which a technical incident opens (RELIABILITY §1.5)."""
    blind_for: Positive = timedelta(minutes=10)
    """A critical risk that has been unwatched for so long is told to the family (ours)."""
    supervise: Positive = timedelta(seconds=5)
    """How often the silence of hubs is looked at."""


class Settings(BaseSettings):
    """All that one cloud is told."""

    model_config = SettingsConfigDict(
        extra="forbid", frozen=True, env_prefix=ENVIRONMENT, env_nested_delimiter="__"
    )

    database_url: str
    """`sqlite+aiosqlite:///file` for one process, `postgresql+asyncpg://…` for more."""
    public_url: str
    """The exact public base address: in every link, and signed by the telephone company."""
    host: str = "127.0.0.1"
    port: Port = 8000
    broker: BrokerSettings
    twilio: TwilioSettings
    cookies_secure: bool = True
    """False only on loopback: `__Host-` cookies travel over HTTPS alone."""
    allowed_countries: tuple[
        Annotated[str, StringConstraints(pattern=r"^\+[1-9]\d{0,3}$")], ...
    ] = (
        "+1",
        "+44",
        "+86",
    )
    """Number prefixes that may be called (RELIABILITY T23: toll fraud)."""
    metrics_token: SecretStr | None = None
    """Lets a scraper that is not on loopback read /metrics."""
    intervals: Intervals = Intervals()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003 - pydantic's signature
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - pydantic's signature
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - pydantic's signature
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return env_settings, init_settings

    @field_validator("database_url")
    @classmethod
    def _known_database(cls, value: str) -> str:
        if not value.startswith(("sqlite+aiosqlite:///", "postgresql+asyncpg://")):
            raise ValueError("expected sqlite+aiosqlite:///FILE or postgresql+asyncpg://…")
        if value == "sqlite+aiosqlite:///" or ":memory:" in value:
            raise ValueError("expected a file: what is only in memory is lost at a restart")
        return value

    @field_validator("public_url")
    @classmethod
    def _address(cls, value: str) -> str:
        return _web_address(value)

    @model_validator(mode="after")
    def _secure(self) -> "Settings":
        if self.cookies_secure and not self.public_url.startswith("https://"):
            raise ValueError("cookies_secure: expected an https public_url, or false on loopback")
        return self

    @property
    def is_sqlite(self) -> bool:
        return self.database_url.startswith("sqlite")


def read_settings(path: Path) -> Settings:
    """Read the settings file; raises `BadSettings`. Relative paths start at its folder."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as missing:
        raise BadSettings(f"{path}:1: {missing.strerror}, expected a TOML file") from missing
    except UnicodeDecodeError as broken:
        raise BadSettings(f"{path}:1: not UTF-8, expected TOML") from broken
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as broken:
        line = _line_in(str(broken), last=len(text.splitlines()))
        raise BadSettings(f"{path}:{line}: {broken}, expected TOML") from broken
    _anchor_paths(raw, path.resolve().parent)
    try:
        return Settings(**raw)
    except ValidationError as refused:
        first = refused.errors(include_input=False, include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "settings"
        line = _line(text, first["loc"])
        what = _expected(first["type"], first["msg"])
        raise BadSettings(f"{path}:{line}: {where}: {what}") from refused


def _web_address(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError(f"{value!r} is no address, expected one such as https://care.example")
    return value.rstrip("/")


def _line_in(message: str, last: int) -> int:
    """The parser says "(at line 3, column 7)" or "(at end of document)"."""
    _, found, rest = message.partition("at line ")
    number = rest.partition(",")[0]
    return int(number) if found and number.isdigit() else last


def _line(text: str, where: tuple[str | int, ...]) -> int:
    if len(where) > 1:
        return line_of(text, where)
    names = {str(part) for part in where} | {f"[{part}]" for part in where}
    for number, line in enumerate(text.splitlines(), start=1):
        if line.split("=", 1)[0].strip() in names:
            return number
    return 1


def _expected(kind: str, message: str) -> str:
    if kind == "missing":
        return "is missing, expected here"
    if kind == "extra_forbidden":
        return "unknown key, expected one of the documented ones"
    return message.removeprefix("Value error, ")


def _anchor_paths(raw: dict[str, Any], folder: Path) -> None:
    broker = raw.get("broker")
    if isinstance(broker, dict):
        for key, value in broker.items():
            if isinstance(value, str) and key.endswith("_file"):
                broker[key] = str(folder / value)
    prefix = "sqlite+aiosqlite:///"
    url = raw.get("database_url")
    if isinstance(url, str) and url.startswith(prefix) and url != prefix:
        raw["database_url"] = prefix + str(folder / url.removeprefix(prefix))
