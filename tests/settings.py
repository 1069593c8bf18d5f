"""The site's own settings with what tests need: no secrets asked for, quick passwords, plain static files."""

import os
import tempfile
from pathlib import Path

os.environ["DEBUG"] = "1"
os.environ["SECRET_KEY"] = "only-for-tests-" + "x" * 40
for name in ("DATABASE_URL", "REDIS_URL", "STRIPE_API_BASE"):
    os.environ.pop(name, None)
    if given := os.environ.get(f"TEST_{name}"):  # a server that was started for the tests: tests/servers/running.py
        os.environ[name] = given
if "REDIS_URL" in os.environ:  # each worker in a keyspace of its own: one clears what others count in
    os.environ["REDIS_URL"] += f"?db={os.environ.get('PYTEST_XDIST_WORKER', 'gw0').removeprefix('gw')}"

from courseware.settings import *  # noqa: E402, F403
from courseware.settings import DATABASES, STORAGES  # noqa: E402

DEBUG = False
ALLOWED_HOSTS = ["testserver", "127.0.0.1", "localhost"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
STORAGES = {**STORAGES, "staticfiles": {"BACKEND": "tests.static_files.OnlyWhatShips"}}
# A file, so that the threads of a consumer or a parallel test see one database with real locking.
if "sqlite3" in DATABASES["default"]["ENGINE"]:
    DATABASES["default"]["TEST"] = {"NAME": str(Path(tempfile.mkdtemp(prefix="headroom-tests-")) / "test.sqlite3")}
