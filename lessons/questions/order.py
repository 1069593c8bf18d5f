"""Things to bring into order."""

import hashlib
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field, model_validator

from lessons.questions.base import Form, Graded, Kind, Options, Unreadable


class Item(BaseModel):
    """One thing and why it stands where it stands."""

    model_config = ConfigDict(extra="forbid")

    key: str = Field(pattern=r"^[a-z0-9-]+$", max_length=40)
    text: str = Field(min_length=1)
    why: str = ""


class OrderOptions(Options):
    """Items in their correct order."""

    items: list[Item] = Field(min_length=2, max_length=8)

    @model_validator(mode="after")
    def _distinct(self) -> "OrderOptions":
        if len({item.key for item in self.items}) < len(self.items):
            raise ValueError("two items have the same key")
        return self


class Order(Kind):
    """An order; correct when every place is."""

    name: ClassVar[str] = "order"
    Options: ClassVar[type[Options]] = OrderOptions

    def _hidden(self, key: str) -> str:
        return hashlib.sha256(f"{self.uid}\0{key}".encode()).hexdigest()[:8]

    def public(self) -> dict[str, Any]:
        """The items in an order that tells nothing: sorted by a digest of their keys."""
        items = [{"key": self._hidden(item["key"]), "text_html": self.render(item["text"])} for item in self.data["items"]]
        items.sort(key=lambda item: item["key"])
        return {"items": items, "places": list(range(1, len(items) + 1))}

    def read(self, form: Form) -> list[str]:
        """The keys in the order given; every place must be taken once."""
        placed: dict[int, str] = {}
        for item in self.data["items"]:
            hidden = self._hidden(item["key"])
            text = str(form.get(f"position-{hidden}", ""))
            if not text.isascii() or not text.isdigit() or len(text) > 2:
                raise Unreadable("Give each item a place.")
            placed[int(text)] = hidden
        if sorted(placed) != list(range(1, len(self.data["items"]) + 1)):
            raise Unreadable("Each place must be taken once: two items share one.")
        return [placed[place] for place in sorted(placed)]

    def grade(self, given: list[str]) -> Graded:
        """The items in the correct order, each with the place it was given."""
        feedback = []
        for place, item in enumerate(self.data["items"], start=1):
            position = given.index(self._hidden(item["key"])) + 1
            feedback.append(
                {
                    "key": self._hidden(item["key"]),
                    "text_html": self.render(item["text"]),
                    "given_position": position,
                    "correct": position == place,
                    "why_html": self.render(item["why"]) if item["why"] else "",
                }
            )
        correct = all(entry["correct"] for entry in feedback)
        return Graded(correct, float(correct), given, feedback, self.render(self.data["why"]))
