"""`python -m courseware.serve`: the course on Daphne and, with DEBUG, the sandbox Stripe beside it.

Daphne runs in this process. The sandbox is a child that ends with it, however it ends: its standard input is
a pipe from here, and it stops when that closes.
"""

import gc
import logging
import os
import socket
import subprocess
import sys
import threading
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "courseware.settings")
LOOPBACK = "127.0.0.1"
logger = logging.getLogger(__name__)


def free(port: int, host: str = LOOPBACK) -> bool:
    """Whether a port can be listened on (0 always can)."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def sandbox_port(port: int) -> int:
    """The port beside the site's, or a free one when that is taken."""
    if free(port + 1):
        return port + 1
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


def start_sandbox(port: int, site: int, secret: str) -> subprocess.Popen[bytes]:
    """The sandbox as a child process, telling the site on port `site` what happens."""
    command = [sys.executable, "-m", "courseware.commerce.sandbox", "--port", str(port), "--attached"]
    command += ["--webhook", f"http://{LOOPBACK}:{site}/stripe/webhook/", "--secret", secret]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, start_new_session=True)  # noqa: S603


def in_use(port: int) -> int:
    """Say so; the exit code."""
    print(f"Port {port} is in use: stop what uses it, or choose another with PORT=8001 make run.", file=sys.stderr)
    return 1


def welcome(settings: Any) -> None:
    """The address and, with DEBUG, whom to sign in as."""
    from courseware.accounts.demo import lines

    print(f"\n{settings.SITE_NAME} is at http://{settings.HOST}:{settings.PORT}")
    if settings.DEBUG:
        print("Demo accounts:", *lines(), sep="\n")
    print("Ctrl+C stops it.", flush=True)


def warm_up(enough: threading.Event) -> None:
    """Load the kernel and simulate the lessons' openings beside the first requests; the site serves without it too."""
    from django.db import DatabaseError, connection

    from lessons.simulations import warm

    try:
        warm(enough.is_set)
    except DatabaseError:
        logger.warning("the lessons' openings could not be read; each is simulated when it is first opened", exc_info=True)
    finally:
        connection.close()


def settle() -> None:
    """Let the garbage collector leave alone what the imports made: looking through it again and again finds nothing.

    It also looks less often through what the connections hold, which is in use nearly always: with a thousand of them each look
    at everything keeps all learners waiting for a fifth of a second, and there was one for every few hundred that came.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(5_000, 5, 40)


def main() -> int:
    """Serve until SIGINT or SIGTERM. Exit code 1 with one sentence when the port is in use."""
    own_sandbox = not os.environ.get("STRIPE_API_BASE")
    from courseware import environment

    port = os.environ.get("PORT") or "8000"
    if not port.isdigit() or not 0 < int(port) < 65_535:
        environment.refuse(f"PORT must be a number from 1 to 65534, not {port!r}.")
    beside = sandbox_port(int(port))
    if os.environ.get("DEBUG", "").lower() in ("1", "true", "yes", "on") and own_sandbox:
        os.environ["STRIPE_API_BASE"] = f"http://{LOOPBACK}:{beside}"
    from django.conf import settings

    if not free(settings.PORT, settings.HOST):
        return in_use(settings.PORT)
    sandbox, enough = None, threading.Event()
    warming = threading.Thread(target=warm_up, args=(enough,), name="warm-up", daemon=True)
    if settings.DEBUG and own_sandbox:
        sandbox = start_sandbox(beside, settings.PORT, settings.STRIPE_WEBHOOK_SECRET)
    try:
        from courseware import sockets  # first: it installs the reactor
        from courseware.asgi import application

        endpoint = f"tcp:port={settings.PORT}:interface={settings.HOST.replace(':', chr(92) + ':')}"
        server = sockets.Server(application, endpoints=[endpoint], server_name="", ready_callable=lambda: welcome(settings))
        warming.start()
        settle()
        server.run()
        return 0 if server.listening_addresses else in_use(settings.PORT)
    finally:
        enough.set()
        if warming.is_alive():  # a thread in compiled code must not see the interpreter end
            warming.join(timeout=10)
        if sandbox is not None:
            sandbox.terminate()
            sandbox.wait(timeout=10)


if __name__ == "__main__":
    sys.exit(main())
