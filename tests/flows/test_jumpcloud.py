"""JumpCloud: HTTP Basic with a service account, the test user of its activation, and no group management."""

from __future__ import annotations

from typing import Any

from muster.scim.schema import CORE_GROUP
from muster.simulator.jumpcloud import JumpCloud
from muster.simulator.line import Request
from muster.simulator.options import target
from muster.simulator.people import cast
from tests.flows.flow import Flow, flow
from tests.flows.idp import basic
from tests.flows.lives import arrive, change, come_back, delete, leave, refuse_a_second, restore
from tests.flows.management import DEADLINE_SECONDS, Management
from tests.flows.rotation import rotate_at_once, rotate_under_traffic
from tests.simulator.playing import played, titled, told

APP = "In JumpCloud: **SSO Applications** → your app"
SETTINGS = f"{APP} → **Identity Management**"
GROUPS = f"{SETTINGS} → **Group Management**"


def test_jumpcloud_from_its_set_up_to_its_end(platform: Management) -> None:
    """All of a connection's life; the test user leaves nothing behind, and groups are not there at all."""
    jumpcloud = JumpCloud(cast(seed=83, users=3, groups=0))
    ada, ben, cleo = jumpcloud.cast.people
    chosen = {"provider": "jumpcloud", "switches": {"group_management": False}}
    with flow(platform, jumpcloud, chosen) as it, it.follow() as changes:
        pair = use_a_service_account(it)
        it.test_connection()
        rehearse(it, pair)
        for person in jumpcloud.cast.people:
            arrive(it, person)
        change(it, ada)
        refuse_groups(it)
        leave(it, ben)
        come_back(it, ben)
        refuse_a_second(it, cleo, SETTINGS)
        delete(it, cleo)
        restore(it, cleo)
        rotate_under_traffic(it, [ada, ben, cleo], SETTINGS)
        rotate_at_once(it, SETTINGS)
        leave(it, cleo)
        it.check_log()
        it.end(jumpcloud.cast.people, credentials=1, setup_links=0)
        it.check_told(changes.result(DEADLINE_SECONDS), {each.id for each in jumpcloud.cast.people})


def use_a_service_account(it: Flow) -> str:
    """A service account with the one role that there is; its key id and secret are entered in place of the API key."""
    body = {"connection": it.connection["id"], "name": "JumpCloud", "ttl": "90d"}
    made = it.management.post("/service-accounts", body)
    account, key = made["service_account"], made["key"]
    assert (account["role"], key["kind"]) == ("SCIM Authenticator", "service_account_key")
    it.tell("create", "ServiceAccount", account["id"])
    it.use(key, basic(key["id"], key["secret"]))
    return f"{key['id']}:{key['secret']}"


def rehearse(it: Flow, pair: str) -> None:
    """JumpCloud's whole conversation passes, the test user first; whoever it was about has gone, and is told of as gone."""
    before = it.management.latest(it.after)
    steps = played(
        target(it.connection["base_url"], basic=pair), "jumpcloud", users=1, seed=84, delete_at_end=True
    )
    assert told(steps) == []
    (away,) = titled(steps, "Take the test user away")
    assert [exchange.status for exchange in away.exchanges][:2] == [204, 404]
    assert it.management.get("/accounts", status="active")["items"] == []
    changes = it.management.changes(before)
    test_user = changes[0]["resource"]
    assert operations_on(test_user, changes) == ["create", "replace", "delete"]
    it.apart |= {one["sequence"] for one in changes}


def operations_on(user: str, changes: list[Any]) -> list[str]:
    """What was done to a user."""
    return [one["operation"] for one in changes if one["resource"] == user]


def refuse_groups(it: Flow) -> None:
    """Where groups are not managed there are none to be discovered, and pushing one is refused with the reason."""
    types = it.idp.send(Request("GET", "/ResourceTypes"), 200)["Resources"]
    assert [one["name"] for one in types] == ["User"]
    body = {"schemas": [CORE_GROUP], "displayName": "Staff", "members": []}
    assert "groups-off" in it.idp.send(Request("POST", "/Groups", body), 404)["detail"]
    it.refused("groups-off", 404, GROUPS)
    assert it.management.get("/roles")["items"] == []
