"""Organizations over the management API: made, listed in parts, settled."""

from muster.directory.identifiers import organization_with
from tests.api.asgi import Api, assert_problem


def test_names_are_unique(api: Api) -> None:
    """A second one of the same name is 409, and makes nothing."""
    made = api.request("POST", "/organizations", {"name": "acme"})
    assert made.status == 201
    assert api.request("GET", f"/organizations/{made.json['id']}").json == made.json
    assert_problem(api.request("POST", "/organizations", {"name": "acme"}), 409, "conflict")
    assert [one["name"] for one in api.request("GET", "/organizations").json["items"]] == ["acme"]


def test_a_list_is_read_on_by_its_cursor(api: Api) -> None:
    """Each organization once, by the code points of its name, and null at the end."""
    names = ["b", "Z", "a", "\N{LATIN SMALL LETTER E WITH ACUTE}", "\N{GRINNING FACE}", "a b", "\uffe0"]
    made = {name: api.request("POST", "/organizations", {"name": name}).json["id"] for name in names}
    found, path = [], "/organizations?limit=2"
    while path:
        page = api.request("GET", path).json
        found += [one["id"] for one in page["items"]]
        path = f"/organizations?limit=2&cursor={page['next']}" if page["next"] else ""
    assert found == [made[name] for name in sorted(names)]


def test_a_cursor_of_another_list_is_refused(api: Api) -> None:
    """It is no place in this one."""
    for number in range(2):
        api.request("POST", "/organizations", {"name": f"o{number}"})
    cursor = api.request("GET", "/organizations?limit=1").json["next"]
    for wrong in (cursor[1:], "x", "W10", "bnVsbA"):
        assert_problem(api.request("GET", f"/organizations?cursor={wrong}"), 400, "invalid_cursor")
    assert_problem(api.request("GET", f"/api-keys?cursor={cursor}"), 400, "invalid_cursor")


def test_settings_are_changed_by_name_with_one_change(api: Api) -> None:
    """What is not named stays; a change that changes nothing is none."""
    id = api.new_organization("acme")
    settled = api.request("PATCH", f"/organizations/{id}", {"log_days": 7, "redacted": ["emails.value"]})
    assert (settled.json["log_days"], settled.json["redacted"]) == (7, ["emails.value"])
    again = api.request("PATCH", f"/organizations/{id}", {"log_days": 7, "enforce_provisioning": False})
    assert again.json == settled.json
    assert api.request("GET", f"/organizations/{id}").json == settled.json
    assert organization_with(id) is not None
    census = api.run(api.database.census(0))
    assert census.changes == 2  # made, and settled once


def test_an_organization_is_renamed(api: Api) -> None:
    """With one change of both names; found by the new one alone; the old one is free, ids and keys stay."""
    id = api.new_organization("acme")
    key = api.new_key(id)
    renamed = api.request("PATCH", f"/organizations/{id}", {"name": " Acme Ltd ", "log_days": 7}).json
    assert (renamed["id"], renamed["name"], renamed["log_days"]) == (id, "Acme Ltd", 7)
    change = api.request("GET", "/changes", key=key).json["items"][-1]
    assert (change["before"], change["after"]) == (
        {"name": "acme", "log_days": 30},
        {"name": "Acme Ltd", "log_days": 7},
    )
    assert api.request("GET", f"/organizations/{id}", key=key).json == renamed
    assert api.run(api.database.organization_named("acme")) is None
    assert api.run(api.database.organization_named("Acme Ltd")) is not None
    assert api.request("PATCH", f"/organizations/{id}", {"name": "Acme Ltd"}).status == 200
    assert api.request("GET", "/changes", key=key).json["items"][-1] == change
    assert api.new_organization("acme") != id


def test_what_an_organization_is_not_renamed_to(api: Api) -> None:
    """A name that is taken, or none; and its own keys do not rename it: whether a name is taken is not told to them."""
    id, other = api.new_organization("acme"), api.new_organization("other")
    for name, status, code in (("other", 409, "conflict"), (" ", 422, "invalid"), ("a\nb", 422, "invalid")):
        assert_problem(
            api.request("PATCH", f"/organizations/{id}", {"name": name, "log_days": 7}), status, code
        )
    answer = api.request("PATCH", f"/organizations/{other}", {"name": "mine"}, key=api.new_key(other))
    assert_problem(answer, 403, "forbidden")
    listed = api.request("GET", "/organizations").json["items"]
    assert [(one["name"], one["log_days"]) for one in listed] == [("acme", 30), ("other", 30)]


def test_the_permission_of_administrators_is_named_and_taken_back(api: Api) -> None:
    """Null takes it back; not to name it leaves it."""
    id = api.new_organization("acme")
    for body, expected in (
        ({"administrators": "console.admin"}, "console.admin"),
        ({"log_days": 9}, "console.admin"),
        ({"administrators": None}, None),
    ):
        assert api.request("PATCH", f"/organizations/{id}", body).json["administrators"] == expected
        assert api.request("GET", f"/organizations/{id}").json["administrators"] == expected


def test_what_cannot_be_settled_is_refused(api: Api) -> None:
    """Too long a log, what is no attribute, a field that is not there: nothing changes."""
    id = api.new_organization("acme")
    before = api.request("GET", f"/organizations/{id}").json
    document = assert_problem(api.request("PATCH", f"/organizations/{id}", {"log_days": 0}), 422, "invalid")
    assert document["errors"][0]["pointer"] == "/log_days"
    for body in (
        {"redacted": ["a b"]}, {"log_days": None}, {"administrators": "Billing"}, {"administrators": ""},
    ):  # fmt: skip
        document = assert_problem(api.request("PATCH", f"/organizations/{id}", body), 422, "invalid")
        assert document["errors"][0]["pointer"].startswith(f"/{next(iter(body))}")
    document = assert_problem(api.request("PATCH", f"/organizations/{id}", {"logdays": 1}), 422, "invalid")
    assert document["errors"] == [{"pointer": "/logdays", "detail": "There is no such field"}]
    assert api.request("GET", f"/organizations/{id}").json == before
