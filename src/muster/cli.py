"""The program: `muster serve` and the commands of administration.

Law: a command is a thin layer over a use case; errors are one line on stderr, exit code 2 for usage, else 1. A command
is imported when it is asked for: none waits for what only others need.
"""

from __future__ import annotations

from typing import Final

import click

from muster import __version__
from muster.command_line import Program

COMMANDS: Final = {
    "account": "muster.account:account",
    "alert": "muster.alert:alert",
    "api-key": "muster.api_key:api_key",
    "backup": "muster.upkeep:backup",
    "change": "muster.change:change",
    "chores": "muster.chores:chores",
    "connection": "muster.connection:connection",
    "console-user": "muster.console_user:console_user",
    "copy": "muster.transfer:copy",
    "credential": "muster.credential:credential",
    "demo": "muster.demo:demo",
    "domain": "muster.domain:domain",
    "log": "muster.request_log:log",
    "mapping": "muster.mapping:mapping",
    "migrate": "muster.upkeep:migrate",
    "organization": "muster.organization:organization",
    "restore": "muster.upkeep:restore",
    "role": "muster.role:role",
    "schema": "muster.schema:schema",
    "secret-key": "muster.secret_key:secret_key",
    "serve": "muster.serve:serve",
    "service-account": "muster.service_account:service_account",
    "setup-link": "muster.setup_link:setup_link",
    "simulate": "muster.simulate:simulate",
    "user": "muster.user:user",
}
"""Where each command is."""


@click.group(cls=Program, places=COMMANDS, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="muster")
def main() -> None:
    """Muster receives users and groups from identity providers over SCIM 2.0."""
