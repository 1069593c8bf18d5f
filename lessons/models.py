"""Tracks, lessons and questions as imported; what learners opened, did and answered."""

from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse


class TrackQuerySet(models.QuerySet["Track"]):
    """Queries for tracks."""

    def published(self) -> TrackQuerySet:
        """Those that visitors see, in order."""
        return self.filter(published=True).order_by("order", "slug")


class Track(models.Model):
    """A course: lessons in order and a question section. With a price it is locked until bought."""

    uid = models.SlugField(unique=True)
    slug = models.SlugField(unique=True)
    title = models.CharField(max_length=120)
    summary = models.CharField(max_length=300)
    description_html = models.TextField(blank=True)
    order = models.PositiveIntegerField(default=0)
    price_cents = models.PositiveIntegerField(null=True, blank=True)
    currency = models.CharField(max_length=3, default="usd")
    published = models.BooleanField(default=True)
    instructors = models.ManyToManyField(settings.AUTH_USER_MODEL, blank=True, related_name="tracks_taught")

    objects = TrackQuerySet.as_manager()

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        """The track's page."""
        return reverse("lessons:track", args=[self.slug])

    @property
    def is_free(self) -> bool:
        """Whether everyone may open it."""
        return not self.price_cents

    @property
    def price_text(self) -> str:
        """The price in words, like $39."""
        cents = self.price_cents or 0
        amount = f"{cents / 100:.2f}" if cents % 100 else str(cents // 100)
        return f"${amount}" if self.currency == "usd" else f"{amount} {self.currency.upper()}"

    @property
    def minutes(self) -> int:
        """Minutes to read and try all lessons."""
        return sum(lesson.minutes for lesson in self.lessons.all())


class Lesson(models.Model):
    """One page of a track, rendered when it was imported."""

    uid = models.SlugField(unique=True)
    track = models.ForeignKey(Track, models.CASCADE, related_name="lessons")
    slug = models.SlugField()
    number = models.PositiveIntegerField()
    title = models.CharField(max_length=120)
    summary = models.CharField(max_length=200)
    key_points = models.JSONField(default=list)
    parts = models.JSONField(default=list)  # [{"html": …} | {"simulation": id}]
    simulations = models.JSONField(default=list)
    source = models.TextField(blank=True)
    minutes = models.PositiveIntegerField(default=10)
    published = models.BooleanField(default=True)

    class Meta:
        ordering = ("number",)

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        """The lesson's page."""
        return reverse("lessons:lesson", args=[self.track.slug, self.slug])


class Question(models.Model):
    """One question of a track's question section."""

    uid = models.SlugField(unique=True)
    track = models.ForeignKey(Track, models.CASCADE, related_name="questions")
    number = models.PositiveIntegerField()
    kind = models.CharField(max_length=20)
    prompt_html = models.TextField()
    data = models.JSONField()
    published = models.BooleanField(default=True)

    class Meta:
        ordering = ("number",)

    def __str__(self) -> str:
        return f"{self.track}, question {self.number}"


class Enrollment(models.Model):
    """A user may open a locked track, because of `source` and its `reference` (an order, a gift …)."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="enrollments")
    track = models.ForeignKey(Track, models.PROTECT, related_name="enrollments")
    source = models.CharField(max_length=20)
    reference = models.CharField(max_length=64)
    created_at = models.DateTimeField(auto_now_add=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user", "track", "source", "reference"], name="one_enrollment_per_source")
        ]

    def __str__(self) -> str:
        return f"{self.user} in {self.track} by {self.source}"


class OwnedQuerySet(models.QuerySet[Any]):
    """Rows that belong to a user or to a visitor."""

    def of(self, learner: Any) -> OwnedQuerySet:
        """Those of one learner (see progress.Learner)."""
        return self.filter(**learner.owner)


class Owned(models.Model):
    """Belongs to a user or, before there is an account, to a visitor's number."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, null=True, blank=True, related_name="+")
    visitor = models.UUIDField(null=True, blank=True, db_index=True)

    objects = OwnedQuerySet.as_manager()

    class Meta:
        abstract = True


class LessonProgress(Owned):
    """A lesson was opened and perhaps done."""

    lesson = models.ForeignKey(Lesson, models.CASCADE, related_name="+")
    opened_at = models.DateTimeField(auto_now_add=True)
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user", "lesson"], name="one_progress_per_user"),
            models.UniqueConstraint(fields=["visitor", "lesson"], name="one_progress_per_visitor"),
        ]

    def __str__(self) -> str:
        return f"{self.lesson} of {self.user or self.visitor}"


class Attempt(Owned):
    """One walk through a track's questions. The newest is the current one; older ones stay."""

    track = models.ForeignKey(Track, models.CASCADE, related_name="+")
    number = models.PositiveIntegerField()
    started_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("number",)
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["user", "track", "number"], condition=Q(user__isnull=False), name="one_attempt_per_user"
            ),
            models.UniqueConstraint(
                fields=["visitor", "track", "number"],
                condition=Q(visitor__isnull=False),
                name="one_attempt_per_visitor",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.track}, attempt {self.number} of {self.user or self.visitor}"


class Answer(models.Model):
    """The first answer to a question in an attempt, as graded; later submissions change nothing."""

    attempt = models.ForeignKey(Attempt, models.CASCADE, related_name="answers")
    question = models.ForeignKey(Question, models.CASCADE, related_name="+")
    given = models.JSONField()
    graded = models.JSONField()
    answered_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["attempt", "question"], name="one_answer_per_attempt")]

    def __str__(self) -> str:
        return f"{self.question}, answered in {self.attempt}"
