"""A small course to test with: a free track and a locked one."""

from pathlib import Path

TRACKS = {
    "system-scaling": "id: scaling\ntitle: System Scaling\nsummary: How systems grow.\norder: 1\n",
    "surviving-overload": "id: overload\ntitle: Surviving Overload\nsummary: How they fall.\norder: 2\nprice_cents: 3900\n",
}
LESSON = """---
id: {id}
title: "{title}"
summary: About {title}.
minutes: 10
key_points: ["The first point.", "The second.", "The third."]
---
Opening words.

:::{{simulation}} load-balancing-strategies
---
id: strategies
title: "Experiment: {id}"
preset: {{arrival_rate: 500}}
---
Try it.
:::

## Details

BODY-OF-{id}

:::{{question}} single
---
id: {id}-check
choices:
  - {{text: "Gamma", correct: true, why: "WHY-GAMMA"}}
  - {{text: "Delta", why: "WHY-DELTA"}}
---
Which of the two in {id}?
:::
"""
QUESTIONS = """
:::{question} single
---
id: prefix-single
choices:
  - {text: "Alpha", correct: true, why: "WHY-ALPHA"}
  - {text: "Beta", why: "WHY-BETA"}
---
Which one?
:::

:::{question} multiple
---
id: prefix-multiple
choices:
  - {text: "One", correct: true, why: "WHY-ONE"}
  - {text: "Two", why: "WHY-TWO"}
  - {text: "Three", correct: true, why: "WHY-THREE"}
---
Which ones?
:::

:::{question} number
---
id: prefix-number
unit: ms
answer: 4711
tolerance_percent: 3
mistakes: [{value: 56, within_percent: 4, why: "WHY-LINE"}]
why: "WHY-NUMBER"
---
How long?
:::

:::{question} order
---
id: prefix-order
items:
  - {key: a, text: "First"}
  - {key: b, text: "Second"}
  - {key: c, text: "Third"}
why: "WHY-ORDER"
---
In which order?
:::

:::{question} tune
---
id: prefix-tune
scenario: load-balancing-strategies
fixed: {arrival_rate: 480, servers: 6}
free: [strategy]
opening: {strategy: random}
target: {measure: p99, at_most: 0.110}
duration: 20
warm_up: 2
runs: 3
pass: 2
mistakes: [{setting: {strategy: round-robin}, why: "WHY-ROUND"}]
why: "WHY-TUNE"
---
Find a strategy.
:::
"""
SECRETS = ("WHY-", "4711", "BODY-OF-")


def lesson(uid: str, title: str) -> str:
    """The text of a lesson."""
    return LESSON.format(id=uid, title=title)


def write_course(folder: Path) -> Path:
    """Write both tracks below `folder`."""
    for slug, track in TRACKS.items():
        home = folder / slug
        home.mkdir(parents=True)
        prefix = slug.split("-")[0]
        (home / "track.yaml").write_text(track)
        (home / "01-beginning.md").write_text(lesson(f"{prefix}-beginning", "The beginning"))
        (home / "02-middle.md").write_text(lesson(f"{prefix}-middle", "The middle"))
        (home / "questions.md").write_text(QUESTIONS.replace("prefix", prefix))
    return folder
