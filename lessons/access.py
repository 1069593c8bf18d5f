"""Who may open a track: the one place that decides, for pages, questions, websockets and everything else."""

from dataclasses import dataclass
from typing import Any, Literal

from django.utils import timezone

from lessons.models import Enrollment, Track

Reason = Literal["free", "enrolled", "instructor", "staff", "locked", "sign_in"]


class Locked(Exception):
    """The learner may not open this track; `access` says why."""

    def __init__(self, access: "Access") -> None:
        super().__init__(access.reason)
        self.access = access


@dataclass(frozen=True)
class Access:
    """Whether a track is open to someone, and why."""

    allowed: bool
    reason: Reason


def access_to(user: Any, track: Track) -> Access:
    """Whether `user` (perhaps anonymous) may open `track`. At most two queries; none for a free track."""
    if track.is_free:
        return Access(True, "free")
    if not user.is_authenticated:
        return Access(False, "sign_in")
    if not user.is_active:
        return Access(False, "locked")
    if user.is_staff:
        return Access(True, "staff")
    if Enrollment.objects.filter(user_id=user.pk, track=track, revoked_at=None).exists():
        return Access(True, "enrolled")
    if track.instructors.filter(pk=user.pk).exists():
        return Access(True, "instructor")
    return Access(False, "locked")


def enroll(user: Any, track: Track, source: str, reference: str) -> Enrollment:
    """Open a track for a user because of one source. Repeating it changes nothing; a revoked one stays revoked."""
    return Enrollment.objects.get_or_create(user=user, track=track, source=source, reference=reference)[0]


def revoke(user: Any, track: Track, source: str, reference: str) -> None:
    """Take back what one source opened (a refund); access from other sources stays. Safe to repeat.

    Also holds when the revocation comes first: the row is then created as revoked.
    """
    row, _ = Enrollment.objects.get_or_create(user=user, track=track, source=source, reference=reference)
    Enrollment.objects.filter(pk=row.pk, revoked_at=None).update(revoked_at=timezone.now())
