"""Domains: claimed, proven by a record in the DNS, looked at again; and accounts that come from a connection only."""

from __future__ import annotations

from typing import Final

from starlette.responses import Response
from starlette.routing import Route

from muster.console.views.organization import organization_of_page
from muster.console.visit import READERS, WRITERS, Visit, page
from muster.directory.domains import claim_domain, list_every_domain, release_domain, verify_domain
from muster.directory.enforcement import list_local_accounts, set_enforced
from muster.directory.organizations import Refused
from muster.directory.ownership import record_name, record_value

_MOST_SHOWN: Final = 100


async def domains(visit: Visit) -> Response:
    """Show the domains, with the record that each still needs; claim one."""
    problem: str | None = None
    if visit.request.method == "POST":
        try:
            await claim_domain(visit.database, visit.world, visit.bound, visit.sent("name"))
            return visit.go(visit.request.url.path)
        except Refused as error:
            problem = str(error)
    return await _shown(visit, problem=problem, name=visit.sent("name"))


async def verify(visit: Visit) -> Response:
    """Look for a domain's record now."""
    name = visit.request.path_params["name"]
    try:
        await verify_domain(visit.database, visit.world, visit.bound, name)
    except Refused as error:
        return await _shown(visit, unverified=(name, str(error)))
    return visit.go(_base(visit))


async def release(visit: Visit) -> Response:
    """Let go of a domain."""
    await release_domain(visit.database, visit.world, visit.bound, visit.request.path_params["name"])
    return visit.go(_base(visit))


async def enforce(visit: Visit) -> Response:
    """Begin or cease to enforce provisioning."""
    enforced = visit.sent("enforced") == "yes"
    await set_enforced(visit.database, visit.world, visit.bound, enforced=enforced)
    return visit.go(f"{_base(visit)}#enforcement")


async def _shown(
    visit: Visit, *, problem: str | None = None, name: str = "", unverified: tuple[str, str] = ("", "")
) -> Response:
    organization = await organization_of_page(visit)
    found = await list_every_domain(visit.database, visit.bound)
    local = await list_local_accounts(visit.database, visit.bound, "", _MOST_SHOWN + 1)
    return visit.page(
        "domains.html",
        422 if problem or unverified[0] else 200,
        organization=organization,
        section="/domains",
        domains=[(one, record_name(one), record_value(one)) for one in found],
        problem=problem,
        name=name,
        unverified=unverified,
        local=local[:_MOST_SHOWN],
        more=len(local) > _MOST_SHOWN,
    )


def _base(visit: Visit) -> str:
    return f"/console/organizations/{visit.request.path_params['organization']}/domains"


_BASE: Final = "/console/organizations/{organization}/domains"
ROUTES: Final = [
    Route(_BASE, page(domains, READERS), methods=["GET"], name="domains"),
    Route(_BASE, page(domains, WRITERS), methods=["POST"], name="claim-domain"),
    Route(f"{_BASE}/{{name}}/verify", page(verify, WRITERS), methods=["POST"], name="verify-domain"),
    Route(f"{_BASE}/{{name}}/release", page(release, WRITERS), methods=["POST"], name="release-domain"),
    Route(f"{_BASE}-enforced", page(enforce, WRITERS), methods=["POST"], name="enforce"),
]
