"""Management keys: what opens the API, what they may, when they are dead, and whose they are."""

from typing import Any

import pytest

from muster.bootstrap import now, world
from muster.directory.api_keys import Maker, create_api_key
from muster.directory.connections import create_connection
from muster.directory.identifiers import PLATFORM
from muster.directory.lifetime import LONGEST
from muster.directory.organizations import Refused
from tests.api.asgi import Answer, Api, assert_problem

A_MONTH = "30d"


def test_without_a_live_key_nothing_but_the_description_is_answered(api: Api) -> None:
    """No key, a mistyped one, one of SCIM, a path that is not there: all are 401 alike; the description is public."""
    api.new_organization("acme")
    _, _, scim = api.run(create_connection(api.database, world(), "acme", "generic", strict=False))
    for key in (None, "msm_", api.key[:-1] + ("0" if api.key[-1] != "0" else "1"), scim.api_key):
        for path in ("/organizations", "/api-keys", "/nothing"):
            answer = api.request("GET", path, key=key)
            assert_problem(answer, 401, "unauthorized")
            assert answer.headers["www-authenticate"].startswith("Bearer ")
    assert api.request("GET", "/openapi.json", key=None).status == 200
    assert api.request("GET", "/docs", key=None).status == 200


def test_what_is_wrong_with_the_form_of_a_key_is_told(api: Api) -> None:
    """A key of SCIM, and `Bearer` twice: by what was sent alone, whether there is such a key or not."""
    for key, told in ((f"mst_{'x' * 61}", "mst_"), (f"Bearer {api.key}", "twice"), ("msm_", "mistyped")):
        problem = assert_problem(api.request("GET", "/organizations", key=key), 401, "unauthorized")
        assert told in problem["detail"]


def test_an_organizations_name_is_no_id(api: Api) -> None:
    """Where ids are listed is told, and the same of an id that is another organization's."""
    id = api.new_organization("acme")
    foreign = api.new_key(api.new_organization("other"))
    told = assert_problem(api.request("GET", "/users?organization=acme"), 404, "not_found")["detail"]
    assert "`muster organization list`" in told
    assert api.request("GET", f"/users?organization={id}", key=foreign).json["detail"] == told


def test_two_credentials_are_none(api: Api) -> None:
    """Two Authorization headers, or another scheme, open nothing."""
    second = ((b"authorization", f"Bearer {api.key}".encode()),)
    assert_problem(api.request("GET", "/organizations", headers=second), 401, "unauthorized")
    basic = ((b"authorization", f"Basic {api.key}".encode()),)
    assert_problem(api.request("GET", "/organizations", key=None, headers=basic), 401, "unauthorized")


def test_a_key_that_may_read_changes_nothing(api: Api) -> None:
    """Every method but reading is 403 for it, before the body is looked at."""
    reading = api.new_key(scopes=("read",))
    assert api.request("GET", "/organizations", key=reading).status == 200
    assert_problem(api.request("POST", "/organizations", {"name": "acme"}, key=reading), 403, "forbidden")
    assert api.request("GET", "/organizations").json["items"] == []


def test_a_key_is_shown_once_and_dead_when_revoked(api: Api) -> None:
    """Made, listed without what proves it, revoked: the next request with it is refused; a second revocation is 409."""
    made = api.request("POST", "/api-keys", {"name": "ci", "scopes": ["write"], "ttl": A_MONTH})
    assert made.status == 201
    key, id = made.json["api_key"], made.json["id"]
    listed = api.request("GET", "/api-keys", key=key)
    assert [one["name"] for one in listed.json["items"]] == ["test", "ci"]
    assert key.encode() not in listed.body
    assert listed.json["items"][1]["created_by"] == listed.json["items"][0]["id"]
    assert api.request("POST", f"/api-keys/{id}/revoke").json["revoked"] is not None
    assert_problem(api.request("GET", "/organizations", key=key), 401, "unauthorized")
    assert_problem(api.request("POST", f"/api-keys/{id}/revoke"), 409, "conflict")


def test_rotation_replaces_a_key_at_once(api: Api) -> None:
    """The new one has name and scopes of the old one, which opens nothing any more."""
    made = api.request("POST", "/api-keys", {"name": "ci", "scopes": ["write"]}).json
    rotated = api.request("POST", f"/api-keys/{made['id']}/rotate", key=made["api_key"]).json
    assert (rotated["name"], rotated["scopes"]) == ("ci", ["write"])
    assert_problem(api.request("GET", "/api-keys", key=made["api_key"]), 401, "unauthorized")
    assert api.request("GET", "/api-keys", key=rotated["api_key"]).status == 200


@pytest.mark.parametrize("ttl", ["59m", "366d", "0d", "-1d", "1 d", "٣d", "", "1h\n"])
def test_a_life_out_of_bounds_is_refused(api: Api, ttl: str) -> None:
    """From one hour to 365 days, written as one word."""
    code = "refused" if ttl in {"59m", "366d", "0d"} else "invalid"
    assert_problem(api.request("POST", "/api-keys", {"name": "ci", "ttl": ttl}), 422, code)
    assert len(api.request("GET", "/api-keys").json["items"]) == 1


def test_a_key_makes_none_that_outlives_it(api: Api) -> None:
    """Neither when it is asked for, nor by default, nor by rotating itself or another, nor when it has an hour left."""
    key = api.new_key(api.new_organization("acme"))
    short = api.request("POST", "/api-keys", {"name": "ci", "scopes": ["write"], "ttl": "3h"}, key=key).json

    def ask(path: str, body: Any = None) -> Answer:
        return api.request("POST", path, body, key=short["api_key"])

    refused = assert_problem(ask("/api-keys", {"name": "x", "ttl": "4h"}), 422, "refused")
    assert "2 hours left" in refused["detail"]
    assert ask("/api-keys", {"name": "x", "ttl": "2h"}).json["expires"] < short["expires"]
    assert ask("/api-keys", {"name": "x"}).json["expires"] == short["expires"]
    longer = api.request("POST", "/api-keys", {"name": "y", "ttl": "9d"}, key=key).json
    assert ask(f"/api-keys/{longer['id']}/rotate").json["expires"] == short["expires"]
    api.ahead = 3600 * 1_000_000
    short = ask(f"/api-keys/{short['id']}/rotate").json | {"before": short["expires"]}
    assert short["expires"] == short["before"]
    api.ahead *= 2
    for path, body in ((f"/api-keys/{short['id']}/rotate", None), ("/api-keys", {"name": "x"})):
        assert_problem(ask(path, body), 422, "refused")
    assert len(api.request("GET", "/api-keys", key=short["api_key"]).json["items"]) == 7


def test_a_key_makes_none_that_may_more_than_it_may(api_on_sqlite: Api) -> None:
    """Whoever may read only, passes on nothing else."""
    place = (api_on_sqlite.database, world(), PLATFORM, "x")
    maker = Maker(frozenset({"read"}), now() + LONGEST)
    with pytest.raises(Refused):
        api_on_sqlite.run(create_api_key(*place, ["read", "write"], maker=maker))
    key, _ = api_on_sqlite.run(create_api_key(*place, ["read"], maker=maker))
    assert key.scopes == ("read",)


def test_an_organizations_key_knows_only_its_own(api: Api) -> None:
    """Another organization, its keys and the platform's are 404 alike, whatever is asked of them."""
    mine, theirs = api.new_organization("mine"), api.new_organization("theirs")
    key = api.new_key(mine)
    other = api.request("POST", f"/api-keys?organization={theirs}", {"name": "x"}).json["id"]
    platform = api.request("GET", "/api-keys").json["items"][0]["id"]
    assert [one["id"] for one in api.request("GET", "/organizations", key=key).json["items"]] == [mine]
    assert api.request("GET", f"/api-keys?organization={mine}", key=key).status == 200
    assert_problem(api.request("GET", f"/api-keys?organization={theirs}", key=key), 404, "not_found")
    assert_problem(api.request("GET", f"/organizations/{theirs}", key=key), 404, "not_found")
    assert_problem(
        api.request("PATCH", f"/organizations/{theirs}", {"log_days": 1}, key=key), 404, "not_found"
    )
    for id in (other, platform, "0", "00000000"):
        assert_problem(api.request("GET", f"/api-keys/{id}", key=key), 404, "not_found")
        assert_problem(api.request("POST", f"/api-keys/{id}/revoke", key=key), 404, "not_found")
    assert_problem(api.request("POST", "/organizations", {"name": "new"}, key=key), 403, "forbidden")


def test_the_keys_of_a_disabled_organization_open_nothing(api: Api) -> None:
    """Until it is enabled again; only the platform does either."""
    id = api.new_organization("acme")
    key = api.new_key(id)
    assert_problem(
        api.request("PATCH", f"/organizations/{id}", {"disabled": True}, key=key), 403, "forbidden"
    )
    assert api.request("PATCH", f"/organizations/{id}", {"disabled": True}).json["disabled"] is not None
    assert_problem(api.request("GET", "/api-keys", key=key), 401, "unauthorized")
    assert api.request("PATCH", f"/organizations/{id}", {"disabled": False}).json["disabled"] is None
    assert api.request("GET", "/api-keys", key=key).status == 200


def test_a_key_says_when_it_was_last_used(api: Api) -> None:
    """From where and by what software, in whatever way it was used, refused requests too; written late, and only once."""
    organization = api.new_organization("acme")
    key, other = (api.new_key(organization, scopes=("read",)) for _ in range(2))
    agent = [(b"user-agent", f"sync/1.0 {other}".encode())]
    assert api.request("GET", "/organizations", key=key).status == 200
    assert api.request("POST", "/users", {}, key=key, headers=agent).status == 403
    shown = used_keys(api, organization)
    assert shown[1] is None
    assert (shown[0]["address"], shown[0]["user_agent"]) == ("192.0.2.7", "sync/1.0 (not kept)")
    of_platform = used_keys(api)
    assert of_platform[0]["time"] >= shown[0]["time"]
    api.request("GET", "/organizations", key=other)
    assert used_keys(api, organization)[1]["user_agent"] is None


def test_using_a_key_costs_no_write_of_its_own(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many requests there are, what they used is written together."""
    flush(api)
    monkeypatch.setattr("muster.store.log.WITHIN", 3600.0)
    before = api.database.measures().statements["write"]
    for _ in range(20):
        assert api.request("GET", "/organizations").status == 200
    assert api.database.measures().statements["write"] == before
    flush(api)
    written = api.database.measures().statements["write"] - before
    assert 0 < written < 10


def used_keys(api: Api, organization: str | None = None) -> list[Any]:
    """The last use of each key of an organization or of the platform, oldest key first."""
    flush(api)
    path = f"/api-keys?organization={organization}" if organization else "/api-keys"
    return [one["last_used"] for one in api.request("GET", path).json["items"]]


def flush(api: Api) -> None:
    """Have written what waits."""
    api.run(api.database._log.flush())  # type: ignore[attr-defined]
