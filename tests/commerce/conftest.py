"""A real sandbox Stripe in its own process, the real client, a real site for its webhooks. alice buys, bob does not."""

import json
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.test import Client

from courseware.commerce.models import Order
from lessons.access import access_to
from lessons.models import Track

ROOT = Path(__file__).resolve().parents[2]
SECRET = "whsec_for_tests"


@dataclass
class Stripe:
    """The sandbox, and the levers of its `/_control/`."""

    url: str

    def __call__(self, call: str, **body: Any) -> Any:
        headers = {"X-Sandbox-Control": "1", "Content-Type": "application/json"}
        request = urllib.request.Request(f"{self.url}/_control/{call}", json.dumps(body).encode(), headers)
        with urllib.request.urlopen(request, timeout=20) as answer:
            return json.load(answer)

    def webhooks(self, **behaviour: Any) -> None:
        self("behaviour", webhooks={"retry_first": 0.05, **behaviour}, settle_after=None)

    def flush(self) -> None:
        assert self("flush")["waiting"] == 0, self("deliveries")

    def events(self, kind: str, about: str) -> list[str]:
        """Ids of the events of a kind about an object or its payment, the newest first."""
        found = [event for event in self("events") if event["type"] == kind]
        subjects = [(event["id"], event["data"]["object"]) for event in found]
        return [id_ for id_, thing in subjects if about in (thing["id"], thing.get("payment_intent"))]


def start(webhook: str, state: Path, secret: str = SECRET) -> tuple[subprocess.Popen[str], Stripe]:
    command = [sys.executable, "-m", "courseware.commerce.sandbox", "--port", "0", "--attached"]
    command += ["--webhook", webhook, "--secret", secret, "--state", str(state)]
    process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    return process, Stripe(process.stdout.readline().split()[-1])


@pytest.fixture(scope="session")
def sandbox(live_server: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stripe]:
    process, running = start(f"{live_server.url}/stripe/webhook/", tmp_path_factory.mktemp("stripe") / "state")
    yield running
    process.terminate()
    process.wait(timeout=10)


@pytest.fixture
def stripe(sandbox: Stripe, settings: Any, transactional_db: None) -> Iterator[Stripe]:
    settings.STRIPE_API_BASE, settings.STRIPE_WEBHOOK_SECRET = sandbox.url, SECRET
    settings.STRIPE_SECRET_KEY, settings.STRIPE_LIVE, settings.STRIPE_SANDBOX = "sk_test_tests", False, True
    sandbox("forget")
    sandbox.webhooks()
    yield sandbox
    sandbox("forget")


def person(name: str) -> Any:
    return get_user_model().objects.create_user(name, f"{name}@example.test", "a long enough password")


@pytest.fixture
def alice(transactional_db: None) -> Any:
    return person("alice")


@pytest.fixture
def bob(transactional_db: None) -> Any:
    return person("bob")


@pytest.fixture
def track(transactional_db: None) -> Track:
    return Track.objects.create(
        uid="so", slug="surviving-overload", title="Surviving Overload", summary="s", order=2, price_cents=3900
    )


@dataclass
class Purchase:
    """alice's way through buying."""

    user: Any
    track: Track
    client: Client

    @property
    def address(self) -> str:
        return f"/tracks/{self.track.slug}/buy/"

    def press(self) -> str:
        """Press "Pay"; gives where it leads."""
        answer = self.client.post(self.address)
        assert answer.status_code == 303, answer.content
        return answer.headers["Location"]

    def begin(self) -> str:
        """On to the payment page; gives the session's id."""
        return self.press().rsplit("/", 1)[-1]

    @property
    def order(self) -> Order:
        return Order.objects.filter(user=self.user).latest("created_at")

    def come_back(self) -> Any:
        return self.client.get(f"{self.address}done/", {"order": str(self.order.pk)})

    @property
    def open(self) -> bool:
        return access_to(self.user, self.track).allowed


@pytest.fixture
def purchase(stripe: Stripe, alice: Any, track: Track, client: Client) -> Purchase:
    client.force_login(alice)
    return Purchase(alice, track, client)


@pytest.fixture
def quiet(stripe: Stripe) -> Stripe:
    """A Stripe whose webhooks stay away until they are released."""
    stripe.webhooks(hold=True)
    return stripe
