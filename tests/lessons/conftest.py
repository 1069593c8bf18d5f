"""The shipped content, and the people of these tests: alice learns, bob buys, charlie is refunded, ivy teaches."""

from pathlib import Path

import pytest
from django.contrib.auth import get_user_model

from lessons.access import enroll, revoke
from lessons.importer import import_content
from lessons.models import Track

CONTENT = Path(__file__).resolve().parents[2] / "lessons" / "content"


@pytest.fixture
def content(db):
    return import_content(CONTENT)


@pytest.fixture
def free(content):
    return Track.objects.get(slug="system-scaling")


@pytest.fixture
def paid(content):
    return Track.objects.get(slug="surviving-overload")


@pytest.fixture
def people(paid):
    make = get_user_model().objects.create_user
    names = ("alice", "bob", "charlie", "ivy", "olga", "stan")
    found = {name: make(username=name, email=f"{name}@example.test", password="a-long-password") for name in names}
    enroll(found["bob"], paid, "purchase", "order-1")
    enroll(found["charlie"], paid, "purchase", "order-2")
    revoke(found["charlie"], paid, "purchase", "order-2")
    paid.instructors.add(found["ivy"])
    found["stan"].is_staff = True
    found["stan"].save()
    return found
