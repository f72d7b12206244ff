"""`muster simulate` and `muster demo`: what is printed, how it ends, what stays."""

import asyncio
import json
import os
import pty
import re
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from click.testing import CliRunner, Result

from muster.cli import main
from tests.harness.client import ScimClient
from tests.harness.server import PROGRAM
from tests.simulator.between import Asked, Forward, Told, between

ESCAPE = "\x1b]0;owned\x07\u202e"


def simulate(*arguments: str, stdin: str | None = None) -> Result:
    """One run of the command in this process."""
    return CliRunner().invoke(main, ["simulate", *arguments], input=stdin)


def small(client: ScimClient, provider: str = "okta", *more: str) -> tuple[str, ...]:
    """A command line for two people."""
    return (provider, "--url", client.base_url, "--key", str(client.api_key), "--users", "2", *more)


def test_a_simulation_that_passes(client: ScimClient) -> None:
    """One line for each step, the verdict last, exit code 0; the key is not printed."""
    result = simulate(*small(client, "okta", "--seed", "5", "--faults", "duplicate,timeout"))
    lines = result.stdout.splitlines()

    assert result.exit_code == 0, result.output
    assert lines[0] == f"Okta → {client.base_url} (the same again: --seed 5)"
    assert all(line.startswith("passed  ") for line in lines[1:-1])
    assert lines[-1].startswith(f"passed: {len(lines) - 2} steps, ")
    assert str(client.api_key) not in result.output


def test_a_simulation_that_fails(strict_client: ScimClient) -> None:
    """A failed step shows what was sent, expected, found, and why it matters; exit code 1."""
    result = simulate(*small(strict_client, "entra", "--groups", "1"))

    assert result.exit_code == 1
    for words in (
        "FAILED  ",
        "        sent      PATCH /Users/",
        "came      400 {",
        "expected  ",
        "found     ",
        "why       ",
    ):
        assert words in result.stdout
    assert "skipped " in result.stdout
    assert result.stdout.splitlines()[-1].startswith("failed: ")


def test_verbose_shows_every_request(client: ScimClient) -> None:
    """Also of steps that passed."""
    result = simulate(*small(client, "jumpcloud", "--verbose"))
    assert result.exit_code == 0
    assert '"emails": null' in result.stdout
    assert result.stdout.count("why       ") == result.stdout.count("passed  ")


def test_json_is_a_line_for_each_step_and_one_for_the_verdict(client: ScimClient) -> None:
    """Programs get everything that was sent and came, without the key."""
    result = simulate(
        *small(client, "onelogin", "--json", "--seed", "8", "--rate", "1000", "--delete-at-end")
    )
    *steps, verdict = [json.loads(line) for line in result.stdout.splitlines()]

    assert result.exit_code == 0
    assert [step["number"] for step in steps] == list(range(1, steps[0]["of"] + 1))
    assert {step["verdict"] for step in steps} == {"passed"}
    assert all(step["why"] and step["expected"] for step in steps)
    assert steps[0]["exchanges"][0] | {"came": 0, "milliseconds": 0} == {
        "method": "GET", "target": "/Groups", "sent": None, "status": 200, "came": 0, "milliseconds": 0, "problem": "",
    }  # fmt: skip
    requests = sum(len(step["exchanges"]) for step in steps)
    assert verdict | {"seconds": 0} == {
        "verdict": "passed", "passed": len(steps), "failed": 0, "skipped": 0, "requests": requests, "seconds": 0, "seed": 8,
    }  # fmt: skip
    assert str(client.api_key) not in result.output


def test_the_key_may_come_from_standard_input(client: ScimClient) -> None:
    """So that it stands in no list of processes."""
    where = ("okta", "--url", client.base_url, "--users", "1", "--groups", "0")
    assert simulate(*where, "--key", "-", stdin=f"{client.api_key}\n").exit_code == 0
    assert simulate(*where, "--key", "-", stdin="\n").exit_code == 2


@pytest.mark.parametrize(
    "arguments, words",
    [
        (("okta", "--url", "http://h/v2"), "give either a key"),
        (("okta", "--url", "http://h/v2", "--key", "a", "--basic", "b:c"), "give either a key"),
        (("okta", "--url", "h/v2", "--key", "a"), "is no base URL"),
        (("okta", "--url", "http://h/v2", "--key", "a", "--faults", "flood"), "there is no fault 'flood'"),
        (("okta", "--url", "http://h/v2", "--key", "a", "--users", "0"), "users: from 1"),
        (("jumpcloud", "--url", "http://h/v2", "--key", "a", "--groups", "1"), "without groups"),
        (("google", "--url", "http://h/v2", "--key", "a"), "okta-custom"),
    ],
)
def test_what_cannot_be_simulated_is_a_wrong_command_line(arguments: tuple[str, ...], words: str) -> None:
    """Exit code 2 and one line, before anything is sent."""
    result = simulate(*arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert words in result.stderr
    assert result.stderr.count("\n") == 1


def test_a_wrong_url_or_key_is_one_line(client: ScimClient) -> None:
    """Exit code 1; it says what to look at."""
    for url, key, words in (
        (client.base_url, "mst_wrong", "refuses the key (401)"),
        ("http://127.0.0.1:9/scim/v2", "k", "nobody answers at http://127.0.0.1:9/scim/v2"),
        (f"{client.base_url}/Users", str(client.api_key), "no SCIM at"),
    ):
        result = simulate("jumpcloud", "--url", url, "--key", key)
        assert result.exit_code == 1
        assert words in result.stderr
        assert result.stderr.count("\n") == 1


def test_a_server_cannot_steer_the_terminal(client: ScimClient) -> None:
    """Control characters and turned writing in an answer are shown as what they are: unprintable."""

    def hostile(asked: Asked, forward: Forward) -> Told:
        if asked.method == "POST":
            return Told(400).having(
                {"schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"], "detail": ESCAPE}
            )
        return forward(asked)

    with between(client, hostile) as base:
        result = simulate("okta", "--url", base, "--key", str(client.api_key), "--users", "1", "--verbose")
    assert result.exit_code == 1
    assert "owned" in result.stdout
    assert not set(ESCAPE) - set("]0;owned") & set(result.stdout)


def test_on_a_terminal_the_bar_steps_aside(client: ScimClient) -> None:
    """Each line of a step begins at the left, and the bar says how far it is."""
    ours, theirs = pty.openpty()
    with subprocess.Popen([PROGRAM, "simulate", *small(client)], stdout=theirs, stderr=theirs) as running:
        os.close(theirs)
        shown = b"".join(chunks(ours))
    os.close(ours)
    assert running.returncode == 0, shown
    assert b"100%" in shown
    assert b"passed  Create" in shown
    assert re.findall(rb"[^\n\rK]passed  [^\r]*", shown) == []


def chunks(terminal: int) -> Iterator[bytes]:
    """What is written to a terminal, until its last writer has gone."""
    while True:
        try:
            chunk = os.read(terminal, 65536)
        except OSError:  # how Linux says that nobody writes any more
            return
        if not chunk:
            return
        yield chunk


def test_a_rate_is_kept(client: ScimClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each request but the first waits for its turn."""
    slept: list[float] = []
    real = asyncio.sleep

    async def count(seconds: float, *more: Any) -> Any:
        slept.append(seconds)
        return await real(0, *more)

    monkeypatch.setattr("muster.simulator.line.asyncio.sleep", count)
    result = simulate(*small(client, "okta", "--groups", "0", "--rate", "0.001", "--json"))
    requests = json.loads(result.stdout.splitlines()[-1])["requests"]
    assert len([seconds for seconds in slept if seconds > 900]) == requests - 1


def demo(folder: Path, *arguments: str) -> subprocess.Popen[str]:
    """`muster demo`, with a place of its own for temporary files."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("MUSTER_")}
    return subprocess.Popen(
        [PROGRAM, "demo", *arguments],
        env=kept
        | {"TMPDIR": str(folder), "MUSTER_PUBLIC_URL": "https://elsewhere.example", "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def until(output: Iterator[str], words: str) -> list[str]:
    """The lines up to the one with these words."""
    lines: list[str] = []
    for line in output:
        lines.append(line.rstrip())
        if words in line:
            return lines
    raise AssertionError("\n".join(lines))


def test_the_demo_by_itself(tmp_path: Path) -> None:
    """Three IdPs play with every fault, all steps pass, and nothing of it stays."""
    with demo(tmp_path, "--once", "--rate", "1000") as running:
        output, complaint = running.communicate(timeout=120)
    assert running.returncode == 0, output + complaint
    assert [line.partition(":")[0] for line in output.splitlines() if ": passed: " in line] == [
        "Okta", "Microsoft Entra ID", "JumpCloud",
    ]  # fmt: skip
    assert list(tmp_path.iterdir()) == []


def test_the_demo_stays_until_it_is_ended(tmp_path: Path) -> None:
    """Its console is there before the IdPs play, and a line plays another round; after Ctrl-C nothing of it stays."""
    with demo(tmp_path, "--rate", "1000") as running:
        assert running.stdout is not None
        first = until(running.stdout, "     once more.")
        invitation = next(line.strip() for line in first if "/console/invitation/" in line)
        welcome = httpx2.get(invitation, trust_env=False)
        lines = until(running.stdout, "Ctrl-C ends it")
        command = next(line for line in lines if " simulate okta " in line).split()
        again = simulate(*command[2:], "--users", "1")
        os.killpg(running.pid, signal.SIGINT)
        _, complaint = running.communicate(timeout=60)
    assert (welcome.status_code, "Welcome to Muster" in welcome.text) == (200, True)
    assert "connection list" not in "".join(first + lines)  # that would show another database's
    assert again.exit_code == 0, again.output
    assert running.returncode == 0, complaint
    assert list(tmp_path.iterdir()) == []


def test_a_demo_that_is_stopped_leaves_nothing(tmp_path: Path) -> None:
    """SIGTERM, in the middle of it."""
    with demo(tmp_path, "--rate", "1") as running:
        assert running.stdout is not None
        until(running.stdout, "Muster serves")
        running.terminate()
        running.communicate(timeout=60)
    assert list(tmp_path.iterdir()) == []
