"""The compose file's PostgreSQL, end to end but for the containers: roles, migration and server, with its own words."""

import asyncio
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.architecture.sources import ROOT
from tests.architecture.test_container import compose
from tests.conftest import new_connection
from tests.harness.inside import rows
from tests.harness.postgres import APPLICATION, OWNER, SUPERUSER, Cluster, programs
from tests.harness.server import PROGRAM, RunningServer
from tests.service.scrape import fetch

PASSWORDS = {"POSTGRES_OWNER_PASSWORD": "owners0word", "POSTGRES_SERVER_PASSWORD": "servers0word"}
USER = "urn:ietf:params:scim:schemas:core:2.0:User"
SERVICES: Any = compose()["services"]


@pytest.fixture
def fresh() -> Iterator[Cluster]:
    """A PostgreSQL as the image starts it: a database, and no role but the superuser."""
    cluster = Cluster()
    cluster.start()
    name = SERVICES["postgres"]["environment"]["POSTGRES_DB"]
    statements = (f"DROP ROLE {OWNER}", f"DROP ROLE {APPLICATION}", f"CREATE DATABASE {name}")
    asyncio.run(cluster.execute("postgres", *statements))
    yield cluster
    cluster.remove()


def environment(service: str, cluster: Cluster) -> dict[str, str]:
    """A service's variables, with the passwords put in, and our PostgreSQL in the place of the container."""

    def value(match: re.Match[str]) -> str:
        return PASSWORDS.get(match[1], match[2])

    return {
        name: re.sub(r"\$\{(\w+):-([^}]*)\}", value, text).replace(
            "@postgres/", f"@127.0.0.1:{cluster.port}/"
        )
        for name, text in SERVICES[service]["environment"].items()
    }


def make_roles(cluster: Cluster, secrets: Path) -> None:
    """Run what is mounted where PostgreSQL's image looks for it, with the secrets as they are mounted."""
    (mounted,) = [each for each in SERVICES["postgres"]["volumes"] if "/docker-entrypoint-initdb.d/" in each]
    script = (ROOT / mounted.partition(":")[0]).read_text("utf-8")
    for name in SERVICES["postgres"]["secrets"]:
        secrets.joinpath(name).write_text(PASSWORDS[compose()["secrets"][name]["environment"]])
    local = secrets / "roles.sql"
    local.write_text(script.replace("/run/secrets", str(secrets)))
    options = ["--no-psqlrc", "--quiet", f"--file={local}"]
    where = cluster.url(SERVICES["postgres"]["environment"]["POSTGRES_DB"], SUPERUSER)
    subprocess.run([programs() / "psql", *options, where], check=True)


@pytest.mark.postgresql
def test_roles_migration_and_server(fresh: Cluster, tmp_path: Path) -> None:
    """What `docker compose up scaled` does, in its order: afterwards users are created by a server without rights."""
    assert SERVICES["scaled"]["depends_on"] == {"migrate": {"condition": "service_completed_successfully"}}
    assert SERVICES["migrate"]["depends_on"] == {"postgres": {"condition": "service_healthy"}}
    make_roles(fresh, tmp_path)
    kept = {name: text for name, text in os.environ.items() if not name.startswith("MUSTER_")}
    migrated = [PROGRAM, *SERVICES["migrate"]["command"]]
    subprocess.run(migrated, env=kept | environment("migrate", fresh), check=True, capture_output=True)

    serving = environment("scaled", fresh)
    database = serving.pop("MUSTER_DATABASE")
    server = RunningServer().start(database, log=tmp_path / "muster.log", **serving)
    with new_connection(server) as client:
        assert fetch(server, "/readyz")[0] == 200
        assert client.post("/Users", {"schemas": [USER], "userName": "ada"}).status == 201
    assert server.stop() == 0
    roles = "SELECT rolname, rolpassword LIKE 'SCRAM%', rolsuper FROM pg_authid WHERE rolname LIKE 'muster%'"
    assert sorted(rows(database, roles)) == [("muster", True, False), ("muster_owner", True, False)]


def test_only_the_migration_knows_the_owner() -> None:
    """The server's variables name neither the owner nor its password."""
    assert not re.search("owner", str(SERVICES["scaled"]), re.IGNORECASE)
    assert "POSTGRES_OWNER_PASSWORD" in str(SERVICES["migrate"]["environment"])
