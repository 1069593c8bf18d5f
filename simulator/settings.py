"""Every setting of the engine by name: where it lives, in which unit, what range the kernel takes, what a change needs.

A setting is a field of the kernel's record. Most changes are a new number there; those with a `code` also call
`kernel.apply`. Python writes the number first.
"""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from simulator.engine import codes
from simulator.engine.codes import MAX_BALANCERS, MAX_CLIENTS, MAX_SERVERS, MAX_WORKERS

Where = Literal["clients", "link", "station", "server"]


@dataclass(frozen=True)
class Setting:
    """One setting. `unit` × the value in base units (seconds, requests/s, counts) is what the record holds."""

    where: Where
    path: str  # in the scenario: of the clients, of the ask policy, of the station
    field: str  # in the record; "" when the kernel writes it itself
    low: float = 0.0
    high: float = 1.0
    unit: float = 1.0
    whole: bool = False  # the record holds an integer
    code: int | None = None
    choices: Mapping[str, int] = dataclasses.field(default_factory=dict)
    none: float = 0.0  # what an unset value means
    control_whole: bool = False  # a control takes whole numbers only
    switch: bool = False

    def encode(self, value: Any) -> float | int:
        """The value as the record holds it."""
        if value is None:
            return self.none
        number = float(self.choices[value]) if self.choices else float(value) * self.unit
        return round(number) if self.whole or self.choices else number


MICRO, PER_MICRO = 1e6, 1e-6


def _span(where: Where, path: str, field: str, low: float = 0.0, high: float = 86_400.0, code: int | None = None) -> Setting:
    return Setting(where, path, field, low, high, MICRO, whole=True, code=code)


def _count(where: Where, path: str, field: str, low: float, high: float, code: int | None = None) -> Setting:
    return Setting(where, path, field, low, high, whole=True, code=code, control_whole=True)


def _choice(where: Where, path: str, field: str, choices: Mapping[str, int], code: int | None = None) -> Setting:
    return Setting(where, path, field, whole=True, code=code, choices=choices)


def _switch(where: Where, path: str, field: str) -> Setting:
    return Setting(where, path, field, whole=True, switch=True)


def _number(where: Where, path: str, field: str, low: float, high: float, code: int | None = None) -> Setting:
    return Setting(where, path, field, low, high, code=code)


SETTINGS: dict[str, Setting] = {
    # clients
    "arrival_rate": Setting("clients", "arrival_rate", "base_rate", 0.001, 20_000, PER_MICRO, code=codes.SET_RATE),
    "users": _count("clients", "users", "", 1, MAX_CLIENTS, codes.SET_USERS),
    "think_time": Setting("clients", "think_time", "think_time", 0, 3600, MICRO),
    "deadline": _span("clients", "deadline", "deadline", 0.001, 3600),
    "clients": _count("clients", "clients", "population", 1, MAX_CLIENTS),
    # how a station is asked (the clients' own link, for the first station)
    "timeout": _span("link", "timeout", "timeout", 0, 3600),
    "retries": _count("link", "retries", "retries", 0, 20),
    "backoff": _choice("link", "backoff", "backoff", codes.BACKOFFS),
    "backoff_base": _span("link", "backoff_base", "base", 0.000_1, 3600),
    "backoff_cap": _span("link", "backoff_cap", "cap", 0.000_1, 3600),
    "retry_budget": Setting("link", "retry_budget", "budget", 0, 10, none=-1.0),
    "hedge_after": _span("link", "hedge_after", "hedge", 0, 3600),
    "hedge_cap": _number("link", "hedge_cap", "hedge_cap", 0, 1),
    "cancel_hedges": _switch("link", "cancel_hedges", "cancel"),
    "throttle": _number("link", "throttle", "throttle", 0, 100),
    "breaker": _number("link", "breaker", "breaker", 0, 1),
    "breaker_time": _span("link", "breaker_time", "breaker_time", 0.001, 3600),
    "round_trip_time": _span("link", "round_trip_time", "round_trip", 0, 60),
    "handshake_round_trips": _number("link", "handshake_round_trips", "handshakes", 0, 10),
    "new_connections": _number("link", "new_connections", "fresh", 0, 1),
    # stations
    "servers": _count("station", "servers", "", 1, MAX_SERVERS, codes.SET_SERVERS),
    "workers": _count("station", "workers", "", 1, MAX_WORKERS, codes.SET_WORKERS),
    "service_time": Setting("station", "service_time", "service_time", 0.000_01, 3600, MICRO, code=codes.SET_LAW),
    "variability": _number("station", "variability", "variability", 0, 100, codes.SET_LAW),
    "slow_share": _number("station", "slow_share", "slow_share", 0, 1, codes.SET_LAW),
    "slow_time": Setting("station", "slow_time", "slow_time", 0.000_01, 3600, MICRO, code=codes.SET_LAW),
    "growth": _number("station", "growth", "growth", 0, 1000),
    "data": _number("station", "data", "data", 0, 1_000_000),
    "queue_limit": _count("station", "queue_limit", "queue_limit", 0, 1_000_000),
    "discipline": _choice("station", "discipline", "discipline", codes.DISCIPLINES, codes.SET_DISCIPLINE),
    "when_full": _choice("station", "when_full", "when_full", codes.WHEN_FULL, codes.SET_DISCIPLINE),
    "drop_expired": _switch("station", "drop_expired", "drop_expired"),
    "strategy": _choice("station", "strategy", "strategy", codes.STRATEGIES, codes.SET_STRATEGY),
    "hash_by": _choice("station", "hash_by", "hash_by", codes.HASH_BY, codes.SET_RING),
    "virtual_nodes": _count("station", "virtual_nodes", "virtual_nodes", 1, 500, codes.SET_RING),
    "load_bound": _number("station", "load_bound", "bound", 1, 100, codes.SET_RING),
    "balancers": _count("station", "balancers", "balancers", 1, MAX_BALANCERS, codes.SET_STRATEGY),
    "boot_time": _span("station", "boot_time", "boot_time", 0, 3600),
    "boot_failure": _number("station", "boot_failure", "boot_failure", 0, 0.99),
    "drain_time": _span("station", "drain_time", "drain_time", 0, 3600),
    "slow_start": _span("station", "slow_start", "slow_start", 0, 3600),
    "contention": _number("station", "contention", "contention", 0, 1, codes.SET_PACE),
    "coherency": _number("station", "coherency", "coherency", 0, 1, codes.SET_PACE),
    "visits": _count("station", "visits", "visits", 1, 200),
    "pool": _count("station", "pool", "pool", 0, 10_000, codes.SET_POOL),
    "zones": _count("station", "zones", "zones", 1, 8),
    "probe_interval": _span("station", "health_check.interval", "", 0.01, 3600, codes.SET_INTERVAL),
    "probe_timeout": _span("station", "health_check.timeout", "probe_timeout", 0, 3600),
    "probe_loss": _number("station", "health_check.loss", "probe_loss", 0, 0.99),
    "fall": _count("station", "health_check.fall", "fall", 1, 20),
    "rise": _count("station", "health_check.rise", "rise", 1, 20),
    "eject_after": _count("station", "ejection.after", "eject_after", 0, 1000),
    "eject_time": _span("station", "ejection.time", "eject_time", 0.01, 3600),
    "bucket_rate": Setting("station", "gate.rate", "bucket_rate", 0, 1_000_000, PER_MICRO, code=codes.SET_POOL),
    "bucket_burst": _number("station", "gate.burst", "bucket_size", 1, 1_000_000, codes.SET_POOL),
    "reject_cost": _number("station", "gate.reject_cost", "reject_cost", 0, 1, codes.SET_POOL),
    "tls": _choice("station", "tls.at", "tls", codes.TLS, codes.SET_POOL),
    "handshake": Setting("station", "tls.handshake", "handshake", 0, 60, MICRO),
    "connection_reuse": _number("station", "tls.reuse", "reuse", 0, 1),
    "sessions": _choice("station", "sessions.where", "sessions", codes.SESSIONS, codes.SET_POOL),
    "session_lifetime": Setting("station", "sessions.lifetime", "session_time", 1, 86_400, MICRO),
    "store_copies": _count("station", "sessions.copies", "store_copies", 1, 5),
    "cache_policy": _choice("station", "cache.policy", "policy", codes.POLICIES, codes.SET_CACHE),
    "capacity": _count("station", "cache.capacity", "capacity", 0, 1_000_000, codes.SET_CACHE),
    "ttl": _span("station", "cache.ttl", "ttl", 0, 86_400),
    "renewing": _switch("station", "cache.renewing", "renewing"),
    "protection": _choice("station", "cache.protection", "protection", codes.PROTECTIONS),
    "early_beta": _number("station", "cache.early_beta", "beta", 0, 10),
    "hit_ratio": Setting("station", "cache.hit_ratio", "hit_ratio", 0, 1, none=-1.0),
    "replicas": _count("station", "database.replicas", "", 0, 20, codes.SET_GROUPS),
    "placement": _choice("station", "database.placement", "placement", codes.PLACEMENTS, codes.SET_RING),
    "write_share": _number("station", "database.write_share", "write_share", 0, 1),
    "lag": _span("station", "database.lag", "lag", 0, 3600),
    "pin_own_reads": _span("station", "database.pin_own_reads", "pin", 0, 3600),
    "failover_time": _span("station", "database.failover_time", "failover", 0, 3600),
    "autoscale": _choice("station", "autoscale.rule", "rule", codes.RULES, codes.SET_SCALING),
    "metric": _choice("station", "autoscale.metric", "metric", codes.METRICS),
    "target": _number("station", "autoscale.target", "target", 0.000_1, 100_000),
    "tolerance": _number("station", "autoscale.tolerance", "tolerance", 0, 1),
    "scale_period": _span("station", "autoscale.period", "period", 0.1, 3600),
    "minimum_servers": _count("station", "autoscale.minimum", "least", 1, MAX_SERVERS),
    "maximum_servers": _count("station", "autoscale.maximum", "most", 1, MAX_SERVERS),
    "stabilisation": _span("station", "autoscale.stabilisation", "stabilisation", 0, 900),
    "cooldown": _span("station", "autoscale.cooldown", "cooldown", 0, 86_400),
    # servers
    "speed": _number("server", "speeds", "speed", 0.01, 100, codes.SET_SPEED),
    "weight": _number("server", "weights", "weight", 0.01, 100),
    # the catalogue
    "exponent": Setting("clients", "objects.exponent", "exponent", 0, 3, code=codes.SET_OBJECTS),
}  # fmt: skip

FAULTS: dict[str, str] = {  # name: what it is done to
    "spike": "clients",
    "stop": "server",
    "slow": "server",
    "fast_fail": "server",
    "zombie": "server",
    "hang": "server",
    "zone": "zone",
    "deploy": "station",
    "purge": "station",
    "probe_loss_storm": "station",
    "stop_all": "station",
}
