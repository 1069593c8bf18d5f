"""From a folder of content to the database: everything, or nothing and a list of what is wrong.

Rows are found by their stable ids, so renaming, moving or reordering keeps what learners did. What the
folder no longer holds is unpublished, not deleted. Nothing that is unchanged is written.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.db import transaction
from django.db.models import Model, Q
from django.urls import reverse

from lessons.glossary import TermLinks
from lessons.markdown import (
    Claim,
    ContentError,
    ContentErrors,
    LessonDocument,
    QuestionDocument,
    TrackDocument,
    parse_lesson,
    parse_section,
    parse_track,
)
from lessons.models import Lesson, Question, Track
from lessons.passages import index
from lessons.shown import simulation_of, unknown_in

SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
LESSON = re.compile(r"(\d\d)-([a-z0-9]+(?:-[a-z0-9]+)*)\.md")
RESERVED = {"buy", "questions"}  # addresses below a track that are not lessons


@dataclass(frozen=True)
class TrackFolder:
    """A track as read from its folder."""

    slug: str
    document: TrackDocument
    description_html: str
    lessons: list[tuple[int, str, LessonDocument]]  # number, slug, lesson
    questions: list[QuestionDocument]
    claims: list[Claim]  # of the lessons and of the questions

    def asked(self) -> Iterator[tuple[str, QuestionDocument]]:
        """Every question with its file: those of the section, then those inside the lessons."""
        for question in self.questions:
            yield f"{self.slug}/questions.md", question
        for number, slug, lesson in self.lessons:
            for question in lesson.questions:
                yield f"{self.slug}/{number:02}-{slug}.md", question


@dataclass
class ImportReport:
    """What an import did: titles or ids by kind of change."""

    created: list[str] = field(default_factory=list)
    updated: list[str] = field(default_factory=list)
    unpublished: list[str] = field(default_factory=list)
    unchanged: int = 0

    @property
    def changed(self) -> bool:
        """Whether anything was written."""
        return bool(self.created or self.updated or self.unpublished)

    def __str__(self) -> str:
        parts = (f"{len(self.created)} new", f"{len(self.updated)} changed", f"{len(self.unpublished)} unpublished")
        return f"{', '.join(parts)}, {self.unchanged} as they were"


def read_content(path: str | Path) -> list[TrackFolder]:
    """Read and check a folder of tracks, or one track's folder; ContentErrors with every mistake in all files."""
    root = Path(path)
    folders = [root] if (root / "track.yaml").is_file() else sorted(each.parent for each in root.glob("*/track.yaml"))
    if not folders:
        raise ContentErrors([ContentError(str(root), 1, "expected folders with a track.yaml each")])
    errors: list[ContentError] = []
    found = []
    for folder in folders:
        if track := _read_track(folder, root, errors):
            found.append(track)
    _check_unique(found, root, errors)
    _check_runs(found, errors)
    if errors:
        raise ContentErrors(errors)
    return found


def check_content(path: str | Path) -> list[ContentError]:
    """The mistakes in a folder, or in one lesson or question file."""
    file = Path(path)
    try:
        if file.is_file():
            errors: list[ContentError] = []
            _read_file(file, str(file), errors)
            return errors
        read_content(file)
    except ContentErrors as error:
        return error.errors
    return []


def claims_of(path: str | Path) -> list[Claim]:
    """Every claim of a folder, or of one lesson or question file; ContentErrors when it cannot be read."""
    file = Path(path)
    if not file.is_file():
        return [claim for track in read_content(file) for claim in track.claims]
    errors: list[ContentError] = []
    found = _read_file(file, str(file), errors)
    if errors:
        raise ContentErrors(errors)
    claims: list[Claim] = found[1] if file.name == "questions.md" else getattr(found, "claims", [])
    return claims


def questions_of(path: str | Path) -> list[tuple[str, QuestionDocument]]:
    """Every question of a folder, or of one lesson or question file, with its file; ContentErrors when it cannot be read."""
    file = Path(path)
    if not file.is_file():
        return [each for track in read_content(file) for each in track.asked()]
    errors: list[ContentError] = []
    found = _read_file(file, str(file), errors)
    if errors:
        raise ContentErrors(errors)
    questions: list[QuestionDocument] = found[0] if file.name == "questions.md" else getattr(found, "questions", [])
    return [(f"{file.parent.name}/{file.name}", each) for each in questions]


def import_content(directory: str | Path) -> ImportReport:
    """Bring the database to what the folder holds, in one transaction; ContentErrors, and nothing is changed."""
    return import_tracks(read_content(directory))


def import_tracks(tracks: list[TrackFolder]) -> ImportReport:
    """Bring the database to what was read, in one transaction."""
    with transaction.atomic():
        return _Import().run(tracks)


class _Import:
    def __init__(self) -> None:
        self.report = ImportReport()

    def run(self, tracks: list[TrackFolder]) -> ImportReport:
        rows: dict[str, dict[str, dict[str, Any]]] = {"tracks": {}, "lessons": {}, "questions": {}}
        for each in tracks:
            rows["tracks"][each.document.id] = _track_fields(each)
        made = self._write(Track, rows["tracks"], ("slug",))
        for each in tracks:
            track = made[each.document.id]
            terms = _terms_open_to(each, tracks)
            for number, slug, lesson in each.lessons:
                rows["lessons"][lesson.uid] = _lesson_fields(track, number, slug, lesson, terms)
        self._check_kinds(tracks)
        lessons = self._write(Lesson, rows["lessons"], ("track", "slug", "number"))
        for each in tracks:
            track = made[each.document.id]
            for number, question in enumerate(each.questions, 1):
                rows["questions"][question.uid] = _question_fields(track, None, number, question)
            for _, _, lesson in each.lessons:
                for number, question in enumerate(lesson.questions, 1):
                    fields = _question_fields(track, lessons[lesson.uid], number, question)
                    rows["questions"][question.uid] = fields
        self._write(Question, rows["questions"], ("track", "lesson", "number"))
        index([(lessons[lesson.uid], lesson) for each in tracks for _, _, lesson in each.lessons])
        return self.report

    @staticmethod
    def _check_kinds(tracks: list[TrackFolder]) -> None:
        """An answer belongs to a kind of question, so a question that becomes another kind is another question."""
        answered = Q(answers__isnull=False) | Q(check_answers__isnull=False)
        known = dict(Question.objects.filter(answered).values_list("uid", "kind"))
        errors = [
            ContentError(
                where,
                each.line,
                f"expected a new id: learners have answered {each.uid} as {known[each.uid]}, not as {each.kind}",
            )
            for track in tracks
            for where, each in track.asked()
            if known.get(each.uid, each.kind) != each.kind
        ]
        if errors:
            raise ContentErrors(errors)

    def _write(self, model: Any, wanted: dict[str, dict[str, Any]], address: tuple[str, ...]) -> dict[str, Model]:
        """Make the rows of `model` what is wanted; a row that takes another's address waits until it is free."""
        known = {row.uid: row for row in model.objects.select_for_update()}
        for uid, row in known.items():
            if uid not in wanted and row.published:
                model.objects.filter(pk=row.pk).update(published=False)
                self.report.unpublished.append(str(row))
            if uid not in wanted and model is Track and row.slug in {each["slug"] for each in wanted.values()}:
                model.objects.filter(pk=row.pk).update(slug=f"{row.pk}-gone")
        for uid, row in known.items():
            if uid in wanted and any(getattr(row, name) != wanted[uid][name] for name in address):
                leave = {"slug": f"{row.pk}-moving"} if model is Track else {"published": False}
                model.objects.filter(pk=row.pk).update(**leave)
        for uid, fields in wanted.items():
            row = known.get(uid)
            if row is None:
                known[uid] = model.objects.create(uid=uid, **fields)
                self.report.created.append(str(known[uid]))
            elif any(getattr(row, name) != value for name, value in fields.items()):
                for name, value in fields.items():
                    setattr(row, name, value)
                row.save()
                self.report.updated.append(str(row))
            else:
                self.report.unchanged += 1
        return known


def _track_fields(folder: TrackFolder) -> dict[str, Any]:
    fields = folder.document.model_dump(include={"title", "summary", "order", "price_cents", "currency"})
    return {**fields, "slug": folder.slug, "description_html": folder.description_html, "published": True}


def _terms_open_to(track: TrackFolder, tracks: list[TrackFolder]) -> list[dict[str, str]]:
    """The terms that a reader of `track` may look up: those of the free tracks, and its own before all others."""
    free = [each for each in tracks if each.document.price_cents is None and each is not track]
    return [term for each in (*free, track) for _, _, lesson in each.lessons for term in lesson.terms]


def _lesson_fields(track: Model, number: int, slug: str, lesson: LessonDocument, terms: list[dict[str, str]]) -> dict[str, Any]:
    links = TermLinks.of(terms, reverse("lessons:glossary"))
    order = {question.uid: number for number, question in enumerate(lesson.questions, 1)}
    parts: list[dict[str, Any]] = []
    for part in lesson.parts:
        if "simulation" in part:
            parts.append({"simulation": part["simulation"]["id"]})
        elif "question" in part:
            parts.append({"question": order[part["question"].uid]})
        else:
            parts.append({"html": links.link(part["html"])})
    return {
        "track": track,
        "number": number,
        "slug": slug,
        "title": lesson.title,
        "summary": lesson.summary,
        "minutes": lesson.minutes,
        "key_points": lesson.key_points,
        "sketches": list(lesson.sketches),
        "parts": parts,
        "simulations": lesson.simulations,
        "claims": [claim.stored() for claim in lesson.claims],
        "terms": lesson.terms,
        "text": lesson.text,
        "source": lesson.source,
        "published": True,
    }


def _question_fields(track: Model, lesson: Model | None, number: int, question: QuestionDocument) -> dict[str, Any]:
    return {
        "track": track,
        "lesson": lesson,
        "number": number,
        "kind": question.kind,
        "prompt_html": question.prompt_html,
        "figures_html": question.figures_html,
        "data": question.data,
        "points": question.points,
        "published": True,
    }


def _read_track(folder: Path, root: Path, errors: list[ContentError]) -> TrackFolder | None:
    name = _shown(folder / "track.yaml", root)
    if not SLUG.fullmatch(folder.name):
        errors.append(ContentError(name, 1, f"expected a folder name like system-scaling, not {folder.name}"))
    before = len(errors)
    track = _read_file(folder / "track.yaml", name, errors)
    lessons = []
    questions: list[QuestionDocument] = []
    claims: list[Claim] = []
    for file in sorted(folder.glob("*.md")):
        shown = _shown(file, root)
        if file.name == "questions.md":
            questions, found = _read_file(file, shown, errors) or ([], [])
            claims += found
        elif match := LESSON.fullmatch(file.name):
            if match[2] in RESERVED:
                errors.append(ContentError(shown, 1, f"expected another name: {match[2]} is an address of the site"))
            if lesson := _read_file(file, shown, errors):
                lessons.append((int(match[1]), match[2], lesson))
                claims += lesson.claims
        else:
            errors.append(ContentError(shown, 1, "expected a file name like 01-why-scale.md or questions.md"))
    if len(errors) > before:
        return None
    document, html = track
    return TrackFolder(folder.name, document, html, lessons, questions, claims)


def _read_file(file: Path, shown: str, errors: list[ContentError]) -> Any:
    try:
        text = file.read_text(encoding="utf-8")
        if file.name == "track.yaml":
            return parse_track(text, shown)
        if file.name == "questions.md":
            return parse_section(text, shown, file.parent)
        return parse_lesson(text, shown, file.parent)
    except ContentErrors as error:
        errors.extend(error.errors)
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        errors.append(ContentError(shown, line, "expected UTF-8 text"))
    except OSError as error:
        errors.append(ContentError(shown, 1, f"expected a file that can be read: {error.strerror}"))
    return None


def _check_unique(tracks: list[TrackFolder], root: Path, errors: list[ContentError]) -> None:
    """Ids are unique in the whole course, numbers and names within a track."""
    seen: dict[tuple[str, str], str] = {}
    for track in tracks:
        claims = [("track id", track.document.id, f"{track.slug}/track.yaml")]
        for number, slug, lesson in track.lessons:
            where = f"{track.slug}/{number:02}-{slug}.md"
            claims += [("lesson id", lesson.uid, where), (f"{track.slug} number", f"{number:02}", where)]
            claims.append((f"{track.slug} name", slug, where))
        claims += [("question id", question.uid, where) for where, question in track.asked()]
        for what, value, where in claims:
            if other := seen.get((what, value)):
                errors.append(ContentError(where, 1, f"expected a {what} of its own, but {value} stands in {other} too"))
            seen[what, value] = where


def _check_runs(tracks: list[TrackFolder], errors: list[ContentError]) -> None:
    """Explanations lead only to runs that a lesson at hand shows."""
    shows: dict[str, set[str]] = {}
    for track in tracks:
        for _, _, lesson in track.lessons:
            stored = [claim.stored() for claim in lesson.claims]
            shows[lesson.uid] = {each["id"] for each in stored if simulation_of(each["id"], stored, lesson.simulations)}
    for track in tracks:
        for where, question in track.asked():
            for link in unknown_in(question.data, shows):
                expected = "expected a link to a claim that its lesson's simulation can show, /runs/<lesson id>/<claim id>/"
                errors.append(ContentError(where, question.line, f"{expected}, not {link}"))


def _shown(file: Path, root: Path) -> str:
    return str(file.relative_to(root))
