"""What the catalogue says of one error, and the menus of the IdPs in which errors are mended.

Law: a code never changes its meaning. Menus are named as the products name them; of a product that is not listed
nothing is claimed.
"""

from __future__ import annotations

from enum import Enum
from typing import Final, NamedTuple

PAGE: Final = "docs/reference/errors.md"


class Place(Enum):
    """Where in an IdP something is settled."""

    SETTINGS = "settings"  # base URL and key
    MAPPING = "mapping"
    PEOPLE = "people"  # who is provisioned
    GROUPS = "groups"
    AGAIN = "again"  # where it is tried once more


_ENTRA: Final = "**Entra ID** → **Enterprise apps** → your app"
_APP: Final = "**Applications** → your app"
_JUMPCLOUD: Final = "**SSO Applications** → your app"

MENUS: Final[dict[str, dict[Place, str]]] = {
    "okta": {
        Place.SETTINGS: f"{_APP} → **Provisioning** → **Integration** → **Edit**",
        Place.MAPPING: f"{_APP} → **Provisioning** → **To App** → **Attribute Mappings**",
        Place.PEOPLE: f"{_APP} → **Assignments**",
        Place.GROUPS: f"{_APP} → **Push Groups**",
        Place.AGAIN: "**Dashboard** → **Tasks**",
    },
    "entra": {
        Place.SETTINGS: f"{_ENTRA} → **Provisioning** → **Admin Credentials**",
        Place.MAPPING: f"{_ENTRA} → **Provisioning** → **Attribute mapping**",
        Place.PEOPLE: f"{_ENTRA} → **Users and groups**",
        Place.GROUPS: (
            f"{_ENTRA} → **Provisioning** → **Attribute mapping** → **Provision Microsoft Entra ID Groups**"
        ),
        Place.AGAIN: f"{_ENTRA} → **Provisioning** → **Provision on demand**",
    },
    "jumpcloud": {
        Place.SETTINGS: f"{_JUMPCLOUD} → **Identity Management**",
        Place.MAPPING: f"{_JUMPCLOUD} → **Identity Management**, the attribute mapping",
        Place.PEOPLE: f"{_JUMPCLOUD} → **User Groups**",
        Place.GROUPS: f"{_JUMPCLOUD} → **Identity Management** → **Group Management**",
        Place.AGAIN: f"{_JUMPCLOUD} → **User Groups**: take the group off and put it on",
    },
    "onelogin": {
        Place.SETTINGS: f"{_APP} → **Configuration**",
        Place.MAPPING: f"{_APP} → **Parameters**, and **Configuration** → **SCIM JSON Template**",
        Place.PEOPLE: "**Users** → the person → **Applications**",
        Place.GROUPS: f"{_APP} → **Parameters** → **Groups**",
        Place.AGAIN: "**Users** → the person → **Applications**: choose the status of the app, and approve",
    },
}
"""The way to each place, by provider."""

NAMES: Final = {"okta": "Okta", "entra": "Entra ID", "jumpcloud": "JumpCloud", "onelogin": "OneLogin"}


class Entry(NamedTuple):
    """An error: its code, why it happens, what in a request shows it, and what mends it, at which place of the IdP."""

    code: str
    cause: str
    evidence: str
    fix: str
    place: Place | None = None

    @property
    def documentation(self) -> str:
        """Return the address of its section in the documentation."""
        return f"{PAGE}#{self.code}"

    def fix_for(self, provider: str) -> str:
        """Return what mends it, with the way there in the IdP that is in use."""
        menu = MENUS.get(provider, {}).get(self.place) if self.place else None
        return f"{self.fix} In {NAMES[provider]}: {menu}." if menu else self.fix
