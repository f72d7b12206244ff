"""The line for a shell: whatever somebody sent is one word in it, and runs nothing."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from muster.console.curl import as_curl
from muster.directory.records import LogEntry

HOSTILE = (
    "`touch$IFS$9here`",
    "$(touch here)",
    "'; touch here; '",
    'a" && touch here #',
    "-o here",
    "\n touch here",
)


@pytest.mark.parametrize("hostile", HOSTILE)
def test_nothing_in_it_runs(tmp_path: Path, hostile: str) -> None:
    """Wherever in the request it stood: bash is given the line, with an echo for curl."""
    entry = LogEntry(
        1, "c", None, "r", 0, 0, hostile, f"/Users/{hostile}", 401, None, None, None, hostile.encode()
    )
    line = as_curl(entry, "http://127.0.0.1")
    script = f"curl() {{ printf '%s\\n' \"$#\"; }}; KEY=k; {line}"
    done = subprocess.run(["bash", "-c", script], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert list(tmp_path.iterdir()) == []
    assert done.stdout == "9\n"
