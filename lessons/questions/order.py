"""Things to bring into order."""

from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from lessons.questions.base import AnswerError, Form, Graded, Kind, Options, Render, key_for, one


class Item(BaseModel):
    """One thing; authors list them in the correct order."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    key: str = Field(pattern=r"^[a-z0-9-]{1,40}$")
    text: str = Field(min_length=1)
    why: str = ""


class OrderOptions(Options):
    """Fields of `order`."""

    items: tuple[Item, ...] = Field(min_length=3, max_length=8)
    why: str = Field(min_length=1)

    @model_validator(mode="after")
    def _distinct(self) -> Self:
        if len({item.key for item in self.items}) < len(self.items):
            raise ValueError("two items have the same key")
        return self


class Order(Kind):
    """Things to bring into order; correct when every one is in its place."""

    name = "order"
    options = OrderOptions

    @classmethod
    def build(cls, options: OrderOptions, render: Render) -> dict[str, Any]:
        """The items in the correct order, and the keys as they are shown: shuffled, always the same way."""
        items = [
            {
                "key": key_for(options.id, item.key),
                "text_html": render(item.text),
                "why_html": render(item.why) if item.why else "",
            }
            for item in options.items
        ]
        correct = [item["key"] for item in items]
        mixed = sorted(correct)
        if mixed == correct:
            mixed = [*mixed[1:], mixed[0]]
        return {"items": items, "shown": mixed, "why_html": render(options.why)}

    def public(self) -> dict[str, Any]:
        """The items, shuffled, and the places."""
        by_key = {item["key"]: item for item in self.data["items"]}
        items = [{"key": key, "text_html": by_key[key]["text_html"]} for key in self.data["shown"]]
        return {"items": items, "places": list(range(1, len(items) + 1))}

    def read(self, form: Form) -> Any:
        """The keys in the order given."""
        count = len(self.data["items"])
        places: dict[int, str] = {}
        for item in self.data["items"]:
            text = one(form, f"position-{item['key']}", "Give each item a place.")
            if not (text.isascii() and text.isdigit() and len(text) < 3 and 1 <= int(text) <= count):
                raise AnswerError(f"A place is a whole number from 1 to {count}.")
            places[int(text)] = item["key"]
        if len(places) < count:
            raise AnswerError("Two items have the same place. Give each place once.")
        return [places[place] for place in range(1, count + 1)]

    def grade(self, given: Any, outcome: dict[str, Any] | None = None) -> Graded:
        """The correct order, and where each item was put."""
        places = {key: place for place, key in enumerate(given, 1)}
        feedback = [
            {
                **item,
                "given": True,
                "given_position": places.get(item["key"]),
                "correct": places.get(item["key"]) == place,
            }
            for place, item in enumerate(self.data["items"], 1)
        ]
        correct = all(each["correct"] for each in feedback)
        return Graded(correct, float(correct), given, feedback, self.data["why_html"])
