"""A run that a test can look into: its record at an instant, and every row of its trace."""

from simulator import Experiment, parse_scenario
from simulator.run import proceed
from simulator.state import fresh, micro, scratch


def scenario(clients, *stations, more=""):
    """A scenario from the YAML of its clients (in braces) and stations (each in braces), and further lines."""
    listed = "\n".join(f"  - {station}" for station in stations)
    return parse_scenario(f"name: bench\ntitle: Bench\nclients: {clients}\nstations:\n{listed}\n{more}")


def record(scenario, until, *changes, seed=1, stops=()):
    """The record (layout.RUN) at `until` seconds, having stopped at other instants on the way."""
    experiment = Experiment(scenario, seed, changes)
    state = fresh(scenario, seed, windowed=False)
    for stop in (*stops, until):
        proceed(state, experiment, micro(stop), scratch())
    return state[0]


def trace(scenario, until, *changes, seed=1):
    """The first 4096 rows of the trace, of all requests: a record array (layout.TRACE)."""
    state = fresh(scenario, seed, windowed=False)
    out = scratch()
    out[0]["tracing"], out[0]["sample_mask"] = 1, 0
    proceed(state, Experiment(scenario, seed, changes), micro(until), out)
    return out[0]["trace"][: int(out[0]["trace_used"])].copy()
