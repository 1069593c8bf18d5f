"""Random scenarios and timelines for property tests: stations that call one another, policies, disciplines, faults.

Times are multiples of 5 ms more often than not, so that many things happen at the same instant.
"""

from hypothesis import strategies as st

from simulator import Change, Experiment
from simulator.scenario import Scenario

STRATEGIES = ("random", "round-robin", "weighted", "least-connections", "two-choices", "sticky", "shared-queue")
DISCIPLINES = ("fifo", "lifo", "priority", "processor-sharing", "delay")
QUEUES = DISCIPLINES[:3]  # a run may change between these
NAMES = ("a", "b", "c", "d")
TIMES = st.sampled_from([0.001, 0.005, 0.01, 0.02, 0.05, 0.1])
OFTEN_ZERO = st.one_of(st.just(0), TIMES)
SPANS = st.sampled_from([0, 0.01, 0.05, 0.2])
LENGTH = 3.0  # seconds of a run


@st.composite
def asks(draw, entry=False):
    """A policy of a link; often none."""
    if draw(st.booleans()):
        return {}
    policy = {
        "timeout": draw(st.sampled_from([0, 0.02, 0.05, 0.1, 0.5])),
        "retries": draw(st.integers(0, 3)),
        "backoff": draw(st.sampled_from(["none", "exponential", "jittered"])),
        "backoff_base": draw(TIMES),
        "backoff_cap": 0.2,
        "retry_budget": draw(st.sampled_from([None, 0.1, 1.0])),
        "hedge_after": draw(st.sampled_from([0, 0, 0.005, 0.02])),
        "cancel_hedges": draw(st.booleans()),
        "throttle": draw(st.sampled_from([0, 0, 2])),
        "breaker": draw(st.sampled_from([0, 0, 0.5])),
        "breaker_time": 0.2,
        "round_trip_time": draw(OFTEN_ZERO),
    }
    return policy | ({} if entry else {"new_connections": 0.5, "handshake_round_trips": 1})


@st.composite
def stations(draw, place, count):
    """Station `place` of `count`; it calls later ones only."""
    later = list(NAMES[place + 1 : count])
    found = {
        "name": NAMES[place],
        "servers": draw(st.integers(1, 4)),
        "workers": draw(st.integers(1, 3)),
        "service_time": draw(TIMES),
        "variability": draw(st.sampled_from([0, 0, 0.5, 1, 4])),
        "discipline": draw(st.sampled_from(DISCIPLINES)),
        "queue_limit": draw(st.sampled_from([0, 1, 3, 20])),
        "when_full": draw(st.sampled_from(["drop-newest", "drop-oldest"])),
        "drop_expired": draw(st.booleans()),
        "strategy": draw(st.sampled_from(STRATEGIES)),
        "boot_time": draw(SPANS),
        "boot_failure": draw(st.sampled_from([0, 0, 0.5])),
        "drain_time": draw(SPANS),
        "zones": draw(st.integers(1, 2)),
        "contention": draw(st.sampled_from([0, 0.1])),
        "asked": draw(asks()),
        "health_check": {
            "interval": draw(st.sampled_from([0.02, 0.1])),
            "timeout": draw(OFTEN_ZERO),
            "fall": draw(st.integers(1, 3)),
            "rise": draw(st.integers(1, 3)),
            "loss": draw(st.sampled_from([0, 0, 0.3])),
        },
        "autoscale": {
            "rule": draw(st.sampled_from(["none", "hpa", "target-tracking", "steps"])),
            "metric": draw(st.sampled_from(["cpu", "memory", "request-rate", "queue-length"])),
            "target": draw(st.sampled_from([0.3, 0.7, 20])),
            "period": draw(st.sampled_from([0.1, 0.2])),
            "maximum": 6,
            "stabilisation": draw(st.sampled_from([0, 0.3])),
            "cooldown": draw(st.sampled_from([0, 0.3])),
            "step_out": draw(st.integers(1, 3)),
        },
    }
    if later:
        how = draw(st.sampled_from(["calls", "calls", "then", "nothing"]))
        if how == "then":
            found["then"] = draw(st.sampled_from(later))
        elif how == "calls":
            found["calls"] = draw(st.lists(st.sampled_from(later), min_size=1, max_size=2, unique=True))
            found["visits"] = draw(st.integers(1, 3))
            found["parallel"] = draw(st.booleans())
            found["holds_worker"] = draw(st.booleans())
            found["pool"] = draw(st.sampled_from([0, 1, 2]))
    if draw(st.booleans()):
        found["when_full"] = "block"
        found["strategy"] = draw(st.sampled_from(["shared-queue", "least-connections"]))
    return found


def controls(disciplines):
    """Everything that a timeline may move, for every station."""
    moved = {
        "servers": (1, 6), "workers": (1, 4), "service_time": (0.001, 0.1), "variability": (0, 4), "queue_limit": (0, 20),
        "probe_interval": (0.02, 0.2), "fall": (1, 4), "rise": (1, 4), "target": (0.1, 20), "boot_time": (0, 0.2),
        "drain_time": (0, 0.2), "contention": (0, 0.5), "speed": (0.5, 2), "weight": (0.5, 2),
    }  # fmt: skip
    asked = {"timeout": (0, 0.5), "retries": (0, 3), "hedge_after": (0, 0.1), "round_trip_time": (0, 0.1)}
    count = len(disciplines)
    found = [
        {"name": name, "station": station, "label": name, "minimum": low, "maximum": high}
        for station in NAMES[:count]
        for name, (low, high) in (moved | asked).items()
    ]
    for station in NAMES[:count]:
        for name, choices in (("strategy", STRATEGIES), ("autoscale", ("none", "hpa", "target-tracking", "steps"))):
            found.append({"name": name, "station": station, "label": name, "choices": [(each, each) for each in choices]})
        if disciplines[station] in QUEUES:
            found.append(
                {"name": "discipline", "station": station, "label": "order", "choices": [(each, each) for each in QUEUES]}
            )
    found.append({"name": "arrival_rate", "label": "rate", "minimum": 10, "maximum": 300})
    found.append({"name": "users", "label": "users", "minimum": 1, "maximum": 40})
    return found


@st.composite
def scenarios(draw):
    """A scenario of one to four stations."""
    count = draw(st.integers(1, 4))
    clients = {
        "arrival_rate": draw(st.integers(10, 250)),
        "arrivals": draw(st.sampled_from(["poisson", "deterministic", "bursty", "closed"])),
        "burst": {"factor": 4, "share": 0.2, "length": 0.2},
        "users": draw(st.integers(1, 40)),
        "think_time": draw(TIMES),
        "clients": 20,
        "deadline": draw(st.sampled_from([0.01, 0.05, 1])),
    } | draw(asks(entry=True))
    if draw(st.booleans()):
        clients["profile"] = {
            "kind": draw(st.sampled_from(["step", "ramp"])),
            "points": [(0, 1), (0.5, 2), (1, 0)],
            "period": 1.5,
        }
    kinds = []
    if draw(st.booleans()):
        kinds = [
            {"name": "vip", "share": 0.3, "priority": 0,
             "skips": draw(st.lists(st.sampled_from(NAMES[:count]), max_size=2, unique=True))},
            {"name": "free", "share": 0.7, "priority": draw(st.integers(0, 3)), "queue": {NAMES[count - 1]: 0.5},
             "enters": draw(st.sampled_from(NAMES[:count]))},
        ]  # fmt: skip
    faults = [{"name": name, "label": name, "target": station} for station in NAMES[:count] for name in (
        "stop", "slow", "fast_fail", "zombie", "hang", "zone", "deploy", "stop_all", "probe_loss_storm")]  # fmt: skip
    parts = [draw(stations(place, count)) for place in range(count)]
    return Scenario.model_validate({
        "name": "random", "title": "Random", "clients": clients, "classes": kinds,
        "stations": parts,
        "controls": controls({part["name"]: part["discipline"] for part in parts}),
        "faults": [*faults, {"name": "spike", "label": "spike"}],
    })  # fmt: skip


@st.composite
def values(draw, control):
    """A value that the control takes."""
    if control.kind in ("fault", "switch"):
        return draw(st.integers(0, 2)) > 0
    if control.kind == "choice":
        return draw(st.sampled_from([key for key, _ in control.choices]))
    if control.whole:
        return draw(st.integers(round(control.minimum), round(control.maximum)))
    return round(control.minimum + (control.maximum - control.minimum) * draw(st.integers(0, 20)) / 20, 6)


@st.composite
def experiments(draw):
    """A scenario and up to 24 changes, of which two thirds are faults, each kind as likely as another."""
    scenario = draw(scenarios())
    names = sorted(scenario.all_controls)
    harm: dict[str, list[str]] = {}
    moves: dict[str, list[str]] = {}
    for name in names:
        control = scenario.all_controls[name]
        if (control.server or 0) <= 3:
            (harm if control.kind == "fault" else moves).setdefault(control.setting, []).append(name)
    times = sorted(draw(st.lists(st.integers(0, 500), min_size=4, max_size=24)))
    changes = []
    for time in times:
        kinds = harm if draw(st.integers(0, 2)) else moves
        name = draw(st.sampled_from(kinds[draw(st.sampled_from(sorted(kinds)))]))
        changes.append(Change(time / 200, name, draw(values(scenario.all_controls[name]))))
    return Experiment(scenario, draw(st.integers(0, 2**31)), tuple(changes))
