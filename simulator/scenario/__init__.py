"""Scenarios: what a simulation is made from, read from YAML and checked before anything runs."""

from simulator.scenario.model import READOUTS, Scenario, ScenarioError
from simulator.scenario.reading import FOLDER, load_scenario, parse_scenario, scenario_names
from simulator.scenario.stations import Station

__all__ = ["FOLDER", "READOUTS", "Scenario", "ScenarioError", "Station", "load_scenario", "parse_scenario", "scenario_names"]
