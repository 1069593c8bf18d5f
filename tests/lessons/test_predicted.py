"""Predictions stay with the learner's progress: shown again on reload, merged on sign-in, held against the lesson's own run."""

import json

import pytest
from django.urls import reverse

from lessons.access import revoke
from lessons.models import Lesson, Prediction
from lessons.predicted import GOES, commit, course, error_of, read, remembered, watched
from lessons.progress import Learner
from simulator import Change, Experiment, Run, load_scenario
from tests.lessons.conftest import import_shipped, person, signed_in

DRAWN = {"said": "your own line", "sure": "fairly", "points": [[4, 140], [8, 300], [12, 500]]}
LESSON = ("system-scaling", "load-balancing-strategies")


@pytest.fixture
def lesson(db) -> Lesson:
    import_shipped()
    return Lesson.objects.select_related("track").get(slug=LESSON[1])


@pytest.fixture
def made(lesson) -> dict:
    [found] = [each for each in lesson.simulations if each.get("predict")]
    assert found["predict"]["kind"] == "curve"
    return found


@pytest.fixture
def url(made) -> str:
    return reverse("lessons:prediction", args=[*LESSON, made["id"]])


def said(client, url, what=DRAWN):
    return client.post(url, {"said": json.dumps(what)})


def on_page(client, lesson) -> dict | None:
    text = client.get(lesson.get_absolute_url()).content.decode()
    data = text.split('<script type="application/json">', 1)[1].split("</script>", 1)[0]
    found: dict | None = json.loads(data)["predict"].get("committed")
    return found


def test_a_reload_shows_it_as_committed_and_nobody_else_sees_it(lesson, url, alice, client):
    mine = signed_in(alice)
    assert on_page(mine, lesson) is None
    assert said(mine, url).json() == {"number": 1, "shown": None, "error": None}
    assert on_page(mine, lesson) == {**DRAWN, "shown": None}
    assert on_page(client, lesson) is None
    assert on_page(signed_in(person("dora")), lesson) is None
    assert "no-store" in mine.get(lesson.get_absolute_url())["Cache-Control"]


def test_what_the_run_showed_comes_from_the_lessons_own_run_once_it_was_watched(lesson, made, url, alice):
    client = signed_in(alice)
    said(client, url)
    told = client.post(url, {"watched": "1", "shown": "1"}).json()
    predict = made["predict"]
    scenario = load_scenario(made["scenario"])
    run = Run(Experiment(scenario, scenario.seed, tuple(Change(*row) for row in predict["timeline"])))
    run.rewind(predict["from"])
    shown = run.advance(predict["span"]).readouts[predict["measure"]] * predict["scale"]
    assert told["shown"] == pytest.approx(shown)
    assert told["error"] > 0
    assert on_page(client, lesson)["shown"] == pytest.approx(shown)
    assert Prediction.objects.get().error == told["error"]


def test_the_error_of_a_number_and_of_a_line():
    shown = ((4.0, 8.0, 12.0), (100.0, 200.0, 300.0), 300.0)
    assert error_of({"value": 450}, shown) == pytest.approx(0.5)
    assert error_of({"points": [[4, 100], [12, 300]]}, shown) == pytest.approx(0)
    assert error_of({"points": [[12, 200], [4, 200]]}, shown) == pytest.approx((100 + 0 + 100) / 3 / 200)
    assert error_of({"said": "Twice as high"}, shown) is None
    assert error_of({"value": 3}, ((), (), None)) is None


def test_the_same_twice_is_once_and_another_one_is_the_next_go(lesson, url, alice):
    client = signed_in(alice)
    said(client, url)
    assert said(client, url).json()["number"] == 1
    client.post(url, {"watched": "1"})
    assert said(client, url, {**DRAWN, "sure": "certain"}).json()["number"] == 2
    assert on_page(client, lesson)["sure"] == "certain"
    [first] = remembered(Learner(user=alice))
    assert (first.sure, first.said) == ("fairly", "your own line")
    page = client.get("/account/").content.decode()
    assert "Predictions" in page
    assert first.came.capitalize() in page


def test_the_account_says_of_a_choice_whether_it_happened(lesson, alice):
    about, made = next(
        (each, made)
        for each in Lesson.objects.all()
        for made in each.simulations
        if made.get("predict") and made["predict"].get("right") and made["predict"].get("counted") is None
    )
    right = made["predict"]["right"] - 1
    for choice, came in ((right, "right"), (right - 1, "wrong")):
        Prediction.objects.all().delete()
        said = json.dumps({"said": made["predict"]["choices"][choice], "sure": "guess"})
        latest = commit(Learner(user=alice), about, made, said)
        assert [each.came for each in remembered(Learner(user=alice))] == [""], "not before it was watched"
        watched(latest, made)
        assert [each.came for each in remembered(Learner(user=alice))] == [came]
    made["predict"]["question_html"] += " And now?"
    about.save()
    assert [each.came for each in remembered(Learner(user=alice))] == [""], "another question than was answered"


def test_goes_are_bounded(lesson, url, alice):
    client = signed_in(alice)
    for number in range(GOES + 3):
        said(client, url, {**DRAWN, "points": [[4, number], [12, number]]})
    assert Prediction.objects.count() == GOES
    assert on_page(client, lesson)["points"][0][1] == GOES + 2


def test_a_visitors_predictions_become_the_accounts(lesson, url, alice, client):
    said(signed_in(alice), url)
    said(client, url, {**DRAWN, "sure": "guess"})
    assert on_page(client, lesson)["sure"] == "guess"
    client.force_login(alice, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert [(each.user, each.number) for each in Prediction.objects.all()] == [(alice, 1), (alice, 2)]
    assert on_page(client, lesson)["sure"] == "guess"


def test_another_question_forgets_what_was_said_about_the_first(lesson, made, url, alice):
    client = signed_in(alice)
    said(client, url)
    for each in lesson.simulations:
        if each["id"] == made["id"]:
            each["predict"]["question_html"] = "<p>Something else?</p>"
    lesson.save()
    assert on_page(client, lesson) is None
    assert client.post(url, {"watched": "1"}).status_code == 422


@pytest.mark.parametrize(
    "wrong",
    [
        "x", "[]", "{}", "null", json.dumps({**DRAWN, "sure": "very"}), json.dumps({**DRAWN, "said": ""}),
        json.dumps({**DRAWN, "points": []}), json.dumps({**DRAWN, "points": [[1, 2], [3, "x"]]}),
        json.dumps({**DRAWN, "points": [[0, 1e9], [1, 1]]}), '{"said": "x", "sure": "guess", "points": [[0, NaN], [1, 1]]}',
        json.dumps({**DRAWN, "points": [[0, 1]] * 201}), "[" * 10_000,
        json.dumps({**DRAWN, "said": "half a \ud800 letter"}), json.dumps({**DRAWN, "said": "a \0 b"}),
    ],
)  # fmt: skip
def test_what_no_page_commits_is_refused(lesson, url, alice, wrong):
    assert signed_in(alice).post(url, {"said": wrong}).status_code == 422
    assert not Prediction.objects.exists()


def test_choices_and_numbers_are_held_to_their_question():
    choice = {"kind": "choice", "choices": ["Up", "Down"]}
    assert read(choice, '{"said": "Up", "sure": "certain", "more": 1}') == {"said": "Up", "sure": "certain"}
    with pytest.raises(ValueError, match="one of the choices"):
        read(choice, '{"said": "Sideways", "sure": "certain"}')
    number = {"kind": "number", "maximum": 100}
    assert read(number, '{"said": "5 ms", "sure": "guess", "value": 5}')["value"] == 5
    for value in ("101", "-1", "true", "null", '"5"'):
        with pytest.raises(ValueError, match="from 0 to 100"):
            read(number, f'{{"said": "x", "sure": "guess", "value": {value}}}')


def test_every_prediction_of_the_course_has_a_run_to_be_held_against(lesson):
    found = [made for each in Lesson.objects.all() for made in each.simulations if made.get("predict")]
    assert len(found) >= 5
    for made in found:
        shown = course(made)
        assert shown is not None, made["id"]
        assert shown[2] is not None, made["id"]


def test_locked_is_locked_here_too(locked, alice, bob):
    url = reverse("lessons:prediction", args=[locked.slug, "beginning", "strategies"])
    assert signed_in(alice).post(url, {"said": "{}"}).status_code == 403
    assert signed_in(bob).post(url, {"said": "{}"}).status_code == 404  # it asks for none
    revoke(bob, locked, "purchase", "order-1")
    assert signed_in(bob).post(url, {"said": "{}"}).status_code == 403
