"""What a simulated IdP tells of its conversation: one step after the other, each with its verdict.

Law: a step has everything that is needed to understand it, and no key and no password.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any, Final, Literal

Verdict = Literal["passed", "failed", "skipped"]

_SHOWN: Final = 400  # characters of a body


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and its answer. `target` is what follows the base URL; `status` 0: there was no answer."""

    method: str
    target: str
    sent: Any
    status: int
    came: Any
    milliseconds: float
    problem: str = ""

    @property
    def outcome(self) -> str:
        """What came, in a word: the status, or why there was none."""
        return str(self.status) if self.status else self.problem

    @property
    def request_line(self) -> str:
        """What was sent, in one line for people."""
        return f"{self.method} {printable(self.target)}{_json(self.sent)}"

    @property
    def answer_line(self) -> str:
        """What came, in one line for people."""
        return f"{printable(self.outcome)}{_json(self.came)}"


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that the IdP does, with what reads its effect back.

    `expected` says what has to come, `why` what it is to the IdP, `findings` what was wrong. A step is skipped, for the
    reason in its findings, where an earlier one failed that it needs.
    """

    number: int
    of: int
    title: str
    why: str
    expected: str
    verdict: Verdict
    findings: tuple[str, ...]
    exchanges: tuple[Exchange, ...]

    def document(self) -> dict[str, Any]:
        """Return the step as a JSON object, for programs."""
        return asdict(self)


def printable(text: str) -> str:
    """Return what a server says, without what could steer a terminal."""
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text)


def _json(value: Any) -> str:
    """Return the beginning of a body, after a space; nothing for none."""
    if value is None:
        return ""
    text = printable(json.dumps(value, ensure_ascii=False))
    return f" {text}" if len(text) <= _SHOWN else f" {text[:_SHOWN]}…"
