"""The user."""

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower


class User(AbstractUser):
    """Django's user, ours from the first migration on, because a user model cannot be swapped later.

    People sign in by e-mail; `username` is filled by allauth and shown nowhere. An address belongs to
    one account whatever its letter case, which the database holds and not only a form.
    """

    class Meta(AbstractUser.Meta):
        constraints = (models.UniqueConstraint(Lower("email"), condition=~Q(email=""), name="one_account_per_email"),)
