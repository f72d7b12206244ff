"""Names of domains: read as people write them, kept as A-labels (IDNA 2008, RFC 5891).

Law: what an organization may claim is registered to somebody alone: no public suffix, under which others register, and
no mail provider's, where anybody has an address.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from ipaddress import ip_address
from typing import Final

import idna
from publicsuffixlist import PublicSuffixList

from muster.directory.organizations import Refused

LONGEST: Final = 235  # characters, so that a label of ours fits before it (RFC 1035 §2.3.4: 253 in all)

# Names that no public DNS answers for, or that mean something else (RFC 6761, RFC 6762, RFC 7686).
_SPECIAL: Final = frozenset({"arpa", "invalid", "local", "localdomain", "localhost", "onion"})
_WRITE: Final = "write the domain alone, as example.com"


def claimable(text: str) -> str:
    """Return the domain that a text names, in A-labels. Raises Refused: it is none, or no organization may have it."""
    name = a_labels(text)
    labels = name.split(".")
    if labels[-1] in _SPECIAL:
        raise Refused(f"{name} is not a domain of the public DNS: nobody can prove that it is theirs.")
    if len(labels) == 1:
        raise Refused(f"{name!r} is a single label: {_WRITE}.")
    if _suffixes().is_public(name):
        raise Refused(f"{name} is a public suffix, under which others register domains: claim one of yours.")
    if any(".".join(labels[place:]) in _mail_providers() for place in range(len(labels))):
        raise Refused(f"{name} is a mail provider's: anybody can have an address there.")
    return name


def a_labels(text: str) -> str:
    """Return a name in A-labels, whoever may have it. Raises Refused: it is no name of a domain."""
    written = text.strip()
    if _is_address(written):
        raise Refused(f"{written} is an address, and no domain: {_WRITE}.")
    if "@" in written or "/" in written or ":" in written:
        raise Refused(f"This is an e-mail address or a URL: {_WRITE}.")
    name = _encoded(written) if len(written) <= LONGEST + 1 else ""
    if not 0 < len(name) <= LONGEST or _is_address(name) or name.rpartition(".")[2].isdigit():
        raise Refused(
            f"This is not the name of a domain of up to {LONGEST} characters (IDNA 2008): {_WRITE}."
        )
    return name


def displayed(name: str) -> str:
    """Return a name in A-labels as people read it."""
    return idna.decode(name)


def _encoded(written: str) -> str:
    """Return a name in A-labels without the dot of the root; "" where it has none."""
    try:
        return idna.encode(written, uts46=True, std3_rules=True).decode().removesuffix(".")
    except UnicodeError:
        return ""


def _is_address(text: str) -> bool:
    try:
        ip_address(text.strip("[]"))
    except ValueError:
        return False
    return True


@cache
def _suffixes() -> PublicSuffixList:
    """Return the public suffixes, with those under which others than registries let people register, as github.io."""
    return PublicSuffixList()


@cache
def _mail_providers() -> frozenset[str]:
    text = files("muster.directory").joinpath("mail_providers.txt").read_text("utf-8")
    return frozenset(line for line in text.splitlines() if not line.startswith("#"))
