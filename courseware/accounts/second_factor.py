"""Staff and instructors need a second factor before they use what only they may.

With an authenticator set up, allauth asks for its code at every sign-in. What is added here: without
one, they reach nothing but the pages that set it up. Off with DEBUG (MFA_REQUIRED_FOR_STAFF), where
the demo instructor signs in with a published password on one's own machine.
"""

from collections.abc import Callable

from allauth.mfa.utils import is_mfa_enabled
from channels.db import database_sync_to_async
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse

from courseware.edge import Application, Receive, Scope, Send
from courseware.roles import may_author

ALWAYS_OPEN = {"healthz", "robots", "account_logout", "account_login", "account_reauthenticate", "account_email"}
ALWAYS_OPEN |= {"account_confirm_email", "account_email_verification_sent"}


def lacks_second_factor(user: AbstractBaseUser | AnonymousUser) -> bool:
    """Whether this user must set up a second factor first. For learners one query, for visitors none."""
    return bool(
        settings.MFA_REQUIRED_FOR_STAFF and isinstance(user, AbstractBaseUser) and may_author(user) and not is_mfa_enabled(user)
    )


def ask_for_second_factor(get_response: Callable[[HttpRequest], HttpResponse]) -> object:
    """Middleware: sends staff and instructors without a second factor to the page that sets it up."""
    return _Ask(get_response)


class _Ask:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: object, args: object, kwargs: object) -> HttpResponseBase | None:
        """Runs once the address is resolved, so that the few open pages are known by name."""
        name = (request.resolver_match and request.resolver_match.url_name) or ""
        if name in ALWAYS_OPEN or name.startswith("mfa_") or not lacks_second_factor(request.user):
            return None
        if request.method == "GET":
            messages.warning(request, "Your account can change lessons, so it needs a second step at sign-in. Set it up here.")
        return redirect(reverse("mfa_activate_totp"))


class SocketSecondFactor:
    """ASGI middleware inside the authentication of websockets: until the second factor is there, a visitor."""

    def __init__(self, application: Application) -> None:
        self.application = application

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Replace the user of the scope when need be."""
        if settings.MFA_REQUIRED_FOR_STAFF and await database_sync_to_async(self._lacks)(scope["user"]):
            scope = {**scope, "user": AnonymousUser()}
        await self.application(scope, receive, send)

    @staticmethod
    def _lacks(user: object) -> bool:
        return isinstance(user, AbstractBaseUser) and lacks_second_factor(user)
