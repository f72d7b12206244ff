"""Switches on the command line: what is shown is what may be typed."""

from __future__ import annotations

from click.testing import CliRunner

from muster.cli import main
from muster.directory.switches import NOTHING_CHOSEN
from muster.switch_words import read, written
from tests.harness.client import ScimClient
from tests.harness.server import RunningServer, url_of


def test_what_is_shown_is_what_may_be_typed() -> None:
    """Each switch as it begins, and with other values: the same comes back."""
    begun = NOTHING_CHOSEN.document()
    other = begun | {
        "adopt": True,
        "purge_after_days": 30,
        "allowed_networks": ["203.0.113.0/24", "2001:db8::/32"],
    }
    for switches in (begun, other):
        assert read(written(switches).split(" ")) == switches
    assert "adopt=off" in written(begun)
    assert "purge_after_days=never allowed_networks= " in written(begun)
    assert "guard.users=10 guard.percent=20" in written(begun)


def test_a_connection_is_shown_so(server: RunningServer, client: ScimClient) -> None:
    """For people; programs read JSON."""
    arguments = ["connection", "show", str(client.connection_id), "--database", url_of(server.database)]
    shown = CliRunner().invoke(main, arguments).stdout
    assert f"{written(NOTHING_CHOSEN.document())}\n" in shown
