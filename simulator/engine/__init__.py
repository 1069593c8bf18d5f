"""The compiled kernel: clock, event list, stations, balancing, histograms.

One NumPy record holds the whole state of a run (`layout.py`); four compiled functions work on it
(`kernel.py`): `begin`, `advance`, `apply`, `snapshot`. `layout.py` needs NumPy alone; everything else of
this package imports Numba, by way of `compiled.py`, which also settles where compiled code is kept (`cache.py`).
"""
