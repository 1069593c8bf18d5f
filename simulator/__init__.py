"""Headroom's simulator: requests, queues and servers, deterministic to the bit.

    scenario = load_scenario("load-balancing-strategies")
    experiment = Experiment(scenario, seed=1, timeline=(Change(60.0, "stop.3", True),))
    simulate(experiment, duration=600)["p99"]      # seconds
    run = Run(experiment)
    run.advance(1.0)                               # a Segment: what happened in the first second
    run.change(0.5, "arrival_rate", 300)           # rewinds to 0.5 s and goes another way

It knows no Django, no HTTP and no wall clock.
"""

from simulator.control import Control, ControlValueError, UnknownControl
from simulator.experiment import ENGINE_VERSION, Change, Experiment, ExperimentError, LinkError, TooExpensive
from simulator.run import Run, simulate
from simulator.scenario import Scenario, ScenarioError, load_scenario, parse_scenario, scenario_names
from simulator.segment import Segment

__all__ = [
    "ENGINE_VERSION",
    "Change",
    "Control",
    "ControlValueError",
    "Experiment",
    "ExperimentError",
    "LinkError",
    "Run",
    "Scenario",
    "ScenarioError",
    "Segment",
    "TooExpensive",
    "UnknownControl",
    "load_scenario",
    "parse_scenario",
    "scenario_names",
    "simulate",
]
