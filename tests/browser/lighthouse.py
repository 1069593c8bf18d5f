"""Lighthouse on the lesson page, as a phone sees it: `make lighthouse`, or `python -m tests.browser.lighthouse [times]`.

Starts a site of its own as `make run` serves it, prints every run's scores, and ends with 1 when the middle one of a
category is below what issue 2 asks for. Lighthouse is installed into `var/lighthouse/` on first use and is no
dependency of the project: it is 180 MB, and nothing else needs it.
"""

import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.site import ROOT, Site
from tools import bootstrap, node

VERSION = "12.8.2"
HOME = ROOT / "var" / "lighthouse"
PAGE = "/tracks/system-scaling/load-balancing-strategies/"
WANTED = {"performance": 90, "accessibility": 100, "best-practices": 100}
TIMES = ("first-contentful-paint", "largest-contentful-paint", "total-blocking-time", "cumulative-layout-shift", "speed-index")


def command(*words: str | Path) -> str:
    """What a command says; when it fails, what it complained about and the end of this."""
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{done.stderr[-2000:]}\nThat was: {' '.join(map(str, words))}")
    return done.stdout


def install() -> Path:
    """The command line of the pinned Lighthouse."""
    script = HOME / "node_modules" / "lighthouse" / "cli" / "index.js"
    package = script.parents[1] / "package.json"
    if not package.is_file() or json.loads(package.read_text())["version"] != VERSION:
        print(f"Installing Lighthouse {VERSION} into {HOME.relative_to(ROOT)} …", flush=True)
        npm = (sys.executable, ROOT / "tools" / "node.py", "npm", "install", "--prefix", HOME)
        command(*npm, "--no-save", "--no-package-lock", "--ignore-scripts", f"lighthouse@{VERSION}")
    return script


def measure(script: Path, url: str) -> dict[str, float]:
    """One run with the mobile preset: scores from 0 to 100, times in ms (the shift has no unit)."""
    folder, browser = node.node_folder(), bootstrap.find_browser()
    if folder is None or browser is None:
        sys.exit("Node and Chromium are needed: `make test` installs both.")
    flags = "--headless=new --no-sandbox --disable-gpu"
    only = f"--only-categories={','.join(WANTED)}"
    run = ("env", f"CHROME_PATH={browser}", folder / "node", script, url, "--quiet", "--output=json", only)
    report = json.loads(command(*run, f"--chrome-flags={flags}"))
    scores = {name: round(100 * report["categories"][name]["score"]) for name in WANTED}
    return scores | {name: report["audits"][name]["numericValue"] for name in TIMES}


def main(times: int = 3) -> int:
    """Measure `times` times; 0 when the median of each category is good enough."""
    script = install()
    site = Site(Path(tempfile.mkdtemp(prefix="headroom-lighthouse-")))
    site.prepare()
    site.start()
    try:
        runs = [measure(script, site.url + PAGE) for _ in range(times)]
    finally:
        site.kill()
    for name in (*WANTED, *TIMES):
        shown = "  ".join(f"{run[name]:8.3f}" if name == "cumulative-layout-shift" else f"{run[name]:8.0f}" for run in runs)
        print(f"{name:26}{shown}")
    low = [name for name, least in WANTED.items() if statistics.median(run[name] for run in runs) < least]
    print(f"Below {WANTED}: {', '.join(low)}" if low else f"All at least {WANTED}.")
    return bool(low)


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:2])))
