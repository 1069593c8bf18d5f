"""Tracks, lessons and questions as imported; who may open a track; what a learner did.

Progress belongs to a user or to a visitor (a uuid kept in the session), never to both; UNIQUE
constraints, and not locks, are what makes a repeated or parallel write count once.
"""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Count, Q
from django.urls import reverse
from django.utils import timezone

HEAVY = ("parts", "claims", "terms", "text", "source", "key_points", "sketches")  # what only the page of the lesson itself needs


class TrackQuerySet(models.QuerySet["Track"]):
    """Tracks as they are asked for."""

    def published(self) -> "TrackQuerySet":
        """Those that are part of the course, in its order."""
        return self.filter(published=True).order_by("order", "pk")

    def shelved(self) -> "TrackQuerySet":
        """The published ones with their lessons (without bodies) and how many questions there are: two queries.

        `questions_total` counts those of the question section, `checks_total` those in lessons, `challenges_total` the ones
        of these that the simulator grades.
        """
        lessons = Lesson.objects.published().defer(*HEAVY)
        asked = Q(questions__published=True)
        inside = asked & Q(questions__lesson__published=True)
        return (
            self.published()
            .annotate(
                questions_total=Count("questions", filter=asked & Q(questions__lesson=None)),
                checks_total=Count("questions", filter=inside & ~Q(questions__kind="tune")),
                challenges_total=Count("questions", filter=inside & Q(questions__kind="tune")),
            )
            .prefetch_related(models.Prefetch("lessons", queryset=lessons, to_attr="shelved_lessons"))
        )


class Track(models.Model):
    """A course of lessons with a question section; free, or opened by one purchase."""

    uid = models.CharField(max_length=80, unique=True, help_text="Stable: never reused, never changed.")
    slug = models.SlugField(max_length=80, unique=True)
    title = models.CharField(max_length=120)
    summary = models.CharField(max_length=300)
    description_html = models.TextField(blank=True)
    order = models.PositiveIntegerField(default=0)
    price_cents = models.PositiveIntegerField(null=True, blank=True, help_text="Empty: free.")
    currency = models.CharField(max_length=3, default="usd")
    published = models.BooleanField(default=True)
    instructors = models.ManyToManyField(settings.AUTH_USER_MODEL, blank=True, related_name="tracks_taught")

    objects = TrackQuerySet.as_manager()

    class Meta:
        ordering = ("order", "pk")

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        """The track's page."""
        return reverse("lessons:track", args=[self.slug])

    @property
    def is_free(self) -> bool:
        """Whether everyone may open its lessons."""
        return self.price_cents is None

    @property
    def price_text(self) -> str:
        """The price as a reader reads it: `$39`, `$39.50`, `39 EUR`; empty when free."""
        if self.price_cents is None:
            return ""
        amount = f"{self.price_cents / 100:.2f}".removesuffix(".00")
        return f"${amount}" if self.currency == "usd" else f"{amount} {self.currency.upper()}"

    @property
    def minutes(self) -> int:
        """How long its published lessons take."""
        shelved = getattr(self, "shelved_lessons", None)
        lessons = self.lessons.published().only("minutes") if shelved is None else shelved
        return sum(lesson.minutes for lesson in lessons)


class LessonQuerySet(models.QuerySet["Lesson"]):
    """Lessons as they are asked for."""

    def published(self) -> "LessonQuerySet":
        """Those that are part of their track, in its order."""
        return self.filter(published=True).order_by("number", "pk")

    def at(self, track: str, lesson: str) -> "Lesson":
        """The published lesson of a published track at an address (slugs), with its track; Lesson.DoesNotExist."""
        found = self.published().filter(track__published=True, track__slug=track, slug=lesson)
        return found.select_related("track").get()


class Lesson(models.Model):
    """One page: prose in parts, with its simulations between them."""

    uid = models.CharField(max_length=80, unique=True, help_text="Stable: never reused, never changed.")
    track = models.ForeignKey(Track, on_delete=models.PROTECT, related_name="lessons")
    slug = models.SlugField(max_length=80)
    number = models.PositiveIntegerField()
    title = models.CharField(max_length=120)
    summary = models.CharField(max_length=200)
    key_points = models.JSONField(default=list, help_text="Inline HTML, cleaned.")
    sketches = models.JSONField(default=list, help_text="The drawing over each key point, by name.")
    parts = models.JSONField(default=list, help_text='In order: {"html": …}, {"simulation": id} or {"question": number}.')
    simulations = models.JSONField(default=list)
    claims = models.JSONField(default=list, help_text="Experiments behind numbers of the text.")
    terms = models.JSONField(default=list, help_text="Definitions: slug, term_html, html.")
    text = models.TextField(blank=True, help_text="The words of the page, for search.")
    source = models.TextField(blank=True)
    minutes = models.PositiveIntegerField(default=15)
    published = models.BooleanField(default=True)

    objects = LessonQuerySet.as_manager()

    class Meta:
        ordering = ("track", "number")
        constraints = (
            models.UniqueConstraint(
                fields=["track", "slug"], condition=Q(published=True), name="one_published_lesson_per_address"
            ),
            models.UniqueConstraint(
                fields=["track", "number"], condition=Q(published=True), name="one_published_lesson_per_number"
            ),
        )

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        """The lesson's page."""
        return reverse("lessons:lesson", args=[self.track.slug, self.slug])

    @property
    def body_html(self) -> str:
        """The prose alone, simulations left out."""
        return "".join(part.get("html", "") for part in self.parts)


class QuestionQuerySet(models.QuerySet["Question"]):
    """Questions as they are asked for."""

    def published(self) -> "QuestionQuerySet":
        """Those of a track's question section, in their order."""
        return self.filter(published=True, lesson=None).order_by("number", "pk")

    def of_lesson(self, lesson: Lesson) -> "QuestionQuerySet":
        """Those inside a lesson, in their order."""
        return self.filter(published=True, lesson=lesson).order_by("number", "pk")


class Question(models.Model):
    """A question of a track, at its end or inside a lesson. `data` holds the answer too: it never leaves the server whole."""

    uid = models.CharField(max_length=80, unique=True, help_text="Stable: never reused, never changed.")
    track = models.ForeignKey(Track, on_delete=models.PROTECT, related_name="questions")
    lesson = models.ForeignKey(Lesson, null=True, blank=True, on_delete=models.PROTECT, related_name="questions")
    number = models.PositiveIntegerField()
    kind = models.CharField(max_length=20)
    prompt_html = models.TextField()
    figures_html = models.TextField(blank=True, help_text="Drawings beside the prompt, cleaned.")
    data = models.JSONField(default=dict)
    points = models.PositiveIntegerField(default=1)
    published = models.BooleanField(default=True)

    objects = QuestionQuerySet.as_manager()

    class Meta:
        ordering = ("track", "number")
        constraints = (
            models.UniqueConstraint(
                fields=["track", "number"],
                condition=Q(published=True, lesson__isnull=True),
                name="one_published_question_per_number",
            ),
            models.UniqueConstraint(
                fields=["lesson", "number"],
                condition=Q(published=True, lesson__isnull=False),
                name="one_published_question_per_lesson_and_number",
            ),
        )

    def __str__(self) -> str:
        return self.uid


class Passage(models.Model):
    """Something that search finds: words of a lesson under one heading, a term, or (public) a title with its summary.

    Written by the importer alone. The index over it belongs to the database: migrations/0003_search.py, lessons/search.py.
    """

    lesson = models.ForeignKey(Lesson, on_delete=models.CASCADE, related_name="passages")
    public = models.BooleanField(default=False, help_text="Found by everyone, also where the lesson is locked.")
    anchor = models.CharField(max_length=160, blank=True, help_text="Where on the lesson's page.")
    title = models.CharField(max_length=300)
    text = models.TextField()

    def __str__(self) -> str:
        return self.title


class Enrollment(models.Model):
    """Access to a track from one source: `purchase` with its order's id, `gift` …; revoked, not deleted."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="enrollments")
    track = models.ForeignKey(Track, on_delete=models.PROTECT, related_name="enrollments")
    source = models.CharField(max_length=40)
    reference = models.CharField(max_length=120)
    created_at = models.DateTimeField(default=timezone.now)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["user", "track", "source", "reference"], name="one_enrollment_per_source_and_reference"
            ),
        )

    def __str__(self) -> str:
        return f"{self.source} {self.reference}"


def _owned_once(name: str, *fields: str) -> list[models.BaseConstraint]:
    """Exactly one owner, and one row for an owner and these fields."""
    return [
        models.CheckConstraint(
            condition=Q(user__isnull=False, visitor__isnull=True) | Q(user__isnull=True, visitor__isnull=False),
            name=f"{name}_has_one_owner",
        ),
        models.UniqueConstraint(fields=["user", *fields], condition=Q(user__isnull=False), name=f"one_{name}_per_user"),
        models.UniqueConstraint(fields=["visitor", *fields], condition=Q(visitor__isnull=False), name=f"one_{name}_per_visitor"),
    ]


class Owned(models.Model):
    """Something that a learner did: the learner is a user, or a visitor who has no account (yet)."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.CASCADE)
    visitor = models.UUIDField(null=True, blank=True)

    class Meta:
        abstract = True


class LessonProgress(Owned):
    """A lesson that a learner marked as done."""

    lesson = models.ForeignKey(Lesson, on_delete=models.CASCADE, related_name="progress")
    done_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = _owned_once("progress", "lesson")

    def __str__(self) -> str:
        return f"{self.lesson_id} done"


class SavedRunQuerySet(models.QuerySet["SavedRun"]):
    """Saved runs as they are asked for."""

    def of(self, owner: dict[str, Any] | None) -> "SavedRunQuerySet":
        """Those of one learner (None: of whom nothing is kept), the latest first, with lesson and track."""
        if owner is None:
            return self.none()
        return self.filter(**owner).select_related("lesson__track").order_by("-updated_at", "-pk")


class SavedRun(Owned):
    """A run that a learner gave a name: the experiment as a link and where its playhead stood.

    `place` is one of a learner's numbered places, so that UNIQUE and CHECK bound how many there are.
    """

    MOST = 100

    lesson = models.ForeignKey(Lesson, on_delete=models.CASCADE, related_name="saved_runs")
    simulation = models.CharField(max_length=80)
    name = models.CharField(max_length=80)
    link = models.TextField(help_text="Experiment.to_link(): scenario, seed and timeline.")
    at = models.FloatField(default=0, help_text="The playhead, in simulated seconds.")
    place = models.PositiveSmallIntegerField()
    made_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(default=timezone.now)

    objects = SavedRunQuerySet.as_manager()

    class Meta:
        constraints = (
            *_owned_once("saved_run", "place"),
            models.CheckConstraint(condition=Q(place__lt=100), name="saved_run_has_one_of_100_places"),
        )

    def __str__(self) -> str:
        return self.name


class PredictionQuerySet(models.QuerySet["Prediction"]):
    """Predictions as they are asked for."""

    def of(self, owner: dict[str, Any] | None) -> "PredictionQuerySet":
        """Those of one learner (None: of whom nothing is kept), in the order of the goes, with lesson and track."""
        if owner is None:
            return self.none()
        return self.filter(**owner).select_related("lesson__track").order_by("lesson__track", "lesson__number", "number")


class Prediction(Owned):
    """What a learner said before a simulation ran, and what the run then showed; `number` counts the goes."""

    lesson = models.ForeignKey(Lesson, on_delete=models.CASCADE, related_name="predictions")
    simulation = models.CharField(max_length=80)
    number = models.PositiveIntegerField(default=1)
    asked = models.CharField(max_length=16, help_text="Digest of the question: of another one nothing is shown.")
    said: Any = models.JSONField(help_text='{"said": words, "sure": …} with "value" or "points" as the page shows them.')
    shown = models.FloatField(
        null=True, blank=True, help_text="The measure at the end of the run, as the page shows it, once it was watched."
    )
    error = models.FloatField(null=True, blank=True, help_text="|said - shown| / shown; a curve's is the mean along it.")
    made_at = models.DateTimeField(default=timezone.now)

    objects = PredictionQuerySet.as_manager()

    class Meta:
        ordering = ("number",)
        constraints = _owned_once("prediction", "lesson", "simulation", "number")

    def __str__(self) -> str:
        return f"{self.lesson_id}/{self.simulation}, go {self.number}"


class Attempt(Owned):
    """One go at a track's questions; `number` counts from 1. Starting over begins the next, earlier ones stay."""

    track = models.ForeignKey(Track, on_delete=models.CASCADE, related_name="attempts")
    number = models.PositiveIntegerField(default=1)
    started_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ("number",)
        constraints = _owned_once("attempt", "track", "number")

    def __str__(self) -> str:
        return f"attempt {self.number}"


class Answered(models.Model):
    """What was answered, and how it was graded then."""

    given: Any = models.JSONField()
    outcome: Any = models.JSONField(default=dict, help_text="What grading found out, when finding it out again is dear.")
    correct = models.BooleanField()
    score = models.FloatField()
    answered_at = models.DateTimeField(default=timezone.now)

    class Meta:
        abstract = True


class CheckAnswer(Answered, Owned):
    """An answer to a question inside a lesson; `number` counts the goes. The first one of a go counts."""

    question = models.ForeignKey(Question, on_delete=models.CASCADE, related_name="check_answers")
    number = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ("number",)
        constraints = _owned_once("check_answer", "question", "number")

    def __str__(self) -> str:
        return f"{self.question_id}, go {self.number}: {'correct' if self.correct else 'wrong'}"


class Answer(Answered):
    """An answer in a go at the question section. The first one counts: UNIQUE(attempt, question)."""

    attempt = models.ForeignKey(Attempt, on_delete=models.CASCADE, related_name="answers")
    question = models.ForeignKey(Question, on_delete=models.CASCADE, related_name="answers")

    class Meta:
        constraints = (models.UniqueConstraint(fields=["attempt", "question"], name="one_answer_per_attempt_and_question"),)

    def __str__(self) -> str:
        return f"{self.question_id}: {'correct' if self.correct else 'wrong'}"
