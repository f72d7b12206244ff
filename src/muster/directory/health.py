"""How a connection is, in one word with its reason: what somebody looks at first, told from what is known of it.

Law: pure; of several things that are wrong the gravest is told.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, Literal, NamedTuple

from muster.directory.catalogue.catalogue import CATALOGUE
from muster.directory.registers.credentials import KnownCredential
from muster.directory.registers.hours import HOUR, Hour
from muster.directory.registers.requests import Logged
from muster.scim.value import moment

Condition = Literal[
    "off", "paused", "held", "alerted", "failing", "waiting", "degraded", "expiring", "quiet", "healthy"
]

DAY: Final = 24 * HOUR
_WORRYING: Final = 50  # one answer in so many may be an error: 2 percent
_ENTRA_CYCLE: Final = 40 * 60_000_000
_SOON: Final = 30 * DAY
_UNITS: Final = ((DAY, "day"), (HOUR, "hour"), (60_000_000, "minute"))


class Health(NamedTuple):
    """How a connection is: a word for programs, a few for people, and why."""

    condition: Condition
    label: str
    reason: str


@dataclass(frozen=True, slots=True)
class Signs:
    """What the health of a connection is told from.

    `off`: its organization is disabled; `state` is its own. `hours` are those with requests, oldest first; `shut_out`
    is the latest request that opened nothing since the last success; `credentials` are those that are alive; `alerts`
    are open, `held`: an account waits for one of them.
    """

    provider: str
    state: str = "active"
    off: bool = False
    last_request: int | None = None
    hours: Sequence[Hour] = ()
    shut_out: Logged | None = None
    credentials: Sequence[KnownCredential] = ()
    alerts: int = 0
    held: bool = False


def health_of(signs: Signs, now: int) -> Health:
    """Return how a connection is."""
    for look in _LOOKS:
        found = look(signs, now)
        if found is not None:
            return found
    return Health("healthy", "healthy", "Requests come in, and are answered as they should be.")


def _off(signs: Signs, _: int) -> Health | None:
    if signs.off:
        return Health("off", "disabled", "The organization is disabled: every request is refused.")
    if signs.state == "disabled":
        return Health("off", "disabled", "The connection is disabled: every request is refused.")
    return None


def _paused(signs: Signs, _: int) -> Health | None:
    if signs.state != "paused":
        return None
    told = "The IdP is told to come again later. Nothing is read or changed, and deactivations wait too."
    return Health("paused", "paused", told)


def _guarded(signs: Signs, _: int) -> Health | None:
    if signs.held:
        told = "Accounts that the IdP has taken away keep their access until somebody decides."
        return Health("held", "held by guard", told)
    if signs.alerts:
        told = "Unusually many accounts were deactivated, or an administrator: see whether that was meant."
        return Health("alerted", "alert", told)
    return None


def _shut_out(signs: Signs, _: int) -> Health | None:
    if signs.shut_out is None:
        return None
    entry = signs.shut_out.entry
    known = CATALOGUE.get(entry.code) if entry.code else None
    why = known.cause if known else "Its credential opened nothing."
    told = f"The latest request, {_told(entry.time)} from {entry.address or 'an unknown address'}, was refused. {why}"
    return Health("failing", "authentication failing", told)


def _keyless(signs: Signs, _: int) -> Health | None:
    if signs.credentials:
        return None
    return Health("failing", "no credential", "No credential is alive, so nothing can come in. Create one.")


def _waiting(signs: Signs, _: int) -> Health | None:
    if signs.last_request is not None:
        return None
    return Health("waiting", "waiting", "No request has come in yet.")


def _degraded(signs: Signs, now: int) -> Health | None:
    latest = [one for one in signs.hours if one.hour > now - 2 * HOUR]
    errors, requests = sum(one.errors for one in latest), sum(one.requests for one in latest)
    if errors * _WORRYING <= requests:
        return None
    told = f"Answered with an error in this hour and the one before: {errors} of {requests} requests."
    return Health("degraded", "degraded", told)


def _expiring(signs: Signs, now: int) -> Health | None:
    latest = max(
        signs.credentials, key=lambda known: (known.used.time if known.used else 0, known.credential.ends)
    )
    credential = latest.credential
    left = credential.ends - now
    if left > _SOON:
        return None
    told = (
        f"The credential that was used last, ending in {credential.last_four}, is dead from {_told(credential.ends)}"
        " on. Enter another one in the IdP before."
    )
    return Health("expiring", f"key expires in {spoken(left)}", told)


def _quiet(signs: Signs, now: int) -> Health | None:
    assert signs.last_request is not None  # else it is waiting
    usual, silent = usual_silence(signs.provider, signs.hours), now - signs.last_request
    if silent <= 2 * usual:
        return None
    told = (
        f"Nothing has come in for {spoken(silent)}; it is usually not silent for more than {spoken(usual)}."
    )
    return Health("quiet", "quiet", told)


_LOOKS: Final[Sequence[Callable[[Signs, int], Health | None]]] = (
    _off, _paused, _guarded, _shut_out, _keyless, _waiting, _degraded, _expiring, _quiet,
)  # fmt: skip


def _told(time: int) -> str:
    """Return an instant as people read it, to the second."""
    return f"{moment(time)[:19].replace('T', ' ')} UTC"


def usual_silence(provider: str, hours: Sequence[Hour]) -> int:
    """Return for how long a connection is usually silent, in microseconds.

    Entra comes every 40 minutes, whether or not there is anything to do. The others come when something changes: theirs
    is the longest time between two requests that is remembered, and a day at least.
    """
    if provider == "entra":
        return _ENTRA_CYCLE
    return max([DAY, *(later.hour - earlier.hour for earlier, later in pairwise(hours))])


def spoken(microseconds: int) -> str:
    """Return how long something is, as people say it: `3 days`, `1 hour`."""
    for size, unit in _UNITS:
        count = microseconds // size
        if count:
            return f"{count} {unit}{'' if count == 1 else 's'}"
    return "a moment"
