"""What is settled for a connection is changed by name, and another provider only once its consequences were said."""

import json
from typing import Any

import pytest

from muster.bootstrap import world
from muster.directory.connections import Settling, consequences, settle_connection, used_connection
from muster.directory.organizations import Conflict, Missing, Refused
from muster.directory.switches import switches_of
from tests.connections.switched import Switched


def settle(its: Switched, *, confirmed: bool = False, **settled: Any) -> Any:
    """Change what is settled."""
    settling = Settling(**settled)
    return its.run(settle_connection(its.database, world(), its.connection_id, settling, confirmed=confirmed))


def test_what_is_not_named_stays_with_one_change_for_each_write(its: Switched) -> None:
    """A change that changes nothing is none; the row tells what was and is."""
    settle(its, name="Okta of Acme", switches={"adopt": True})
    settled = settle(its, strict=True, switches={"guard": {"users": 5}})
    assert settle(its, strict=True) == settled
    assert (settled.name, settled.strict) == ("Okta of Acme", True)
    assert its.run(used_connection(its.database, its.connection_id)).connection == settled
    switches = switches_of(settled.provider, settled.switches)
    assert (switches.adopt, switches.guard.users) == (True, 5)
    rows = its.ask("SELECT before, after FROM changes WHERE operation = 'modify' ORDER BY sequence")
    assert [json.loads(after) for _, after in rows] == [
        {"name": "Okta of Acme", "switches": {"adopt": True}},
        {"strict": True, "switches": {"adopt": True, "guard": {"users": 5}}},
    ]


def test_strict_holds_with_the_next_request(its: Switched) -> None:
    """For a key that is known already."""
    body = {"userName": "ada", "nonsense": 1, "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"]}
    assert its.send("POST", "/Users", body).status == 201
    settle(its, strict=True)
    assert its.send("POST", "/Users", {**body, "userName": "bob"}).status == 400


@pytest.mark.parametrize(
    "settled",
    [{"switches": {"addopt": True}}, {"name": "a\nb"}, {"name": "x" * 201}, {"switches": {"adopt": 1}}],
)
def test_what_cannot_be_is_refused(its: Switched, settled: dict[str, Any]) -> None:
    """And nothing changes."""
    before = its.run(used_connection(its.database, its.connection_id))
    with pytest.raises(Refused):
        settle(its, **settled)
    assert its.run(used_connection(its.database, its.connection_id)) == before


def test_another_provider_is_said_first(its: Switched) -> None:
    """What changes: the defaults of switches that nobody chose, and the mapping; only what is confirmed is done."""
    with pytest.raises(
        Conflict, match=r"from generic to okta.*external_id_immutable goes from false to true"
    ):
        settle(its, provider="okta")
    found = its.run(used_connection(its.database, its.connection_id)).connection
    assert found.provider == "generic"
    assert any("mapping of okta" in one for one in consequences(found, "okta"))
    assert consequences(found, "generic") == []
    settled = settle(its, provider="okta", confirmed=True)
    assert switches_of(settled.provider, settled.switches).external_id_immutable
    settle(its, switches={"external_id_immutable": True})
    told = consequences(settle(its), "entra")
    assert not any("external_id_immutable" in one for one in told)


def test_who_is_not_there_is_missing(its: Switched) -> None:
    """Whether the id is malformed, unknown, or another organization's."""
    for id in ("x", its.connection_id[:-1] + "!", its.connection_id[:8] + "0" * 13, "0" * 21):
        with pytest.raises(Missing):
            its.run(settle_connection(its.database, world(), id, Settling(name="x")))
