"""The settings: what an operator may choose, from the environment or the command line.

Law: a setting that is wrong stops the start with one line; nothing is read from the environment elsewhere.
"""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field
from pydantic_settings import BaseSettings, SettingsConfigDict

_SQLITE = "sqlite:///"


def _database_url(value: str) -> str:
    if not value.startswith(_SQLITE) or len(value) == len(_SQLITE):
        raise ValueError(
            f"must look like {_SQLITE}muster.db (relative) or {_SQLITE}/var/lib/muster.db (absolute)"
        )
    return value


def _public_url(value: str) -> str:
    if value and not value.startswith(("http://", "https://")):
        raise ValueError("must begin with https:// (or http:// for a trial)")
    return value.rstrip("/")


def _networks(value: str) -> str:
    for each in value.split(","):
        if each.strip():
            try:
                ip_network(each.strip())
            except ValueError:
                raise ValueError(f"{each.strip()!r} is no address or network such as 10.0.0.0/8") from None
    return value


class Settings(BaseSettings):
    """Everything that can be set; each field is `MUSTER_` and its name in capitals in the environment."""

    model_config = SettingsConfigDict(env_prefix="MUSTER_", env_ignore_empty=True)

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=1, le=65535)] = 8080
    database: Annotated[str, AfterValidator(_database_url)] = f"{_SQLITE}muster.db"
    public_url: Annotated[str, AfterValidator(_public_url)] = ""
    most_in_flight: Annotated[int, Field(ge=1)] = 512
    trusted_proxies: Annotated[str, AfterValidator(_networks)] = ""
    drain_seconds: Annotated[float, Field(ge=0, le=3600)] = 0
    drain_timeout: Annotated[int, Field(ge=1, le=3600)] = 30

    @property
    def database_path(self) -> Path:
        """Return the SQLite file."""
        return Path(self.database.removeprefix(_SQLITE))

    @property
    def proxies(self) -> list[IPv4Network | IPv6Network]:
        """Return the networks whose forwarding headers are believed."""
        return [ip_network(each.strip()) for each in self.trusted_proxies.split(",") if each.strip()]

    @property
    def base(self) -> str:
        """Return the address that the world knows us by, without a trailing slash."""
        if self.public_url:
            return self.public_url
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}"
