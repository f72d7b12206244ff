"""How a connection is, told from its signs: each condition, its limits, and which of several is told."""

from __future__ import annotations

from dataclasses import replace

import pytest

from muster.directory.health import DAY, Health, Signs, health_of, usual_silence
from muster.directory.records import Credential, LogEntry
from muster.directory.registers.credentials import KnownCredential
from muster.directory.registers.hours import HOUR, Hour
from muster.directory.registers.requests import Logged, Moment
from muster.directory.registers.uses import Use

NOW = 1000 * DAY
MINUTE = 60_000_000


def key(
    ends: int = NOW + 300 * DAY, *, used: int | None = None, overlap: int | None = None
) -> KnownCredential:
    """A credential that is dead from then on."""
    credential = Credential(
        1, f"k{ends}", "c", bytes(32), "wxyz", ends - 365 * DAY, ends, None, overlap=overlap
    )
    return KnownCredential(credential, None if used is None else Use(credential.id, used, None, None), None)


WELL = Signs("okta", last_request=NOW - MINUTE, credentials=(key(used=NOW - MINUTE),))


def hours(*counted: tuple[int, int, int]) -> list[Hour]:
    """Hours that began so many hours before this one, with requests and errors."""
    return [Hour("c", NOW - ago * HOUR, requests, errors) for ago, requests, errors in counted]


def refused(code: str | None = "key-expired") -> Logged:
    """A request that opened nothing."""
    entry = LogEntry(1, "c", None, "r", NOW - MINUTE, 1, "GET", "/Users", 401, None, None, None, None)
    return Logged(Moment(entry.time, 1), entry._replace(code=code, address="192.0.2.1"))


def told(**signs: object) -> Health:
    """The health of a connection that is well but for these signs."""
    return health_of(replace(WELL, **signs), NOW)  # type: ignore[arg-type]


SIGNS: list[tuple[str, dict[str, object]]] = [
    ("off", {"off": True}),
    ("off", {"state": "disabled"}),
    ("paused", {"state": "paused"}),
    ("held", {"alerts": 1, "held": True}),
    ("alerted", {"alerts": 1}),
    ("failing", {"shut_out": refused()}),
    ("failing", {"credentials": ()}),
    ("waiting", {"last_request": None}),
    ("degraded", {"hours": hours((0, 49, 1))}),
    ("expiring", {"credentials": (key(NOW + 3 * DAY + HOUR, used=1),)}),
    ("quiet", {"last_request": NOW - 3 * DAY}),
    ("healthy", {}),
]
"""Each condition, the gravest first, with what alone brings it."""


@pytest.mark.parametrize(("condition", "signs"), SIGNS)
def test_each_condition_has_its_sign_and_says_why(condition: str, signs: dict[str, object]) -> None:
    """In a sentence of its own."""
    found = told(**signs)
    assert found.condition == condition
    assert found.reason.endswith(".")


def test_of_several_the_gravest_is_told() -> None:
    """Each with all that are less grave."""
    for place in range(len(SIGNS)):
        together: dict[str, object] = {}
        for _, signs in reversed(SIGNS[place:]):
            together |= signs
        assert told(**together).condition == SIGNS[place][0]


@pytest.mark.parametrize(
    ("counted", "condition"),
    [
        (hours((0, 50, 1)), "healthy"),  # exactly 2 percent
        (hours((1, 20, 1), (0, 29, 0)), "degraded"),
        (hours((2, 10, 10), (0, 1, 0)), "healthy"),  # that was before
        (hours((0, 1, 1)), "degraded"),
    ],
)
def test_more_than_two_percent_of_the_latest_answers(counted: list[Hour], condition: str) -> None:
    """Of this hour and the one before."""
    assert told(hours=counted).condition == condition


def test_the_credential_that_is_used_expires() -> None:
    """Another one that nobody has entered anywhere does not help; a replaced one ends with its overlap."""
    spare, in_use = key(), key(NOW + DAY, used=NOW)
    found = told(credentials=(spare, in_use))
    assert (found.condition, found.label) == ("expiring", "key expires in 1 day")
    assert told(credentials=(key(), key(NOW + DAY))).condition == "healthy"  # neither was used yet
    replaced = key(used=NOW, overlap=NOW + 5 * HOUR)
    assert told(credentials=(key(), replaced)).label == "key expires in 5 hours"
    assert told(credentials=(key(NOW + 30 * DAY + 1, used=NOW),)).condition == "healthy"


def test_why_nothing_opens_is_said_in_words() -> None:
    """From the catalogue, with the address that it came from; an unknown code says less."""
    assert "reached the end of its life" in told(shut_out=refused()).reason
    assert "192.0.2.1" in told(shut_out=refused()).reason
    assert "opened nothing" in told(shut_out=refused("of-a-later-release")).reason


def test_what_is_usual_is_learned() -> None:
    """From the longest silence that is remembered; Entra comes by itself."""
    assert usual_silence("okta", ()) == DAY
    assert usual_silence("okta", hours((90, 1, 0), (20, 1, 0), (0, 1, 0))) == 70 * HOUR
    weekends = hours((90, 1, 0), (20, 1, 0), (0, 1, 0))
    assert told(last_request=NOW - 130 * HOUR, hours=weekends).condition == "healthy"
    assert told(last_request=NOW - 141 * HOUR, hours=weekends).condition == "quiet"
    assert told(provider="entra", last_request=NOW - 80 * MINUTE).condition == "healthy"
    assert told(provider="entra", last_request=NOW - 81 * MINUTE).condition == "quiet"
