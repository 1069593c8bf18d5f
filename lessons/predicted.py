"""What learners said before a simulation ran, and what it then showed: kept with their progress, told back on reload.

What the run shows is simulated here from the lesson's own plan, and not believed of a browser; it is told only once the
learner has watched the run that far. Values are as the page shows them (ms, %), times are simulated seconds.
"""

import json
import math
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from typing import Any

import numpy as np
from django.db import IntegrityError, transaction
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from lessons.access import access_to
from lessons.models import Lesson, Prediction
from lessons.progress import Learner
from simulator import Change, Experiment, Run, load_scenario

SURE = ("guess", "fairly", "certain")
POINTS = 200  # of a drawn curve
GOES = 50  # that are kept for a simulation; after that the last one is overwritten
DEAREST = 2_000_000  # simulated requests of a run that is held against a prediction: 0.4 s
Course = tuple[tuple[float, ...], tuple[float | None, ...], float | None]  # instants, values there, the last value


class NotPredicted(ValueError):
    """What no page of ours commits; the message says what was expected."""


@dataclass(frozen=True)
class Remembered:
    """A learner's first prediction about a simulation, for the account."""

    lesson: Lesson
    said: str
    sure: str
    shown: str
    came: str  # right, wrong, off by so much; empty when there is no telling


def _asked(predict: dict[str, Any]) -> str:
    """A digest of the question, so that a prediction about another one is not shown."""
    asked = [predict[name] for name in ("kind", "question_html", "measure", "span", "choices", "maximum", "known", "timeline")]
    return blake2b(json.dumps(asked).encode(), digest_size=8).hexdigest()


def read(predict: dict[str, Any], text: str) -> dict[str, Any]:
    """What was committed, checked against its question; NotPredicted otherwise."""
    try:
        said = json.loads(text)
        words, sure = said["said"], said["sure"]
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise NotPredicted("A prediction is JSON with said and sure.") from error
    if not isinstance(words, str) or not 1 <= len(words) <= 200 or not words.isprintable() or sure not in SURE:
        raise NotPredicted("said is a few words, and sure is guess, fairly or certain.")
    kept: dict[str, Any] = {"said": words, "sure": sure}
    if predict["kind"] == "choice":
        if words not in predict["choices"]:
            raise NotPredicted("said is one of the choices.")
    elif predict["kind"] == "number":
        if not _number(said.get("value"), predict["maximum"]):
            raise NotPredicted(f"value is a number from 0 to {predict['maximum']:g}.")
        kept["value"] = said["value"]
    else:
        points = said.get("points")
        if not isinstance(points, list) or not 2 <= len(points) <= POINTS or not all(_point(each, predict) for each in points):
            raise NotPredicted(f"points are 2 to {POINTS} pairs of a second and a value.")
        kept["points"] = points
    return kept


def _number(value: object, most: float) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value) and 0 <= value <= most


def _point(point: object, predict: dict[str, Any]) -> bool:
    if not isinstance(point, list) or len(point) != 2:
        return False
    return _number(point[0], predict["span"] * 1.01) and _number(point[1], predict["maximum"] * 1.01)


def course(made: dict[str, Any]) -> Course | None:
    """How the predicted measure goes in the lesson's own run; None for a run that is too dear to repeat here."""
    predict = made["predict"]
    if predict.get("counted") is not None:  # when the lesson was read
        return (), (), float(predict["counted"])
    rows = predict["timeline"] or [[0.0, name, value] for name, value in made["preset"].items()]
    changes = tuple(tuple(row) for row in rows)
    return _course(made["scenario"], changes, predict["measure"], predict["from"], predict["span"], predict["scale"])


@lru_cache(256)
def _course(scenario: str, changes: tuple[Any, ...], measure: str, begin: float, span: float, scale: float) -> Course | None:
    loaded = load_scenario(scenario)
    experiment = Experiment(loaded, loaded.seed, tuple(Change(*row) for row in changes))
    if experiment.price(span) > DEAREST:
        return None
    run = Run(experiment)
    if 0 < begin < span:
        run.rewind(begin)
    segment = run.advance(span)
    series = segment.series.get(measure, [])
    values = tuple(None if value is None else value * scale for value in series)
    last = segment.readouts.get(measure)
    return tuple(segment.at), values, None if last is None else last * scale


def error_of(said: dict[str, Any], shown: Course) -> float | None:
    """How far off it was, relative to what was shown; None where there is no telling (a choice, or nothing measured)."""
    at, values, last = shown
    if "value" in said and last:
        return abs(float(said["value"]) - last) / last
    known = [(when, value) for when, value in zip(at, values, strict=False) if value is not None]
    if "points" in said and known and (mean := sum(value for _, value in known) / len(known)):
        points = sorted(said["points"])
        drawn = np.interp([when for when, _ in known], [x for x, _ in points], [y for _, y in points])
        return float(np.mean(np.abs(drawn - [value for _, value in known]))) / mean
    return None


def commit(learner: Learner, lesson: Lesson, made: dict[str, Any], text: str) -> Prediction:
    """Keep a prediction; the same again is one. A new one begins the next go, and the first stays what counts."""
    said, asked = read(made["predict"], text), _asked(made["predict"])
    mine = Prediction.objects.filter(**learner.owner, lesson=lesson, simulation=made["id"]).order_by("number")
    latest = mine.last()
    if latest and latest.asked == asked and latest.said == said and latest.shown is None:
        return latest
    if latest and latest.number >= GOES:
        latest.asked, latest.said, latest.shown, latest.error = asked, said, None, None
        latest.save()
        return latest
    number = latest.number + 1 if latest else 1
    try:
        with transaction.atomic():
            return Prediction.objects.create(
                **learner.owner, lesson=lesson, simulation=made["id"], number=number, asked=asked, said=said
            )
    except IntegrityError:  # the same press twice at once
        return mine.get(number=number)


def watched(found: Prediction, made: dict[str, Any]) -> Prediction:
    """The learner has seen the run to its end: keep what it showed and how far off the prediction was."""
    shown = course(made)
    if shown is not None and found.shown is None:
        found.shown, found.error = shown[2], error_of(found.said, shown)
        found.save(update_fields=["shown", "error"])
    return found


def committed(learner: Learner, lesson: Lesson) -> dict[str, dict[str, Any]]:
    """By simulation: what the learner committed last and, once watched, what was shown. One query, none for nobody."""
    found = Prediction.objects.of(learner.owner_if_known).filter(lesson=lesson)
    asked = {made["id"]: _asked(made["predict"]) for made in lesson.simulations if made.get("predict")}
    if not asked:
        return {}
    return {each.simulation: {**each.said, "shown": each.shown} for each in found if each.asked == asked.get(each.simulation)}


def remembered(learner: Learner) -> list[Remembered]:
    """Every first prediction of a learner with what came of it, in the order of the lessons."""
    rows = []
    for each in Prediction.objects.of(learner.owner_if_known).filter(number=1, lesson__published=True):
        made = next((made for made in each.lesson.simulations if made["id"] == each.simulation and made.get("predict")), None)
        shown = "" if each.shown is None or made is None else f"{each.shown:,.0f} {made['predict']['unit']}".strip()
        rows.append(Remembered(each.lesson, each.said["said"], each.said["sure"], shown, _came(each, made)))
    return rows


def _came(found: Prediction, made: dict[str, Any] | None) -> str:
    """How a prediction came out; of a question that the lesson no longer asks so there is no telling which choice was right."""
    if found.error is not None:
        return f"off by {found.error:.0%}"
    predict = made["predict"] if made else {}
    if found.shown is None or not predict.get("right") or found.asked != _asked(predict):
        return ""
    return "right" if predict["choices"][predict["right"] - 1] == found.said["said"] else "wrong"


@require_POST
@never_cache
def prediction(request: HttpRequest, track: str, lesson: str, simulation: str) -> HttpResponse:
    """`said` commits a prediction; `watched` says that the run has come to its end, and is told what it showed."""
    try:
        found = Lesson.objects.at(track, lesson)
    except Lesson.DoesNotExist as error:
        raise Http404 from error
    if not access_to(request.user, found.track).allowed:
        return JsonResponse({"error": "This track is locked."}, status=403)
    made = next((each for each in found.simulations if each["id"] == simulation and each.get("predict")), None)
    if made is None:
        raise Http404
    learner = Learner.of(request, remember="said" in request.POST)
    if "said" in request.POST:
        try:
            latest = commit(learner, found, made, request.POST["said"][:20_000])
        except NotPredicted as problem:
            return JsonResponse({"error": str(problem)}, status=422)
    else:
        mine = Prediction.objects.of(learner.owner_if_known).filter(lesson=found, simulation=simulation)
        committed_last = mine.filter(asked=_asked(made["predict"])).last()
        if committed_last is None:
            return JsonResponse({"error": "There is no prediction of yours."}, status=422)
        latest = watched(committed_last, made)
    return JsonResponse({"number": latest.number, "shown": latest.shown, "error": latest.error})
