"""Who may sign in to the console, from the command line."""

from __future__ import annotations

import re
from typing import Any

import httpx2
import pytest

from tests.harness.client import ScimClient
from tests.harness.server import CommandFailed, RunningServer, muster

PASSPHRASE = "correct horse battery staple"


def test_invitations_are_listed_and_revoked(server: RunningServer, client: ScimClient) -> None:
    """Of an organization, with who made them; what was revoked or never was is said so."""
    organization = str(client.organization)

    def run(command: str, *more: str) -> Any:
        return muster(server.database, "console-user", command, *more)

    made = run("invite", "--organization", organization, "--role", "auditor")
    (found,) = run("invitations", "--organization", organization)
    assert found | made == found | {"url": made["url"]}
    assert (found["role"], found["created_by"]) == ("auditor", "command line")
    assert run("revoke-invitation", made["id"]) == {"id": made["id"], "revoked": True}
    assert run("invitations", "--organization", organization) == []
    for id, why in ((made["id"], "revoked already"), ("x", "no id"), (made["id"][:-1] + "_", "no id")):
        with pytest.raises(CommandFailed, match=why):
            run("revoke-invitation", id)


def test_disabling_somebody_names_what_lives_on(server: RunningServer, client: ScimClient) -> None:
    """The keys that they made, with the command that ends each, and nothing of others."""
    organization = str(client.organization)
    invited = muster(server.database, "console-user", "invite", "--organization", organization)
    link = "/console/invitation/" + invited["url"].rpartition("/")[2]
    form = {"name": f"ada@{organization}", "passphrase": PASSPHRASE, "again": PASSPHRASE}
    headers = {"origin": server.origin}
    accepted = httpx2.post(server.origin + link, data=form, headers=headers)
    assert accepted.status_code == 303
    headers["cookie"] = accepted.headers["set-cookie"].partition(";")[0]
    home = httpx2.get(server.origin + "/console", headers=headers).headers["location"]
    settings = server.origin + home + "/settings"
    (key, *_) = re.findall(r'name="form_key" value="(\w+)"', httpx2.get(settings, headers=headers).text)
    wanted = {"form_key": key, "name": "deploys", "ttl": "1d", "scope": "read"}
    assert httpx2.post(settings + "/keys", data=wanted, headers=headers).status_code == 200
    (ada,) = muster(server.database, "console-user", "list", "--organization", organization)
    gone = muster(server.database, "console-user", "disable", ada["id"])
    (left,) = gone["lives_on"]
    assert (gone["disabled"], left["lives_on"], left["name"]) == (True, "management key", "deploys")
    assert httpx2.get(settings, headers=headers).status_code == 303
    muster(server.database, *left["end_it_with"].split()[1:])
    assert muster(server.database, "console-user", "disable", ada["id"])["lives_on"] == []
    assert muster(server.database, "console-user", "enable", ada["id"])["disabled"] is False
