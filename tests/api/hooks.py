"""How schemathesis is told what a description cannot say; it loads this by name.

The key that it asks with must not be revoked by what it asks; an Idempotency-Key is to be new each time; and what is
refused for what the database holds, or for how two values go together, was valid by itself.
"""

from __future__ import annotations

import json
import os
import re
import uuid
from typing import Any

import schemathesis
from schemathesis.core.failures import Failure
from schemathesis.specs.openapi.checks import positive_data_acceptance

from muster.api.models import UNPRINTABLE
from muster.api.once import HEADER, PATTERN
from muster.api.strict import NO_TEXT

OWN_KEY = "MUSTER_TEST_OWN_KEY"
UNSAYABLE = (UNPRINTABLE, NO_TEXT)  # of each text, names of members in an object of any shape included
BEYOND_THE_SCHEMA = {"refused", "invalid_cursor", "idempotency_key_reused"}


@schemathesis.hook
def before_call(
    _context: schemathesis.HookContext, case: schemathesis.Case[Any], _kwargs: dict[str, Any]
) -> None:
    """Keep the own key alive, and Idempotency-Keys apart."""
    if case.path_parameters and case.path_parameters.get("id") == os.environ[OWN_KEY]:
        case.path_parameters["id"] = os.environ[OWN_KEY][::-1]
    if case.headers and re.match(PATTERN, str(case.headers.get(HEADER, ""))):
        case.headers[HEADER] = uuid.uuid4().hex


@schemathesis.check
def valid_data_is_taken(
    ctx: schemathesis.CheckContext, response: schemathesis.Response, case: schemathesis.Case[Any]
) -> bool | None:
    """What the description allows is taken, unless the reason to refuse it is none that a schema can say."""
    try:
        return positive_data_acceptance(ctx, response, case)
    except Failure:
        problem = json.loads(response.content)
        if problem["code"] in BEYOND_THE_SCHEMA or any(one in problem["detail"] for one in UNSAYABLE):
            return None
        raise
