"""The settings: what an operator may choose, from the environment or the command line.

Law: a setting that is wrong stops the start with one line; nothing is read from the environment elsewhere.
"""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from muster.directory.secret_keys import keys_in

_SQLITE = "sqlite:///"
_POSTGRES = ("postgresql://", "postgres://")
_DNS_PORT = 53


def database_url(value: str) -> str:
    """Return the address of a database as it is. Raises `ValueError`: it is none."""
    if value.startswith(_POSTGRES):
        return _postgres_url(value)
    if not value.startswith(_SQLITE) or len(value) == len(_SQLITE):
        raise ValueError(
            f"must look like {_SQLITE}muster.db (relative), {_SQLITE}/var/lib/muster.db (absolute)"
            " or postgresql://user:password@host/database"
        )
    return value


def _postgres_url(value: str) -> str:
    if not value.startswith(_POSTGRES) or not _leads_to_postgres(value):
        raise ValueError(
            "must look like postgresql://user:password@host/database, perhaps with a port: @host:5432/"
        )
    return value


def _leads_to_postgres(value: str) -> bool:
    try:
        parts = urlsplit(value)
        for host in parts.netloc.rpartition("@")[2].split(","):
            _ = urlsplit(f"//{host}").port
        return bool(parts.username) and len(parts.path) >= len("/x")
    except ValueError:  # no number, or no address in the brackets
        return False


def _host(value: str) -> str:
    try:
        is_one = value.isprintable() and " " not in value and bool(value.encode("idna"))
    except UnicodeError:
        is_one = False
    if not is_one:
        raise ValueError(
            "must be an address of this machine, such as 127.0.0.1, ::1 or 0.0.0.0 for all, or its name"
        )
    return value


def on_postgres(url: str) -> bool:
    """Tell whether a database's address is one of a PostgreSQL."""
    return url.startswith(_POSTGRES)


def path_of(url: str) -> Path:
    """Return the file that a database's address names."""
    return Path(url.removeprefix(_SQLITE))


def without_password(url: str) -> str:
    """Return where a database is, as it may be printed."""
    if not on_postgres(url):
        return str(path_of(url))
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


def _owner_url(value: str) -> str:
    return _postgres_url(value) if value else value


def _public_url(value: str) -> str:
    """Return a public address without a trailing slash. Raises `ValueError`: links could not be made of it."""
    if value and not value.startswith(("http://", "https://")):
        raise ValueError("must begin with https:// (or http:// for a trial)")
    if value and not _is_base(value):
        raise ValueError(
            "must be https://, a host, and perhaps a port and a path, such as https://scim.example.com: no user, no"
            " query, no fragment, no space"
        )
    return value.rstrip("/")


def _is_base(value: str) -> bool:
    if not value.isprintable() or any(sign in value for sign in ' ?#@\\"<>'):
        return False
    try:
        parts = urlsplit(value)
        return bool(parts.hostname) and (parts.port is None or parts.port > 0) and parts.netloc[-1] != ":"
    except ValueError:  # no number, or no address in the brackets
        return False


def _secret_key(value: SecretStr) -> SecretStr:
    keys_in(value.get_secret_value())
    return value


def _networks(value: str) -> str:
    for each in value.split(","):
        if each.strip():
            try:
                ip_network(each.strip())
            except ValueError:
                raise ValueError(f"{each.strip()!r} is no address or network such as 10.0.0.0/8") from None
    return value


def _name_servers(value: str) -> str:
    _servers_in(value)
    return value


def _servers_in(value: str) -> list[tuple[str, int]]:
    """Return the addresses and ports of DNS servers. Raises `ValueError`."""
    return [_server(each.strip()) for each in value.split(",") if each.strip()]


def _server(text: str) -> tuple[str, int]:
    try:
        return str(ip_address(text)), _DNS_PORT
    except ValueError:
        pass
    try:
        parts = urlsplit(f"//{text}")
        address = str(ip_address(parts.hostname or ""))
        port = _DNS_PORT if parts.port is None else parts.port
    except ValueError:
        port = 0
    if not port or parts.netloc != text:
        raise ValueError(
            f"{text!r} is no address of a DNS server such as 192.0.2.53, 127.0.0.1:5353 or [::1]:53"
        )
    return address, port


class Settings(BaseSettings):
    """Everything that can be set; each field is `MUSTER_` and its name in capitals in the environment."""

    model_config = SettingsConfigDict(env_prefix="MUSTER_", env_ignore_empty=True, hide_input_in_errors=True)

    host: Annotated[str, AfterValidator(_host)] = "127.0.0.1"
    port: Annotated[int, Field(ge=1, le=65535)] = 8080
    database: Annotated[str, AfterValidator(database_url)] = f"{_SQLITE}muster.db"
    migration_database: Annotated[str, AfterValidator(_owner_url)] = ""
    secret_key: Annotated[SecretStr, AfterValidator(_secret_key)] = SecretStr("")
    workers: Annotated[int, Field(ge=1, le=256)] = 1
    public_url: Annotated[str, AfterValidator(_public_url)] = ""
    most_in_flight: Annotated[int, Field(ge=1)] = 512
    trusted_proxies: Annotated[str, AfterValidator(_networks)] = ""
    dns_servers: Annotated[str, AfterValidator(_name_servers)] = ""
    chores_seconds: Annotated[float, Field(ge=0, le=86400)] = 3600
    drain_seconds: Annotated[float, Field(ge=0, le=3600)] = 0
    drain_timeout: Annotated[int, Field(ge=1, le=3600)] = 30

    @field_validator("workers")
    @classmethod
    def _one_process_per_file(cls, value: int, info: ValidationInfo) -> int:
        if value > 1 and not str(info.data.get("database", "")).startswith(_POSTGRES):
            raise ValueError("an SQLite file has one server process; several need a postgresql:// database")
        return value

    def environment(self) -> dict[str, str]:
        """Return the settings as another process of ours reads them: secrets included, so not to be shown."""
        return {
            f"MUSTER_{name.upper()}": value.get_secret_value() if isinstance(value, SecretStr) else str(value)
            for name, value in self.model_dump().items()
        }

    @property
    def secret_keys(self) -> tuple[bytes, ...]:
        """Return the keys of `MUSTER_SECRET_KEY`, the one that seals first."""
        return keys_in(self.secret_key.get_secret_value())

    @property
    def on_postgres(self) -> bool:
        """Tell whether the database is a PostgreSQL."""
        return on_postgres(self.database)

    @property
    def database_shown(self) -> str:
        """Return where the data is, without a password: to be printed."""
        return without_password(self.database)

    @property
    def database_path(self) -> Path:
        """Return the SQLite file."""
        return path_of(self.database)

    @property
    def proxies(self) -> list[IPv4Network | IPv6Network]:
        """Return the networks whose forwarding headers are believed."""
        return [ip_network(each.strip()) for each in self.trusted_proxies.split(",") if each.strip()]

    @property
    def name_servers(self) -> list[tuple[str, int]]:
        """Return the addresses and ports of the DNS servers to ask; none: the system's."""
        return _servers_in(self.dns_servers)

    @property
    def loopback(self) -> str:
        """Return the address that a server reaches itself at, without a trailing slash."""
        try:
            address = ip_address(self.host)
        except ValueError:  # a name
            return f"http://{self.host}:{self.port}"
        if address.is_unspecified:
            address = ip_address("127.0.0.1" if address.version == 4 else "::1")  # noqa: PLR2004 - as in IPv4
        return f"http://[{address}]:{self.port}" if ":" in str(address) else f"http://{address}:{self.port}"

    @property
    def base(self) -> str:
        """Return the address that the world knows us by, without a trailing slash."""
        if self.public_url:
            return self.public_url
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}"
