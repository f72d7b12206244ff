"""The domains of a user, and whether the organization has verified them: where a connection is restricted to those.

Law: a write that leaves the user inactive is never refused for its domain, so that nobody who left keeps access.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from muster.directory.access import Request
from muster.directory.domain_names import a_labels
from muster.directory.organizations import Refused
from muster.directory.ports import Transaction
from muster.scim.errors import InvalidValue


async def require_verified(transaction: Transaction, request: Request, document: Mapping[str, Any]) -> None:
    """Raise InvalidValue, naming the domain, unless userName and primary e-mail are of verified domains.

    Nothing is asked where the connection's switch `verified_domains_only` is off.
    """
    if not request.access.switches.verified_domains_only or document.get("active") is False:
        return
    domains = domains_of(document)
    if not domains:
        raise InvalidValue(
            "userName: this connection takes users of verified domains only, so that userName or the primary e-mail has"
            " to be an e-mail address.",
            code="domain-unverified",
        )
    known = await transaction.verified([*domains.values()])
    for attribute, domain in domains.items():
        if domain not in known:
            raise InvalidValue(
                f"{attribute}: the domain {domain[:253]!r} is not verified for this organization, and this connection"
                " takes users of verified domains only. Verify it in Muster, or leave these users out in the IdP.",
                code="domain-unverified",
            )


def domains_of(document: Mapping[str, Any]) -> dict[str, str]:
    """Return the domains of a user in A-labels, by attribute; userName has one where it is an e-mail address."""
    addresses = {"userName": document.get("userName"), "emails": _primary(document.get("emails"))}
    found = {name: _domain(address) for name, address in addresses.items() if isinstance(address, str)}
    return {name: domain for name, domain in found.items() if domain is not None}


def _primary(emails: Any) -> Any:
    """Return the address of the primary e-mail: the one that says so, else the one for work, else the first."""
    listed = [email for email in emails or () if isinstance(email, Mapping) and email.get("value")]
    listed.sort(key=lambda email: (email.get("primary") is not True, email.get("type") != "work"))
    return listed[0]["value"] if listed else None


def _domain(address: str) -> str | None:
    """Return the domain of an e-mail address in A-labels; None for what is no address."""
    name, at, domain = address.rpartition("@")
    if not at or not name:
        return None
    try:
        return a_labels(domain)
    except Refused:
        return domain.lower()
