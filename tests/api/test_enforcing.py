"""The examples of docs/how-to/enforce-access.md, run as they stand against the real program."""

import json
import os
import re
import subprocess
from collections.abc import Callable
from typing import Any

import pytest

from tests.architecture.sources import ROOT
from tests.harness.client import ScimClient
from tests.harness.server import RunningServer, muster

PAGE = (ROOT / "docs" / "how-to" / "enforce-access.md").read_text("utf-8")
CURL = "curl() { command curl --fail-with-body --noproxy '*' \"$@\"; }"


def blocks(language: str) -> list[str]:
    """The examples in a language."""
    return re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


def first_of(example: str) -> str:
    """The first command of an example, without the file that its answer is kept in."""
    return commands_of(example)[0].partition(" | tee")[0]


def last_of(example: str) -> str:
    """The last command of an example."""
    return commands_of(example)[-1]


def commands_of(example: str) -> list[str]:
    """The commands of an example, each whole."""
    return example.replace("\\\n", " ").strip().split("\n")


class Platform:
    """A platform of one organization, with the key that it has."""

    def __init__(self, server: RunningServer, client: ScimClient) -> None:
        self.client = client
        arguments = ("--organization", str(client.organization), "--scope", "write")
        made = muster(server.database, "api-key", "create", "platform", *arguments)
        self.environment = {"MUSTER_API": f"{server.origin}/api/v1", "MUSTER_API_KEY": made["api_key"]}

    def bash(self, script: str, **more: str) -> Any:
        """Run a shell example; the JSON that it prints."""
        done = subprocess.run(
            ["bash", "-c", f"set -eu\n{CURL}\n{script}"],
            env=os.environ | self.environment | more,
            capture_output=True,
            check=False,
        )
        assert done.returncode == 0, (done.stdout + done.stderr).decode()
        return json.loads(done.stdout)


@pytest.fixture
def platform(server: RunningServer, client: ScimClient) -> Platform:
    """In a new organization."""
    return Platform(server, client)


def test_somebody_who_comes_back_is_joined_as_shown(platform: Platform) -> None:
    """With what IdPs have sent, where the page makes somebody local; the access answer is as it is shown, too."""
    find, ask, _, join, give = blocks("sh")
    emails = [{"type": "work", "value": "alice@example.com"}]
    user = platform.client.post("/Users", {"userName": "alice@example.com", "emails": emails}).body["id"]
    role = platform.client.post("/Groups", {"displayName": "Staff", "members": [{"value": user}]}).body["id"]
    assert platform.bash(last_of(give), ROLE=role)["permissions"] == ["billing.read"]
    (found,) = platform.bash(first_of(find))["items"]
    assert found["user"] == user
    answer = platform.bash(ask, ACCOUNT=found["id"], ISSUED_AT=found["created"])
    (shown,) = blocks("json")
    assert answer.keys() == json.loads(shown).keys()
    assert (answer["good"], answer["permissions"][0]["name"]) == (True, "billing.read")
    platform.client.delete(f"/Users/{user}")
    platform.client.post("/Users", {"userName": "alice@example.com", "emails": emails})
    (now,) = platform.bash(first_of(find))["items"]
    assert platform.bash(last_of(join), ACCOUNT=now["id"], EARLIER=found["id"])["id"] == found["id"]


def test_the_python_example_works(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    """A session is good, until the change comes that ends it; and a restart goes on where it was."""
    for name, value in platform.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("NO_PROXY", "*")
    (code,) = blocks("python")
    names: dict[str, Any] = {}
    exec(code, names)  # noqa: S102 - it is ours
    may: Callable[..., bool] = names["may"]
    user = platform.client.post("/Users", {"userName": "alice"}).body["id"]
    role = platform.client.post("/Groups", {"displayName": "Staff", "members": [{"value": user}]}).body["id"]
    platform.bash(last_of(blocks("sh")[-1]), ROLE=role)
    (account,) = names["ask"]("/accounts", user=user)["items"]
    issued = account["created"]
    assert may(account["id"], issued, "billing.read")
    assert not may(account["id"], issued, "billing.write")
    changes = list(zip(range(5), names["follow"](), strict=False))
    assert [names["ended"](change) for _, (_, change) in changes] == [None] * 5
    after = names["ask"]("/changes")["next"]
    platform.client.patch(f"/Users/{user}", {"op": "replace", "path": "active", "value": False})
    sequence, change = next(names["follow"](after))
    assert (sequence, names["ended"](change)) == (after + 1, user)
    assert not may(account["id"], issued, "billing.read")
