"""What a set-up asks of a database."""

from __future__ import annotations

from muster.bootstrap import world as outside
from muster.directory.arrivals import progress_of, review_of
from muster.directory.lifetime import SHORTEST
from muster.directory.records import Connection
from muster.directory.setting_up import inviter_of, link_with, setting_of, setting_with
from muster.directory.setup_links import create_setup_link
from tests.isolation.world import World


def set_up(world: World, connection: Connection) -> None:
    """Go through the set-up of a connection."""
    database, do, number = world.endpoint.database, world.endpoint.run, connection.organization
    link, made = do(create_setup_link(database, outside(), connection, SHORTEST, once=False))
    assert do(link_with(database, outside(), made.api_key)) == link
    setting = do(setting_with(database, outside(), number, link.id))
    assert do(setting_of(database, number, connection.id)).connection == setting.connection
    do(inviter_of(database, link))
    assert do(progress_of(database, setting, outside().clock())).user
    assert do(review_of(database, connection, setting.activity)).people
