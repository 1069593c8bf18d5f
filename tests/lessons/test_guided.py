"""Guided steps and predictions: read strictly, with file and line, and readable on a page without scripts."""

import pytest

from lessons.markdown import ContentErrors, parse_lesson
from lessons.simulations import view_from

FRONT = '---\nid: a-lesson\ntitle: A lesson\nsummary: About it.\nminutes: 5\nkey_points: ["One.", "Two.", "Three."]\n---\n'
PREDICT = ":::{predict} box\n---\nkind: choice\nat: [[4, slow.1, true]]\nchoices: [Up, Down]\n---\nWhat happens?\n:::\n"
STEPS = """:::{simulation} one-server
---
id: box
preset: {arrival_rate: 50}
steps:
  - {title: First, text: "Look at **p99**.", show: [arrival_rate]}
  - {title: Second, text: More load., set: {arrival_rate: 90}, show: [arrival_rate, slow]}
---
Try it.
:::
"""
END = "\n## Details\n\nText.\n"


def lesson(*blocks: str):
    return parse_lesson(FRONT + "\n".join(blocks) + END, "x.md")


def mistakes(*blocks: str) -> list[str]:
    with pytest.raises(ContentErrors) as caught:
        lesson(*blocks)
    return [str(error) for error in caught.value.errors]


def test_steps_are_read_with_their_settings_and_controls():
    [made] = lesson(STEPS).simulations
    assert [step["title"] for step in made["steps"]] == ["First", "Second"]
    assert made["steps"][0]["text_html"] == "Look at <strong>p99</strong>."
    assert made["steps"][1]["set"] == {"arrival_rate": 90}
    assert view_from(made).scenario["steps"] == made["steps"]


@pytest.mark.parametrize(
    ("wrong", "right", "line", "said"),
    [
        ("set: {arrival_rate: 90}", "set: {arrival_rate: 9000}", 14, "steps.1.set.arrival_rate: Arrival rate takes 1 to 150"),
        ("show: [arrival_rate, slow]", "show: [arrival_rate, nothing]", 14, "steps.1.show: expected one of arrival_rate"),
        ("title: Second, ", "", 14, "expected the field steps.1.title"),
        ("text: More load.", "text: <script>", 14, ""),
    ],
)
def test_a_mistake_in_a_step_names_its_line(wrong, right, line, said):
    changed = STEPS.replace(wrong, right)
    if not said:
        assert "<script>" not in lesson(changed).simulations[0]["steps"][1]["text_html"]
        return
    found = mistakes(changed)
    assert any(each.startswith(f"x.md:{line}: ") and said in each for each in found), found


def test_a_prediction_belongs_to_the_simulation_below_it():
    [made] = lesson(PREDICT, STEPS).simulations
    told = made["predict"]
    assert told["choices"] == ["Up", "Down"]
    assert told["timeline"] == [[0.0, "arrival_rate", 50], [4.0, "slow.1", True]]
    assert (told["measure"], told["scale"], told["unit"], told["from"]) == ("p99", 1000, "ms", 4.0)
    assert "What happens?" in told["question_html"]


@pytest.mark.parametrize(
    ("blocks", "line", "said"),
    [
        ([PREDICT.replace("box", "another"), STEPS], 8, "expected the id of a simulation further down (box), not another"),
        ([STEPS, PREDICT], 19, "expected the prediction above its simulation"),
        ([PREDICT.replace("slow.1", "slow.9"), STEPS], 11, "at.0: There is no control 'slow.9'"),
        ([PREDICT.replace("choices: [Up, Down]\n", ""), STEPS], 10, "choices: expected two or more"),
        ([PREDICT.replace("kind: choice", "kind: curve").replace("choices: [Up, Down]\n", ""), STEPS], 10, "maximum: expected"),
        ([PREDICT, PREDICT, STEPS], 17, "expected one prediction for the simulation box"),
        ([PREDICT.replace("What happens?\n", ""), STEPS], 14, "expected the question"),
    ],
)
def test_a_mistake_in_a_prediction_names_its_line(blocks, line, said):
    found = mistakes(*blocks)
    assert any(each.startswith(f"x.md:{line}: ") and said in each for each in found), found
