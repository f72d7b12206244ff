"""Read the conversation files.

One file is one numbered request shape: which client sends it, where that is known from, what has to exist before
(`given`), what is sent and answered (`steps`) and how the effect is read back (`then`). README.md describes each member.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final

FOLDER: Final = Path(__file__).parent / "conversations"
CLIENTS: Final = Path(__file__).parent / "clients.json"
PHASES: Final = ("given", "steps", "then")


@dataclass(frozen=True)
class Conversation:
    """One file under `conversations/`."""

    path: Path

    @property
    def name(self) -> str:
        """Give the client and the file name, as in `entra/018-pathless-replace`."""
        return f"{self.path.parent.name}/{self.path.stem}"

    @cached_property
    def document(self) -> Mapping[str, Any]:
        """Parse the file."""
        parsed: Mapping[str, Any] = json.loads(self.path.read_text(encoding="utf-8"))
        return parsed

    @property
    def strict(self) -> bool:
        """Tell whether the connection is to be strict."""
        return bool(self.document["mode"] == "strict")

    def steps(self) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """Yield each step with its place, as in `then[0]`."""
        for phase in PHASES:
            for index, step in enumerate(self.document.get(phase, [])):
                yield f"{phase}[{index}]", step


def conversations() -> list[Conversation]:
    """Return every conversation, in the order of the shapes' numbers."""
    return [Conversation(path) for path in sorted(FOLDER.glob("*/*.json"), key=lambda path: path.name)]


def client_headers(client: str) -> Mapping[str, str | None]:
    """Return the headers that a client sends with every request; None means that it sends none of that name."""
    profiles: Mapping[str, Mapping[str, Any]] = json.loads(CLIENTS.read_text(encoding="utf-8"))
    headers: Mapping[str, str | None] = profiles[client]["headers"]
    return headers
