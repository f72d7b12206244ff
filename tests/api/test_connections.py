"""Connections over the management API: made, listed, settled, foreseen, deleted."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.asgi import ORIGIN, Api, assert_problem


@pytest.fixture
def place(api: Api) -> str:
    """Return the query that names an organization."""
    return f"organization={api.new_organization('acme')}"


def make(api: Api, place: str, **body: Any) -> Any:
    """Make a connection."""
    made = api.request("POST", f"/connections?{place}", {"provider": "okta", **body})
    assert made.status == 201, made.body
    return made.json


def test_what_is_made_is_shown_with_its_key_once(api: Api, place: str) -> None:
    """Base URL and key; afterward the same without the key."""
    made = make(api, place, name="Okta", switches={"adopt": True, "guard": {"hold": True}})
    credential = made.pop("credential")
    assert credential["api_key"].startswith("mst_")
    assert made["base_url"] == f"{ORIGIN}/scim/{made['id']}/v2"
    assert (made["state"], made["switches"]["external_id_immutable"]) == ("waiting", True)
    assert made["health"] == {
        "condition": "waiting", "label": "waiting", "reason": "No request has come in yet.",
    }  # fmt: skip
    assert (made["switches"]["adopt"], made["switches"]["guard"]["hold"]) == (True, True)
    shown = api.request("GET", f"/connections/{made['id']}?{place}")
    assert shown.json == made
    assert api.request("GET", f"/connections?{place}").json == {"items": [made], "next": None}


def test_a_list_is_read_on(api: Api, place: str) -> None:
    """Each once, oldest first."""
    made = [make(api, place)["id"] for _ in range(3)]
    first = api.request("GET", f"/connections?{place}&limit=2").json
    rest = api.request("GET", f"/connections?{place}&limit=2&cursor={first['next']}").json
    assert [one["id"] for page in (first, rest) for one in page["items"]] == made


def test_it_is_settled_by_name(api: Api, place: str) -> None:
    """State, switches, name; what cannot be is refused by name, and nothing changes."""
    path = f"/connections/{make(api, place)['id']}?{place}"
    settled = api.request("PATCH", path, {"state": "paused", "switches": {"group_management": False}})
    assert (settled.status, settled.json["state"]) == (200, "paused")
    assert settled.json["health"]["condition"] == "paused"
    assert settled.json["switches"]["group_management"] is False
    document = assert_problem(api.request("PATCH", path, {"switches": {"addopt": True}}), 422, "invalid")
    assert document["errors"] == [{"pointer": "/switches/addopt", "detail": "There is no such field"}]
    networks = {"allowed_networks": ["10.0.0.1/8"]}
    document = assert_problem(api.request("PATCH", path, {"switches": networks}), 422, "refused")
    assert "the network is 10.0.0.0/8" in document["detail"]
    assert_problem(api.request("PATCH", path, {"state": "waiting"}), 422, "invalid")
    assert_problem(api.request("PATCH", path, {"owner": 0}), 422, "invalid")
    assert api.request("GET", path).json == settled.json


def test_another_provider_is_confirmed_first(api: Api, place: str) -> None:
    """Its consequences can be asked for, and are in the refusal."""
    id = make(api, place)["id"]
    path = f"/connections/{id}?{place}"
    told = api.request("GET", f"/connections/{id}/consequences?{place}&provider=entra").json["consequences"]
    document = assert_problem(api.request("PATCH", path, {"provider": "entra"}), 409, "conflict")
    assert told[0] in document["detail"]
    done = api.request("PATCH", path, {"provider": "entra", "confirm": True})
    assert (done.status, done.json["provider"]) == (200, "entra")


def test_it_is_deleted(api: Api, place: str) -> None:
    """And is nowhere then."""
    id = make(api, place)["id"]
    told = api.request("GET", f"/connections/{id}/consequences?{place}&delete=deactivate").json
    assert "dead at once" in told["consequences"][0]
    done = api.request("DELETE", f"/connections/{id}?{place}&users=deactivate")
    assert (done.status, done.json["deleted"], done.json["credentials"]) == (200, True, 1)
    assert_problem(api.request("GET", f"/connections/{id}?{place}"), 404, "not_found")
    assert api.request("GET", f"/connections?{place}").json["items"] == []


def test_another_organizations_connection_is_not_there(api: Api, place: str) -> None:
    """For any verb, and by the key of that organization as by the platform's."""
    id = make(api, place)["id"]
    other = api.new_organization("other")
    key = api.new_key(other)
    for method, path, body in [
        ("GET", f"/connections/{id}", None),
        ("GET", f"/connections/{id}/consequences", None),
        ("PATCH", f"/connections/{id}", {"name": "x"}),
        ("DELETE", f"/connections/{id}", None),
    ]:
        assert_problem(api.request(method, path, body, key=key), 404, "not_found")
        assert_problem(api.request(method, f"{path}?organization={other}", body), 404, "not_found")
    assert api.request("GET", f"/connections/{id}?{place}").json["name"] == ""
