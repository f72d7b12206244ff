"""All registers of one organization: what a store keeps of each management concept."""

from __future__ import annotations

from typing import Protocol

from muster.directory.registers.accounts import Accounts
from muster.directory.registers.administrators import Administrators
from muster.directory.registers.alerts import Alerts
from muster.directory.registers.api_keys import ApiKeys
from muster.directory.registers.beginnings import Beginnings
from muster.directory.registers.changes import Changes
from muster.directory.registers.chores import ChoreTurns
from muster.directory.registers.connections import Connections
from muster.directory.registers.console import ConsoleUsers, Invitations, Sessions
from muster.directory.registers.credentials import Credentials
from muster.directory.registers.deactivations import Deactivations
from muster.directory.registers.domains import Domains
from muster.directory.registers.held import HeldRegister
from muster.directory.registers.hours import Hours
from muster.directory.registers.idempotency import Idempotency
from muster.directory.registers.local_accounts import LocalAccounts
from muster.directory.registers.names import Names
from muster.directory.registers.organizations import OrganizationRegister
from muster.directory.registers.passkeys import Challenges, Passkeys
from muster.directory.registers.purging import Remains
from muster.directory.registers.requests import Requests
from muster.directory.registers.roles import Roles
from muster.directory.registers.service_accounts import ServiceAccounts
from muster.directory.registers.setup_links import SetupLinks
from muster.directory.registers.users import Users
from muster.directory.registers.uses import Uses


class Registers(Protocol):
    """What a store keeps of each management concept of one organization: a register for each."""

    @property
    def organization(self) -> OrganizationRegister:
        """Return the register of the organization itself."""

    @property
    def console_users(self) -> ConsoleUsers:
        """Return the register of who uses the console."""

    @property
    def invitations(self) -> Invitations:
        """Return the register of invitations to the console."""

    @property
    def sessions(self) -> Sessions:
        """Return the register of the console's sessions."""

    @property
    def passkeys(self) -> Passkeys:
        """Return the register of passkeys."""

    @property
    def challenges(self) -> Challenges:
        """Return the register of challenges; it is the platform's."""

    @property
    def api_keys(self) -> ApiKeys:
        """Return the register of management keys."""

    @property
    def connections(self) -> Connections:
        """Return the register of connections."""

    @property
    def names(self) -> Names:
        """Return the register of names."""

    @property
    def idempotency(self) -> Idempotency:
        """Return the register of requests that may come again."""

    @property
    def domains(self) -> Domains:
        """Return the register of domains."""

    @property
    def local_accounts(self) -> LocalAccounts:
        """Return the register of local accounts."""

    @property
    def chores(self) -> ChoreTurns:
        """Return the register of chores."""

    @property
    def requests(self) -> Requests:
        """Return the request log."""

    @property
    def accounts(self) -> Accounts:
        """Return the register of accounts."""

    @property
    def users(self) -> Users:
        """Return the register of users over all sources."""

    @property
    def roles(self) -> Roles:
        """Return the register of roles and their permissions."""

    @property
    def changes(self) -> Changes:
        """Return the register of changes."""

    @property
    def beginnings(self) -> Beginnings:
        """Return the register of what came first."""

    @property
    def remains(self) -> Remains:
        """Return the register of what is still known of people who are gone."""

    @property
    def alerts(self) -> Alerts:
        """Return the register of alerts."""

    @property
    def held(self) -> HeldRegister:
        """Return the register of what is held."""

    @property
    def administrators(self) -> Administrators:
        """Return the register of administrators."""

    @property
    def deactivations(self) -> Deactivations:
        """Return the register of the guard's memory."""

    @property
    def credentials(self) -> Credentials:
        """Return the register of credentials."""

    @property
    def service_accounts(self) -> ServiceAccounts:
        """Return the register of service accounts."""

    @property
    def setup_links(self) -> SetupLinks:
        """Return the register of setup links."""

    @property
    def uses(self) -> Uses:
        """Return the register of what was last used."""

    @property
    def hours(self) -> Hours:
        """Return the register of hours."""
