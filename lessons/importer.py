"""Content from a folder into the database: all of it or nothing."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.db import transaction
from pydantic import Field

from lessons.markdown import (
    ContentError,
    ContentErrors,
    LessonDocument,
    QuestionDocument,
    parse_lesson,
    parse_questions,
)
from lessons.markdown import render as render_markdown
from lessons.markdown.documents import SLUG, Strict
from lessons.markdown.errors import read_options
from lessons.models import Lesson, Question, Track


class TrackOptions(Strict):
    """The fields of track.yaml."""

    id: str = Field(pattern=SLUG, max_length=50)
    title: str = Field(min_length=3, max_length=120)
    summary: str = Field(min_length=10, max_length=300)
    description: str = ""
    order: int = Field(0, ge=0, le=1000)
    price_cents: int | None = Field(None, ge=50, le=1_000_000)
    currency: str = Field("usd", pattern="^[a-z]{3}$")


@dataclass
class TrackFolder:
    """A track as read from its folder."""

    slug: str
    options: TrackOptions
    lessons: list[tuple[int, str, LessonDocument]]
    questions: list[QuestionDocument]


@dataclass
class ImportReport:
    """What an import did."""

    tracks: int = 0
    lessons: int = 0
    questions: int = 0
    changed: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        done = f"{len(self.changed)} changed" if self.changed else "nothing had changed"
        return f"{self.tracks} tracks, {self.lessons} lessons, {self.questions} questions; {done}."


def read_content(directory: Path) -> list[TrackFolder]:
    """Every track below a folder, checked; ContentErrors with all mistakes."""
    errors: list[ContentError] = []
    found: list[TrackFolder] = []
    folders = sorted(path.parent for path in directory.glob("*/track.yaml"))
    if not folders:
        errors.append(ContentError(str(directory), 1, "expected folders that hold a track.yaml"))
    for folder in folders:
        try:
            found.append(_read_track(folder, errors))
        except ContentErrors as wrong:
            errors += wrong.errors
    ids: dict[str, str] = {}
    for track in found:
        names = [(track.options.id, track.slug), *((lesson.uid, slug) for _, slug, lesson in track.lessons)]
        for uid, where in [*names, *((question.uid, f"{track.slug}/questions.md") for question in track.questions)]:
            if uid in ids:
                errors.append(ContentError(where, 1, f"the id {uid!r} is used twice (also in {ids[uid]})"))
            ids[uid] = where
    if errors:
        raise ContentErrors(errors)
    return found


def _read_track(folder: Path, errors: list[ContentError]) -> TrackFolder:
    file = f"{folder.name}/track.yaml"
    options = read_options(TrackOptions, (folder / "track.yaml").read_text(), file, 1, "track")
    lessons, questions = [], []
    for path in sorted(folder.glob("[0-9][0-9]-*.md")):
        number, slug = int(path.stem[:2]), path.stem[3:]
        try:
            lessons.append((number, slug, parse_lesson(path.read_text(), f"{folder.name}/{path.name}")))
        except ContentErrors as wrong:
            errors += wrong.errors
        except UnicodeDecodeError:
            errors.append(ContentError(f"{folder.name}/{path.name}", 1, "expected a text file in UTF-8"))
    if (folder / "questions.md").exists():
        questions = parse_questions((folder / "questions.md").read_text(), f"{folder.name}/questions.md")
    return TrackFolder(folder.name, options, lessons, questions)


def import_content(directory: Path) -> ImportReport:
    """Read a folder and make the database say the same. Ids keep learners' progress through renames and moves.

    What is gone from the folder is unpublished, not deleted. Repeating an import changes nothing.
    """
    tracks = read_content(Path(directory))
    report = ImportReport()
    with transaction.atomic():
        for folder in tracks:
            track = _save(
                Track,
                folder.options.id,
                {
                    "slug": folder.slug,
                    "title": folder.options.title,
                    "summary": folder.options.summary,
                    "description_html": render_markdown(folder.options.description),
                    "order": folder.options.order,
                    "price_cents": folder.options.price_cents,
                    "currency": folder.options.currency,
                    "published": True,
                },
                report,
            )
            report.tracks += 1
            for number, slug, lesson in folder.lessons:
                _save(
                    Lesson,
                    lesson.uid,
                    {
                        "track": track,
                        "slug": slug,
                        "number": number,
                        "title": lesson.title,
                        "summary": lesson.summary,
                        "key_points": lesson.key_points,
                        "parts": lesson.parts,
                        "simulations": lesson.simulations,
                        "source": lesson.source,
                        "minutes": lesson.minutes,
                        "published": True,
                    },
                    report,
                )
                report.lessons += 1
            for place, question in enumerate(folder.questions, start=1):
                fields = {
                    "track": track,
                    "number": place,
                    "kind": question.kind,
                    "prompt_html": question.prompt_html,
                    "data": question.data,
                    "published": True,
                }
                _save(Question, question.uid, fields, report)
                report.questions += 1
            Lesson.objects.filter(track=track).exclude(uid__in=[doc.uid for _, _, doc in folder.lessons]).update(published=False)
            Question.objects.filter(track=track).exclude(uid__in=[doc.uid for doc in folder.questions]).update(published=False)
        Track.objects.exclude(uid__in=[folder.options.id for folder in tracks]).update(published=False)
    return report


def _save(model: Any, uid: str, fields: dict[str, Any], report: ImportReport) -> Any:
    row = model.objects.filter(uid=uid).first()
    if row is None:
        report.changed.append(uid)
        return model.objects.create(uid=uid, **fields)
    different = [name for name, value in fields.items() if getattr(row, name) != value]
    if different:
        report.changed.append(uid)
        for name in different:
            setattr(row, name, fields[name])
        row.save(update_fields=different)
    return row
