"""The console's pages, without a browser, over the databases that the management API is tried with."""

import pytest

from tests.api.conftest import acme, api, api_on_postgres, api_on_sqlite, idp
from tests.api.platform import Platform
from tests.console.visitor import Visitor

__all__ = ["acme", "api", "api_on_postgres", "api_on_sqlite", "idp"]


@pytest.fixture
def admin(acme: Platform) -> Visitor:
    """An administrator of the organization."""
    return Visitor(acme.api, acme.organization, "admin")


@pytest.fixture
def auditor(acme: Platform) -> Visitor:
    """An auditor of the organization."""
    return Visitor(acme.api, acme.organization, "auditor")
