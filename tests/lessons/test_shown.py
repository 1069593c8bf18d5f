"""From an explanation to the run that shows it."""

import json
import re

import pytest
from django.test import Client

from lessons.access import enroll
from lessons.importer import check_content, import_content
from lessons.models import Lesson, Question
from lessons.shown import RUN
from tests.lessons.conftest import import_shipped, signed_in

CLAIM = """
:::{claim} load-balancing-strategies
---
id: evenly
settings: {strategy: round-robin}
---
:::

They wait [20 ms](claim:evenly/mean_response_time).
"""


@pytest.fixture
def with_runs(folder):
    """The small course, in which a wrong choice of each track leads to a run of the lesson `beginning`."""
    for track in ("system-scaling", "surviving-overload"):
        first = sorted((folder / track).glob("[0-9]*.md"))[0]
        first.write_text(first.read_text() + CLAIM)
        uid = re.search(r"^id: (\S+)", first.read_text(), re.MULTILINE)[1]
        questions = folder / track / "questions.md"
        questions.write_text(questions.read_text().replace('"WHY-BETA"', f'"WHY-BETA [See it](/runs/{uid}/evenly/)"', 1))
    return folder


def run_of(track: str) -> str:
    question = Question.objects.filter(track__slug=track).get(kind="single", lesson=None)
    return f"/runs/{RUN.search(json.dumps(question.data))[1]}"


def test_a_link_opens_the_lesson_as_the_claim_has_it(db, with_runs, client: Client):
    import_content(with_runs)
    page = client.get(run_of("system-scaling"), follow=True)
    address, status = page.redirect_chain[-1]
    assert (status, address.partition("?")[2]) == (302, "claim=evenly#sim-strategies")
    assert "The run behind a number in the text" in page.content.decode()
    assert "round-robin" in page.content.decode().lower().replace(" ", "-")


@pytest.mark.parametrize(
    ("referer", "back"),
    [
        ("http://testserver/tracks/system-scaling/questions/1/?again=1", "/tracks/system-scaling/questions/1/"),
        ("http://testserver/tracks/system-scaling/questions/score/", "/tracks/system-scaling/questions/score/"),
        ("http://elsewhere.test/tracks/system-scaling/questions/1/", ""),
        ("http://testserver/tracks/surviving-overload/questions/1/", ""),
        ("http://testserver/no/such/page/", ""),
        ("", ""),
    ],
)
def test_from_a_question_there_is_a_way_back_to_it(db, with_runs, client: Client, referer, back):
    import_content(with_runs)
    page = client.get(run_of("system-scaling"), follow=True, headers={"Referer": referer}).content.decode()
    assert (f'<a href="{back}">Back to ' in page) is bool(back)


@pytest.mark.parametrize("asked", ["-1", "1e9", "٣", "score/../..", "99999", "javascript:alert(1)"])
def test_what_says_where_a_reader_comes_from_is_believed_only_in_its_form(db, with_runs, client: Client, asked):
    import_content(with_runs)
    lesson = Lesson.objects.filter(track__slug="system-scaling").order_by("number").first()
    page = client.get(lesson.get_absolute_url(), {"claim": "evenly", "asked": asked})
    assert page.status_code == 200
    assert "Back to the number" in page.content.decode()
    assert page.content.decode().count("Back to ") == 1


def test_it_follows_the_lesson_to_a_new_address(db, with_runs, client: Client):
    import_content(with_runs)
    link = run_of("system-scaling")
    first = sorted((with_runs / "system-scaling").glob("[0-9]*.md"))[0]
    first.rename(first.with_name("09-somewhere-else.md"))
    import_content(with_runs)
    assert "/tracks/system-scaling/somewhere-else/?claim=" in client.get(link)["Location"]


def test_a_locked_lesson_opens_for_its_buyer_alone(db, with_runs, client: Client, alice):
    import_content(with_runs)
    link = run_of("surviving-overload")
    assert "claim" not in client.get(link)["Location"]
    assert client.get(link, follow=True).status_code == 403
    lesson = Lesson.objects.filter(track__slug="surviving-overload").order_by("number").first()
    enroll(alice, lesson.track, "purchase", "order-7")
    assert signed_in(alice).get(link, follow=True).status_code == 200


@pytest.mark.parametrize("link", ["nobody/evenly", "{uid}/unheard-of", "{uid}", "{uid}/evenly/more", ""])
def test_a_link_that_leads_nowhere_is_refused_with_file_and_line(with_runs, link):
    questions = with_runs / "system-scaling" / "questions.md"
    text = questions.read_text()
    uid = re.search(r"/runs/([a-z0-9-]+)/evenly/", text)[1]
    questions.write_text(text.replace(f"/runs/{uid}/evenly/", f"/runs/{link.format(uid=uid)}/"))
    (error,) = check_content(with_runs)
    assert str(error).startswith("system-scaling/questions.md:2: expected a link to a claim")


def test_what_is_not_there_is_a_friendly_404(free, client: Client):
    assert client.get("/runs/nobody/nothing/").status_code == 404


def test_each_wrong_answer_of_the_question_sections_leads_to_a_run(db):
    """But for a question to tune, which is a run itself, and an order, whose every item has its run where it has a number."""
    import_shipped()
    wrong = [
        (question.uid, why["why_html"])
        for question in Question.objects.filter(lesson=None, kind__in=("single", "multiple", "number"))
        for why in (*question.data.get("choices", ()), *question.data.get("mistakes", ()))
        if not why.get("correct")
    ]
    assert len(wrong) > 15
    assert [uid for uid, why in wrong if not RUN.search(why)] == []
