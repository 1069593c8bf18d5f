"""YAML from people who are not trusted: no aliases, no endless nesting, no key twice; parsed by libyaml, and once.

An alias can stand for gigabytes, and libyaml composes nested values by recursion in C, which no exception ends: both
are therefore refused while the text is still a stream of events.
"""

from typing import Any

import yaml

DEEPEST = 64  # values within one another


def compose(text: str) -> yaml.Node | None:
    """The tree of one document, None where it is empty; YAMLError, with the line as its `problem_mark` where there is one."""
    depth = 0
    for event in yaml.parse(text, Loader=yaml.CSafeLoader):
        if isinstance(event, yaml.AliasEvent):
            raise _refused("expected no alias (*name)", event)
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > DEEPEST:
            raise _refused(f"expected at most {DEEPEST} values in one another", event)
    return yaml.compose(text, Loader=yaml.CSafeLoader)


def values(tree: yaml.Node | None) -> Any:
    """What a tree stands for, in Python's own types; YAMLError or ValueError where it stands for nothing."""
    return None if tree is None else _Constructor().construct_document(tree)


def line_of(tree: yaml.Node | None, path: tuple[int | str, ...]) -> int:
    """Lines below the first on which the value at `path` stands, or the last of its parents that is there."""
    line = tree.start_mark.line if tree is not None else 0
    for step in path:
        if isinstance(tree, yaml.MappingNode):
            pair = next(((key, value) for key, value in tree.value if key.value == step), None)
            if pair is None:
                break
            line, tree = pair[0].start_mark.line, pair[1]
        elif isinstance(tree, yaml.SequenceNode) and isinstance(step, int) and step < len(tree.value):
            tree = tree.value[step]
            line = tree.start_mark.line
        else:
            break
    return int(line)


def _refused(problem: str, where: Any) -> yaml.MarkedYAMLError:
    return yaml.MarkedYAMLError(problem=problem, problem_mark=where.start_mark)


class _Constructor(yaml.constructor.SafeConstructor):
    def construct_mapping(self, node: Any, deep: bool = False) -> Any:
        """Refuse a key that stands twice, or that is no plain word."""
        seen = set()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise _refused("expected a word as the name of a field", key)
            if key.value in seen:
                raise _refused(f"expected {key.value} once", key)
            seen.add(key.value)
        return super().construct_mapping(node, deep)
