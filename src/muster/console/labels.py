"""What things are called on pages, where the name that programs use says too little."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from muster.directory.records import Provider

PROVIDERS: Final[Mapping[Provider, str]] = {
    "okta": "Okta",
    "entra": "Microsoft Entra ID",
    "jumpcloud": "JumpCloud",
    "onelogin": "OneLogin",
    "ping": "Ping Identity",
    "google": "Google Workspace",
    "generic": "Another SCIM 2.0 IdP",
}
