"""What every kind of question offers."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, ClassVar, Protocol

from pydantic import BaseModel, ConfigDict, Field


class Unreadable(ValueError):
    """An answer that is not one; the message is for the learner. Nothing is stored."""


class Form(Protocol):
    """What came with the form: as Django's QueryDict."""

    def get(self, key: str, default: Any = None) -> Any:
        """The last value of a field."""
        ...

    def getlist(self, key: str) -> list[Any]:
        """All values of a field."""
        ...


class Options(BaseModel):
    """The fields of a question; unknown ones are errors."""

    model_config = ConfigDict(extra="forbid")

    id: str = Field("", pattern=r"^[a-z][a-z0-9-]*$", max_length=50)
    why: str = ""


@dataclass
class Graded:
    """A graded answer, with everything that may be shown once it is given."""

    correct: bool
    score: float
    given: Any
    feedback: list[dict[str, Any]] = field(default_factory=list)
    summary_html: str = ""

    def to_json(self) -> dict[str, Any]:
        """As stored."""
        return asdict(self)


class Kind:
    """A kind of question over its data (what `Options` holds, without the id)."""

    name: ClassVar[str]
    Options: ClassVar[type[Options]]

    def __init__(self, uid: str, data: Mapping[str, Any], render: Callable[[str], str]) -> None:
        self.uid = uid
        self.data = data
        self.render = render

    def public(self) -> dict[str, Any]:
        """What the page may know before the answer: never the answer."""
        raise NotImplementedError

    def read(self, form: Form) -> Any:
        """The answer in a form, as plain JSON; Unreadable when there is none."""
        raise NotImplementedError

    def grade(self, given: Any) -> Graded:
        """The answer graded, with an explanation for each part."""
        raise NotImplementedError
