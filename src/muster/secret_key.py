"""`muster secret-key`: making a key for `MUSTER_SECRET_KEY`, and sealing everything under a new one."""

from __future__ import annotations

import secrets

import click

from muster.bootstrap import world
from muster.command_line import carry_out, common, settings_of, show
from muster.directory.rotate import rotate_secret_key
from muster.directory.secret_keys import keys_in, new_secret_key, secret_key_id


@click.group("secret-key")
def secret_key() -> None:
    """The keys that seal what must be readable again (MUSTER_SECRET_KEY)."""


@secret_key.command("create")
@click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")
def create(as_json: bool) -> None:
    """Print a new key, which is kept nowhere: it is yours to keep."""
    text = new_secret_key(secrets.token_bytes)
    if not as_json:
        click.echo(text)
        return
    (key,) = keys_in(text)
    show({"secret_key": text, "secret_key_id": secret_key_id(key)}, as_json)


@secret_key.command("rotate")
@common
def rotate(database: str | None, as_json: bool) -> None:
    """Seal every secret under the first key of MUSTER_SECRET_KEY, while servers run."""
    settings = settings_of(database=database)
    rotated = carry_out(settings, lambda opened: rotate_secret_key(opened, world()))
    show(
        {
            "secret_key_id": rotated.key,
            "organizations": rotated.organizations,
            "secrets_sealed_anew": rotated.secrets,
        },
        as_json,
    )
