"""What a view behind `login_required` is given."""

from django.http import HttpRequest

from courseware.accounts.models import User


class SignedIn(HttpRequest):
    """A request of somebody who is known."""

    user: User
