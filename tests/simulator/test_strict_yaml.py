"""YAML from strangers: what could grow, recurse or say two things is refused, with its line; all else means what it says."""

import pytest
import yaml

from simulator import ScenarioError, parse_scenario
from simulator.scenario.strict_yaml import DEEPEST, compose, line_of, values


@pytest.mark.parametrize(
    "text",
    [
        "name: pool\nrate: 1.5\nfew: [1, two, true, null]\nwhen: 2026-11-30",
        "a:\n  - b: {c: d}\n    e: |\n      two\n      lines\n",
        'quoted: "a: b"\nempty: ""\nnone:',
        "",
        "- 1\n- 2",
    ],
)
def test_it_means_what_the_plain_reader_says(text):
    assert values(compose(text)) == yaml.safe_load(text)


@pytest.mark.parametrize(("opens", "closes"), [("[", "]"), ("{a: ", "}"), ("- ", ""), ("? ", "")])
def test_values_within_one_another_have_an_end(opens, closes):
    assert compose(opens * DEEPEST + "x" + closes * DEEPEST) is not None
    for deep in (opens * (DEEPEST + 1) + "x" + closes * (DEEPEST + 1), opens * 100_000):
        with pytest.raises(yaml.YAMLError, match=f"at most {DEEPEST}"):
            compose(deep)


@pytest.mark.parametrize(
    ("text", "said", "line"),
    [
        ("a: &x 1\nb: *x", "no alias", 1),
        ("a: 1\nb: 2\na: 3", "expected a once", 2),
        ("a: 1\n? [b, c]\n: 2", "a word as the name of a field", 1),
        ("a: 1\nb: !!python/name:os.system", "could not determine a constructor", 1),
        ("a: 1\nb: [", "did not find expected", 2),
        ("a: 1\n---\nb: 2", "another document", 1),
    ],
)
def test_what_is_refused_has_its_line(text, said, line):
    with pytest.raises(yaml.MarkedYAMLError, match=said) as refused:
        values(compose(text))
    assert refused.value.problem_mark.line == line


def test_each_value_has_its_line():
    tree = compose("a: 1\nb:\n  - c: 2\n  - d: 3\n")
    lines = {("a",): 0, ("b",): 1, ("b", 1): 3, ("b", 1, "d"): 3, ("b", 7, "d"): 1, ("e",): 0}
    assert {path: line_of(tree, path) for path in lines} == lines
    assert line_of(None, ("a",)) == 0


@pytest.mark.parametrize("text", ["[" * 50_000, "a: 1\na: 2", "? [a]\n: 1", "a: 2026-99-99", "\x00"])
def test_a_scenario_is_refused_in_words(text):
    with pytest.raises(ScenarioError, match=r"odd:\d+: this is not YAML: "):
        parse_scenario(text, file="odd")
