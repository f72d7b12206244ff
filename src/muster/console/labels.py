"""What providers and connections are called on pages: providers as their guides call them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from muster.console.guides.guide import PROVIDERS as ALL
from muster.console.guides.guide import guide_for
from muster.directory.records import Connection, Operation, Provider
from muster.directory.registers.names import Kind, Maker

PROVIDERS: Final[Mapping[Provider, str]] = {provider: guide_for(provider).name for provider in ALL}

_DONE: Final[Mapping[Operation, str]] = {
    Operation.CREATE: "created", Operation.REPLACE: "replaced", Operation.MODIFY: "modified",
    Operation.DELETE: "deleted", Operation.RESTORE: "restored", Operation.PURGE: "purged",
    Operation.ROTATE: "rotated", Operation.REVOKE: "revoked", Operation.HOLD: "held",
    Operation.APPROVE: "approved", Operation.REJECT: "rejected", Operation.ADOPT: "adopted",
    Operation.JOIN: "joined", Operation.ALERT: "raised", Operation.WARN: "warned of",
}  # fmt: skip
_TYPES: Final[Mapping[str, str]] = {
    "ApiKey": "Management key",
    "ConsoleUser": "Console user",
    "ServiceAccount": "Service account",
    "SetupLink": "Setup link",
}
_ENDED: Final[Mapping[Kind, str]] = {"console user": "disabled", "service account": "ended"}


def called(connection: Connection) -> str:
    """Return what a connection is called: its name, or that of its provider."""
    return connection.name or guide_for(connection.provider).name


def done(operation: Operation) -> str:
    """Return what was done by a change, as a participle where there is one."""
    return _DONE.get(operation, operation.value)


def kind(resource_type: str) -> str:
    """Return what the type of a changed resource is called on pages."""
    return _TYPES.get(resource_type, resource_type)


def known_as(maker: Maker) -> str:
    """Return what somebody or something is called that asks for changes: by its kind, where it has no name."""
    return f"…{maker.name}" if maker.kind == "API key" else maker.name or maker.kind


def ended(maker: Maker) -> str:
    """Return what has become of somebody or something that is ended."""
    return _ENDED.get(maker.kind, "revoked")
