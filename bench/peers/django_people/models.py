# mypy: ignore-errors
"""Django's user with the library's columns and one for the attributes that Django has none for; and groups."""

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models.functions import Upper
from django_scim.models import AbstractSCIMGroupMixin, AbstractSCIMUserMixin


class Group(AbstractSCIMGroupMixin):
    """A group of users."""

    name = models.CharField(max_length=150, unique=True)


class User(AbstractSCIMUserMixin, AbstractUser):
    """A user; the index serves the look-up by userName, which the library compares in upper case."""

    groups = models.ManyToManyField(Group, related_name="user_set")
    others = models.JSONField(default=dict)

    class Meta:
        """The index."""

        indexes = [models.Index(Upper("username"), name="user_name_in_upper_case")]  # noqa: RUF012 - Django's way

    @property
    def scim_groups(self) -> models.Manager:
        """The groups, under the name that the library looks for."""
        return self.groups
