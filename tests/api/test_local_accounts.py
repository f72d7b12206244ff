"""Local accounts over the management API: listed in parts, whether provisioning is enforced or not."""

from muster.directory.identifiers import organization_with
from muster.directory.records import LOCAL_OWNER, Scope
from muster.scim.catalog import builtin
from tests.api.asgi import Api, assert_problem
from tests.store.scene import Scene, Side


def test_local_accounts_are_listed_in_parts(api: Api) -> None:
    """Each once, for a key of their organization; for another's there is no such organization."""
    acme, rival = api.new_organization("acme"), api.new_organization("rival")
    scope = Scope(organization_with(acme) or 0, LOCAL_OWNER)
    scene = Scene(api.database, api._runner)  # type: ignore[arg-type]
    side = Side(scene, scope, api.database.store(scope, nested=False), builtin())
    made = {side.user(name): name for name in ("ada", "bob", "eve")}
    key, path = api.new_key(acme), f"/organizations/{acme}/local-accounts"
    assert (
        api.request("PATCH", f"/organizations/{acme}", {"enforce_provisioning": True}, key=key).status == 200
    )
    first = api.request("GET", f"{path}?limit=2", key=key).json
    second = api.request("GET", f"{path}?limit=2&cursor={first['next']}", key=key).json
    assert {one["user"]: one["user_name"] for one in first["items"] + second["items"]} == made
    assert (len(first["items"]), second["next"]) == (2, None)
    assert {one["status"] for one in first["items"]} == {"active"}
    assert_problem(api.request("GET", path, key=api.new_key(rival)), 404, "not_found")
