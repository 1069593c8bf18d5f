"""Who may open the lessons of a track: one function, called by every page, the questions and the websocket."""

from dataclasses import dataclass
from typing import Any, Literal

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from lessons.models import Enrollment, Track

Reason = Literal["free", "enrolled", "instructor", "staff", "locked", "sign_in"]


class Locked(Exception):
    """The learner may not open this track; `access` says why."""

    def __init__(self, access: "Access") -> None:
        super().__init__(access.reason)
        self.access = access


@dataclass(frozen=True, slots=True)
class Access:
    """The decision, and why."""

    allowed: bool
    reason: Reason


def access_to(user: AbstractBaseUser | AnonymousUser | None, track: Track) -> Access:
    """Whether `user` may open the lessons of `track`. At most one query, none for a free track or a visitor."""
    if track.is_free:
        return Access(True, "free")
    if user is None or not user.is_authenticated or not user.is_active:
        return Access(False, "sign_in")
    if getattr(user, "is_staff", False):
        return Access(True, "staff")
    row = (
        Track.objects.filter(pk=track.pk)
        .values_list(
            Exists(Enrollment.objects.filter(user=user.pk, track=OuterRef("pk"), revoked_at=None)),
            Exists(Track.instructors.through.objects.filter(user_id=user.pk, track_id=OuterRef("pk"))),
        )
        .first()
    )
    enrolled, teaches = row or (False, False)
    if enrolled:
        return Access(True, "enrolled")
    return Access(True, "instructor") if teaches else Access(False, "locked")


def enroll(user: Any, track: Track, source: str, reference: str) -> Enrollment:
    """Open `track` for `user`; once for each source and reference, and never again for one that was revoked."""
    found, _ = Enrollment.objects.get_or_create(user=user, track=track, source=source, reference=reference)
    return found


def revoke(user: Any, track: Track, source: str, reference: str) -> Enrollment:
    """Close what this source and reference opened (also if the news comes before the purchase's); others stay."""
    with transaction.atomic():
        found = enroll(user, track, source, reference)
        Enrollment.objects.filter(pk=found.pk, revoked_at=None).update(revoked_at=timezone.now())
        found.refresh_from_db()
    return found
