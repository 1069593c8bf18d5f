"""A number in the text is held against the model, and leads the reader to the run that gives it."""

import re

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from lessons.claims import check_claims
from lessons.importer import claims_of, import_content
from lessons.markdown import ContentErrors, parse_lesson, parse_section
from lessons.markdown.claims import Link, number_of
from lessons.models import Lesson
from tests.lessons.content import QUESTIONS, lesson

SAID = """Random spreads [{said}](claim:random/{measure}), they say.

:::{{claim}} {scenario}
---
id: random
settings: {{strategy: random, servers: 4, arrival_rate: 320}}
seeds: {seeds}
duration: {duration}
---
:::
"""


def source(said="50 ms", measure="mean_response_time", scenario="load-balancing-strategies", seeds=10, duration=600):
    body = SAID.format(said=said, measure=measure, scenario=scenario, seeds=seeds, duration=duration)
    return lesson("x-x", "X").replace("BODY-OF-x-x", body)


def wrong(text):
    return [str(error) for error in check_claims(parse_lesson(text, "x.md").claims)]


@pytest.mark.parametrize(
    ("said", "measure"),
    [("50 ms", "mean_response_time"), ("80%", "utilisation"), ("320", "throughput"), ("25%", "share.max")],
)
def test_a_true_number_holds(said, measure):
    assert wrong(source(said, measure)) == []


def test_a_false_number_is_named_with_its_line_and_what_was_measured():
    (said,) = wrong(source("62 ms"))
    found = re.fullmatch(r"x.md:21: claim random, mean_response_time: expected (0\.\d+) ± .* found '62 ms' .*", said)
    assert abs(float(found[1]) - 0.050) < 0.002


def test_a_run_that_is_too_short_to_tell_is_a_mistake_too():
    (said,) = wrong(source("50 ms", seeds=2, duration=60))
    assert "more or longer runs" in said or "as measured" in said


@pytest.mark.parametrize(
    ("text", "value", "half"),
    [("230 ms", 0.230, 0.0005), ("about 23.3 ms", 0.0233, 0.00005), ("7%", 0.07, 0.005), ("2.3 s", 2.3, 0.05),
     ("4,500 requests", 4500, 0.5), ("804/s", 804, 0.5), ("$0.50", 0.5, 0.005), ("3 servers", 3, 0.5)],
)  # fmt: skip
def test_numbers_are_read_with_their_units(text, value, half):
    number = number_of(Link(1, "x", "p99", text))
    assert (number.value, number.half_digit) == (pytest.approx(value), pytest.approx(half))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("claim:random/", "claim:randon/", r"x.md:21: expected a :::\{claim\} with the id randon"),
        ("mean_response_time)", "latency)", r"x.md:21: expected a measure like"),
        ("[50 ms]", "[a while]", r"x.md:21: expected a number in the text"),
        ("](claim:random/mean_response_time)", "](/somewhere/)", r"x.md:23: expected a number that comes from it"),
        ("---\n:::\n\n", "---\nwords\n:::\n\n", r"x.md:30: expected no text in a claim"),
        ("servers: 4", "servers: 40", r"x.md:26: settings.servers: Servers takes"),
        ("{claim} load-balancing-strategies", "{claim} nowhere", r"x.md:23: There is no scenario"),
        ("seeds: 10", "at: [[5, stop.99, true]]", r"x.md:25: expected changes that the scenario takes"),
        ("seeds: 10", "sedes: 10", r"x.md:27: unknown field sedes"),
    ],
)
def test_a_claim_that_cannot_be_checked(old, new, said):
    text = source() + "\n"
    assert old in text
    with pytest.raises(ContentErrors, match=said):
        parse_lesson(text.replace(old, new), "x.md")


def test_two_claims_of_one_name():
    twice = source().replace("Random spreads", ":::{claim} pool\n---\nid: random\n---\n:::\n\nRandom spreads")
    with pytest.raises(ContentErrors, match="no other claim of the file has, not random"):
        parse_lesson(twice, "x.md")


@pytest.fixture
def claiming(course, folder):
    """A lesson with a claim that its simulation can show, and one that it cannot."""
    text = source().replace("x-x", "system-beginning")
    text += "\n[17.5 ms](claim:shared/mean_response_time)\n\n:::{claim} pool\n---\nid: shared\n---\n:::\n"
    (folder / "system-scaling" / "01-beginning.md").write_text(text)
    import_content(folder)
    return Lesson.objects.get(slug="beginning", track__slug="system-scaling")


def test_a_number_leads_to_its_run(claiming, client):
    url = reverse("lessons:lesson", args=["system-scaling", "beginning"])
    page = client.get(url).content.decode()
    assert 'href="?claim=random#sim-strategies"' in page
    assert "claim=shared" not in page
    assert "17.5 ms" in page
    ordinary = client.get(url).context["parts"][1]["simulation"]
    pressed = client.get(url, {"claim": "random"})
    simulation = pressed.context["parts"][1]["simulation"]
    assert simulation.scenario["opening"] == [[0, "strategy", "random"], [0, "servers", 4], [0, "arrival_rate", 320]]
    assert simulation.still_svg != ordinary.still_svg
    assert simulation.table != ordinary.table
    assert "Strategy: random, Servers 4, Arrival rate 320 req/s" in pressed.content.decode()


def test_the_page_says_what_its_own_run_gives(claiming, client):
    url = reverse("lessons:lesson", args=["system-scaling", "beginning"])
    assert client.get(url).content.decode().count('id="number-random"') == 1
    found = client.get(url, {"claim": "random"}).context["parts"][1]["simulation"]
    [(what, said, here)] = found.claimed.numbers
    assert (what, said) == ("mean latency", "50 ms")
    assert 45 < float(here.removesuffix(" ms")) < 55
    assert found.claimed.in_text
    assert found.scenario["claimed"] == {"span": 630}


@pytest.mark.parametrize("claim", ["shared", "nothing", "", "<script>", "x" * 5000])
def test_another_claim_changes_nothing(claiming, client, claim):
    url = reverse("lessons:lesson", args=["system-scaling", "beginning"])
    page = client.get(url, {"claim": claim})
    assert page.context["parts"][1]["simulation"].claimed is None
    assert "opening" not in page.context["parts"][1]["simulation"].scenario


def test_questions_claim_too():
    told = QUESTIONS.replace('"WHY-NUMBER"', '"It is [50 ms](claim:random/p50)."')
    claim = SAID.partition("\n\n")[2].format(scenario="load-balancing-strategies", seeds=5, duration=100)
    questions, claims = parse_section(told + claim, "questions.md")
    assert [number.text for number in claims[0].numbers] == ["50 ms"]
    assert "It is 50 ms." in questions[2].data["why_html"]
    assert "claim" not in questions[2].data["why_html"]


def test_the_command_runs_them(folder):
    file = folder / "system-scaling" / "01-beginning.md"
    file.write_text(source("62 ms").replace("x-x", "system-beginning"))
    assert len(claims_of(folder)) == len(claims_of(file)) == 1
    call_command("check_content", str(folder))
    with pytest.raises(CommandError, match=r"01-beginning.md:21: claim random(.|\n)*1 mistake"):
        call_command("check_content", str(folder), "--claims")
