"""The peers, each installed into a folder of its own under bench/.cache from exact versions, checked by their hashes.

Law: nothing of a peer enters our environment, and no package index is named here: the machine's own settings
of pip and npm say where packages come from. A folder is made anew when what it was made from has changed.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import venv
from collections.abc import Callable
from pathlib import Path

HERE = Path(__file__).resolve().parent
PEERS = HERE / "peers"
INSTALL_SECONDS = 240


class NotInstalled(Exception):
    """A peer cannot be had on this machine; the message says why."""


def python_peer(cache: Path, name: str) -> Path:
    """The programs of the environment that holds what peers/`name`.txt locks. Raises NotInstalled."""
    folder = cache / name
    lock = PEERS / f"{name}.txt"

    def make() -> None:
        venv.create(folder, with_pip=True, symlinks=True)
        pip = [str(folder / "bin/python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        # The lock is complete; resolving it again could choose a newer version, which has no hash there.
        _run([*pip, "--require-hashes", "--no-deps", "-r", str(lock)], folder)

    _once(folder, lock.read_bytes() + sys.version.encode(), make)
    return folder / "bin"


def node_peer(cache: Path, name: str) -> Path:
    """The folder that holds the files of peers/`name` and what they lock. Raises NotInstalled."""
    folder = cache / name
    files = sorted((PEERS / name).iterdir())
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        message = "node and npm are not on this machine"
        raise NotInstalled(message)

    def make() -> None:
        folder.mkdir(parents=True)
        for file in files:
            shutil.copy(file, folder)
        _run([npm, "ci", "--no-audit", "--no-fund", "--ignore-scripts"], folder)

    _once(folder, b"".join(file.read_bytes() for file in files), make)
    return folder


def _once(folder: Path, source: bytes, make: Callable[[], None]) -> None:
    """Make the folder unless it was made from the same source, in this place: programs in it know where they are."""
    stamp, wanted = folder / ".made-from", hashlib.sha256(source + str(folder).encode()).hexdigest()
    if stamp.exists() and stamp.read_text() == wanted:
        return
    shutil.rmtree(folder, ignore_errors=True)
    make()
    stamp.write_text(wanted)


def _run(command: list[str], folder: Path) -> None:
    """Run an installer; NotInstalled with the end of what it said when it fails."""
    try:
        done = subprocess.run(
            command, cwd=folder, capture_output=True, text=True, timeout=INSTALL_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        message = f"{Path(command[0]).name} took longer than {INSTALL_SECONDS} s"
        raise NotInstalled(message) from None
    if done.returncode:
        message = f"{Path(command[0]).name} failed: {done.stderr.strip()[-300:]}"
        raise NotInstalled(message)
