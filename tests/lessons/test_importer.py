"""From files to lessons: all or nothing, and what learners did is kept."""

import pytest
from django.core.management import CommandError, call_command

from lessons.importer import check_content, import_content
from lessons.markdown import ContentErrors
from lessons.models import Answer, Attempt, Lesson, LessonProgress, Question, Track
from tests.lessons.content import lesson


def everything():
    return [list(model.objects.order_by("pk").values()) for model in (Track, Lesson, Question)]


def test_a_course_arrives_whole(course, free):
    assert [each.title for each in free.lessons.published()] == ["The beginning", "The middle"]
    assert [each.kind for each in free.questions.published()] == ["single", "multiple", "number", "order", "tune"]
    first = free.lessons.get(number=1)
    assert [list(part) for part in first.parts] == [["html"], ["simulation"], ["html"], ["question"]]
    assert first.key_points == ["The first point.", "The second.", "The third."]
    assert course["surviving-overload"].price_text == "$39"


def test_again_writes_nothing(course, folder, django_assert_max_num_queries, monkeypatch):
    before = everything()
    report = import_content(folder)
    assert not report.changed
    assert report.unchanged == 20
    assert everything() == before


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        ("minutes: 10", "minutes: ten", 5, "minutes: expected a valid integer"),
        ("summary:", "sumary:", 4, "unknown field sumary"),
        ("## Details", "## Other", 8, "expected a section ## Details"),
        ("{arrival_rate: 500}", "{arrival_rate: 5000}", 14, "Arrival rate takes"),
        ("{arrival_rate: 500}", "{arival_rate: 500}", 14, "There is no control"),
        ("load-balancing-strategies", "no-such-scenario", 10, "no-such-scenario"),
        ("Which of the two in system-middle?\n:::", "Which of the two?", 23, "expected a closing line :::"),
        ("question} single", "question} doubel", 23, "expected a kind of question"),
        (":::{simulation}", ":::{simulaton}", 10, "unknown directive simulaton"),
        ("BODY-OF", "$\\frac{1$ BODY-OF", 21, "expected LaTeX"),
        ("BODY-OF", "![x](y.png) BODY-OF", 21, "expected :::{figure}"),
        ("BODY-OF", "[x](ftp://y) BODY-OF", 21, "expected a link"),
        ('"The third."', '"The third.", "A fourth."', 6, "key_points"),
        ("minutes: 10", "minutes: 10\nsketches: [queue, sqeue, fan]", 6, "sketches.1: one of area, bottleneck"),
        ("Opening", "Open\x00ing", 8, "control character"),
    ],
)
def test_a_broken_file_imports_nothing(course, folder, old, new, line, said):
    before = everything()
    file = folder / "system-scaling" / "02-middle.md"
    (folder / "system-scaling" / "01-beginning.md").write_text(lesson("system-beginning", "A better beginning"))
    file.write_text(file.read_text().replace(old, new))
    with pytest.raises(ContentErrors) as caught:
        import_content(folder)
    assert everything() == before
    found = [str(error) for error in caught.value.errors]
    assert any(each.startswith(f"system-scaling/02-middle.md:{line}: ") and said in each for each in found), found


def test_every_mistake_is_named_at_once(course, folder):
    for name in ("01-beginning.md", "02-middle.md"):
        (folder / "system-scaling" / name).write_text("no front matter")
    assert len({error.file for error in check_content(folder)}) == 2


def test_ids_are_unique_in_the_whole_course(course, folder):
    (folder / "surviving-overload" / "03-copy.md").write_text(lesson("system-middle", "Copy"))
    assert "lesson id of its own" in str(check_content(folder)[0])


def test_progress_survives_rename_move_and_reorder(course, folder, alice):
    middle = Lesson.objects.get(uid="system-middle")
    LessonProgress.objects.create(user=alice, lesson=middle)
    home = folder / "system-scaling"
    (home / "01-beginning.md").rename(home / "02-middle.md.swap")
    (home / "02-middle.md").rename(home / "01-beginning.md")  # also takes the other's address
    (home / "02-middle.md.swap").rename(home / "02-middle.md")
    report = import_content(folder)
    assert len(report.updated) == 2
    moved = LessonProgress.objects.get(user=alice).lesson
    assert (moved.pk, moved.number, moved.slug, moved.published) == (middle.pk, 1, "beginning", True)
    (home / "01-beginning.md").rename(folder / "surviving-overload" / "09-moved.md")
    import_content(folder)
    assert LessonProgress.objects.get(user=alice).lesson.track.slug == "surviving-overload"


def test_what_disappears_is_unpublished_and_comes_back_with_its_progress(course, folder, alice, client):
    file = folder / "system-scaling" / "02-middle.md"
    text = file.read_text()
    LessonProgress.objects.create(user=alice, lesson=Lesson.objects.get(uid="system-middle"))
    file.unlink()
    assert import_content(folder).unpublished == ["The middle", "system-middle-check"]
    assert client.get("/tracks/system-scaling/middle/").status_code == 404
    file.write_text(text)
    import_content(folder)
    assert LessonProgress.objects.filter(user=alice, lesson__published=True).count() == 1


def test_the_command_says_file_and_line_and_fails(course, folder):
    (folder / "system-scaling" / "track.yaml").write_text("id: scaling\ntitle: X\nsummary: Y\nprize_cents: 3\n")
    with pytest.raises(CommandError, match=r"system-scaling/track.yaml:4: unknown field prize_cents(.|\n)*Nothing was imported"):
        call_command("import_content", str(folder))
    with pytest.raises(CommandError, match="unknown field"):
        call_command("check_content", str(folder))


def test_an_empty_folder_is_a_mistake(db, tmp_path):
    assert "expected folders with a track.yaml" in str(check_content(tmp_path)[0])


def test_one_file_can_be_checked(folder):
    assert check_content(folder / "system-scaling" / "01-beginning.md") == []


def test_a_track_with_a_new_id_takes_over_the_address(course, folder, client):
    file = folder / "system-scaling" / "track.yaml"
    file.write_text(file.read_text().replace("id: scaling", "id: scaling-anew"))
    assert import_content(folder).unpublished == ["System Scaling"]
    assert client.get("/tracks/system-scaling/").status_code == 200
    assert not import_content(folder).changed


def test_an_answered_question_keeps_its_kind(course, folder, free, alice):
    question = free.questions.published().get(number=1)
    attempt = Attempt.objects.create(user=alice, track=free)
    Answer.objects.create(attempt=attempt, question=question, given="x", correct=False, score=0)
    file = folder / "system-scaling" / "questions.md"
    file.write_text(file.read_text().replace("{question} single", "{question} multiple"))
    with pytest.raises(ContentErrors, match=r"system-scaling/questions.md:2: expected a new id"):
        import_content(folder)
