"""The two accounts of a course on one's own machine. Published passwords: never outside DEBUG."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Demo:
    """One demo account."""

    role: str
    email: str
    password: str


LEARNER = Demo("learner", "learner@headroom.test", "learn-by-running")
INSTRUCTOR = Demo("instructor", "instructor@headroom.test", "teach-by-running")
DEMOS = (LEARNER, INSTRUCTOR)


def lines() -> list[str]:
    """What a person is told: one line an account."""
    return [f"  {demo.role:<11}{demo.email:<27}{demo.password}" for demo in DEMOS]
