"""The glossary, the links from the text to it, and a lesson on paper."""

import re

import pytest

from lessons.glossary import TermLinks, glossary_for
from lessons.models import Lesson, Question
from tests.lessons.conftest import import_shipped, signed_in
from tests.lessons.test_search import secrets, worded  # noqa: F401 - a fixture

LINKS = {"two choices": "two-choices", "utilisation": "utilisation", "p99": "p99", "queue": "queue"}


@pytest.fixture
def shipped(db):
    import_shipped()


def linked(*parts: str) -> list[str]:
    links = TermLinks(LINKS, "/glossary/")
    return [links.link(part) for part in parts]


def test_the_first_use_of_a_term_is_a_link():
    assert linked("<p>Two choices, then two choices.</p>", "<p>two choices</p>") == [
        '<p><a class="term" href="/glossary/#two-choices">Two choices</a>, then two choices.</p>',
        "<p>two choices</p>",
    ]
    assert linked("<p>Queues grow.</p>") == ['<p><a class="term" href="/glossary/#queue">Queues</a> grow.</p>']
    assert linked("<p>queueing, sub-queue, p999</p>") == ["<p>queueing, sub-queue, p999</p>"]


@pytest.mark.parametrize(
    "html",
    [
        '<h3 id="x">The queue</h3>',
        '<p><a class="claim" href="?claim=x#sim-y" title="queue">queue 5 ms</a></p>',
        "<p><code>queue</code></p>",
        "<pre><code>queue</code></pre>",
        '<figure><svg aria-label="a > queue"><text>queue</text></svg><figcaption>queue</figcaption></figure>',
        '<dl class="definition" id="term-queue"><dt><dfn>queue</dfn></dt><dd><p>A queue.</p></dd></dl>',
        "<math><mtext>queue</mtext></math>",
        "<p>no term</p>",
    ],
)
def test_headings_links_code_figures_and_definitions_stay_as_they_are(html):
    assert linked(html) == [html]


def test_the_glossary_tells_what_its_reader_may_open(worded, client, alice, refunded, bob, ivy):  # noqa: F811
    for person, told in ((None, False), (alice, False), (refunded, False), (bob, True), (ivy, True)):
        page = (client if person is None else signed_in(person)).get("/glossary/").content.decode()
        assert "What a walrus counts." in page
        assert ("What a pelican counts." in page) is told
        assert "pelican number" in page
        assert page.index('id="pelican-number"') < page.index('id="walrus-number"')


def test_every_link_to_the_glossary_finds_its_term(shipped, client, staff):
    page = signed_in(staff).get("/glossary/").content.decode()
    terms = set(re.findall(r'<div id="([^"]+)"', page))
    assert len(terms) == len(glossary_for(staff)) > 10
    linked = 0
    for lesson in Lesson.objects.published().select_related("track"):
        used = re.findall(r'<a class="term" href="/glossary/#([^"]+)"', lesson.body_html)
        assert set(used) <= terms
        assert len(used) == len(set(used)), "once in a lesson"
        linked += len(used)
        for term in lesson.terms:
            assert f'id="term-{term["slug"]}"' in lesson.body_html
    assert linked > 20


def test_a_free_lesson_links_no_term_that_is_locked(shipped):
    locked = {term["slug"] for lesson in Lesson.objects.filter(track__price_cents__gt=0) for term in lesson.terms}
    open_ = {term["slug"] for lesson in Lesson.objects.filter(track__price_cents=None) for term in lesson.terms}
    for lesson in Lesson.objects.filter(track__price_cents=None):
        assert not set(re.findall(r'href="/glossary/#([^"]+)"', lesson.body_html)) & (locked - open_)


def test_the_print_view_holds_the_lesson_and_no_answer(shipped, staff):
    client = signed_in(staff)
    for lesson in Lesson.objects.published().select_related("track"):
        page = client.get(f"{lesson.get_absolute_url()}print/").content.decode()
        assert page.count('class="still-picture"') == len(lesson.simulations)
        assert page.count("<figure>") >= lesson.body_html.count("<figure>")
        assert all(made["title"] in page or "&" in made["title"] or "'" in made["title"] for made in lesson.simulations)
        assert "<li></li>" not in page
        assert "<form" not in page
        assert "<script" not in page
        plain = re.sub(r"<[^>]*>", "", page)
        for question in Question.objects.of_lesson(lesson):
            assert question.prompt_html in page
            whys = [one for one in secrets({k: v for k, v in question.data.items() if k != "choices"}) if len(one) > 40]
            whys += [one["why_html"] for one in question.data.get("choices", [])]
            assert not [why for why in whys if why in plain or why in page]


def test_a_print_view_is_the_same_before_and_after_an_answer(free, client):
    address = "/tracks/system-scaling/beginning/print/"
    before = client.get(address).content
    client.post("/tracks/system-scaling/beginning/questions/1/", {"go": "1", "choice": "x"})
    lesson = Lesson.objects.get(uid="system-beginning")
    choice = re.search(r'value="(\w+)"', client.get(lesson.get_absolute_url()).content.decode().split('name="choice"')[1])
    assert client.post(f"{lesson.get_absolute_url()}questions/1/", {"go": "1", "choice": choice[1]}).status_code == 302
    assert client.get(address).content == before
    assert b"WHY-" not in before
    assert b"Gamma" in before
    assert b"BODY-OF-system-beginning" in before
