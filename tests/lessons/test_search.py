"""Search finds what its reader may open, marks it, and answers every query in words."""

import re
from html import unescape

import pytest

from lessons.importer import import_content
from lessons.models import Lesson, Passage, Question
from lessons.search import search
from tests.lessons.conftest import import_shipped, signed_in
from tests.lessons.content import lesson


@pytest.fixture
def shipped(db):
    import_shipped()


def found(client, query: str, **headers):
    response = client.get("/search/", {"q": query}, **headers)
    assert response.status_code == 200, query
    return response


@pytest.fixture
def worded(folder, course):
    """The small course with a word of its own under each heading."""
    for track, uid, word in (("system-scaling", "system", "walrus"), ("surviving-overload", "surviving", "pelican")):
        text = lesson(f"{uid}-beginning", "The beginning").replace(
            "## Details\n", f"## Details\n\n### On the {word}\n\nA {word} queues.\n\n"
        )
        text = text.replace("summary: About", f"summary: Of {track.split('-')[1]} and about")
        text = text.replace(
            ":::{question} single", f":::{{definition}} {word} number\nWhat a {word} counts.\n:::\n\n:::{{question}} single"
        )
        (folder / track / "01-beginning.md").write_text(text)
    import_content(folder)


def test_a_word_leads_to_its_section(worded, client):
    hits = found(client, "walrus").context["hits"]
    assert all(hit.url.startswith("/tracks/system-scaling/beginning/#") for hit in hits)
    assert {hit.url.partition("#")[2] for hit in hits} == {"about-on-the-walrus", "term-walrus-number"}
    page = client.get("/tracks/system-scaling/beginning/").content.decode()
    assert all(f'id="{hit.url.partition("#")[2]}"' in page for hit in hits)
    assert any("A <mark>walrus</mark> queues." in hit.snippet for hit in hits)


def test_what_is_locked_is_found_by_its_title_and_summary_alone(worded, client, alice, refunded, bob, ivy, charlie, staff):
    for person, opened in ((None, 0), (alice, 0), (refunded, 0), (charlie, 0), (bob, 2), (ivy, 2), (staff, 2)):
        asked = client if person is None else signed_in(person)
        page = found(asked, "pelican")
        assert len(page.context["hits"]) == opened, person
        assert ("<mark>pelican</mark>" in page.content.decode()) == bool(opened)
    hits = found(client, "overload beginning").context["hits"]
    assert [(hit.lesson.track.slug, hit.locked) for hit in hits] == [("surviving-overload", True)]
    assert "private" in found(client, "pelican")["Cache-Control"]


HOSTILE = [
    '"', "'", '""""', "NEAR(", "NEAR(a b, 5)", "*", "a*", "^a", "title:a", "a OR b", "AND", "NOT", "NOT a", "(a", "a)", "-a",
    "a & b", "a | !b", "a:*", "a <-> b", "\\", "%", "_", "__", "{}", "%s", "%(query)s", "{may}",
    "'; DROP TABLE lessons_lesson; --", "\0", "a\0b", "🦭", "🦭 queue", "日本語", "ö", "ﬁ", "İ", "a" * 200, "a " * 100,
    "a" * 10_000, "\x02", "a\x03b",
    "<script>alert(1)</script>", "&lt;", "٣", "²", "ª", "\u202e", "e\u0301", " ", "\t\n",
]  # fmt: skip


@pytest.mark.parametrize("query", HOSTILE)
def test_hostile_queries_get_results_or_a_sentence(worded, client, query):
    for headers in ({}, {"HTTP_HX_REQUEST": "true"}):
        page = found(client, query, **headers).content.decode()
        assert 'role="status"' in page
        assert "<script>alert" not in page
    assert Lesson.objects.count() == 4


def test_half_a_surrogate_and_bad_bytes_are_answered(worded, client):
    for raw in ("%ED%A0%80", "%FF", "%00", "%E2%82"):
        assert client.get(f"/search/?q={raw}").status_code == 200


def test_too_much_is_said_to_be_too_much(worded, client):
    assert "at most 200 characters" in found(client, "queue " * 2000).content.decode()
    assert "letters or digits" in found(client, "***").content.decode()
    assert "Nothing with" in found(client, "zebra").content.decode()


def test_htmx_gets_the_results_and_a_browser_the_page(worded, client):
    part = found(client, "walrus", HTTP_HX_REQUEST="true").content.decode()
    assert "<mark>walrus</mark>" in part
    assert "<html" not in part
    assert 'value="walrus"' in found(client, "walrus").content.decode()


def test_the_index_follows_the_content(worded, folder, client):
    assert not import_content(folder).changed
    before = list(Passage.objects.values_list("pk", flat=True))
    import_content(folder)
    assert list(Passage.objects.values_list("pk", flat=True)) == before, "nothing that is unchanged is written"
    (folder / "system-scaling" / "01-beginning.md").write_text(lesson("system-beginning", "The beginning") + "\nAn okapi.\n")
    import_content(folder)
    assert found(client, "walrus").context["hits"] == []
    assert len(found(client, "okapi").context["hits"]) == 1
    (folder / "system-scaling" / "01-beginning.md").unlink()
    import_content(folder)
    assert found(client, "okapi").context["hits"] == []


def test_an_import_that_fails_leaves_the_index(worded, folder, client, monkeypatch):
    (folder / "system-scaling" / "01-beginning.md").write_text(lesson("system-beginning", "The beginning") + "\nAn okapi.\n")
    monkeypatch.setattr("lessons.importer._Import._check_kinds", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        import_content(folder)
    assert len(found(client, "walrus").context["hits"]) == 2
    assert found(client, "okapi").context["hits"] == []


def test_a_search_costs_few_queries(worded, bob, django_assert_max_num_queries):
    with django_assert_max_num_queries(4):
        assert search(bob, "walrus")


def secrets(data):
    if isinstance(data, dict):
        for key, value in data.items():
            if key in ("why_html", "text_html") and isinstance(value, str):
                yield " ".join(unescape(re.sub(r"<[^>]*>", "", value)).split())
            else:
                yield from secrets(value)
    elif isinstance(data, list):
        for each in data:
            yield from secrets(each)


def test_no_answer_and_no_explanation_is_in_the_index(shipped, staff):
    text = "\n".join(f"{each.title} {each.text}" for each in Passage.objects.all())
    told = {one for question in Question.objects.all() for one in secrets(question.data) if len(one) > 30}
    assert len(told) > 100
    assert [one for one in told if one in text] == []


def test_the_best_known_questions_find_their_lesson(shipped, client):
    for query, slug in (
        ("autoscaling", "autoscaling"),
        ("two choices", "load-balancing-strategies"),
        ("sticky sessions", "stateless-servers"),
        ("vertical", "vertical-scaling"),
        ("load balanc", "load-balancing"),
    ):
        hits = found(client, query).context["hits"]
        assert slug in [hit.lesson.slug for hit in hits[:3]], (query, [hit.url for hit in hits])
