"""Mistakes in content, each with its place and what was expected."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lessons.markdown.claims import Link


@dataclass(frozen=True, order=True)
class ContentError:
    """One mistake; `line` counts from 1."""

    file: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.message}"


class ContentErrors(ValueError):
    """Every mistake found."""

    def __init__(self, errors: Iterable[ContentError]) -> None:
        self.errors = sorted(set(errors))
        super().__init__("\n".join(str(error) for error in self.errors))


class Problems:
    """Collects the mistakes of one file, so that an author hears of all of them at once."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.errors: list[ContentError] = []
        self.links: list[Link] = []  # from numbers to claims; looked at once the whole file is read

    def add(self, line: int, message: str) -> None:
        """Note a mistake on `line`."""
        self.errors.append(ContentError(self.file, max(1, line), message))

    def check(self) -> None:
        """Raise ContentErrors if there is any mistake."""
        if self.errors:
            raise ContentErrors(self.errors)
