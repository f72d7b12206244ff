# mypy: ignore-errors
"""What the library leaves to the application: attributes that Django has no column for, members, value paths."""

from typing import Any

from django_scim import exceptions
from django_scim.adapters import SCIMGroup, SCIMUser
from scim2_filter_parser.attr_paths import AttrPath

COLUMNS = {"id", "externalId", "userName", "name", "active", "groups", "meta", "password"}
MEMBERS = ("members", None, None)
MEMBER = ("members", "value", None)


class UserAdapter(SCIMUser):
    """A user with everything that was sent."""

    def from_dict(self, d: dict[str, Any]) -> None:
        """Read a whole user."""
        super().from_dict(d)
        self.obj.others = {name: value for name, value in d.items() if name not in COLUMNS}

    def to_dict(self) -> dict[str, Any]:
        """Write a whole user."""
        return {**super().to_dict(), **self.obj.others}


class GroupAdapter(SCIMGroup):
    """A group that is created and replaced with its members."""

    ATTR_MAP = {MEMBER: "id"}  # noqa: RUF012 - the library keeps the value of a path only for what is named here
    joining = None

    def from_dict(self, d: dict[str, Any]) -> None:
        """Read a whole group."""
        super().from_dict(d)
        self.joining = [int(member["value"]) for member in d.get("members") or []]

    def save(self) -> None:
        """Write the group, and its members where they were sent."""
        super().save()
        if self.joining is not None:
            self.obj.user_set.set(self.joining)

    def handle_remove(self, path: AttrPath, value: Any, operation: dict[str, Any]) -> None:
        """Take out the member that a value path names; the library itself does what has no value path."""
        if path.first_path == MEMBER and not value:
            self.obj.user_set.remove(int(path.params_by_attr_paths[MEMBER]))
        elif path.first_path == MEMBERS and value:
            super().handle_remove(path, value, operation)
        else:
            raise exceptions.NotImplementedError
