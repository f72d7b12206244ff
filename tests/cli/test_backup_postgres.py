"""A dump of PostgreSQL's own tools, restored as docs/how-to/backup.md says."""

import subprocess
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.conftest import new_connection
from tests.harness.postgres import SUPERUSER, Cluster, programs
from tests.harness.server import CommandFailed, RunningServer, muster

USER = "urn:ietf:params:scim:schemas:core:2.0:User"


def test_a_dump_comes_back_with_every_epoch_moved(cluster: Cluster, tmp_path: Path) -> None:
    """pg_dump while it is served, pg_restore elsewhere, `restore --revoke-only`: the same users and keys, older epochs dead."""
    server, address = RunningServer(), cluster.new_store()
    dump = tmp_path / "muster.dump"
    server.start(address, log=tmp_path / "muster.log")
    with new_connection(server) as client:
        for number in range(3):
            assert client.post("/Users", {"schemas": [USER], "userName": f"u{number}"}).status == 201
        before = client.get("/Users").raw
        source = cluster.url(urlsplit(address).path[1:], SUPERUSER)
        subprocess.run([programs() / "pg_dump", "--format=custom", f"--file={dump}", source], check=True)
        server.stop()

        restored = cluster.new_database()
        target = f"--dbname={cluster.url(restored, SUPERUSER)}"
        subprocess.run([programs() / "pg_restore", target, "--exit-on-error", dump], check=True)
        shown = muster(cluster.url(restored), "restore", "--revoke-only")
        assert (shown["organizations"], shown["accounts_revoked"], shown["credentials_revoked"]) == (2, 3, 0)

        server.start(cluster.url(restored), log=tmp_path / "again.log")
        assert client.get("/Users").raw == before
    server.stop()


@pytest.mark.parametrize("arguments", [["backup", "x.dump"], ["restore", "x.dump"]])
def test_files_are_for_sqlite(cluster: Cluster, arguments: list[str]) -> None:
    """One line that names PostgreSQL's own tool."""
    with pytest.raises(CommandFailed, match="PostgreSQL") as failed:
        muster(cluster.new_store(), *arguments)
    assert len(failed.value.stderr.splitlines()) == 1
