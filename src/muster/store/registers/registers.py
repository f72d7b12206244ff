"""All registers of one organization on one session."""

from __future__ import annotations

from muster.store.registers.accounts import SqlAccounts
from muster.store.registers.administrators import SqlAdministrators
from muster.store.registers.alerts import SqlAlerts
from muster.store.registers.api_keys import SqlApiKeys
from muster.store.registers.beginnings import SqlBeginnings
from muster.store.registers.changes import SqlChanges
from muster.store.registers.chores import SqlChoreTurns
from muster.store.registers.connections import SqlConnections
from muster.store.registers.console import SqlConsoleUsers, SqlInvitations, SqlSessions
from muster.store.registers.credentials import SqlCredentials
from muster.store.registers.deactivations import SqlDeactivations
from muster.store.registers.domains import SqlDomains
from muster.store.registers.held import SqlHeld
from muster.store.registers.hours import SqlHours
from muster.store.registers.idempotency import SqlIdempotency
from muster.store.registers.local_accounts import SqlLocalAccounts
from muster.store.registers.names import SqlNames
from muster.store.registers.organizations import SqlOrganization
from muster.store.registers.passkeys import SqlChallenges, SqlPasskeys
from muster.store.registers.purging import SqlRemains
from muster.store.registers.requests import SqlRequests
from muster.store.registers.roles import SqlRoles
from muster.store.registers.service_accounts import SqlServiceAccounts
from muster.store.registers.setup_links import SqlSetupLinks
from muster.store.registers.users import SqlUsers
from muster.store.registers.uses import SqlUses
from muster.store.session import SearchSession


class SqlRegisters:
    """What is kept of each management concept of one organization, in a transaction that somebody else ends."""

    def __init__(self, session: SearchSession, organization: int) -> None:
        self.organization = SqlOrganization(session, organization)
        self.console_users = SqlConsoleUsers(session, organization)
        self.invitations = SqlInvitations(session, organization)
        self.sessions = SqlSessions(session, organization)
        self.passkeys = SqlPasskeys(session, organization)
        self.challenges = SqlChallenges(session, organization)
        self.api_keys = SqlApiKeys(session, organization)
        self.idempotency = SqlIdempotency(session, organization)
        self.domains = SqlDomains(session, organization)
        self.local_accounts = SqlLocalAccounts(session, organization)
        self.chores = SqlChoreTurns(session, organization)
        self.connections = SqlConnections(session, organization)
        self.requests = SqlRequests(session, organization)
        self.accounts = SqlAccounts(session, organization)
        self.users = SqlUsers(session, organization)
        self.roles = SqlRoles(session, organization)
        self.names = SqlNames(session, organization)
        self.changes = SqlChanges(session, organization)
        self.beginnings = SqlBeginnings(session, organization)
        self.remains = SqlRemains(session, organization)
        self.alerts = SqlAlerts(session, organization)
        self.held = SqlHeld(session, organization)
        self.administrators = SqlAdministrators(session, organization)
        self.deactivations = SqlDeactivations(session, organization)
        self.credentials = SqlCredentials(session, organization)
        self.service_accounts = SqlServiceAccounts(session, organization)
        self.setup_links = SqlSetupLinks(session, organization)
        self.uses = SqlUses(session, organization)
        self.hours = SqlHours(session, organization)
