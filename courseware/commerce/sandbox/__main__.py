"""`python -m courseware.commerce.sandbox --port 8001 --webhook http://127.0.0.1:8000/stripe/webhook/`."""

import argparse
import logging
import os
import signal
import sys
import threading
from pathlib import Path
from types import FrameType

from courseware.commerce.sandbox.server import Sandbox


def main() -> int:
    """Serve until SIGINT or SIGTERM (or, with --attached, until standard input closes). Exit code 1: port in use."""
    parser = argparse.ArgumentParser(prog="python -m courseware.commerce.sandbox", description="A Stripe where no money moves.")
    parser.add_argument("--port", type=int, required=True, help="on 127.0.0.1; 0 takes a free one")
    parser.add_argument("--webhook", required=True, help="the address that events are sent to")
    parser.add_argument("--secret", default="whsec_sandbox", help="what signs them")
    parser.add_argument("--state", type=Path, help="the file that holds everything (default: sandbox.sqlite3 in VAR or var/)")
    parser.add_argument("--attached", action="store_true", help="end when standard input closes, with whoever started this")
    options = parser.parse_args()
    logging.basicConfig(level=logging.WARNING, format="sandbox: %(message)s")
    state: Path = options.state or Path(os.environ.get("VAR") or "var") / "sandbox.sqlite3"
    state.parent.mkdir(parents=True, exist_ok=True)
    try:
        sandbox = Sandbox(options.port, options.webhook, options.secret, state)
    except OSError as error:
        print(f"The sandbox cannot listen on port {options.port}: {error.strerror}.", file=sys.stderr)
        return 1

    def stop(signum: int = 0, frame: FrameType | None = None) -> None:
        threading.Thread(target=sandbox.shutdown, daemon=True).start()

    def until_closed() -> None:
        sys.stdin.read()
        stop()

    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, stop)
    if options.attached:
        threading.Thread(target=until_closed, daemon=True).start()
    print(f"Sandbox on {sandbox.url}", flush=True)
    sandbox.serve_forever()
    sandbox.postman.over.set()
    return 0


if __name__ == "__main__":
    sys.exit(main())
