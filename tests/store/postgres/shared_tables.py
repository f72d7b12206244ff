"""The tables that are no organization's own: names, numbers and versions, which may be read before one is known."""

from __future__ import annotations

SHARED = {
    "organization_names",
    "schema_versions",
    "secret_keys",
    "copies",
    "domain_owners",
    "console_names",
    "passkey_names",
}
