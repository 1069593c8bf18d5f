"""Markdown from authors runs nothing; each layer holds with the others off."""

import pytest

from lessons.markdown import ContentErrors, parse_lesson, parse_questions, render_preview
from lessons.markdown.figures import FigureError, inline
from lessons.markdown.render import MD, parser
from lessons.markdown.sanitise import clean
from tests.lessons.content import QUESTIONS, lesson

ATTACKS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg onload=alert(1)><script>alert(1)</script></svg>",
    "<svg><style>@import 'https://evil.test'</style></svg>",
    "<svg><foreignObject><body onload=alert(1)></foreignObject></svg>",
    "<svg><use href='https://evil.test/x.svg#a'/></svg>",
    "<svg><a xlink:href='javascript:alert(1)'><text>x</text></a></svg>",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)></style></mglyph></table></mtext></math>",
    "<math href='javascript:alert(1)'>x</math>",
    "<math><annotation-xml encoding='text/html'><script>alert(1)</script></annotation-xml></math>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<a href='javascript:alert(1)'>x</a>",
    "<a href='data:text/html,<script>alert(1)</script>'>x</a>",
    "<form action=/account/><button formaction=javascript:alert(1)>x</button></form>",
    "<p style='background:url(https://evil.test)' hx-get='/x' hx-on:click='alert(1)' data-on=x>x</p>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](&#106;avascript:alert(1))",
    "![x](data:image/svg+xml;base64,PHN2Zz4=)",
    "<!--><script>alert(1)</script>-->",
    "$\\href{javascript:alert(1)}{x}$",
    '```"><script>alert(1)</script>\nx\n```',
]
DANGERS = (
    "<script",
    "onerror=",
    "onload=",
    "<iframe",
    "<style",
    "style=",
    "<form",
    "<use",
    "<img",
    "hx-",
    "srcdoc=",
    "foreignobject",
)


def runs(html: str) -> bool:
    """Whether a browser could run or fetch something of this; escaped text cannot."""
    inside = "".join(part.split(">")[0] for part in html.lower().split("<")[1:])
    tags = "".join("<" + part.split(">")[0] + ">" for part in html.lower().split("<")[1:])
    return any(danger in tags for danger in DANGERS) or "javascript:" in inside or 'href="data:' in inside


@pytest.mark.parametrize("attack", ATTACKS)
def test_the_parser_alone(attack):
    assert not runs(MD.render(attack).replace("<img", "<picture"))  # an image is refused before it is rendered


@pytest.mark.parametrize("attack", ATTACKS)
def test_the_sanitiser_alone(attack):
    assert not runs(clean(attack))
    assert not runs(clean(parser(html=True).render(attack)))


@pytest.mark.parametrize("attack", ATTACKS)
def test_through_everything(attack):
    try:
        document = parse_lesson(lesson("x-x", "X").replace("BODY-OF-x-x", attack), "x.md")
    except ContentErrors:
        return
    assert not runs("".join(part.get("html", "") for part in document.parts))


@pytest.mark.parametrize("attack", ATTACKS)
def test_in_a_question(attack):
    text = QUESTIONS.replace("Which one?", attack)
    try:
        found = parse_questions(text, "questions.md")
    except ContentErrors:
        return
    assert not runs(found[0].prompt_html)


SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 10 10">{}</svg>'


@pytest.mark.parametrize(
    "inner",
    [
        "<script>alert(1)</script>", "<style>a{}</style>", '<rect style="fill:red"/>', '<rect onclick="x()"/>',
        '<image href="https://evil.test/x.png"/>', '<use href="#a"/>', '<rect fill="url(https://evil.test#a)"/>',
        "<foreignObject/>", '<a href="https://evil.test"><text>x</text></a>', '<rect href="x"/>', "<animate/>",
    ],
)  # fmt: skip
def test_a_drawing_with_anything_but_a_drawing_is_refused(inner):
    with pytest.raises(FigureError):
        inline(SVG.format(inner).encode(), "x.svg", "A drawing of something")


@pytest.mark.parametrize(
    "raw", [b"", b"<svg", b"<!DOCTYPE svg><svg/>", b'<!DOCTYPE x [<!ENTITY a "b">]><svg/>', b"<html/>", b"\xff\xfe\x00"]
)
def test_a_file_that_is_no_drawing_is_refused(raw):
    with pytest.raises(FigureError):
        inline(raw, "x.svg", "A drawing of something")


def test_a_drawing_is_inline_labelled_and_its_ids_are_its_own():
    html = inline(SVG.format('<marker id="a"/><path marker-end="url(#a)" d="M0 0"/>').encode(), "queue.svg", 'A "queue"')
    assert 'id="queue-a"' in html
    assert "url(#queue-a)" in html
    assert clean(html).count("queue-a") == 2
    assert 'aria-label="A &quot;queue&quot;"' in html


@pytest.mark.parametrize("name", ["../secret.svg", "/etc/passwd", "a/b.svg", "x.png", ""])
def test_a_figure_lies_beside_its_lesson(tmp_path, name):
    text = lesson("x-x", "X").replace("BODY-OF-x-x", f":::{{figure}} {name}\n---\nalt: A long description\n---\nCaption\n:::")
    with pytest.raises(ContentErrors, match=r"x\.md:21: expected the name of an SVG file"):
        parse_lesson(text, "x.md", tmp_path)


@pytest.mark.parametrize("fields", ["[" * 50_000, "? [a]\n: 1", "alt: 1\nalt: 2", "alt: !" + "x" * 50_000, "alt: 2026-99-99"])
def test_fields_that_are_no_fields_are_refused_in_a_few_words(tmp_path, fields):
    text = lesson("x-x", "X").replace("BODY-OF-x-x", f":::{{figure}} queue.svg\n---\n{fields}\n---\nCaption\n:::")
    with pytest.raises(ContentErrors, match=r"x\.md:2\d: expected YAML") as refused:
        parse_lesson(text, "x.md", tmp_path)
    assert len(str(refused.value)) < 1000


def test_lines_are_right_inside_directives():
    text = lesson("x-x", "X").replace("BODY-OF-x-x", ":::{note} N\nfine\n\n$\\frac{1$\n:::")
    with pytest.raises(ContentErrors, match=r"x.md:24: expected LaTeX"):
        parse_lesson(text, "x.md")


def test_what_a_lesson_may_hold():
    body = "\n".join(
        ["| a | b |", "|---|--:|", "| 1 | 2 |", "", "Inline $\\lambda$, a note[^1].", "", "term", ": meaning", "",
         "```python", "x = 1", "```", "", ":::{definition} utilisation", "Busy time.", ":::", "", "[^1]: Said there."]
    )  # fmt: skip
    html = parse_lesson(lesson("x-x", "X").replace("BODY-OF-x-x", body), "x.md").parts[2]["html"]
    for piece in (
        '<div class="table"><table>',
        "<math>",
        "footnote-ref",
        "<dt>term</dt>",
        'class="code"',
        "<dfn>utilisation</dfn>",
    ):
        assert piece in html
    assert "style=" not in html


def test_an_empty_corner_of_a_table_is_no_heading():
    """A screen reader would announce a heading that says nothing."""
    table = "| | Reads |\n|---|---|\n| one | 5 |"
    page = parse_lesson(lesson("x-x", "X").replace("BODY-OF-x-x", table), "x.md").parts[2]["html"]
    assert "<th></th>" not in page
    assert "<td></td>" in page
    assert "<th>Reads</th>" in page


def test_the_studio_sees_what_the_importer_sees(db):
    assert render_preview("nothing", "x.md").errors[0].line == 1
    document = render_preview(lesson("x-x", "X"), "x.md").document
    assert document.parts[1]["simulation"].title == "Experiment: x-x"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("{question} single", "{question} singel", "expected a kind of question"),
        ('correct: true, why: "WHY-ALPHA"', 'why: "WHY-ALPHA"', "correct: true"),
        ("answer: 4711", "answer: .nan", "finite"),
        ("answer: 4711", "answr: 4711", "unknown field answr"),
        ("free: [strategy]", "free: [magic]", "There is no control"),
        ("runs: 3", "runs: 1", "pass must be at most runs"),
        ("duration: 20", "duration: 3600\nxx: 1", "unknown field xx"),
        ("at_most: 0.110", "at_most: 0.110, at_least: 1", "one of the two"),
        ("id: prefix-order", "id: prefix-single", "no other question has"),
        ("Which one?\n:::", "Which one?", "expected :::{question} here|expected a closing"),
    ],
)
def test_a_question_that_cannot_be_asked(old, new, said):
    with pytest.raises(ContentErrors, match=said):
        parse_questions(QUESTIONS.replace(old, new), "questions.md")
