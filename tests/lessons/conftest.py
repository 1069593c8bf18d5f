"""The small course of content.py and its people: alice learns, bob bought, rita got her money back, ivy teaches."""

from functools import cache
from pathlib import Path

import pytest
from django.contrib.auth import get_user_model
from django.test import Client

from lessons.access import enroll, revoke
from lessons.importer import import_content, import_tracks, read_content
from lessons.models import Track
from tests.lessons.content import write_course

CONTENT = Path(__file__).resolve().parents[2] / "lessons" / "content"

shipped = cache(lambda: read_content(CONTENT))


def import_shipped() -> None:
    """The courses that ship, read once for all tests of a process."""
    import_tracks(shipped())


def person(name: str, **fields):
    return get_user_model().objects.create_user(name, f"{name}@example.test", "secret-enough-1", **fields)


def signed_in(user) -> Client:
    client = Client()
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_course(tmp_path / "content")


@pytest.fixture
def course(db, folder: Path) -> dict[str, Track]:
    import_content(folder)
    return {track.slug: track for track in Track.objects.all()}


@pytest.fixture
def free(course) -> Track:
    return course["system-scaling"]


@pytest.fixture
def locked(course) -> Track:
    return course["surviving-overload"]


@pytest.fixture
def alice(db):
    """A learner who has bought nothing."""
    return person("alice")


@pytest.fixture
def bob(locked):
    """Bought the locked track."""
    user = person("bob")
    enroll(user, locked, "purchase", "order-1")
    return user


@pytest.fixture
def refunded(locked):
    """Bought it and got the money back."""
    user = person("rita")
    enroll(user, locked, "purchase", "order-2")
    revoke(user, locked, "purchase", "order-2")
    return user


@pytest.fixture
def ivy(locked):
    """Teaches the locked track."""
    user = person("ivy")
    locked.instructors.add(user)
    return user


@pytest.fixture
def charlie(free):
    """Teaches another track."""
    user = person("charlie")
    free.instructors.add(user)
    return user


@pytest.fixture
def staff(db):
    return person("stella", is_staff=True)
