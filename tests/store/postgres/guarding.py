"""What the guard asks of a database."""

from __future__ import annotations

from muster.directory.ports import Administration
from muster.directory.registers.alerts import Alert
from muster.directory.registers.held import Held


async def guard(administration: Administration) -> None:
    """Each verb of the registers that the guard has."""
    registers = administration.registers
    await registers.alerts.add(Alert("a", "c", "mass_deactivation", 0, 0, 1))
    assert await registers.alerts.renew("c", "mass_deactivation", 1) == "a"
    assert await registers.alerts.list(None, 10, connection="c", open_only=True)
    assert await registers.alerts.open_of(["c", "d"])
    assert await registers.held.among([1]) == []
    await registers.held.hold("a", 1, "u", ("r",), 0)
    assert await registers.held.alert_of("u") == "a"
    assert await registers.held.list("a", "", 10, waiting=True) == []
    assert await registers.held.get("a", "account") is None
    held = Held("account", "u", "held", 0, None, ("r",), gone=False, waiting=True, document=None)
    await registers.held.settle("a", held, "rejected", 1)
    await registers.held.hold("a", 1, "u", ("r",), 0)
    await registers.held.settle("a", held, "approved", 1)
    assert await registers.held.decisions("a") == ["approved"]
    await registers.held.release("r", ["u"])
    await registers.held.forget("u")
    await registers.alerts.close("a", 2, "me", "approved")
    assert (await registers.alerts.get("a")).outcome == "approved"  # type: ignore[union-attr]
    assert not await registers.administrators.is_last("p", "u")
    assert not await registers.administrators.are_there("p")
    assert await registers.administrators.among("p", "r", 1, ["u"]) == []
    await registers.deactivations.begin_anew(1)
    await registers.deactivations.stale(1)
    await registers.deactivations.prune(1)
