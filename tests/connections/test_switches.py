"""What each switch of a connection does to its requests; what is off changes nothing."""

from typing import Any

import pytest

from tests.connections.switched import GROUP, USER, Switched

DAY = 24 * 3600 * 1_000_000
BULK = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"


def test_group_management_off_takes_groups_out_of_discovery(its: Switched) -> None:
    """Of resource types and schemas, and each by itself; users stay."""
    its.switch(group_management=False)
    types = its.send("GET", "/ResourceTypes").json["Resources"]
    assert [one["id"] for one in types] == ["User"]
    listed = [one["id"] for one in its.send("GET", "/Schemas").json["Resources"]]
    assert GROUP not in listed
    assert USER in listed
    assert its.send("GET", "/ResourceTypes/Group").status == 404
    assert its.send("GET", f"/Schemas/{GROUP}").status == 404
    assert its.send("GET", "/ResourceTypes/User").status == 200


def test_group_management_off_answers_404_with_the_reason(its: Switched) -> None:
    """Every route of groups, in a bulk request too; users are managed as before."""
    team = its.group("Team").json["id"]
    its.switch(group_management=False)
    for method, path in [
        ("GET", "/Groups"),
        ("GET", f"/groups/{team}"),
        ("POST", "/Groups"),
        ("POST", "/Groups/.search"),
        ("PUT", f"/Groups/{team}"),
        ("PATCH", f"/Groups/{team}"),
        ("DELETE", f"/Groups/{team}"),
    ]:
        answer = its.send(method, path, {} if method == "POST" else None)
        assert (answer.status, "Group management is switched off" in answer.json["detail"]) == (404, True), (
            path
        )
    operations = [
        {
            "method": "POST",
            "path": "/Groups",
            "bulkId": "g",
            "data": {"schemas": [GROUP], "displayName": "A"},
        },
        {"method": "POST", "path": "/Users", "bulkId": "u", "data": {"schemas": [USER], "userName": "ada"}},
    ]
    answer = its.send("POST", "/Bulk", {"schemas": [BULK], "Operations": operations})
    first, second = answer.json["Operations"]
    assert (first["status"], second["status"]) == ("404", "201")
    assert "Group management is switched off" in first["response"]["detail"]


def test_group_management_off_keeps_the_groups(its: Switched) -> None:
    """A query over everything finds users alone, a user is in no group, and all is there when it is on again."""
    ada = its.create("ada").json["id"]
    team = its.group("Team", ada).json["id"]
    its.switch(group_management=False)
    assert [one["id"] for one in its.send("GET", "/").json["Resources"]] == [ada]
    assert "groups" not in its.send("GET", f"/Users/{ada}").json
    assert "groups" not in its.send("GET", "/Users").json["Resources"][0]
    its.switch(group_management=True)
    assert [one["value"] for one in its.send("GET", f"/Users/{ada}").json["groups"]] == [team]
    assert its.send("GET", f"/Groups/{team}").json["members"][0]["value"] == ada


@pytest.mark.parametrize(
    "client, status",
    [
        ("203.0.113.9", 200),
        ("2001:db8::5", 200),
        ("::ffff:203.0.113.9", 200),
        ("198.51.100.1", 403),
        (None, 403),
    ],
)
def test_allowed_networks_are_compared_with_the_clients_address(
    its: Switched, client: str | None, status: int
) -> None:
    """IPv4, IPv6, and IPv4 as IPv6 writes it; who has no address is not inside."""
    assert its.send("GET", "/Users", client=client).status == 200
    its.switch(allowed_networks=["203.0.113.0/24", "2001:db8::/32"])
    answer = its.send("GET", "/Users", client=client)
    assert answer.status == status
    if status == 403:
        assert (client or "an unknown address") in answer.json["detail"]
        assert "203.0.113.0" not in answer.json["detail"]
    its.switch(allowed_networks=[])
    assert its.send("GET", "/Users", client=client).status == 200


def test_a_forwarded_address_counts_only_as_far_as_proxies_are_trusted(its: Switched) -> None:
    """Nobody lets himself in by a header."""
    its.switch(allowed_networks=["203.0.113.0/24"])
    forwarded = ((b"x-forwarded-for", b"203.0.113.9"),)
    assert its.send("GET", "/Users", client="198.51.100.1", headers=forwarded).status == 403


def verify(its: Switched, domain: str, *, verified: int | None = 1) -> None:
    """Have the organization claim a domain."""
    its.ask(
        "INSERT INTO domains (organization, name, challenge, created, verified) VALUES (?, ?, 'x', 1, ?)",
        its.organization,
        domain,
        verified,
    )


def mail(address: str, **more: Any) -> list[dict[str, Any]]:
    """The e-mails of a user."""
    return [{"value": address, **more}]


@pytest.mark.parametrize(
    "user, blamed",
    [
        ({"userName": "ada@example.com"}, None),
        ({"userName": "Ada@EXAMPLE.com", "emails": mail("ada@bücher.example", primary=True)}, None),
        ({"userName": "ada", "emails": mail("ada@example.com", type="work")}, None),
        ({"userName": "gone@elsewhere.example", "active": False}, None),
        ({"userName": "ada@elsewhere.example"}, "elsewhere.example"),
        ({"userName": "ada@sub.example.com"}, "sub.example.com"),
        ({"userName": "ada@claimed.example"}, "claimed.example"),
        (
            {"userName": "ada@example.com", "emails": mail("ada@elsewhere.example", primary=True)},
            "elsewhere.example",
        ),
        ({"userName": "ada"}, "has to be an e-mail address"),
    ],
)
def test_verified_domains_only(its: Switched, user: dict[str, Any], blamed: str | None) -> None:
    """UserName and primary e-mail are of domains that the organization has verified; A-labels are compared."""
    verify(its, "example.com")
    verify(its, "xn--bcher-kva.example")
    verify(its, "claimed.example", verified=None)
    its.switch(verified_domains_only=True)
    name = user["userName"]
    answer = its.create(name, **{key: value for key, value in user.items() if key != "userName"})
    if blamed is None:
        assert answer.status == 201, answer.body
    else:
        assert (answer.status, answer.json["scimType"]) == (400, "invalidValue")
        assert blamed in answer.json["detail"]
        assert its.look_up(name) == []


def test_verified_domains_only_holds_for_what_is_changed(its: Switched) -> None:
    """PUT and PATCH alike, nothing being changed; a deactivation is never refused for a domain, a reactivation is."""
    ada = its.create("ada@elsewhere.example").json["id"]
    bob = its.create("bob@example.com").json["id"]
    verify(its, "example.com")
    its.switch(verified_domains_only=True)
    for answer in (
        its.patch(f"/Users/{bob}", userName="bob@elsewhere.example"),
        its.send("PUT", f"/Users/{bob}", {"schemas": [USER], "userName": "bob@elsewhere.example"}),
        its.patch(f"/Users/{ada}", title="Engineer"),
    ):
        assert (answer.status, answer.json["scimType"]) == (400, "invalidValue")
    assert its.send("GET", f"/Users/{bob}").json["meta"]["version"] == 'W/"1"'
    assert its.patch(f"/Users/{bob}", title="Engineer").status == 200
    assert its.patch(f"/Users/{ada}", active=False).status == 200
    assert its.patch(f"/Users/{ada}", active=True).status == 400
    its.switch(verified_domains_only=False)
    assert its.patch(f"/Users/{ada}", active=True).status == 200


def test_a_domain_of_another_organization_counts_for_nothing(its: Switched) -> None:
    """Whoever has verified it."""
    its.ask(
        "INSERT INTO domains (organization, name, challenge, created, verified) VALUES (?, 'example.com', 'x', 1, 1)",
        its.organization + 1,
    )
    its.switch(verified_domains_only=True)
    assert its.create("ada@example.com").status == 400
