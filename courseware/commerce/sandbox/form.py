"""Stripe's way of writing nested parameters as a form: `line_items[0][price_data][currency]=usd`."""

import re
from typing import Any
from urllib.parse import parse_qsl

KEY = re.compile(r"\[([^\]]*)\]")


def decode(text: str) -> dict[str, Any]:
    """Nested dicts of a form body or query; lists are dicts keyed "0", "1", … until `items` makes them lists."""
    decoded: dict[str, Any] = {}
    for name, value in parse_qsl(text, keep_blank_values=True):
        head, _, rest = name.partition("[")
        path = [head, *KEY.findall("[" + rest)] if rest else [head]
        here = decoded
        for step in path[:-1]:
            here = here.setdefault(step, {})
        last = path[-1]
        here[last if last != "" else str(len(here))] = value
    return decoded


def items(value: Any) -> list[Any]:
    """The entries of a list parameter, in order."""
    if not isinstance(value, dict):
        return [] if value is None else [value]
    return [value[key] for key in sorted(value, key=lambda key: (not key.isdigit(), int(key) if key.isdigit() else 0, key))]
