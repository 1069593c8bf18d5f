"""Who writes lessons. Who may *open* a lesson is another question, and lessons/access.py answers it."""

from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest

from lessons.models import Track

INSTRUCTORS = "instructors"  # the group


def may_author(user: AbstractBaseUser | AnonymousUser) -> bool:
    """Staff, members of the group `instructors`, and instructors of any track. At most one query per user object."""
    if not user.is_authenticated or not user.is_active:
        return False
    known: bool | None = getattr(user, "_may_author", None)
    if known is None:
        person: Any = user
        known = (
            person.is_staff
            or person.groups.filter(name=INSTRUCTORS).exists()
            or Track.objects.filter(instructors=person.pk).exists()
        )
        person._may_author = known
    return known


def context(request: HttpRequest) -> dict[str, Any]:
    """Context processor: `can_author`, for the link to the studio; asked only if a template asks."""
    return {"can_author": lambda: hasattr(request, "user") and may_author(request.user)}
