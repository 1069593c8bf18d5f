"""Where the compiled kernel is kept between processes.

Numba's own cache knows a compiled function by the file that it stands in. The kernel is spread over
several files, so a constant edited in one of them would keep its old value in the others' machine code.
Therefore the cache folder's *name* is a digest over every file of this package (and the Numba version and
bounds-check setting): an edit anywhere leads to a new, empty folder, and stale code can never run.

The folder lies in `NUMBA_CACHE_DIR` if that is set, else beside this file, else in the user's cache
folder, else in the temporary folder: the first that can be written to. A read-only installation starts.
"""

import hashlib
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

import numba

config: Any = numba.config
HERE = Path(__file__).resolve().parent


def digest() -> str:
    """Hexadecimal digest (16 characters) of the engine's files, Numba's version and its bounds checking."""
    total = hashlib.sha256(numba.__version__.encode())
    total.update(os.environ.get("NUMBA_BOUNDSCHECK", "0").encode())
    for file in sorted(HERE.glob("*.py")):
        total.update(file.name.encode() + b"\0" + file.read_bytes() + b"\0")
    return total.hexdigest()[:16]


def candidates() -> list[Path]:
    """The folders that may hold the cache, best first."""
    chosen = os.environ.get("NUMBA_CACHE_DIR")
    places = [Path(chosen)] if chosen else []
    places.append(HERE / "__pycache__")
    home = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    places += [Path(home) / "headroom", Path(tempfile.gettempdir()) / f"headroom-{os.getuid()}"]
    return places


def prepare() -> Path:
    """Choose the cache folder and tell Numba; returns it. Without a writable folder Numba compiles anew."""
    name = f"kernel-{digest()}"
    for place in candidates():
        folder = place / name
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=folder):
                pass
        except OSError:
            if any(folder.glob("**/*.nbi")):  # read-only, but compiled already: good enough
                config.CACHE_DIR = str(folder)
                return folder
            continue
        config.CACHE_DIR = str(folder)
        return folder
    config.CACHE_DIR = ""
    return HERE


def discard_old() -> int:
    """Remove compiled kernels of earlier versions beside the present one; returns how many went."""
    folder = Path(config.CACHE_DIR)
    if not folder.name.startswith("kernel-"):
        return 0
    old = [other for other in folder.parent.glob("kernel-*") if other != folder]
    for other in old:
        shutil.rmtree(other, ignore_errors=True)
    return len(old)
