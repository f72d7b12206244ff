"""The description of the API: OpenAPI 3.1, complete, and a page that asks nobody for anything."""

import re

from muster.api.application import ROUTERS
from tests.api.asgi import BASE, Api


def test_every_route_is_described_with_its_key_and_its_problems(api_on_sqlite: Api) -> None:
    """Each has a name of its own, a sentence, a tag, and what may go wrong."""
    document = api_on_sqlite.request("GET", "/openapi.json", key=None).json
    assert document["openapi"].startswith("3.1")
    assert document["servers"] == [{"url": BASE}]
    assert document["security"] == [{"managementKey": []}]
    operations = [operation for path in document["paths"].values() for operation in path.values()]
    assert len(operations) == sum(len(router.routes) for router in ROUTERS)
    names = [operation["operationId"] for operation in operations]
    assert len(set(names)) == len(names)
    for operation in operations:
        assert operation["description"]
        assert operation["tags"]
        assert {"401", "404", "503"} <= operation["responses"].keys()


def test_the_page_asks_nobody_for_anything(api_on_sqlite: Api) -> None:
    """No script, no address but the API's own, a policy that forbids the rest; each operation and problem is on it."""
    answer = api_on_sqlite.request("GET", "/docs", key=None)
    page = answer.body.decode()
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "<script" not in page
    assert re.findall(r"(?:src|href)=\"(?!openapi\.json|#)", page) == []
    assert 'id="listOrganizations"' in page
    assert 'id="problem-conflict"' in page
