"""Content comes in whole or not at all; ids keep what learners did; nothing in it can run script."""

import shutil

import pytest

from lessons.importer import import_content
from lessons.markdown import ContentErrors, parse_lesson, parse_questions, render
from lessons.markdown.render import clean
from lessons.models import Lesson, Track
from tests.lessons.conftest import CONTENT

LESSON = """---
id: a-lesson
title: A lesson
summary: One line that says what it is.
key_points: [one, two, three]
---
Opening.

:::{simulation} pool
---
id: sim
preset: {servers: 5}
---
Try it.
:::

## Details

Text.
"""


def test_the_shipped_content_has_its_parts(free, paid):
    assert free.lessons.count() == 9
    assert free.questions.count() == 5
    assert paid.lessons.count() == 2
    for lesson in Lesson.objects.all():
        assert len(lesson.key_points) == 3
        assert lesson.summary
        words = sum(len(part.get("html", "").split()) for part in lesson.parts)
        assert words > 500, lesson
    assert list(free.questions.values_list("kind", flat=True)) == ["number", "order", "multiple", "number", "tune"]


def test_importing_again_changes_nothing(content):
    assert import_content(CONTENT).changed == []


def test_a_renamed_lesson_keeps_its_row_and_a_removed_one_is_unpublished(content, tmp_path):
    copy = tmp_path / "content"
    shutil.copytree(CONTENT, copy)
    before = Lesson.objects.get(slug="load-balancing-strategies").pk
    folder = copy / "system-scaling"
    (folder / "05-load-balancing-strategies.md").rename(folder / "05-choosing-a-server.md")
    (folder / "09-scalable-system-architecture.md").unlink()
    import_content(copy)
    assert Lesson.objects.get(slug="choosing-a-server").pk == before
    assert not Lesson.objects.get(slug="scalable-system-architecture").published


def test_one_mistake_and_nothing_is_imported(db, tmp_path):
    copy = tmp_path / "content"
    shutil.copytree(CONTENT, copy)
    file = copy / "system-scaling" / "08-cdns.md"
    file.write_text(file.read_text().replace("## Details", "## Other"))
    with pytest.raises(ContentErrors, match=r"08-cdns.md:\d+: expected a section `## Details`"):
        import_content(copy)
    assert not Track.objects.exists()


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("title: A lesson", "titel: A lesson", r"x.md:3: front matter: there is no field `titel`"),
        ("[one, two, three]", "[one, two]", r"x.md:5: front matter: `key_points`"),
        ("{simulation} pool", "{simulation} pond", r"x.md:9: simulation sim: There is no scenario 'pond'"),
        ("{servers: 5}", "{servers: 500}", r"x.md:9: .*takes whole numbers from 1 to 20"),
        ("id: sim", "name: sim", r"x.md:11: simulation: there is no field `name`"),
        ("Try it.\n:::", "Try it.", r"x.md:9: the directive `simulation` is not closed"),
        ("{simulation} pool", "{simulacrum} pool", r"x.md:9: there is no directive `simulacrum`"),
        ("---\nid: a", "id: a", r"x.md:1: expected front matter"),
        ("Opening.", "Opening $\\frac{1$.", r"x.md:7: this maths does not read: Expected closing token"),
    ],
)
def test_mistakes_are_told_with_file_line_and_expectation(old, new, said):
    assert old in LESSON
    with pytest.raises(ContentErrors, match=said):
        parse_lesson(LESSON.replace(old, new, 1), "x.md")


def test_a_question_that_cannot_be_answered_is_refused():
    choices = "choices:\n - {text: a, correct: true, why: w}\n - {text: b, correct: true, why: w}"
    text = f":::{{question}} single\n---\nid: q\n{choices}\n---\nWhich?\n:::"
    with pytest.raises(ContentErrors, match="exactly one choice must be correct"):
        parse_questions(text, "q.md")
    with pytest.raises(ContentErrors, match="is not closed"):
        parse_questions(text[:-4], "q.md")


@pytest.mark.parametrize(
    "evil",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "[x](javascript:alert(1))",
        "![x](data:text/html;base64,PHNjcmlwdD4=)",
        "<svg onload=alert(1)>",
        "<iframe src=//evil.test></iframe>",
        "<p style='position:fixed'>x</p>",
        "<math><annotation-xml encoding='text/html'><script>alert(1)</script></annotation-xml></math>",
    ],
)
def test_script_does_not_survive_either_layer_alone(evil):
    for html in (render(evil), clean(evil)):
        lowered = html.lower().replace("&lt;", "\0")
        for bad in (
            "<script",
            "<svg",
            "<iframe",
            "<img src=x",
            'href="javascript',
            'src="data:',
        ):
            assert bad not in lowered, html
        assert "<p style" not in lowered
