"""The change of a key while the IdP works. Law: with an overlap nothing fails, and when it is over the old key opens nothing."""

from __future__ import annotations

from typing import Any

from muster.simulator.line import Request
from muster.simulator.people import Person
from tests.flows.flow import UNAUTHORIZED, Flow
from tests.flows.idp import basic, bearer
from tests.flows.management import eventually
from tests.flows.traffic import traffic

LOOK = Request("GET", "/Users?count=1")


def rotate_under_traffic(flow: Flow, people: list[Person], menu: str) -> None:
    """Both keys are good until the old one is revoked: no request fails, no write is lost; the log says what is refused."""
    old, stale, before = flow.credential, flow.idp.authorization, flow.management.latest(flow.after)
    with traffic(flow.idp, people) as running:
        made = rotate(flow, overlap="2d")
        running.flow_on()
        running.authorization = authorization_of(made)
        running.flow_on()
        flow.management.post(f"/credentials/{old['id']}/revoke")
        flow.tell("revoke", "Credential", old["id"])
        running.flow_on()
    assert running.statuses() <= {200, 204}
    check_writes(flow, before, running.writes)
    check_dead(flow, stale, menu, code="key-revoked")
    check_used(flow, made)


def rotate_until_the_overlap_is_over(flow: Flow, menu: str) -> None:
    """The old key is good, and then is not, without anybody doing anything."""
    stale = flow.idp.authorization
    rotate(flow, overlap="1s")
    flow.idp.send(LOOK, 200)
    with_old = flow.idp.twin(stale)
    eventually(lambda: with_old.exchange(LOOK).status == UNAUTHORIZED)
    with_old.close()
    check_dead(flow, stale, menu, code="key-replaced")


def rotate_at_once(flow: Flow, menu: str) -> None:
    """The old key is dead with the next request."""
    stale = flow.idp.authorization
    rotate(flow)
    check_dead(flow, stale, menu, code="key-revoked")
    flow.idp.send(LOOK, 200)


def rotate(flow: Flow, **how: str) -> Any:
    """Rotate the credential, and enter the new one into the IdP; the new one."""
    old = flow.credential["id"]
    made = flow.management.post(f"/credentials/{old}/rotate", how)
    flow.tell("rotate", "Credential", old)
    flow.tell("create", "Credential", made["id"])
    flow.credential, flow.idp.authorization = made, authorization_of(made)
    return made


def authorization_of(made: Any) -> str:
    """What a credential that was just made is sent as."""
    return bearer(made["api_key"]) if made["api_key"] else basic(made["id"], made["secret"])


def check_writes(flow: Flow, before: int, writes: int) -> None:
    """Each write of the traffic is one change, and no more."""
    changes = [one for one in flow.management.changes(before) if one["resource_type"] == "User"]
    assert len(changes) == writes
    flow.apart |= {one["sequence"] for one in changes}


def check_used(flow: Flow, made: Any) -> None:
    """The new key is seen to be used, by what, so that somebody dares to end the old one."""
    used = eventually(lambda: flow.management.get(f"/credentials/{made['id']}")["last_used"])
    assert used["user_agent"] == flow.provider.headers["User-Agent"]


def check_dead(flow: Flow, stale: str, menu: str, *, code: str) -> None:
    """An old key is refused without a word why; the organization's log has the reason."""
    idp = flow.idp.twin(stale)
    answer = idp.exchange(LOOK)
    idp.close()
    assert answer.status == UNAUTHORIZED
    assert code not in answer.body["detail"]
    flow.refused(code, UNAUTHORIZED, menu)
