"""What the site refuses, and what it says, when DEBUG is off: asked of real processes."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
GOOD = {
    "SECRET_KEY": "7gS-unlikely-x" * 5,
    "ALLOWED_HOSTS": "course.example",
    "ORIGINS": "https://course.example",
    "STRIPE_SECRET_KEY": "sk_live_x",
    "STRIPE_WEBHOOK_SECRET": "whsec_x",
}
ASK = """
import json, django; django.setup()
from django.test import Client
client = Client(SERVER_NAME="course.example")
answer = client.get("/robots.txt", secure=True)
plain = client.get("/robots.txt")
from django.conf import settings
print(json.dumps({"headers": dict(answer.headers), "plain": [plain.status_code, plain.headers["Location"]],
    "cookies": [settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME], "mfa": settings.MFA_REQUIRED_FOR_STAFF,
    "sandbox": settings.STRIPE_SANDBOX, "api": settings.STRIPE_API_BASE}))
"""


def run(tmp_path, *command, **environment):
    clean = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    clean |= {"VAR": str(tmp_path), "DJANGO_SETTINGS_MODULE": "courseware.settings", **environment}
    done = subprocess.run([sys.executable, *command], cwd=ROOT, env=clean, capture_output=True, text=True, timeout=60)
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize("name", GOOD)
def test_it_refuses_to_start_without_each_secret_in_one_sentence(tmp_path, name):
    code, _, said = run(tmp_path, "manage.py", "check", **{**GOOD, name: ""})
    assert code == 1
    assert said == f"Headroom cannot start: set {name} in the environment, or DEBUG=1 on a machine of your own.\n"


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"SECRET_KEY": "short"}, "at least 50"),
        ({"ORIGINS": "course.example"}, "full origins"),
        ({"ORIGINS": "https://*.example"}, "full origins"),
        ({"DATABASE_URL": "mysql://x"}, "DATABASE_URL begins with"),
        ({"EMAIL_URL": "pigeon://x"}, "EMAIL_URL begins with"),
        ({"STRIPE_API_BASE": "http://127.0.0.1:9"}, "live key"),
        ({"PORT": "soon"}, "PORT"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_it_refuses_what_cannot_be_meant(tmp_path, wrong, words):
    code, _, said = run(tmp_path, "manage.py", "check", **{**GOOD, **wrong})
    assert code == 1
    assert said.startswith("Headroom cannot start: ")
    assert words in said
    assert "Traceback" not in said


def test_djangos_deployment_check_is_clean(tmp_path):
    code, _, said = run(tmp_path, "manage.py", "check", "--deploy", "--fail-level", "INFO", **GOOD)
    assert (code, said) == (0, "")


def test_headers_cookies_and_modes_of_production(tmp_path):
    code, out, said = run(tmp_path, "-W", "ignore", "-c", ASK, **GOOD)
    assert code == 0, said
    seen = json.loads(out.splitlines()[-1])
    headers = seen["headers"]
    assert sorted(headers["Content-Security-Policy"].split("; ")) == [
        "base-uri 'none'",
        "connect-src 'self' wss://course.example",
        "default-src 'none'",
        "font-src 'self'",
        "form-action 'self' https://checkout.stripe.com",
        "frame-ancestors 'none'",
        "img-src 'self' data: blob:",
        "script-src 'self'",
        "style-src 'self' 'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='",
        "upgrade-insecure-requests",
    ]
    assert headers["Strict-Transport-Security"] == "max-age=63072000; includeSubDomains; preload"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "strict-origin-when-cross-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "camera=()" in headers["Permissions-Policy"]
    assert seen["plain"] == [301, "https://course.example/robots.txt"]
    assert seen["cookies"] == ["__Host-session", "__Host-csrf"]
    assert (seen["mfa"], seen["sandbox"], seen["api"]) == (True, False, "https://api.stripe.com")


def test_a_port_in_use_is_one_sentence(tmp_path):
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        code, _, said = run(tmp_path, "-m", "courseware.serve", DEBUG="1", PORT=port)
    assert code == 1
    assert said == f"Port {port} is in use: stop what uses it, or choose another with PORT=8001 make run.\n"


WITHOUT_DATABASE = """
import json
import django
django.setup()
from django.test import Client
client = Client(raise_request_exception=False, headers={"host": "course.example"})
pages = [client.get(path, secure=True) for path in ("/", "/account/login/", "/healthz")]
print(json.dumps([[page.status_code, page.headers.get("Retry-After"), page.content.decode()] for page in pages]))
"""


def test_without_its_database_the_site_says_so_and_healthz_names_it(tmp_path):
    gone = {"DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none"}
    code, out, said = run(tmp_path, "-W", "ignore", "-c", WITHOUT_DATABASE, **{**GOOD, **gone})
    assert code == 0, said
    catalogue, _, health = json.loads(out.splitlines()[-1])
    assert catalogue[:2] == [503, "10"]
    assert "cannot reach its database" in catalogue[2]
    assert health[0] == 503
    assert json.loads(health[2])["parts"]["database"] == "failed"
