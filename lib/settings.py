"""Typed settings from the environment and from .env; secrets are SecretStr and never printed."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

from pydantic import AliasChoices, Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

ROOT = Path(__file__).resolve().parent.parent
"""The folder of the repository."""


class Settings(BaseSettings):
    """What differs between machines; every field is an environment variable or a line of .env.

    Without DATABASE_URL and without DB_HOST, DB_PORT, DB_USER and DB_PASSWORD the embedded server is used.
    """

    model_config = SettingsConfigDict(
        env_file=ROOT / ".env",
        env_ignore_empty=True,
        extra="ignore",
        hide_input_in_errors=True,  # a mistyped variable may hold a secret
        populate_by_name=True,
    )

    database_url: SecretStr | None = None
    db_name: str = "epd"
    db_user: str | None = None
    db_password: SecretStr | None = None
    db_host: str | None = None
    db_port: int | None = Field(default=None, ge=1, le=65535)
    db_connect_timeout_s: int = Field(default=10, ge=1)
    db_statement_timeout_s: int = Field(default=600, ge=1)
    # Not PGDATA: a machine with a server of its own may have that set, and it is not ours to start.
    pgdata: Path = Field(default=ROOT / ".pgdata", validation_alias=AliasChoices("EPD_PGDATA", "pgdata"))
    runs_dir: Path = Field(default=ROOT / "runs", validation_alias=AliasChoices("EPD_RUNS", "runs_dir"))

    @field_validator("pgdata", "runs_dir")
    @classmethod
    def _in_the_repository(cls, path: Path) -> Path:
        """Take a relative path from the repository, wherever a notebook or command is run."""
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
