"""Accounts over the management API: listed, found, revoked; whatever their source."""

import pytest

from tests.api.asgi import Api, assert_problem
from tests.api.idp import ALICE, Idp
from tests.api.platform import Platform


def test_an_account_shows_the_person(acme: Platform, idp: Idp) -> None:
    """Profile by the default mapping, source, roles; what is missing is null."""
    id = idp.user(**{**ALICE, "name": {"givenName": "Alice"}})
    group = idp.group("Staff", id)
    account = acme.get(f"/accounts/{acme.account(id)['id']}")
    assert account["profile"]["fields"] == {
        "username": "Alice@Example.com",
        "first_name": "Alice",
        "last_name": None,
        "email": "alice@example.com",
        "mobile_number": None,
        "work_number": None,
        "position": "  Engineer ",
        "street_address": None,
        "city": None,
        "state": None,
        "postal_code": None,
        "country": None,
    }
    assert (account["user"], account["source"], account["status"]) == (id, idp.connection, "active")
    assert account["roles"] == [{"id": group, "name": "Staff"}]
    assert account["revoked_before"] is None


def test_accounts_are_found_by_what_they_are(acme: Platform, idp: Idp) -> None:
    """By the beginning of the name, an address, status and source, alone and together; without regard to case."""
    alice = idp.user(**ALICE)
    albert = idp.user("albert", emails=[{"type": "work", "value": "al@example.com"}])
    other = Idp(acme.api, acme.organization)
    alan = other.user("alan")
    idp.activate(albert, active=False)
    idp.delete(f"/Users/{alice}")

    def found(asked: str) -> set[str]:
        return {one["user"] for one in acme.items(f"/accounts{asked}", limit=2)}

    assert found("") == {alice, albert, alan}
    assert found("?user_name=AL") == {alice, albert, alan}
    assert found("?user_name=ali") == {alice}
    assert found("?user_name=al&status=inactive") == {albert}
    assert found("?whole_user_name=al") == set()
    assert found("?whole_user_name=ALBERT") == {albert}
    assert found("?whole_user_name=alice@example.com") == {alice}
    assert found("?whole_user_name=alice@example.com&status=active") == set()
    assert found("?whole_user_name=albert&user_name=al&email=al@example.com") == {albert}
    assert found("?whole_user_name=albert&user_name=b") == set()
    assert found("?email=AL@example.com") == {albert}
    assert found("?email=al@example.co") == set()
    assert found(f"?source={other.connection}") == {alan}
    assert found("?source=local") == set()
    assert found("?status=removed") == {alice}
    assert acme.account(alice)["profile"]["fields"]["last_name"] == "Smith"  # history is kept


@pytest.mark.parametrize(
    "asked",
    [
        "source=nobody",
        "source=%00",
        "user=%00",
        "status=gone",
        f"user_name={65 * 'a'}",
        "email=",
        "user_name=",
        "whole_user_name=",
        "source=",
        "user=",
        "status=",
    ],
)
def test_what_cannot_be_asked_for_is_refused(acme: Platform, asked: str) -> None:
    """A source that is not there is 404, what is no such value 422."""
    answer = acme.send("GET", f"/accounts?{asked}")
    assert answer.status == (404 if asked == "source=nobody" else 422)


def test_names_with_special_characters_are_names(acme: Platform, idp: Idp) -> None:
    """What means something to SQL means itself; U+0000 is no error."""
    percent = idp.user("100% me")
    idp.user("100 me")
    assert [one["user"] for one in acme.items("/accounts?user_name=100%25")] == [percent]
    assert acme.items("/accounts?user_name=%00") == []


def test_another_organizations_accounts_are_nobodys(api: Api, acme: Platform, idp: Idp) -> None:
    """For its own key, whatever is asked by an id that exists elsewhere."""
    id = idp.user()
    account, group = acme.account(id)["id"], idp.group("Staff", id)
    other = Platform(api, api.new_organization("other"))
    for path in (
        f"/accounts/{account}", f"/accounts/{account}/access", f"/users/{id}", f"/users/{id}/access",
        f"/roles/{group}", f"/roles/{group}/members", f"/groups/{group}", f"/connections/{idp.connection}/mapping",
    ):  # fmt: skip
        assert_problem(other.send("GET", path), 404, "not_found")
    for method, path in (
        ("POST", f"/accounts/{account}/revoke"), ("POST", f"/users/{id}/purge"), ("DELETE", f"/users/{id}"),
        ("DELETE", f"/roles/{group}/permissions/a"),
    ):  # fmt: skip
        assert_problem(other.send(method, path), 404, "not_found")
    body = {"permissions": ["a"]}
    assert_problem(other.send("PUT", f"/roles/{group}/permissions", body), 404, "not_found")
    assert other.get(f"/accounts?user={id}")["items"] == []
    assert acme.account(id)["revoked_before"] is None


def test_revoking_ends_what_was_issued_and_nothing_else(acme: Platform, idp: Idp) -> None:
    """The account stays active; the change names who did it."""
    id = idp.user()
    before = acme.account(id)
    after = acme.post(f"/accounts/{before['id']}/revoke")
    assert after["status"] == "active"
    assert after["revoked_before"] is not None
    change = acme.changes()[-1]
    assert (change["operation"], change["resource_type"], change["resource"]) == (
        "revoke", "Account", before["id"],
    )  # fmt: skip
    assert change["actor"]["connection"] is None
    assert change["actor"]["credential"] is not None
    assert acme.access(id)["good"] is True
    assert acme.access(id, before["created"])["reason"] == "revoked"
