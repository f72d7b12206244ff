"""`python -m muster.worker PARENT`: one of several processes of a server, started by `muster serve`, which is PARENT.

Its settings come through the environment.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from muster.guard import die_with_parent
from muster.port import bound
from muster.process import work
from muster.settings import Settings
from muster.telemetry import configure_logging


def main() -> int:
    """Serve until told to stop, or until the process that started this one is gone; return the exit code."""
    die_with_parent(int(sys.argv[1]))
    configure_logging()
    settings = Settings()
    meeting = os.environ.get("MUSTER_MEETING")
    with bound(settings.host, settings.port, shared=True) as listener:
        return work(settings, listener, Path(meeting) if meeting else None)


if __name__ == "__main__":
    sys.exit(main())
