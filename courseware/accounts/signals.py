"""What a visitor did becomes the user's when they sign in or up."""

from typing import Any
from uuid import UUID

from django.contrib.auth.signals import user_logged_in
from django.dispatch import receiver
from django.http import HttpRequest

from lessons.progress import SESSION_KEY, merge


@receiver(user_logged_in)
def keep_progress(request: HttpRequest, user: Any, **rest: Any) -> None:
    """Merge once; signing up signs in, so this one signal has both. The visitor's number is then forgotten."""
    if SESSION_KEY in request.session:
        merge(UUID(request.session[SESSION_KEY]), user.pk)
        del request.session[SESSION_KEY]  # after the merge: one that fails is tried again at the next sign-in
