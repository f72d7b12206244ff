"""Who is measured: each peer has a start, a store and a lock that names no host."""

import json
import re
from pathlib import Path

import pytest

from bench.install import PEERS as PLACE
from bench.lineup import LIMIT, OURS, OURS_POSTGRESQL, PEERS
from bench.stages import FULL, QUICK, Size, stages


@pytest.mark.parametrize("size", [QUICK, FULL])
def test_everybody_is_measured_alike(size: Size) -> None:
    """The same workloads among the same number of users; ours repeats some of them besides."""
    found = {stage.asked_for: stage for stage in stages(size, Path("cache"))}
    assert {*found} == {LIMIT, OURS, OURS_POSTGRESQL, *PEERS, "users"}
    assert {(found[name].workloads, found[name].users) for name in (*PEERS, OURS_POSTGRESQL)} == {
        (size.workloads(), size.users)
    }
    assert found[OURS].workloads.startswith(f"{size.workloads()},")


@pytest.mark.parametrize("lock", ["scimmy", "polis"])
def test_what_npm_installs_is_pinned_and_hashed(lock: str) -> None:
    """Each package with its version and hash, and without the place it came from."""
    packages = json.loads((PLACE / lock / "package-lock.json").read_text("utf-8"))["packages"]
    installed = {name: package for name, package in packages.items() if name}
    assert installed
    assert [
        name for name, package in installed.items() if not {"version", "integrity"} <= package.keys()
    ] == []
    assert [name for name, package in installed.items() if "resolved" in package] == []


@pytest.mark.parametrize("lock", ["scim2", "django"])
def test_what_pip_installs_is_pinned_and_hashed(lock: str) -> None:
    """What is asked for is in the lock, each entry has its hash, and no index is named."""
    text = (PLACE / f"{lock}.txt").read_text("utf-8")
    entries = re.split(r"\n(?=\S)", text.strip())
    assert [entry for entry in entries if "==" not in entry or "--hash=sha256:" not in entry] == []
    assert "//" not in text
