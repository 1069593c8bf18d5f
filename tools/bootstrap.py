"""Everything between a fresh clone and a running course: `python3.11 tools/bootstrap.py run|test|check|bench`.

Standard library only, because it runs before anything is installed. Each step leaves a stamp in
`var/setup/` that holds a digest of what it depends on; a step whose digest has not changed is
skipped, so a second start costs nothing. A failure is one sentence and exit code 1.
"""

import errno
import hashlib
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
BENCH = ROOT / ".venv-bench"  # what `make bench` measures the site against, apart from it
UV = ROOT / "requirements" / "uv.txt"
SHELL = "chromium-headless-shell"  # Chromium without a window: the same pages for seven tenths of its processor time
STAMPS = ROOT / "var" / "setup"
DATABASE = ROOT / "var" / "headroom.sqlite3"
SPACE_NEEDED = 1_500_000_000  # bytes, for the packages of a first set-up
NO_NETWORK = (  # what pip, npm and apt say without one
    "NewConnectionError",
    "NameResolutionError",
    "(from versions: none)",
    "ENOTFOUND",
    "ECONNREFUSED",
    "EAI_AGAIN",
    "Temporary failure",
)
VENDOR = {  # file in static/vendor/ → file in node_modules/
    "htmx.min.js": "htmx.org/dist/htmx.min.js",
    "htmx.LICENSE": "htmx.org/LICENSE",
    "plotly-basic.min.js": "plotly.js-basic-dist-min/plotly-basic.min.js",
    "plotly.LICENSE": "plotly.js-basic-dist-min/LICENSE",
}


doing = threading.local()  # .says: the step that this thread is at


class Stop(Exception):
    """The set-up cannot go on; the message is for the person at the keyboard."""


def digest(paths: Iterable[Path], *words: str) -> str:
    """A digest of the contents of files (folders: of all files in them) and of some words."""
    total = hashlib.sha256("\0".join(words).encode())
    for path in paths:
        files = sorted(path.rglob("*")) if path.is_dir() else [path]
        for file in files:
            if file.is_file() and "__pycache__" not in file.parts:
                total.update(str(file.relative_to(ROOT)).encode() + b"\0" + file.read_bytes())
    return total.hexdigest()


def step(name: str, says: str, key: str, work: Callable[[], None], *, made: Iterable[Path] = ()) -> None:
    """Do `work` unless its stamp already holds `key` and the paths that it makes are there."""
    stamp = STAMPS / name
    if stamp.is_file() and stamp.read_text() == key and all(path.exists() for path in made):
        return
    print(f"{says} …", flush=True)
    doing.says = says
    began = time.monotonic()
    work()
    STAMPS.mkdir(parents=True, exist_ok=True)
    stamp.write_text(key)
    print(f"{says}: done in {time.monotonic() - began:.1f} s", flush=True)


def together(*works: Callable[[], None]) -> None:
    """Do works that do not need one another side by side; when all have ended, raise what the first that failed raised."""
    with ThreadPoolExecutor() as pool:
        for done in [pool.submit(work) for work in works]:
            done.result()


def command(*words: str | Path, fails: str, env: dict[str, str] | None = None, count: str = "") -> None:
    """Run a command quietly; when it fails, show the end of what it said and stop with `fails`.

    With `count`, lines that start with it are counted and shown every few seconds as progress.
    """
    said: list[str] = []
    seen = 0
    says = getattr(doing, "says", words[0])
    process = subprocess.Popen(
        [str(word) for word in words],
        cwd=ROOT,
        env={**os.environ, **(env or {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    running = threading.Event()

    def progress() -> None:
        began = time.monotonic()
        while not running.wait(5):
            so_far = f", {seen} packages so far" if count else ""
            print(f"{says}: still at it after {time.monotonic() - began:.0f} s{so_far}", flush=True)

    ticker = threading.Thread(target=progress, daemon=True)
    ticker.start()
    assert process.stdout is not None
    for line in process.stdout:
        said.append(line.rstrip())
        seen += bool(count) and line.startswith(count)
    code = process.wait()
    running.set()
    ticker.join()
    if code:
        tail = "\n".join(said[-12:])
        if any("No space left" in line for line in said):
            raise Stop("The disk is full: free some space and start again.")
        if any(sign in line for line in said for sign in NO_NETWORK):
            raise Stop(f"{fails} The package registry cannot be reached: check the network and start again.")
        raise Stop(f"{tail}\n{fails}")


def check_machine() -> None:
    """The right Python, and room for a first set-up."""
    if sys.version_info[:2] != (3, 11):
        found = ".".join(map(str, sys.version_info[:3]))
        raise Stop(f"Headroom needs Python 3.11 and this is {found}: install it (python3.11) and start again.")
    if not PYTHON.exists() and shutil.disk_usage(ROOT).free < SPACE_NEEDED:
        raise Stop(f"The set-up needs {SPACE_NEEDED / 1e9:.1f} GB of free disk space and there is less.")


def check_port(port: int) -> None:
    """Refuse early when the address is taken."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise Stop(f"Port {port} is in use: stop what uses it, or choose another with PORT=8001 make run.") from error


def packages(which: str) -> None:
    """The virtual environment with the locked Python packages (`base` to run, `dev` to test)."""
    locks = [ROOT / "requirements" / f"{name}.txt" for name in ("base", "dev")]
    if which == "base" and (STAMPS / "packages-dev").exists():
        which = "dev"  # the larger set holds the smaller one
    lock = ROOT / "requirements" / f"{which}.txt"
    says = "Installing the Python packages"
    step(f"packages-{which}", says, digest([*locks, UV], which), lambda: install(VENV, lock), made=[PYTHON])


def peers() -> None:
    """A virtual environment of its own for the server that the benchmark measures beside ours: the site's stays as locked."""
    lock = ROOT / "requirements" / "bench.txt"
    says = "Installing the packages of the benchmark"
    step("packages-bench", says, digest([lock, UV]), lambda: install(BENCH, lock), made=[BENCH / "bin" / "python"])


def install(venv: Path, lock: Path) -> None:
    """Put what `lock` names into `venv`, which is made when it is not there.

    pip brings uv, and uv all the rest in a tenth of the time that pip needs. Where uv cannot (a mirror, say, that
    only pip was told of), pip does it. Python compiles a module when it is first imported: not all of them here.
    """
    python = venv / "bin" / "python"
    if not python.exists():
        make_environment(venv)
    pip = (python, "-m", "pip", "install", "--disable-pip-version-check", "--no-compile", "--progress-bar", "off")
    fails = "The Python packages could not be installed."
    command(*pip, "--require-hashes", "-r", UV, fails=fails)
    try:
        uv = (python, "-m", "uv", "pip", "install", "--python", python)
        command(*uv, "--require-hashes", "-r", lock, fails=fails)
    except Stop:
        command(*pip, "--require-hashes", "-r", lock, fails=fails, count="Collecting ")


def make_environment(venv: Path) -> None:
    """A virtual environment of the quickest Python here; the second is made of the same as the first."""
    sys.path.insert(0, str(ROOT / "tools"))
    import interpreter

    maker = str(PYTHON) if PYTHON.exists() else interpreter.quickest()
    fails = "The virtual environment could not be made."
    try:
        command(maker, "-m", "venv", venv, fails=fails)
    except Stop:
        if maker in (sys.executable, str(PYTHON)):
            raise
        maker = sys.executable
        command(maker, "-m", "venv", "--clear", venv, fails=fails)
    if maker not in (sys.executable, str(PYTHON)):
        print(f"The site runs on {maker}, which is quicker than the Python that was called.", flush=True)


def browser_libraries(*, tools: bool) -> None:
    """static/vendor/ from the npm lock; with `tools`, what checks static/js as well."""
    sys.path.insert(0, str(ROOT / "tools"))
    import node

    def install() -> None:
        if node.node_folder() is None:
            pip = (PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes")
            command(*pip, "-r", ROOT / "requirements" / "node.txt", fails="Node could not be installed.")
        folder = node.node_folder()
        if folder is None:
            raise Stop("Node 20 or newer is needed and could not be installed.")
        path = {"PATH": f"{folder}{os.pathsep}{os.environ.get('PATH', '')}"}
        only = () if tools else ("--omit=dev",)
        command(folder / "npm", "ci", *only, env=path, fails="The browser libraries could not be installed.")
        vendor = ROOT / "static" / "vendor"
        vendor.mkdir(parents=True, exist_ok=True)
        for name, source in VENDOR.items():
            shutil.copyfile(ROOT / "node_modules" / source, vendor / name)

    if not tools and (STAMPS / "npm-tools").exists():
        tools = True
    name = "npm-tools" if tools else "npm"
    lock = digest([ROOT / "package-lock.json", Path(__file__)], name)
    made = [*(ROOT / "static" / "vendor" / name for name in VENDOR), *([ROOT / "node_modules" / "typescript"] if tools else [])]
    step(name, "Installing the browser libraries", lock, install, made=made)


def kernel() -> None:
    """Compile the simulation kernel, so that no learner ever waits for it."""
    run = (PYTHON, "-m", "simulator", "compile")
    fails = "The simulation kernel could not be compiled."
    key = digest([ROOT / "simulator", ROOT / "requirements" / "base.txt"])
    step("kernel", "Compiling the simulation kernel", key, lambda: command(*run, fails=fails))


def site() -> None:
    """Static files, database, shipped content and, with DEBUG, the demo accounts."""
    manage = (PYTHON, "manage.py")
    local = "DATABASE_URL" not in os.environ
    database = str(DATABASE.stat().st_ino) if local and DATABASE.exists() else os.environ.get("DATABASE_URL", "none")
    code = digest(sorted(ROOT.glob("*/**/migrations")))
    migrate = (*manage, "migrate", "--no-input", "--verbosity", "0")
    fails = "The database could not be prepared."
    step("database", "Preparing the database", code + database, lambda: command(*migrate, fails=fails))
    if local and DATABASE.exists():  # its number is known only now when it was just made
        database = str(DATABASE.stat().st_ino)
        (STAMPS / "database").write_text(code + database)
    content = ROOT / "lessons" / "content"
    key = digest([ROOT / "lessons", ROOT / "simulator"], database)
    load = (*manage, "import_content", content)
    step("content", "Importing the lessons", key, lambda: command(*load, fails="The lessons could not be imported."))
    collect = (*manage, "collectstatic", "--no-input", "--clear", "--verbosity", "0")
    fails = "The static files could not be collected."
    static = ROOT / "var" / "static" / "staticfiles.json"
    step(
        "static", "Collecting the static files", digest([ROOT / "static"]), lambda: command(*collect, fails=fails), made=[static]
    )
    if os.environ.get("DEBUG") == "1":
        demo = (*manage, "demo_accounts")
        fails = "The demo accounts could not be made."
        step("accounts", "Making the demo accounts", database, lambda: command(*demo, fails=fails))


def find_browser() -> str | None:
    """The path of a Chromium that the browser tests can drive, or None."""
    names = (os.environ.get("CHROMIUM", ""), SHELL, "chromium", "chromium-browser", "google-chrome")
    return next((found for name in names if name and (found := shutil.which(name))), None)


def browser() -> None:
    """A Chromium for the browser tests: Debian's, when this is root; else what is there, or how to get one."""
    if os.environ.get("CHROMIUM") or shutil.which(SHELL):
        return
    how = "install Chromium (Debian: apt-get install chromium), or name one with CHROMIUM=/path/to/chromium."
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        if find_browser():
            return
        raise Stop(f"The browser tests need a browser: {how}")

    def get(package: str) -> None:
        words = ("apt-get", "install", "--yes", "--no-install-recommends", package)
        command(*words, env={"DEBIAN_FRONTEND": "noninteractive"}, fails=f"Chromium could not be installed: {how}")

    def install() -> None:
        try:
            command("apt-get", "update", fails=f"The package list could not be read: {how}")
            get(SHELL)
        except Stop:  # no network, or a system that does not have it apart
            if not find_browser():
                get("chromium")

    step("browser", "Installing a browser for the tests", str(time.time()), install)


def set_up(goal: str) -> None:
    """All steps that `goal` (run, test, check or bench, or what checks without a simulation: tools) needs."""
    check_machine()
    if goal == "run":
        os.environ.setdefault("DEBUG", "1")
        check_port(int(os.environ.get("PORT", "8000")))
    packages("base" if goal == "run" else "dev")
    tools = goal != "run"
    together(
        *([kernel] if goal != "tools" else []),
        lambda: browser_libraries(tools=tools),
        *([browser] if goal in ("test", "bench") else []),
        *([peers] if goal == "bench" else []),
    )
    if goal == "run":
        site()


def main() -> int:
    """The command line. Exit code 1 with one sentence when something is in the way."""
    goal = sys.argv[1] if len(sys.argv) == 2 else ""
    if goal not in ("run", "test", "tools", "check", "bench"):
        print("usage: bootstrap.py run|test|tools|check|bench", file=sys.stderr)
        return 2
    began = time.monotonic()
    try:
        set_up(goal)
    except Stop as stop:
        print(stop, file=sys.stderr)
        return 1
    except OSError as error:
        full = error.errno == errno.ENOSPC
        print("The disk is full: free some space and start again." if full else f"{error}", file=sys.stderr)
        return 1
    except ValueError:
        print(f"PORT must be a number, not {os.environ.get('PORT')!r}.", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    if (took := time.monotonic() - began) > 1:
        print(f"Set up in {took:.0f} s.", flush=True)
    if goal == "run":
        os.chdir(ROOT)
        os.execv(PYTHON, [str(PYTHON), "-m", "courseware.serve"])
    return 0


if __name__ == "__main__":
    sys.exit(main())
