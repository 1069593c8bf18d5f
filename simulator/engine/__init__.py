"""The compiled kernel: clock, event list, stations, balancing, histograms.

One NumPy record holds the whole state of a run (`layout.py`); five doors to one compiled function work on it
(`kernel.py`): `begin`, `advance`, `apply`, `start`, `survey`. `layout.py` needs NumPy alone; everything else of
this package imports Numba, by way of `compiled.py`, which also settles where compiled code is kept (`cache.py`).
"""
