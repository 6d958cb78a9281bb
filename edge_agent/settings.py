"""An installer writes one file; a mistake in it must be named by line before anything starts.

TOML, with secrets also from the environment (`HEARTHLINE_HUB_HUB_TOKEN`,
`HEARTHLINE_HUB_CLOUD_BROKER__PASSWORD`): the environment wins.
"""

import ipaddress
import ssl
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal
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

from edge_agent.errors import HubError
from edge_agent.mqtt_client import Address
from vocabulary.home import HomeFile, HomeFileError, line_of, read_home
from vocabulary.wire import HubId

ENVIRONMENT = "HEARTHLINE_HUB_"
PROFILES = Path(__file__).resolve().parent.parent / "device_profiles"


class SettingsError(HubError):
    """The hub cannot start like this; says `file:line: what, expected`. Trying again is vain."""


class BrokerSettings(BaseModel):
    """`[home_broker]`, `[cloud_broker]`: where a broker is and how to log in."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    host: Annotated[str, Field(min_length=1)]
    port: Annotated[int, Field(ge=1, le=65535)] = 1883
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
        return self

    @field_validator("ca_file", "cert_file", "key_file")
    @classmethod
    def _there(cls, value: Path | None) -> Path | None:
        if value is not None and not value.is_file():
            raise ValueError(f"no such file, expected a PEM file at {value}")
        return value

    def address(self) -> Address:
        """What a client needs; raises `SettingsError` on files that are no certificates."""
        password = self.password.get_secret_value() if self.password else None
        return Address(self.host, self.port, self.username, password, self._tls())

    def _tls(self) -> ssl.SSLContext | None:
        if self.ca_file is None:
            return None
        try:
            context = ssl.create_default_context(cafile=self.ca_file)
            if self.cert_file is not None:
                context.load_cert_chain(self.cert_file, self.key_file)
        except (ssl.SSLError, OSError) as broken:
            raise SettingsError(f"{self.ca_file}:1: {broken}, expected PEM") from broken
        return context


class Settings(BaseSettings):
    """All that one hub is told."""

    model_config = SettingsConfigDict(
        extra="forbid", frozen=True, env_prefix=ENVIRONMENT, env_nested_delimiter="__"
    )

    hub_id: HubId
    home_file: Path
    data_dir: Path
    language: Literal["en", "zh_CN"] | None = None
    """What the home is asked in and answers in; None: the resident's language in the home file."""
    publish_details: bool = False
    """Adds rooms, values and helpers' names to what is published in the home."""
    discovery_prefix: Annotated[
        str, StringConstraints(pattern=r"^([A-Za-z0-9_-]+(/[A-Za-z0-9_-]+)*)?$")
    ] = "homeassistant"
    """Where Home Assistant looks for what there is; empty: it is told nothing."""
    home_broker: BrokerSettings
    cloud_broker: BrokerSettings
    cloud_url: str
    """Messages go to `{cloud_url}/ingest/v1/messages` when the cloud's broker is out of reach."""
    hub_token: SecretStr
    resident_pin: SecretStr = SecretStr("")
    duress_word: SecretStr = SecretStr("")
    profiles_dir: Path = PROFILES

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

    @field_validator("hub_token")
    @classmethod
    def _some_token(cls, value: SecretStr) -> SecretStr:
        if not value.get_secret_value():
            raise ValueError("is empty, expected the token the cloud gave this hub")
        return value

    @field_validator("cloud_url")
    @classmethod
    def _safe_url(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError(f"{value!r} is no address such as https://care.example")
        if parts.scheme == "http" and not _is_loopback(parts.hostname):
            raise ValueError("expected https: the token would cross the network in clear")
        return value.rstrip("/")

    @field_validator("profiles_dir")
    @classmethod
    def _there(cls, value: Path) -> Path:
        if not value.is_dir():
            raise ValueError(f"no such folder, expected device profiles at {value}")
        return value

    @property
    def journal_file(self) -> Path:
        return self.data_dir / "journal.db"


def read_settings(path: Path) -> Settings:
    """Read the settings file; raises `SettingsError`. Relative paths start at its folder."""
    text = _read(path)
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as broken:
        line = text.count("\n", 0, getattr(broken, "pos", 0)) + 1
        raise SettingsError(f"{path}:{_line_in(str(broken), line)}: {broken}") from broken
    _anchor_paths(raw, path.resolve().parent)
    try:
        return Settings(**raw)
    except ValidationError as refused:
        wrong = refused.errors(include_input=False, include_url=False)
        # a slip of the pen makes one key unknown and another missing: the first one tells where
        first = next((one for one in wrong if one["type"] == "extra_forbidden"), wrong[0])
        where = ".".join(str(part) for part in first["loc"])
        line = _line(text, first["loc"])
        what = _expected(first["type"], first["msg"])
        raise SettingsError(f"{path}:{line}: {where}: {what}") from refused


def read_home_file(path: Path) -> HomeFile:
    """Read the home file; raises `SettingsError` with file, line and what is expected."""
    try:
        return read_home(_read(path), str(path))
    except HomeFileError as refused:
        raise SettingsError(str(refused)) from refused


def read_profile_files(folder: Path) -> dict[str, str]:
    """The texts under device_profiles/, by their path from there (`_rules/zigbee2mqtt.toml`)."""
    return {
        file.relative_to(folder).as_posix(): file.read_text(encoding="utf-8")
        for file in sorted(folder.rglob("*.toml"))
    }


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as missing:
        raise SettingsError(f"{path}:1: {missing.strerror}, expected a TOML file") from missing
    except UnicodeDecodeError as broken:
        raise SettingsError(f"{path}:1: not UTF-8, expected TOML") from broken


def _line_in(message: str, otherwise: int) -> int:
    """The parser says "(at line 3, column 7)" and, before Python 3.14, nothing more precise."""
    _, found, rest = message.partition("at line ")
    number = rest.split(",", 1)[0]
    return int(number) if found and number.isdigit() else otherwise


def _expected(kind: str, message: str) -> str:
    if kind == "missing":
        return "is missing, expected here"
    if kind == "extra_forbidden":
        return "unknown key, expected one of the documented ones"
    return message.removeprefix("Value error, ")


def _line(text: str, where: tuple[str | int, ...]) -> int:
    if len(where) > 1:
        return line_of(text, where)
    for number, line in enumerate(text.splitlines(), start=1):
        if line.split("=", 1)[0].strip() in {str(where[0]), f"[{where[0]}]"}:
            return number
    return 1


def _anchor_paths(raw: dict[str, Any], folder: Path) -> None:
    for table in (raw, raw.get("home_broker"), raw.get("cloud_broker")):
        if not isinstance(table, dict):
            continue
        for key, value in table.items():
            if isinstance(value, str) and key.endswith(("_file", "_dir")):
                table[key] = str(folder / value)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
