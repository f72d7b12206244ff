"""What a simulated IdP tells of its conversation: one step after the other, each with its verdict.

Law: a step has everything that is needed to understand it, and no key and no password.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

Verdict = Literal["passed", "failed", "skipped"]


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
