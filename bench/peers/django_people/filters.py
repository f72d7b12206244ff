# mypy: ignore-errors
"""Which attributes a filter may name, and their columns."""

from django_scim.filters import FilterQuery, UserFilterQuery
from django_scim.utils import get_group_model


class UserFilter(UserFilterQuery):
    """The library's attributes and externalId."""

    attr_map = {**UserFilterQuery.attr_map, ("externalId", None, None): "scim_external_id"}  # noqa: RUF012


class GroupFilter(FilterQuery):
    """The name and externalId."""

    model_getter = get_group_model
    attr_map = {("displayName", None, None): "name", ("externalId", None, None): "scim_external_id"}  # noqa: RUF012
