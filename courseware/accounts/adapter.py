"""allauth as this site wants it."""

import logging
from smtplib import SMTPException
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest, HttpResponse

logger = logging.getLogger(__name__)
COURTESIES = ("account/email/email_confirmation", "account/email/email_confirmation_signup")


class AccountAdapter(DefaultAccountAdapter):
    """A mail server that is down stops no sign-up: confirming the address is optional and can be asked for again."""

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Send; of mails that nobody waits for, a failure is recorded and not raised."""
        try:
            super().send_mail(template_prefix, email, context)
        except (OSError, SMTPException):
            if template_prefix not in COURTESIES:
                raise
            logger.exception("mail %s was not sent", template_prefix)

    def post_login(self, request: HttpRequest, user: Any, *, signup: bool, **rest: Any) -> HttpResponse:
        """As allauth has it; the message (templates/account/messages/logged_in.txt) knows who is new."""
        user.has_just_signed_up = signup
        response: HttpResponse = super().post_login(request, user, signup=signup, **rest)
        return response
