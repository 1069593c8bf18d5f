"""Run Node, or a tool that comes with it: `tools/node.py npm ci`, `tools/node.py script.js`.

Uses the machine's Node when it is recent enough, else the one that the set-up put into
the virtual environment.
"""

import shutil
import subprocess
import sys
from pathlib import Path

OLDEST = 20
VENV_BIN = Path(__file__).resolve().parent.parent / ".venv" / "bin"


def node_folder() -> Path | None:
    """The folder that holds a usable `node` and `npm`, or None."""
    for folder in (None, VENV_BIN):
        node = shutil.which("node", path=folder and str(folder))
        npm = shutil.which("npm", path=folder and str(folder))
        if node and npm and _major(node) >= OLDEST:
            return Path(node).parent
    return None


def _major(node: str) -> int:
    try:
        said = subprocess.run([node, "--version"], capture_output=True, text=True, timeout=20, check=True).stdout
        return int(said.lstrip("v").split(".")[0])
    except (OSError, ValueError, subprocess.SubprocessError):
        return 0


def main(arguments: list[str]) -> int:
    """Run `arguments` with Node and give its exit code; 1 with a sentence when there is no Node."""
    folder = node_folder()
    if folder is None:
        print(f"There is no Node {OLDEST} or newer; `make run` installs one.", file=sys.stderr)
        return 1
    tool = arguments[:1] if arguments[:1] in (["npm"], ["npx"]) else ["node"]
    rest = arguments[1:] if tool != ["node"] else arguments
    return subprocess.run([str(folder / tool[0]), *rest], check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
