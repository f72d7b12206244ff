"""RFC 7644 §2 and RFC 6750: who may speak (R102 to R115)."""

import base64
import re
from datetime import datetime, timedelta
from urllib.parse import quote

import apsw
import asyncpg
import pytest

from tests.conformance.bodies import SEARCH, fresh, user
from tests.conformance.expect import done, found, listed, new_user, read, refused
from tests.conformance.marks import Connect, requirement
from tests.conformance.wire import exchange
from tests.harness.client import ScimClient
from tests.harness.inside import rows
from tests.harness.server import RunningServer, muster

ROUTES = [
    ("GET", "/ServiceProviderConfig"),
    ("GET", "/Schemas"),
    ("GET", "/ResourceTypes"),
    ("GET", "/Users"),
    ("POST", "/Users"),
    ("GET", "/Users/x"),
    ("PUT", "/Users/x"),
    ("PATCH", "/Users/x"),
    ("DELETE", "/Users/x"),
    ("GET", "/Groups"),
    ("POST", "/Groups"),
    ("PATCH", "/Groups/x"),
    ("POST", "/.search"),
    ("POST", "/Users/.search"),
    ("POST", "/Bulk"),
    ("GET", "/Me"),
    ("GET", "/"),
]
UNKNOWN_KEY = "mst_" + "A" * 44


def service_account(scim: ScimClient, server: RunningServer) -> dict[str, str]:
    """A new service account of the connection, with its first key."""
    arguments = ("--connection", scim.connection_id, "--name", "Sync")
    made: dict[str, str] = muster(server.database, "service-account", "create", *arguments)
    return made


def basic(id: str, secret: str, scheme: str = "Basic") -> str:
    """The value of an Authorization header that sends both."""
    return f"{scheme} {base64.b64encode(f'{id}:{secret}'.encode()).decode()}"


@requirement("R102", "R114", "R267")
@pytest.mark.parametrize("method, target", ROUTES)
@pytest.mark.parametrize("authorization", [None, f"Bearer {UNKNOWN_KEY}"])
def test_r102_every_route_asks(scim: ScimClient, method: str, target: str, authorization: str | None) -> None:
    """Without a credential, and with a wrong one, every route is 401 and says how to authenticate, in both ways."""
    body = user() if method in {"POST", "PUT", "PATCH"} else None
    answer = scim.request(method, target, body, headers={"Authorization": authorization})

    refused(answer, 401)
    assert re.match(r'Bearer realm="[^"]+".*, Basic realm="[^"]+"', answer.headers["www-authenticate"])


@requirement("R103")
def test_r103_nobody_without_organization(scim: ScimClient, connect: Connect) -> None:
    """A key that nobody has is 401; a valid key at a connection that is not its own is 404."""
    stranger = connect(strict=scim.strict)
    refused(scim.get("/Users", headers={"Authorization": f"Bearer {UNKNOWN_KEY}"}), 401)

    refused(scim.get(f"{stranger.base_path}/Users", absolute=True), 404)
    made_up = scim.base_path.replace(scim.connection_id, "nothing")
    refused(scim.get(f"{made_up}/Users", absolute=True), 404)


@requirement("R104")
@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER", "bEaReR"])
def test_r104_scheme_in_any_case(scim: ScimClient, scheme: str) -> None:
    """The name of the scheme is compared without case."""
    done(scim.get("/Users", headers={"Authorization": f"{scheme} {scim.api_key}"}))


@requirement("R105")
@pytest.mark.parametrize("name", ["access_token", "token", "api_key"])
def test_r105_no_credential_in_the_query(scim: ScimClient, server: RunningServer, name: str) -> None:
    """A key in the query string does not authenticate, and is not in the log."""
    answer = scim.get("/Users", query={name: scim.api_key}, headers={"Authorization": None})

    refused(answer, 401)
    assert str(scim.api_key) not in server.log_path.read_text()


@requirement("R106")
def test_r106_what_went_wrong(scim: ScimClient, server: RunningServer) -> None:
    """No credential gets no error code; a wrong and a revoked one get invalid_token."""
    nothing = scim.get("/Users", headers={"Authorization": None})
    wrong = scim.get("/Users", headers={"Authorization": f"Bearer {UNKNOWN_KEY}"})
    done(scim.get("/Users"))
    muster(server.database, "credential", "revoke", scim.credential_id)
    revoked = scim.get("/Users")

    assert [answer.status for answer in (nothing, wrong, revoked)] == [401, 401, 401]
    assert "error=" not in nothing.headers["www-authenticate"]
    for answer in (wrong, revoked):
        assert 'error="invalid_token"' in answer.headers["www-authenticate"]


@requirement("R107")
def test_r107_one_way_at_a_time(scim: ScimClient) -> None:
    """Two Authorization headers in one request are refused, equal or not."""
    mine = f"Authorization: Bearer {scim.api_key}"

    for second in (mine, f"Authorization: Bearer {UNKNOWN_KEY}", "Authorization: Basic YTpi"):
        answer = exchange(scim, "GET", "/Users", mine, second)
        refused(answer, 400)


@requirement("R107")
def test_r107_not_in_the_url_as_well(scim: ScimClient) -> None:
    """A key in the header and one in the query string are two ways at a time, whichever key it is."""
    for second in (scim.api_key, UNKNOWN_KEY, ""):
        refused(scim.get("/Users", query={"access_token": second}), 400)


@requirement("R108")
@pytest.mark.parametrize(
    "value",
    [
        "",
        "Bearer",
        "Bearer ",
        "Bearer    ",
        "Bearer null",
        "Bearer undefined",
        "Bearer mst_",
        "null",
        "Basic Og==",
    ],
)
def test_r108_nothing_is_no_credential(scim: ScimClient, value: str) -> None:
    """Empty, blank and null credentials are 401."""
    refused(scim.get("/Users", headers={"Authorization": value}), 401)


@requirement("R108", "R106")
def test_r108_a_bare_key_is_no_credential(scim: ScimClient) -> None:
    """A key without a scheme, and with more behind it, does not pass."""
    refused(scim.get("/Users", headers={"Authorization": str(scim.api_key)}), 401)
    more = scim.get("/Users", headers={"Authorization": f"Bearer {scim.api_key} x"})

    assert more.status in (400, 401)


@requirement("R109")
def test_r109_basic_is_as_advertised(scim: ScimClient, server: RunningServer) -> None:
    """Basic is advertised, and passes with a service account's key."""
    schemes = {one["type"] for one in read(scim, "/ServiceProviderConfig")["authenticationSchemes"]}
    assert schemes == {"oauthbearertoken", "httpbasic"}
    made = service_account(scim, server)

    for scheme in ("Basic", "basic", "BASIC"):
        done(scim.get("/Users", headers={"Authorization": basic(made["key_id"], made["secret"], scheme)}))


@requirement("R109", "R102", "R106")
def test_r109_basic_is_for_service_accounts_alone(scim: ScimClient, server: RunningServer) -> None:
    """An API key is none as a password, a secret none as a bearer; whatever is wrong is answered alike."""
    made, key = service_account(scim, server), str(scim.api_key)
    id, secret = made["key_id"], made["secret"]
    mistyped = secret[:-1] + ("0" if secret[-1] != "0" else "1")
    wrong = [
        basic(scim.credential_id, key), basic(scim.credential_id, secret), basic("", key), basic(key, ""),
        basic(id, ""), basic(id, mistyped), basic("0" * 21, secret), basic(id, "mss_" + "0" * 39), basic(id, key),
        basic(id.upper(), secret), basic(id, f"{secret}:"), basic(id, f" {secret}"),
        "Basic", "Basic ====", "Basic \xff", f"Basic {id}:{secret}", basic(id, secret) + "=", basic(id, secret)[:-4],
        "Basic " + base64.b64encode(b"\xff:\xff").decode(), "Basic " + "QUFB" * 1000,
        f"Bearer {secret}", f"Bearer {id}:{secret}", f"Bearer {basic(id, secret)[6:]}", f"Digest {id}:{secret}",
    ]  # fmt: skip
    answers = [scim.get("/Users", headers={"Authorization": value}) for value in wrong]

    for answer in answers:
        refused(answer, 401)
    (challenge,) = {answer.headers["www-authenticate"] for answer in answers}
    assert re.fullmatch(
        r'Bearer realm="[^"]+", error="invalid_token", Basic realm="[^"]+", charset="UTF-8"', challenge
    )
    assert len({answer.raw for answer in answers}) == 1
    done(scim.get("/Users", headers={"Authorization": basic(id, secret)}))


@requirement("R109", "R106")
def test_r109_a_revoked_pair_is_refused(scim: ScimClient, server: RunningServer) -> None:
    """With the next request, as an API key is."""
    made = service_account(scim, server)
    headers = {"Authorization": basic(made["key_id"], made["secret"])}
    done(scim.get("/Users", headers=headers))
    muster(server.database, "service-account", "key", "revoke", made["key_id"])

    refused(scim.get("/Users", headers=headers), 401)


@requirement("R110")
def test_r110_api_keys_are_random_and_expire(scim: ScimClient, server: RunningServer) -> None:
    """A key has the prefix and at least 160 bits of its own, and expires within a year."""
    made = muster(server.database, "credential", "create", "--connection", scim.connection_id)
    keys = [str(scim.api_key), made["api_key"]]
    assert all(re.fullmatch(r"mst_[A-Za-z0-9_-]{32,}", key) for key in keys)
    assert len(set(keys)) == 2

    (listed_one,) = (
        one
        for one in muster(server.database, "credential", "list", "--connection", scim.connection_id)
        if one["credential_id"] == made["credential_id"]
    )
    begin, end = (datetime.fromisoformat(listed_one[name]) for name in ("created", "expires_at"))
    assert made["api_key"] not in str(listed_one)
    assert timedelta(0) < end - begin <= timedelta(days=366)


@requirement("R110", "R106")
def test_r110_expired_keys_are_refused(scim: ScimClient, server: RunningServer) -> None:
    """A key whose time has passed is refused by the next request, and none may live longer than a year."""
    day, year = 86_400_000_000, 365 * 86_400_000_000
    done(scim.get("/Users"))
    past = "UPDATE credentials SET created = created - ?, expires = created - ? WHERE id = ? RETURNING id"
    with pytest.raises((apsw.ConstraintError, asyncpg.CheckViolationError)):
        rows(server.database, "UPDATE credentials SET expires = created + ?", year + 1)
    assert rows(server.database, past, 2 * day, day, scim.credential_id) == [(scim.credential_id,)]

    answer = scim.get("/Users")
    refused(answer, 401)
    assert 'error="invalid_token"' in answer.headers["www-authenticate"]


@requirement("R113")
@pytest.mark.parametrize("path", ["/docs", "/scim", "/api"])
def test_r113_a_scim_key_opens_nothing_else(scim: ScimClient, path: str) -> None:
    """What is no place of the server is none for an API key of a connection."""
    refused(scim.get(path, absolute=True), 404)


@requirement("R113")
@pytest.mark.parametrize("path", ["organizations", "connections", "users", "api-keys", "nowhere"])
def test_r113_a_scim_key_opens_nothing_of_the_management_api(scim: ScimClient, path: str) -> None:
    """The management API takes it for no key at all."""
    answer = scim.get(f"/api/v1/{path}", absolute=True)
    problem = done(answer, 401)
    assert answer.headers["content-type"] == "application/problem+json"
    assert problem["code"] == "unauthorized"


@requirement("R113")
@pytest.mark.parametrize("path", ["/console", "/console/organizations", "/console/platform"])
def test_r113_a_scim_key_opens_no_page(scim: ScimClient, path: str) -> None:
    """It is no session: whoever comes with it is sent to sign in, and gets no session of it."""
    for target, wanted in (("/", "/console"), (path, f"/console/sign-in?next={quote(path, safe='')}")):
        answer = scim.get(target, absolute=True)
        assert (answer.status, answer.headers["location"], answer.raw) == (303, wanted, b"")
        assert "set-cookie" not in answer.headers


@requirement("R115")
def test_r115_sensitive_filters(scim: ScimClient, server: RunningServer) -> None:
    """A filter can be sent by .search, and what stands in a query string is not in the log."""
    canary = fresh("canary")
    made = new_user(scim, nickName=canary)
    expression = f'nickName eq "{canary}"'

    searched = done(scim.post("/Users/.search", {"schemas": [SEARCH], "filter": expression}))
    assert [one["id"] for one in searched["Resources"]] == [made["id"]]
    assert found(scim, expression) == {made["id"]}
    assert listed(scim, foo=canary)["totalResults"] == 1
    assert canary not in server.log_path.read_text()
