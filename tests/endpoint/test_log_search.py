"""The request log as its organization finds it: what a request touched, whom it asked for, why it opened nothing."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

import pytest

from muster.bootstrap import world
from muster.directory.credentials import create_credential, revoke_credential
from muster.directory.identifiers import (
    MANAGEMENT_KEY,
    new_key,
    new_organization,
    new_public_id,
    organization_of,
)
from muster.directory.organizations import Missing, Settling, settle_organization
from muster.directory.registers.requests import Sought
from muster.directory.requests import Shown, request_entries, search_requests
from muster.directory.retention import AT_ONCE, forget_requests
from muster.directory.service_accounts import create_service_account
from muster.store import refusals
from tests.conformance.bodies import user
from tests.endpoint.searching import Log, patch

DAY = 24 * 3600 * 1_000_000


def codes(found: list[Shown]) -> list[str | None]:
    """The codes of entries."""
    return [one.entry.code for one in found]


def test_a_write_names_what_it_touched_and_its_change(log: Log) -> None:
    """A user that is made, changed, left as it is and deleted; each with its sequence number where there is one."""
    made = log.send("POST", "/Users", user(userName="ada")).json["id"]
    target = f"/Users/{made}"
    log.send("PATCH", target, patch("replace", "title", "Countess"))
    log.send("PATCH", target, patch("replace", "title", "Countess"))
    log.send("PUT", target, user(userName="ada", title="Lady"))
    log.send("DELETE", target)
    found = [
        (one.entry.method, one.entry.resource, one.entry.sequence)
        for one in reversed(log.search(resources=(made,)))
    ]
    first = found[0][2]
    assert first is not None
    assert found == [
        ("POST", made, first),
        ("PATCH", made, first + 1),
        ("PATCH", made, None),
        ("PUT", made, first + 2),
        ("DELETE", made, first + 3),
    ]


def test_groups_and_bulks_do_so_too(log: Log) -> None:
    """Members that come, and each operation of a bulk request beside the request itself."""
    ada = log.send("POST", "/Users", user(userName="ada")).json["id"]
    group = {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": "crowd"}
    crowd = log.send("POST", "/Groups", group).json["id"]
    log.send("PATCH", f"/Groups/{crowd}", patch("add", "members", [{"value": ada}]))
    body = {
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],
        "Operations": [
            {"method": "POST", "path": "/Users", "bulkId": "g", "data": user(userName="grace")},
            {"method": "POST", "path": "/Users", "bulkId": "h", "data": user(userName="ada")},
            {"method": "DELETE", "path": f"/Users/{ada}"},
        ],
    }
    answer = log.send("POST", "/Bulk", body)
    found = log.search(resources=(crowd,))
    assert [(one.entry.method, one.entry.sequence is None) for one in found] == [
        ("PATCH", False),
        ("POST", False),
    ]
    parts = log.endpoint.run(
        request_entries(log.database, log.endpoint.organization, answer.headers["x-request-id"])
    )
    told = {(one.entry.method, one.entry.status, one.entry.code, one.entry.subject) for one in parts}
    assert told == {
        ("POST", 200, None, None),
        ("POST", 201, None, None),
        ("POST", 409, "user-name-taken", "ada"),
        ("DELETE", 204, None, None),
    }


def test_a_person_is_found_who_was_never_made(log: Log) -> None:
    """By userName in any letter case: the query before, the refused create, and all that was asked once it was made."""
    log.send("GET", "/Users", query='filter=userName%20eq%20"ADA"')
    log.send("POST", "/Users", user(userName="Ada", active="maybe"))
    assert [(one.entry.method, one.entry.code) for one in log.search(person="aDa")] == [
        ("POST", "value-invalid"),
        ("GET", None),
    ]
    made = log.send("POST", "/Users", user(userName="Ada")).json["id"]
    log.send("GET", "/Users", query='filter=userName%20eq%20"ADA"')
    log.send("GET", f"/Users/{made}")
    log.send("GET", "/Users/somebody-else")
    found = log.search(person="ADA")
    assert [one.entry.method for one in found] == ["GET", "GET", "POST", "POST", "GET"]
    assert [one.entry.resource for one in found] == [made, made, made, None, None]
    assert [one.entry.resource for one in log.search(person=made)] == [made] * 3
    assert log.search(person="\0") == log.search(person='a"') == []


def test_an_entry_is_explained_for_the_idp_in_use(log: Log) -> None:
    """Cause, evidence, the menu of the connection's provider, and where to read more."""
    _, connection, key = log.organization("other")
    log.send("POST", "/Users", user(userName="ada"), api_key=key, connection_id=connection)
    log.send("POST", "/Users", user(userName="ada"), api_key=key, connection_id=connection)
    number = organization_of(connection)
    (refused,) = log.search(number, statuses=(400, 599))
    assert refused.explanation is not None
    assert refused.explanation.code == refused.entry.code == "user-name-taken"
    assert "In Okta: **Applications**" in refused.explanation.fix
    assert refused.explanation.documentation == "docs/reference/errors.md#user-name-taken"
    assert refused.entry.user_agent == "Okta SCIM Client 1.0.0"
    assert [one.explanation for one in log.search(number, statuses=(200, 299))] == [None]


def test_a_search_is_narrowed_and_goes_on_where_it_ended(log: Log) -> None:
    """By connection, status, code, method and time; in parts that together are the whole, newest first."""
    other, key = log.endpoint.connection(strict=False)
    for number in range(7):
        log.send("GET", f"/Users/{number}")
        log.send("GET", "/Users", api_key=key, connection_id=other)
    log.send("DELETE", "/Users/7")
    every = log.search()
    assert [one.at for one in every] == sorted((one.at for one in every), reverse=True)
    assert len(every) == 15
    organization = log.endpoint.organization
    parts, before = [], None
    while part := log.endpoint.run(search_requests(log.database, organization, Sought(), before, 4)):
        parts += part
        before = part[-1].at
    assert parts == every
    assert {one.entry.connection for one in log.search(connections=(other,))} == {other}
    assert len(log.search(statuses=(400, 499))) == len(log.search(code="user-unknown")) == 8
    assert [one.entry.target[-8:] for one in log.search(method="DELETE")] == ["/Users/7"]
    middle = every[7].entry.time
    assert len(log.search(since=middle)) + len(log.search(until=middle - 1)) == 15
    assert log.search(resources=("7",), connections=(other,)) == []
    with pytest.raises(Missing):
        log.endpoint.run(request_entries(log.database, organization, "nobody's"))


def test_another_organization_finds_nothing(log: Log) -> None:
    """Neither in general, nor by a resource's, a connection's or a request's id, or by a name."""
    other, _, _ = log.organization("other")
    made = log.send("POST", "/Users", user(userName="ada"))
    refused = log.send("POST", "/Users", user(userName="ada"))
    own = (log.endpoint.connection_id,)
    assert log.search(other) == log.search(other, resources=(made.json["id"],)) == []
    assert log.search(other, person="ada") == []
    with pytest.raises(Missing):
        log.search(other, connections=own)
    with pytest.raises(Missing):
        log.endpoint.run(request_entries(log.database, other, refused.headers["x-request-id"]))


def test_an_organization_learns_why_a_key_opened_nothing(log: Log) -> None:
    """Missing, cut off, unknown, forged, revoked: the answers are alike, the entries are not."""
    connection = log.endpoint.run(
        log.database.connection(log.endpoint.organization, log.endpoint.connection_id)
    )
    assert connection is not None
    gone, made = log.endpoint.run(create_credential(log.database, world(), connection))
    log.endpoint.run(revoke_credential(log.database, world(), gone.organization, gone.id))
    live = log.endpoint.api_key
    keys = {
        "key-malformed": live[:-1],
        "key-unknown": new_key(connection.organization, world().random).api_key,
        "key-revoked": made.api_key,
        "key-wrong": forged(live),
        "key-of-another-organization": new_key(5, world().random).api_key,
    }
    answers = {code: log.send("GET", "/Users", api_key=key) for code, key in keys.items()}
    assert {(one.status, one.body) for one in answers.values()} == {(401, next(iter(answers.values())).body)}
    found = log.search(statuses=(401, 401))
    assert sorted(map(str, codes(found))) == sorted(keys)
    assert {one.entry.connection for one in found} == {connection.id}
    credentials = {one.entry.code: one.entry.credential for one in found}
    assert credentials == dict.fromkeys(keys) | {"key-revoked": gone.id, "key-wrong": live[4:25]}


def test_an_organization_learns_what_is_wrong_with_the_header(log: Log) -> None:
    """Of the same plain answer: no `Bearer`, twice `Bearer`, a management key, something else."""
    scim, management = log.endpoint.api_key, new_key(5, world().random, MANAGEMENT_KEY).api_key
    path = f"/scim/{log.endpoint.connection_id}/v2/Users".encode()
    sent = {
        "bearer-missing": scim,
        "bearer-twice": f"Bearer Bearer {scim}",
        "key-of-management": f"Bearer {management}",
        "key-malformed": "Bearer something",
    }
    for value in sent.values():
        answer = log.endpoint.request(
            "GET", path, headers=((b"authorization", value.encode()),), api_key=None
        )
        assert answer.status == 401
        assert answer.json["detail"].endswith("it is mistyped, expired or revoked. [key-refused]")
    found = log.search(statuses=(401, 401))
    assert sorted(map(str, codes(found))) == sorted(sent)
    assert not [one for one in found if scim in repr(one) or management in repr(one)]


def test_an_organization_learns_that_a_service_account_is_no_key(log: Log) -> None:
    """Its id in place of the key's: the same plain answer, and an entry that says so."""
    connection = log.endpoint.run(
        log.database.connection(log.endpoint.organization, log.endpoint.connection_id)
    )
    assert connection is not None
    account, _, pair = log.endpoint.run(create_service_account(log.database, world(), connection, "Cloud"))
    for id, status in ((pair.id, 200), (account.id, 401)):
        basic = b"Basic " + b64encode(f"{id}:{pair.secret}".encode())
        assert log.endpoint.request("GET", b"/Users", headers=((b"authorization", basic),)).status == status
    assert codes(log.search(statuses=(401, 401))) == ["service-account-id"]


def forged(api_key: str) -> str:
    """A key with the same public id, good check digits, and another secret."""
    wanted = api_key[4:25]
    parts = [int("0123456789abcdefghjkmnpqrstvwxyz".index(character)) for character in wanted]
    number = sum(part << 5 * place for place, part in enumerate(reversed(parts)))
    organization, own = number >> 65, number & (1 << 65) - 1
    made = new_key(
        organization, lambda count: (own & (1 << 64) - 1).to_bytes(8) if count == 8 else b"x" * count
    )
    assert made.id == wanted
    return made.api_key


def test_a_wrong_address_is_told_to_whose_key_it_is(log: Log) -> None:
    """Of a good key by its own organization, also without a connection; the other one learns that somebody knocked."""
    number, connection, key = log.organization("other")
    answer = log.send("GET", "/Users", connection_id=connection)
    made_up = new_public_id(new_organization(world().random), world().random)
    assert answer.body == log.send("GET", "/Users", connection_id=made_up).body
    assert codes(log.search(code="address-not-of-key")) == ["address-not-of-key"]
    assert log.search()[0].entry.repeated == 2
    (knocked,) = log.search(number)
    assert (knocked.entry.code, knocked.entry.credential) == ("key-of-another-organization", None)
    log.endpoint.request("GET", b"/../v1/Users", api_key=key, connection_id=connection)
    assert "address-unknown" in codes(log.search(number)) or "protocol-version" in codes(log.search(number))


def test_a_method_that_there_is_not_is_not_told(log: Log) -> None:
    """Neither with a key nor without one: any word can be sent for it, and it would stand on pages."""
    log.send("`id`", "/Users")
    log.send("`id`", "/Users", api_key="mst_x")
    assert [one.entry.method for one in log.search()] == ["-", "-"]


def test_what_belongs_to_nobody_is_nobodys(log: Log) -> None:
    """A connection or an organization that there is not: no entry anywhere, and nothing is kept of it."""
    own, others = log.endpoint.organization, new_organization(world().random)
    log.send("GET", "/Users", api_key="mst_x", connection_id=new_public_id(others, world().random))
    log.send("GET", "/Users", api_key=new_key(others, world().random).api_key, connection_id="")
    log.send("GET", "/Users", api_key="mst_x", connection_id=new_public_id(own, world().random))
    assert log.search() == []
    database: Any = log.database
    assert not database._refusals.buffer.waits()
    assert database.measures().dropped == 0


def test_a_flood_is_few_entries_and_costs_no_statements(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    """A thousand requests with keys that are none; the entries of those who have a key stay, and the count is right."""
    monkeypatch.setattr(refusals, "ROWS", 3)
    log.send("GET", "/Users/nobody")
    log.flush()
    before = log.database.measures().statements.total()
    for number in range(40):
        for _ in range(25):
            scope = (b"x-forwarded-for", b"203.0.113.9")
            log.endpoint.request("GET", b"/Users", headers=(scope,), api_key=f"none-{number}")
    generations = log.database.measures().statements.total() - before
    assert generations <= 1000  # on SQLite, what asks whether anything was written; nothing else
    found = log.search(code="key-malformed")
    assert [one.entry.repeated for one in found] == [1000]
    log.send("GET", "/Users", api_key="one more")
    assert [one.entry.repeated for one in log.search(code="key-malformed")] == [1001]
    for _ in range(10):
        log.send("GET", "/Users", api_key=new_key(log.endpoint.organization, world().random).api_key)
        log.flush()
    often = log.search(code="refused-often")
    assert [one.entry.repeated for one in often] == [8]
    assert len(log.search(statuses=(401, 401))) == 4
    assert codes(log.search(code="user-unknown")) == ["user-unknown"]


def test_what_does_not_fit_is_counted(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of keys that claim to be of ever new organizations, no more than half the room is taken."""
    monkeypatch.setattr(refusals, "MOST", 20)
    log.send("GET", "/Users", api_key="known")
    log.flush()
    for number in range(1, 51):
        log.send("GET", "/Users", api_key=new_key(number, world().random).api_key, connection_id="")
    assert log.database.measures().dropped == 40
    log.send("GET", "/Users", api_key=new_key(log.endpoint.organization, world().random).api_key)
    assert "key-unknown" in codes(log.search())


def test_hidden_attributes_are_nowhere_in_an_entry(log: Log) -> None:
    """What an organization does not want kept, from the next request on: body, filter, detail and subject."""
    settling = Settling(redacted=["userName", "title"])
    log.endpoint.run(settle_organization(log.database, world(), log.endpoint.organization, settling))
    log.send("POST", "/Users", user(userName="canary", title="canary"))
    log.send("POST", "/Users", user(userName="canary", title="canary"))
    log.send("GET", "/Users", query='filter=title%20co%20"canary"')
    log.send("GET", "/Users", query='filter=userName%20eq%20"canary2"')
    found = log.search()
    assert len(found) == 4
    assert "canary" not in repr(found)


def test_old_entries_are_forgotten_in_small_steps(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those that are older than the organization keeps them; the chore may run again, and then has nothing to do."""
    log.send("GET", "/Users/old")
    log.send("GET", "/Users", api_key="none", connection_id=log.endpoint.connection_id)
    log.flush()
    settling = Settling(log_days=1)
    log.endpoint.run(settle_organization(log.database, world(), log.endpoint.organization, settling))
    now = world()
    monkeypatch.setattr("muster.directory.retention.AT_ONCE", 1)
    assert AT_ONCE == 500
    assert log.endpoint.run(forget_requests(log.database, now)) == 0
    later = world().__class__(lambda: now.clock() + 2 * DAY, now.random, now.new_request_id)
    assert log.endpoint.run(forget_requests(log.database, later)) == 2
    assert log.endpoint.run(forget_requests(log.database, later)) == 0
    assert log.search() == []
