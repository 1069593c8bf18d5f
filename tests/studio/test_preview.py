"""The studio shows a lesson or its mistakes, to authors only. alice learns, ivy teaches, stan is staff."""

import re

import pytest
from django.contrib.auth import get_user_model
from django.core.files.uploadedfile import SimpleUploadedFile

from lessons.models import Lesson, Track

SOURCE = """---
id: x-1
title: A lesson of mine
summary: What it is about.
minutes: 5
key_points: ["One.", "Two.", "Three."]
---
Before.

## Details

The **body** <script>alert(1)</script>.
"""


@pytest.fixture
def people(db):
    make = get_user_model().objects.create_user
    found = {name: make(name, f"{name}@example.test", "x", is_staff=name == "stan") for name in ("alice", "ivy", "stan")}
    track = Track.objects.create(uid="ss", slug="system-scaling", title="System Scaling", summary="s", order=1)
    track.instructors.add(found["ivy"])
    return found


@pytest.fixture
def studio(client, people):
    client.force_login(people["ivy"])
    return client


def test_visitors_sign_in_learners_are_refused_authors_come_in(client, people):
    assert client.get("/studio/").headers["Location"] == "/account/login/?next=/studio/"
    for name, status in (("alice", 403), ("ivy", 200), ("stan", 200)):
        client.force_login(people[name])
        assert client.get("/studio/").status_code == status
        assert client.post("/studio/", {"source": SOURCE}).status_code == status


def test_a_pasted_lesson_is_shown_and_not_kept(studio):
    page = studio.post("/studio/", {"source": SOURCE}).content.decode()
    assert "A lesson of mine" in page
    assert "<strong>body</strong>" in page
    assert "<script>alert" not in page
    assert not Lesson.objects.exists()


def test_an_uploaded_file_is_shown_under_its_name(studio):
    upload = SimpleUploadedFile("07-mine.md", b"\xef\xbb\xbf" + SOURCE.replace("\n", "\r\n").encode())
    page = studio.post("/studio/", {"file": upload}).content.decode()
    assert "07-mine.md" in page
    assert "<strong>body</strong>" in page


def test_the_form_takes_text_and_file(studio):
    page = studio.get("/studio/").content.decode()
    form = page[page.index('<form class="pane edit') : page.index("</form>", page.index('<form class="pane edit'))]
    assert 'enctype="multipart/form-data"' in form
    assert re.search(r'<input type="file"[^>]*name="file"', form)
    assert re.search(r'<textarea name="source"', form)


def test_a_file_wins_over_the_text_and_stands_in_the_field_afterwards(studio):
    upload = SimpleUploadedFile("07-mine.md", SOURCE.encode())
    answer = studio.post("/studio/", {"source": "something else", "file": upload})
    assert answer.context["source"] == SOURCE
    again = studio.post("/studio/", {"source": answer.context["source"], "file_name": answer.context["file_name"], "file": ""})
    assert again.context["document"].title == "A lesson of mine"
    assert "07-mine.md" in again.content.decode()


@pytest.mark.parametrize("sent", ["text", "file"])
def test_mistakes_have_their_lines(studio, sent):
    source = SOURCE.replace("minutes: 5", "minutes: soon").replace("Before.", ":::{nonsense}\n:::")
    fields = {"source": source} if sent == "text" else {"file": SimpleUploadedFile("x.md", source.encode())}
    answer = studio.post("/studio/", fields)
    assert [error.line for error in answer.context["errors"]] == [5, 8]
    assert answer.context["document"] is None
    page = answer.content.decode()
    assert "2 problems" in page
    assert all(f'data-line="{line}"' in page and f"<b>Line {line}</b>" in page for line in (5, 8))


def test_a_simulation_is_shown_as_a_still_picture(studio):
    source = SOURCE.replace("Before.", ":::{simulation} pool\n---\nid: sim\npreset: {servers: 5}\n---\nTry it.\n:::")
    page = studio.post("/studio/", {"source": source}).content.decode()
    assert "<svg" in page[page.index("pv-kind") :]
    assert "Four servers instead of one large one" in page
    assert "<simulation-panel" not in page


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ({"file": SimpleUploadedFile("x.md", b"\xff\xfe\x00")}, "UTF-8"),
        ({"file": SimpleUploadedFile("x.md", b"x" * 200_001)}, "longer than"),
        ({"source": "x" * 200_001}, "longer than"),
    ],
    ids=["not text", "long file", "long text"],
)
def test_what_is_no_lesson_is_refused_in_words(studio, sent, words):
    answer = studio.post("/studio/", sent)
    assert answer.status_code == 422
    assert words in answer.content.decode()


@pytest.mark.parametrize("source", ["", "\0", "---\n---", ":::{note}\n", "---\nid: [\n---\n"])
def test_any_text_is_answered(studio, source):
    assert studio.post("/studio/", {"source": source}).status_code == 200
