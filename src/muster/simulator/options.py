"""What a simulation is told: which server, which size, which faults.

Law: what cannot be simulated is refused before anything is sent, in one line.
"""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass, field, replace
from typing import Final, Literal, get_args
from urllib.parse import urlsplit

Fault = Literal["duplicate", "timeout", "wrong-key", "out-of-order"]
FAULTS: Final[tuple[Fault, ...]] = get_args(Fault)

MOST_USERS: Final = 100_000
MOST_GROUPS: Final = 1_000
DEFAULT_GROUPS: Final = 3
_KEY = re.compile(r"[!-~]+")  # what may stand in a header: printable ASCII without spaces


class TargetRefused(Exception):
    """There is nothing to talk to: a wrong URL, a wrong key, or no SCIM server. The message is one line for people."""


@dataclass(frozen=True, slots=True)
class Target:
    """A SCIM server: its base URL and the values of the `Authorization` header, now and from half-way on.

    `here`: it is on this machine, and no proxy of the environment is between.
    """

    base: str
    authorization: str = field(repr=False)
    next_authorization: str | None = field(default=None, repr=False)
    here: bool = False

    def relieved(self) -> Target:
        """Return the same server with the next key."""
        return replace(self, authorization=self.next_authorization or self.authorization)


@dataclass(frozen=True, slots=True)
class Options:
    """How large, how fast, how unlucky.

    `groups` None: as many as is usual for the provider. `rate`: requests in a second at most, None for as fast as the
    server answers. The same `seed` makes the same people, in the same order.
    """

    users: int = 10
    groups: int | None = None
    rate: float | None = None
    seed: int = 0
    faults: frozenset[Fault] = frozenset()
    delete_at_end: bool = False
    patience: float = 60.0  # seconds that an answer may take, as long as Okta waits

    def __post_init__(self) -> None:
        """Check what was asked for. Raises ValueError."""
        if not 1 <= self.users <= MOST_USERS:
            raise ValueError(f"users: from 1 to {MOST_USERS}")
        if self.groups is not None and not 0 <= self.groups <= MOST_GROUPS:
            raise ValueError(f"groups: from 0 to {MOST_GROUPS}")
        if self.rate is not None and self.rate <= 0:
            raise ValueError("rate: more than 0 requests in a second")


def target(
    url: str, *, key: str | None = None, basic: str | None = None, next_key: str | None = None
) -> Target:
    """Return the server at a base URL; either `key` is given (Bearer) or `basic` ("id:secret"). Raises ValueError."""
    if (key is None) == (basic is None):
        raise ValueError("give either a key (--key), or the id and secret of HTTP Basic (--basic)")
    base = _base(url)
    following = None if next_key is None else _bearer(next_key)
    return Target(base, _bearer(key) if key is not None else _basic(basic or ""), following)


def _base(url: str) -> str:
    parts = urlsplit(url.strip())
    try:
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:  # a port that is no number
        usable = False
    if not usable:
        raise ValueError(f"{url!r} is no base URL; it looks like https://scim.example.com/scim/…/v2")
    if parts.username is not None:
        raise ValueError("the URL must not hold a name or password; they go into the Authorization header")
    return f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}"


def _bearer(key: str) -> str:
    bare = key.strip().removeprefix("Bearer ").strip()
    if not _KEY.fullmatch(bare):
        raise ValueError("the key is empty, or has characters that no key has; paste it again, whole")
    return f"Bearer {bare}"


def _basic(pair: str) -> str:
    id, colon, secret = pair.strip().partition(":")
    if not (id and colon and secret):
        raise ValueError("HTTP Basic takes the key's id and its secret with a colon between: ID:SECRET")
    return "Basic " + base64.b64encode(f"{id}:{secret}".encode()).decode()


def faults(names: str) -> frozenset[Fault]:
    """Return the faults in a list with commas. Raises ValueError."""
    wanted = [name.strip() for name in names.split(",") if name.strip()]
    unknown = [name for name in wanted if name not in FAULTS]
    if unknown:
        raise ValueError(f"there is no fault {unknown[0]!r}; there are {', '.join(FAULTS)}")
    return frozenset(fault for fault in FAULTS if fault in wanted)
