"""A connection in the console: made, looked at, keyed, mapped, switched."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator

import pytest

from tests.browser.command import command
from tests.browser.connected import Connected, until
from tests.browser.visitor import Visitor
from tests.harness.client import ScimClient
from tests.harness.server import RunningServer


@pytest.fixture
def connected(pages: RunningServer) -> Iterator[Connected]:
    """A connection of a new organization."""
    with Connected(pages) as made:
        yield made


def secret(visitor: Visitor) -> str:
    """What the page shows this once."""
    return visitor.page.inner_text("code.secret")


def test_it_is_made_and_its_key_shown_once(operator: Visitor) -> None:
    """Then the first request comes, and it is healthy; the key is on no page any more."""
    page = operator.page
    command(operator.server, "organization", "create", "new ones")
    operator.go("/console/organizations")
    page.get_by_role("link", name="new ones").click()
    page.get_by_role("link", name="New connection").click()
    page.get_by_label("Microsoft Entra ID").check()
    page.fill("#name", "Entra <production>")
    page.get_by_role("button", name="Create").click()
    api_key, base_url = secret(operator), page.inner_text("code >> nth=0")
    page.get_by_role("link", name="To the connection").click()
    assert "waiting" in page.inner_text(".head")
    assert "Entra <production>" in page.inner_text("h1")
    at = re.sub("^https?://[^/]+", "", page.url)
    with ScimClient(base_url, api_key) as idp:
        assert idp.get("/Users").status == 200
    until(operator, at, "healthy")
    assert "1 request, 0 of them" in page.inner_text("main")
    for path in (at, f"{at}/credentials", f"{at}/credentials?all=1"):
        operator.go(path)
        assert api_key not in page.content()
        assert api_key[-4:] in page.content() or path == at


def test_a_key_is_rotated_while_requests_run(operator: Visitor, connected: Connected) -> None:
    """With an overlap none is refused; once the old one is revoked it is dead, and the new one is not."""
    page = operator.page
    with connected.busy() as traffic:
        operator.go(f"{connected.at}/credentials")
        page.locator("summary", has_text="Rotate").click()
        page.get_by_label("The one before goes on to open").select_option("1d")
        page.get_by_role("button", name="Rotate").click()
        page.get_by_role("heading", name="New API key").wait_for()
        api_key = secret(operator)
        before = len(traffic.statuses)
        while len(traffic.statuses) < before + 3:  # both are good: the IdP goes on with the old one
            page.wait_for_timeout(10)
        traffic.use(api_key)
        before = len(traffic.statuses)
        while len(traffic.statuses) < before + 3:
            page.wait_for_timeout(10)
    assert set(traffic.statuses) == {200}
    operator.go(f"{connected.at}/credentials")
    row = page.get_by_role("row").filter(has_text="replaced")
    row.locator("summary", has_text="Revoke").click()
    assert "dead at once" in row.inner_text()
    row.get_by_role("button", name="Revoke").click()
    page.wait_for_url("**/credentials")
    assert connected.idp.get("/Users").status == 401
    assert connected.opens(api_key) == 200


def test_a_service_account_gets_in_by_key_id_and_secret(operator: Visitor, connected: Connected) -> None:
    """What was typed wrong is said at its field, and kept."""
    page = operator.page
    operator.go(f"{connected.at}/credentials")
    page.fill("#name", "Nightly sync")
    page.fill("#account_ttl", "9y")
    page.get_by_role("button", name="Create account").click()
    assert "from one hour to 365 days" in page.inner_text("#account_ttl-said")
    assert page.input_value("#name") == "Nightly sync"
    page.fill("#account_ttl", "12h")
    page.get_by_role("button", name="Create account").click()
    key_id = page.inner_text("code >> nth=0")
    header = {"authorization": basic_header(key_id, secret(operator))}
    assert connected.idp.get("/Users", headers=header).status == 200


def basic_header(name: str, password: str) -> str:
    """The header of RFC 7617."""
    return "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()


def test_a_mapping_is_tried_before_it_is_saved(operator: Visitor, connected: Connected) -> None:
    """With attributes that were received, on users that were received; the fault is said at its field."""
    page = operator.page
    connected.person(
        "ada", title="Countess", nickName="<b>Ada</b>", emails=[{"type": "home", "value": "a@x"}]
    )
    operator.go(f"{connected.at}/mapping")
    offered = page.locator("#received option").evaluate_all("all => all.map(each => each.value)")
    assert {"nickName", 'emails[type eq "home"].value'} <= set(offered)
    assert page.get_by_role("button", name="Save this mapping").count() == 0
    page.get_by_label("Source of position").fill("nickNam")
    page.get_by_role("button", name="Preview").click()
    assert "nickNam" in page.inner_text("#position-said")
    page.get_by_label("Source of position").fill("nickName")
    page.get_by_label("Transform of position").select_option("lower")
    page.get_by_role("button", name="Preview").click()
    assert page.inner_text("#preview h3") == "ada"
    row = page.locator("#preview").get_by_role("row").filter(has_text="position")
    assert row.inner_text().split("\t")[1:] == ["Countess", "<b>ada</b>"]
    assert "emails" in page.inner_text("#preview .problem")  # no work address: that is warned of
    page.get_by_role("button", name="Save this mapping").click()
    page.get_by_text("Saved.").wait_for()
    assert page.get_by_label("Source of position").input_value() == "nickName"
    page.locator("summary", has_text="Back to the default").click()
    page.get_by_role("button", name="Back to the default mapping").click()
    page.get_by_text("every connection begins with").wait_for()


def test_switches_hold_with_the_next_request(operator: Visitor, connected: Connected) -> None:
    """What cannot be is said at its field and nothing changes; pausing says what follows."""
    page = operator.page
    operator.go(f"{connected.at}/switches")
    command(connected.server, "connection", "update", connected.id, "--switch", "adopt=on")
    page.get_by_label("Groups").uncheck()
    page.fill("#allowed_networks", "10.0.0.1/8")
    page.get_by_role("button", name="Save").click()
    assert "the network is 10.0.0.0/8" in page.inner_text("#allowed_networks-said")
    assert connected.idp.get("/Groups").status == 200
    page.fill("#allowed_networks", "127.0.0.0/8")
    page.get_by_role("button", name="Save").click()
    page.get_by_text("Saved.").wait_for()
    assert connected.idp.get("/Groups").status == 404
    kept = command(connected.server, "connection", "show", connected.id)["switches"]
    assert (kept["group_management"], kept["allowed_networks"]) == (False, ["127.0.0.0/8"])
    assert kept["adopt"] is True  # somebody has switched it meanwhile: what was not touched here stays
    page.get_by_label("The IdP of this connection").select_option("entra")
    page.get_by_role("button", name="See what would change").click()
    assert "external_id_immutable goes from true to false" in page.inner_text("main")
    page.get_by_role("button", name="Change it").click()
    page.get_by_text("Saved.").wait_for()
    operator.go(connected.at)
    page.locator("summary", has_text="Pause").click()
    assert "Deactivations wait too" in page.inner_text("main")
    page.get_by_role("button", name="Pause").click()
    page.get_by_role("button", name="Resume").wait_for()
    assert connected.idp.get("/Users").status == 429
    page.get_by_role("button", name="Resume").click()
    page.locator("summary", has_text="Pause").wait_for()
    assert connected.idp.get("/Users").status == 200


def test_what_is_wrong_has_the_focus(operator: Visitor, connected: Connected) -> None:
    """The field that is to be mended, or what is said of the whole form: nobody has to look for it, nor to listen for long."""
    page = operator.page
    for path, field, typed, button in (
        (f"{connected.at}/credentials", "#ttl", "2 years", "Create key"),
        (f"{connected.home}/settings", "#log_days", "0", "Save"),
    ):
        operator.go(path)
        page.evaluate("for (const form of document.forms) form.noValidate = true")
        page.fill(field, typed)
        page.get_by_role("button", name=button, exact=True).click()
        page.locator(":is(input, .problem.box):focus").wait_for()
        focused = page.locator(":focus")
        assert "1 to 3650" in focused.inner_text() or focused.get_attribute("aria-invalid") == "true"
        assert operator.barriers() == []


def test_what_is_shown_once_is_in_view(operator: Visitor, connected: Connected) -> None:
    """In a narrow window too, and with the focus before it: nobody leaves without it because it is further down."""
    page = operator.page
    page.set_viewport_size({"width": 360, "height": 740})
    for path, name, button in (("settings", "Deploys", "Make a key"), ("settings", None, "Make a link")):
        operator.go(f"{connected.home}/{path}")
        if name:
            page.fill("#keys #name", name)
        page.get_by_role("button", name=button).click()
        page.locator(".box:focus").wait_for()
        top = page.locator("code.secret").evaluate("shown => shown.getBoundingClientRect().top")
        assert 0 < top < 740
        assert operator.barriers() == []
