"""The compiled kernel: clock, event list, stations, balancing, histograms.

One NumPy record holds the whole state of a run (`layout.py`), four compiled functions work on it
(`kernel.py`): `begin`, `advance`, `apply`, `snapshot`. Importing this package sets up the folder in
which Numba keeps the compiled code (`cache.py`) and must come before any other import of the engine.
"""

from simulator.engine import cache

cache.prepare()
