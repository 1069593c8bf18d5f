"""`python -m simulator`: run, compare and describe scenarios from the command line."""

import argparse
import json
import sys
import time
from typing import Any

from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from simulator import replications
from simulator.experiment import Change, Experiment
from simulator.scenario import Scenario, load_scenario, scenario_names
from simulator.state import compile_all


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise ValueError(f"expected control=value, not {text!r}")
    return name, value


def _changes(scenario: Scenario, settings: list[str], timeline: list[list[str]]) -> tuple[Change, ...]:
    found = []
    for at, text in [("0", text) for text in settings] + [(at, text) for at, text in timeline]:
        name, value = _pair(text)
        found.append(Change(float(at), name, scenario.control(name).read(value)))
    return tuple(sorted(found, key=lambda change: change.at))


def _runs(experiment: Experiment, args: argparse.Namespace) -> list[dict[str, Any]]:
    with Progress(console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()) as bar:
        task = bar.add_task("Simulating", total=args.replications)
        return replications.replicate(
            experiment,
            args.replications,
            args.duration,
            args.warm_up,
            budget=args.budget,
            each=lambda done: bar.update(task, completed=done),
        )


def _print_json(data: Any) -> None:
    sys.stdout.write(json.dumps(data, indent=2, sort_keys=True) + "\n")


def run(args: argparse.Namespace) -> None:
    """Simulate one experiment and print what was measured."""
    scenario = load_scenario(args.scenario)
    experiment = Experiment(scenario, args.seed, _changes(scenario, args.set, args.at))
    results = _runs(experiment, args)
    confidence = replications.confidence(results)
    if args.json:
        first = results[0] if len(results) == 1 else {key: value and value["mean"] for key, value in confidence.items()}
        _print_json({
            **first, "scenario": scenario.name, "seed": args.seed, "duration": args.duration, "warm_up": args.warm_up,
            "replications": args.replications, "confidence": confidence if len(results) > 1 else None,
            "link": experiment.to_link(),
        })  # fmt: skip
        return
    table = Table("measure", "value", "95 % interval", title=f"{scenario.title}: {args.duration:g} s, seed {args.seed}")
    for key, value in confidence.items():
        if value is None:
            table.add_row(key, "–", "")
        else:
            span = f"{value['low']:.4g} … {value['high']:.4g}" if len(results) > 1 else ""
            table.add_row(key, f"{value['mean']:.4g}", span)
    Console().print(table)
    if len(results[0]["stations"]) > 1:
        Console().print(_stations(results))


def compare(args: argparse.Namespace) -> None:
    """Simulate two settings on the same arrivals and print their paired difference."""
    scenario = load_scenario(args.scenario)
    sides = [
        _runs(Experiment(scenario, args.seed, _changes(scenario, args.set + side, args.at)), args) for side in (args.a, args.b)
    ]
    found = {key: replications.compare(sides[0], sides[1], key) for key in replications.KEYS if sides[0][0][key] is not None}
    if args.json:
        _print_json(
            {
                "scenario": scenario.name,
                "seed": args.seed,
                "replications": args.replications,
                "difference": found,
                "sentences": [replications.sentence(gap, key) for key, gap in found.items() if key in replications.WORDS],
            }
        )
        return
    table = Table("measure", "A", "B", "B − A", "95 % interval", "", title=scenario.title)
    for key, gap in found.items():
        means = [replications.interval([result[key] for result in side])[0] for side in sides]
        row = [f"{value:.4g}" for value in (*means, gap["difference"])]
        table.add_row(key, *row, f"{gap['low']:.4g} … {gap['high']:.4g}", "real" if gap["real"] else "may be chance")
    Console().print(table)
    for key, gap in found.items():
        if key in ("mean_response_time", "error_rate") and (gap["difference"] or gap["real"]):
            print(replications.sentence(gap, key))


def _stations(results: list[dict[str, Any]]) -> Table:
    """The stations of runs with several of them: means over the runs."""
    table = Table("station", "servers", "utilisation", "requests/s", "mean response", "mean waiting", "queue")
    for name in results[0]["stations"]:
        rows = [result["stations"][name] for result in results]

        def mean(key: str, rows: list[dict[str, Any]] = rows) -> float | None:
            values = [row[key] for row in rows if row.get(key) is not None]
            return sum(values) / len(values) if values else None

        values = [mean(key) for key in ("mean_servers", "utilisation", "throughput", "mean_response_time", "mean_waiting_time",
                                        "mean_queue_length")]  # fmt: skip
        table.add_row(name, *("–" if value is None else f"{value:.4g}" for value in values))
    return table


def scenarios(args: argparse.Namespace) -> None:
    """List the scenarios that ship."""
    for name in scenario_names():
        print(f"{name:28} {load_scenario(name).title}")


def schema(args: argparse.Namespace) -> None:
    """Print the JSON Schema of a scenario, for editors."""
    _print_json(Scenario.model_json_schema())


def compile_kernel(args: argparse.Namespace) -> None:
    """Compile every function of the kernel into the cache and say how long it took."""
    began = time.perf_counter()
    compile_all()
    print(f"The kernel is compiled ({time.perf_counter() - began:.1f} s).")


def parser() -> argparse.ArgumentParser:
    """The command line."""
    top = argparse.ArgumentParser(prog="python -m simulator", description=__doc__)
    commands = top.add_subparsers(dest="command", required=True)
    for work in (run, compare):
        command = commands.add_parser(work.__name__, help=work.__doc__)
        command.add_argument("scenario", metavar="NAME|FILE.yaml")
        command.add_argument("--set", action="append", default=[], metavar="CONTROL=VALUE", help="an opening setting")
        command.add_argument("--at", action="append", nargs=2, default=[], metavar=("SECONDS", "CONTROL=VALUE"))
        command.add_argument("--seed", type=int, default=1)
        command.add_argument("--duration", type=float, default=600.0, metavar="S")
        command.add_argument("--warm-up", type=float, default=0.0, metavar="S")
        command.add_argument("--replications", type=int, default=1 if work is run else 10, metavar="R")
        command.add_argument("--budget", type=int, default=100_000_000, help="requests that one run may simulate")
        command.add_argument("--json", action="store_true")
        command.set_defaults(work=work)
        if work is compare:
            command.add_argument("--a", action="append", default=[], metavar="CONTROL=VALUE")
            command.add_argument("--b", action="append", default=[], metavar="CONTROL=VALUE")
    for name, work in (("scenarios", scenarios), ("schema", schema), ("compile", compile_kernel)):
        commands.add_parser(name, help=work.__doc__).set_defaults(work=work)
    return top


def main(arguments: list[str] | None = None) -> int:
    """Run one command; 1 with a sentence when the input is refused."""
    args = parser().parse_args(arguments)
    try:
        if getattr(args, "replications", 1) < 1:
            raise ValueError("--replications takes a whole number from 1")
        args.work(args)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
