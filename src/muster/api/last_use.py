"""When something that opens something was last used, as it is answered."""

from __future__ import annotations

from muster.api.models import Moment, Shown
from muster.directory.registers.uses import Use
from muster.scim.value import moment


class LastUse(Shown):
    """When a credential or management key was last used, from where, and with what software, as that calls itself."""

    time: Moment
    address: str | None
    user_agent: str | None


def last_use(use: Use | None) -> LastUse | None:
    """Return a use as it is answered; None: there was none."""
    return use and LastUse(time=moment(use.time), address=use.address, user_agent=use.user_agent)
