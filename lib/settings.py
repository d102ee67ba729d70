"""Typed settings from the environment and from .env; secrets are SecretStr and never printed."""

from __future__ import annotations

import io
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal
from urllib.parse import parse_qsl, quote, unquote
from urllib.request import getproxies

from dotenv import dotenv_values
from pydantic import AliasChoices, Field, SecretStr, field_validator
from pydantic.fields import FieldInfo
from pydantic_settings import (
    BaseSettings,
    DotEnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from lib.paths import ROOT

DATABASE_VARIABLE = "EPD_DATABASE"
"""Environment variable with the database's URL; it wins over every setting. A run sets it for its kernels."""


def _prefixed(name: str) -> AliasChoices:
    """Return the names of a setting whose plain variable may belong to another program: EPD_NAME, name."""
    return AliasChoices(f"EPD_{name.upper()}", name)


class _SecretFiles(PydanticBaseSettingsSource):
    """Values from files: NAME_FILE names the file that holds NAME, as service managers hand out secrets."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        """Return the content of the file that the environment names for a secret."""
        path = os.environ.get(f"{field_name.upper()}_FILE")
        if not path or SecretStr.__name__ not in str(field.annotation):
            return None, field_name, False
        try:
            return Path(path).read_text(encoding="utf-8").rstrip("\r\n"), field_name, False
        except (OSError, UnicodeDecodeError) as error:
            raise UnreadableSecret(
                f"{field_name.upper()}_FILE: {path} cannot be read ({type(error).__name__}); "
                "name a file with the secret and nothing else"
            ) from None

    def __call__(self) -> dict[str, Any]:
        """Return the secrets that come from files."""
        found = {
            name: self.get_field_value(field, name)[0]
            for name, field in self.settings_cls.model_fields.items()
        }
        return {name: value for name, value in found.items() if value}


class UnreadableSecret(Exception):
    """A file that should hold a secret cannot be read."""


class UnreadableEnvFile(UnreadableSecret):
    """The file .env cannot be read; the message says why."""


class _EnvFile(DotEnvSettingsSource):
    """The lines of .env as they stand: a password with ${...} in it is not filled in."""

    def _read_env_file(self, file_path: Path) -> dict[str, str | None]:
        try:
            text = file_path.read_bytes().decode("utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            raise UnreadableEnvFile(
                f"{file_path} cannot be read ({type(error).__name__}): it must be a text file in UTF-8 that "
                "this account may read. Editors of Windows save UTF-16 or ANSI unless told otherwise"
            ) from None
        if "\0" in text:
            raise UnreadableEnvFile(f"{file_path} is no text in UTF-8: save it as UTF-8 without zero bytes")
        values = dotenv_values(stream=io.StringIO(text), interpolate=False)
        return {name.lower(): value for name, value in values.items() if value}


class Settings(BaseSettings):
    """The settings of a machine; every field is an environment variable or a line of .env.

    Without DATABASE_URL and without DB_HOST, DB_PORT, DB_USER and DB_PASSWORD the embedded server is used.
    A secret can also stand in a file of its own, named by the variable NAME_FILE.
    """

    model_config = SettingsConfigDict(
        env_file=ROOT / ".env",
        env_ignore_empty=True,
        extra="ignore",
        hide_input_in_errors=True,  # a mistyped variable may hold a secret
        populate_by_name=True,
    )

    database_url: SecretStr | None = None
    database_reader_url: SecretStr | None = None  # for readers
    db_name: str = "epd"
    db_user: str | None = None
    db_password: SecretStr | None = None
    db_host: str | None = None
    db_port: int | None = Field(default=None, ge=1, le=65535)
    db_connect_timeout_s: int = Field(default=10, ge=1)
    db_statement_timeout_s: int = Field(default=600, ge=1)
    # Not PGDATA: that belongs to a PostgreSQL server of the machine, which must not be started here.
    pgdata: Path = Field(default=ROOT / ".pgdata", validation_alias=_prefixed("pgdata"))
    runs_dir: Path = Field(default=ROOT / "runs", validation_alias=AliasChoices("EPD_RUNS", "runs_dir"))
    # How many runs of each source and database keep their folders; 0 keeps all
    keep_runs: int = Field(default=60, ge=0, validation_alias=_prefixed("keep_runs"))

    # The archive of responses, and the settlement files
    raw_dir: Path = Field(default=ROOT / ".raw", validation_alias=AliasChoices("EPD_RAW", "raw_dir"))
    raw_max_gb: float = Field(default=20, gt=0, validation_alias=_prefixed("raw_max_gb"))
    settlements_dir: Path = Field(
        default=ROOT / ".settlements", validation_alias=AliasChoices("EPD_SETTLEMENTS", "settlements_dir")
    )

    # The licensed service of prices and loads
    enverus_username: str | None = None
    enverus_password: SecretStr | None = None
    enverus_url: str = "https://webservice.gvsi.com"

    # The ISOs' open data: keys where an ISO asks for one; another address for a host
    pjm_api_key: SecretStr | None = None
    ercot_api_username: str | None = None
    ercot_api_password: SecretStr | None = None
    ercot_public_api_subscription_key: SecretStr | None = None
    miso_pricing_key: SecretStr | None = None
    miso_load_key: SecretStr | None = None
    isone_api_username: str | None = None
    isone_api_password: SecretStr | None = None
    public_mirrors: dict[str, str] = Field(default_factory=dict, validation_alias=_prefixed("public_mirrors"))

    # Settlement reports
    ice_username: str | None = None
    ice_password: SecretStr | None = None
    ice_sso_url: str = "https://sso.ice.com"
    ice_downloads_url: str = "https://downloads.ice.com"
    ice_deadline: str = Field(default="20:30", pattern=r"^([01]\d|2[0-3]):[0-5]\d$")

    # Mail; several addresses are separated by commas
    smtp_host: str | None = None
    smtp_port: int = Field(default=587, ge=1, le=65535)
    smtp_security: Literal["starttls", "tls", "none"] = "starttls"
    smtp_username: str | None = None
    smtp_password: SecretStr | None = None
    mail_from: str | None = None
    mail_to: str | None = None

    def __init__(self, **values: Any) -> None:
        """Read the settings; the library's own reader of .env, which fills in ${...}, gets no file."""
        super().__init__(_env_file=None, **values)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the signature is the library's
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the signature is the library's
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Prefer a variable to the file that another variable names, and both to .env."""
        return init_settings, env_settings, _SecretFiles(settings_cls), _EnvFile(settings_cls)

    @field_validator("pgdata", "runs_dir", "raw_dir", "settlements_dir")
    @classmethod
    def _in_the_repository(cls, path: Path) -> Path:
        """Resolve a relative path from the repository, wherever a notebook or command runs."""
        return ROOT / path.expanduser()

    def server_url(self) -> SecretStr | None:
        """Return the URL of the configured server, or None when the embedded one is to be used."""
        if self.database_url is not None:
            return self.database_url
        if not any((self.db_user, self.db_password, self.db_host, self.db_port)):
            return None
        user = quote(self.db_user or "", safe="")
        password = f":{quote(self.db_password.get_secret_value(), safe='')}" if self.db_password else ""
        host = self.db_host or "localhost"
        # A host that is a folder (a socket) or an IPv6 address has characters that a URL reserves.
        where = f"[{host}]" if ":" in host else quote(host, safe="")
        port = f":{self.db_port}" if self.db_port else ""
        account = f"{user}{password}@" if user or password else ""
        return SecretStr(f"postgresql://{account}{where}{port}/{quote(self.db_name, safe='')}")


def secret_values() -> frozenset[str]:
    """Return every secret that is set, in plain text, to redact it.

    Of an address, such as that of the database or of a proxy, it is the password; of an account also
    "user:password", as basic authentication sends it. Of settings that cannot be read it is what the
    environment has.
    """
    try:
        values = Settings().model_dump()
    except (ValueError, UnreadableSecret):
        values = {
            name: SecretStr(os.environ[variable])
            for name in _secret_names()
            if (variable := name.upper()) in os.environ
        }
    secrets = {
        name: value.get_secret_value() for name, value in values.items() if isinstance(value, SecretStr)
    }
    accounts = {
        f"{user}:{secrets[name]}"
        for name in secrets
        if name.endswith("_password") and (user := values.get(name.replace("_password", "_username")))
    }
    words = {secret for name, secret in secrets.items() if not name.endswith("_url")}
    return frozenset(words | accounts | _passwords_in_addresses(values)) - {""}


def _passwords_in_addresses(values: Mapping[str, Any]) -> set[str]:
    """Return the passwords of all addresses: of the settings, of the run's database, and of proxies."""
    addresses = [os.environ.get(DATABASE_VARIABLE, ""), *getproxies().values()]
    for value in values.values():
        texts = value.values() if isinstance(value, dict) else [value]
        addresses += [text.get_secret_value() if isinstance(text, SecretStr) else str(text) for text in texts]
    return {password for address in addresses if "://" in address for password in passwords_of(address)}


def passwords_of(url: str) -> set[str]:
    """Return the password of a URL, as it stands there and as it is meant.

    A password that is not encoded may hold what ends an account or an address: each end counts.
    """
    rest = url.partition("://")[2]
    accounts = {rest.partition("@")[0], rest.partition("?")[0].rpartition("@")[0], rest.rpartition("@")[0]}
    fields = parse_qsl(rest.partition("?")[2])
    found = {account.partition(":")[2] for account in accounts} if "@" in rest else set()
    found |= {value for name, value in fields if "password" in name.lower()}
    return (found | {unquote(password) for password in found}) - {""}


def without_secrets(environment: Mapping[str, str]) -> dict[str, str]:
    """Return an environment without the secrets of the settings, for programs that need none of them."""
    secrets = {*map(str.upper, _secret_names()), DATABASE_VARIABLE}
    hidden = secrets | {f"{name}_FILE" for name in secrets}
    return {name: value for name, value in environment.items() if name.upper() not in hidden}


def _secret_names() -> list[str]:
    fields = Settings.model_fields.items()
    return [name for name, field in fields if SecretStr.__name__ in str(field.annotation)]


def setting_names() -> frozenset[str]:
    """Return the names of all environment variables that are settings."""
    return frozenset(
        str(field.validation_alias.choices[0])
        if isinstance(field.validation_alias, AliasChoices)
        else name.upper()
        for name, field in Settings.model_fields.items()
    )
