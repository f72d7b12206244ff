"""Every route times every place where an id can stand: what somebody would send who knows another's ids."""

from __future__ import annotations

from tests.isolation.attempt import Route
from tests.isolation.bulks import bulk
from tests.isolation.questions import cursors, filters, projections, versions
from tests.isolation.writes import answers, besides, memberships, paths, references, selections

ATTEMPTS = [
    *(*paths(), *memberships(), *selections(), *references(), *besides(), *answers()),
    *(*filters(), *projections(), *cursors(), *versions(), *bulk()),
]

# Methods that a place does not have; asked for with another's id all the same.
NO_ROUTES: set[Route] = {
    (method, f"/{name}/{{id}}") for name in ("users", "groups") for method in ("HEAD", "POST", "OPTIONS")
}

# Routes on which no id of a user or a group can stand anywhere; the connection in their URL still can.
WITHOUT_IDS: set[Route] = {
    ("GET", "/serviceproviderconfig"),
    ("GET", "/resourcetypes"),
    ("GET", "/schemas"),
    *(("GET", "/me"), ("POST", "/me"), ("PUT", "/me"), ("PATCH", "/me"), ("DELETE", "/me")),
}
