"""The marker of conformance tests, and the types of the fixtures they use."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.harness.client import ScimClient

requirement = pytest.mark.requirement

Connect = Callable[..., ScimClient]
Extend = Callable[..., None]
Body = Callable[..., dict[str, Any]]
