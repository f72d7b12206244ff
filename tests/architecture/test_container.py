"""The image and the compose file: linted, pinned to the lock, without root, and alive by a probe that works.

Building the image needs a container engine, which tests do not have; its steps that can run without one do.
"""

import json
import os
import re
import shutil
import subprocess
import sysconfig
import zipfile
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from muster.settings import Settings
from tests.architecture.sources import ROOT
from tests.harness.server import RunningServer

SCRIPTS = Path(sysconfig.get_path("scripts"))
MADE_OF_US = ("muster", "scaled", "migrate")  # services that run the image
DOCKERFILE = ROOT / "Dockerfile"


def instructions() -> list[tuple[str, str]]:
    """The Dockerfile's instructions in order, continued lines joined: (name, the rest)."""
    text = re.sub(r"^#.*\n", "", DOCKERFILE.read_text("utf-8"), flags=re.MULTILINE).replace("\\\n", " ")
    parts = [line.partition(" ") for line in text.splitlines() if line.strip()]
    return [(name, " ".join(rest.split())) for name, _, rest in parts]


def final_stage() -> list[tuple[str, str]]:
    """The instructions of the image itself."""
    every = instructions()
    return every[max(place for place, (name, _) in enumerate(every) if name == "FROM") :]


def compose() -> Any:
    """The compose file."""
    return YAML(typ="safe").load(ROOT / "compose.yaml")


@pytest.mark.parametrize(
    "command",
    [
        ["hadolint", "Dockerfile"],
        ["check-jsonschema", "--builtin-schema", "vendor.compose-spec", "compose.yaml"],
    ],
    ids=lambda command: command[0],
)
def test_the_linters_find_nothing(command: list[str]) -> None:
    """Hadolint for the Dockerfile, the compose specification's schema for the compose file."""
    program = [str(SCRIPTS / command[0]), *command[1:]]
    done = subprocess.run(program, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_packages_come_from_the_lock_with_hashes() -> None:
    """Every pip install checks hashes, or installs nothing but ourselves."""
    installs = [rest for name, rest in instructions() if name == "RUN" and "pip install" in rest]
    assert len(installs) == 2
    assert all("--require-hashes -r requirements/run.txt" in rest or "--no-deps" in rest for rest in installs)


def test_the_image_runs_without_root_and_stops_politely() -> None:
    """A numeric user, the signal that drains, and no tool of the build in the last stage."""
    stage = dict(final_stage())
    assert re.fullmatch(r"[1-9]\d+:[1-9]\d+", stage["USER"])
    assert stage["STOPSIGNAL"] == "SIGTERM"
    assert (json.loads(stage["ENTRYPOINT"]), json.loads(stage["CMD"])) == (["muster"], ["serve"])
    assert [rest for name, rest in final_stage() if name == "RUN" and ("pip" in rest or "apt" in rest)] == []


def test_the_settings_of_image_and_compose_exist() -> None:
    """Each MUSTER_ variable is a setting, and the defaults are ones that the program takes."""
    named = dict(
        re.findall(r"(MUSTER_[A-Z_]+)=(\S+)", " ".join(rest for name, rest in final_stage() if name == "ENV"))
    )
    known = {f"MUSTER_{name.upper()}" for name in Settings.model_fields}
    composed = {name for service in MADE_OF_US for name in compose()["services"][service]["environment"]}
    assert set(named) | composed <= known
    values: dict[str, Any] = {name.removeprefix("MUSTER_").lower(): value for name, value in named.items()}
    assert Settings(**values).database_path == Path("/var/lib/muster/muster.db")


def test_the_health_check_tells_life_from_death(server: RunningServer) -> None:
    """The image's own command: exit 0 with a server on that port, another code without."""
    check = next(rest for name, rest in final_stage() if name == "HEALTHCHECK")
    _, *arguments = json.loads(check.partition("CMD ")[2])

    def code(port: int) -> int:
        environment = os.environ | {"MUSTER_PORT": str(port), "no_proxy": "*"}
        python = [str(SCRIPTS / "python"), *arguments]
        return subprocess.run(python, env=environment, capture_output=True, check=False).returncode

    assert code(server.port) == 0
    assert code(1) != 0


def test_the_context_holds_what_the_image_is_made_of(tmp_path: Path) -> None:
    """From what .dockerignore lets through, the build's own step makes a package with schemas and SQL in it."""
    allowed = [
        line[1:] for line in (ROOT / ".dockerignore").read_text("utf-8").splitlines() if line.startswith("!")
    ]
    context = tmp_path / "context"
    for name in allowed:
        target = context / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / name, target)
    copied = [
        word
        for name, rest in instructions()
        if name == "COPY" and "--from" not in rest
        for word in rest.split()[:-1]
    ]
    assert [word for word in copied if not (context / word).exists()] == []

    options = ["--no-deps", "--no-build-isolation", "--no-index", "--quiet", "--wheel-dir", str(tmp_path)]
    subprocess.run([SCRIPTS / "python", "-m", "pip", "wheel", *options, str(context)], check=True)
    (wheel,) = tmp_path.glob("*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    sources = [path for path in (ROOT / "src").rglob("*") if path.suffix in {".py", ".json", ".sql"}]
    assert {path.relative_to(ROOT / "src").as_posix() for path in sources} - names == set()


def test_compose_gives_the_server_time_to_drain_and_no_more_rights_than_it_needs() -> None:
    """The grace period is longer than the drain; no capability, no writable root, no port to the outside."""
    services = compose()["services"]
    for service in (services[name] for name in MADE_OF_US):
        assert int(service["stop_grace_period"].removesuffix("s")) > Settings().drain_timeout
        assert service["cap_drop"] == ["ALL"]
        assert service["read_only"] is True
        assert service["security_opt"] == ["no-new-privileges:true"]
        assert all(port.startswith("127.0.0.1:") for port in service.get("ports", []))
        assert "privileged" not in service
    assert "ports" not in services["postgres"]
    assert "POSTGRES_PASSWORD" not in services["postgres"]["environment"]
