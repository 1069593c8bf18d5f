"""Stations: pools of servers behind a balancer, and the stores, caches and databases that they ask."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from simulator.engine.codes import MAX_CALLEES, MAX_SERVERS, MAX_WORKERS
from simulator.scenario.parts import Ask, Name, Part, Seconds, Share, Span

Strategy = Literal[
    "random", "round-robin", "weighted", "least-connections", "weighted-least-connections", "two-choices", "peak-ewma",
    "sticky", "hash", "consistent-hash", "bounded-consistent-hash", "nearest", "shared-queue",
]  # fmt: skip
READ_STRATEGIES = ("round-robin", "random", "least-connections", "two-choices")  # of a database, per shard
Positive = Annotated[float, Field(gt=0, le=100)]


class HealthCheck(Part):
    """How the balancer learns that a server is gone: probes every `interval`, `fall` failures, `rise` passes."""

    interval: Seconds = 0.5
    timeout: Span = Field(0.0, description="until a hung server's probe counts as failed")
    fall: int = Field(2, ge=1, le=20)
    rise: int = Field(2, ge=1, le=20)
    loss: float = Field(0.0, ge=0, lt=1, description="share of probes of healthy servers that fail")


class Ejection(Part):
    """Passive checks: so many bad answers in a row, and a server is left out for a while. 0 = off."""

    after: int = Field(0, ge=0, le=1000)
    time: Seconds = 10.0


class Gate(Part):
    """What stands before the servers: a token bucket, and what it costs to say no."""

    rate: float = Field(0.0, ge=0, le=1_000_000, description="tokens per second; 0 = no bucket")
    burst: float = Field(1.0, ge=1, le=1_000_000)
    reject_cost: Share = Field(0.0, description="work of one rejection, as a share of the mean service time")


class Tls(Part):
    """Where handshakes are worked off, how long one takes, and how many requests come on a connection that is there."""

    at: Literal["none", "balancer", "servers"] = "none"
    handshake: Span = 0.002
    reuse: Share = 0.9


class Sessions(Part):
    """Where clients' sessions live, and for how long on average. A lost session is counted."""

    where: Literal["none", "memory", "store"] = "none"
    lifetime: Annotated[float, Field(gt=0, le=86_400)] = 1800.0
    store: Name | None = Field(None, description="the station that holds them, with where: store")
    copies: int = Field(1, ge=1, le=5, description="store nodes that hold each session")


class Cache(Part):
    """What each server of an edge or cache station keeps of the catalogue."""

    policy: Literal["lru", "fifo", "ttl"] = "lru"
    capacity: int = Field(0, ge=0, le=1_000_000, description="objects per server; 0 = no limit")
    ttl: Span = Field(0.0, description="seconds; 0 = for ever")
    renewing: bool = Field(False, description="whether a hit starts the time anew")
    protection: Literal["none", "single-flight", "early-expiry"] = "none"
    early_beta: float = Field(1.0, ge=0, le=10)
    hit_ratio: float | None = Field(None, ge=0, le=1, description="a cache of which only the ratio matters")


class Database(Part):
    """A database: shards, each with a primary and replicas that follow it."""

    replicas: int = Field(0, ge=0, le=20, description="of each shard; the station's `servers` are its shards")
    placement: Literal["mod", "ring", "bounded-ring"] = "mod"
    write_share: Share = 0.1
    lag: Span = 0.1
    pin_own_reads: Span = Field(0.0, description="seconds for which a client's reads follow its write to the primary")
    failover_time: Span = 30.0


class Autoscale(Part):
    """A rule that changes the number of servers by itself. `target` is a share (cpu, memory), else per server."""

    rule: Literal["none", "hpa", "target-tracking", "steps"] = "none"
    metric: Literal["cpu", "memory", "request-rate", "queue-length"] = "cpu"
    target: float = Field(0.7, gt=0, le=100_000)
    tolerance: Share = 0.1
    period: Seconds = 15.0
    minimum: int = Field(1, ge=1, le=MAX_SERVERS)
    maximum: int = Field(MAX_SERVERS, ge=1, le=MAX_SERVERS)
    stabilisation: Annotated[float, Field(ge=0, le=900)] = 300.0
    cooldown: Span = 0.0
    step_out: int = Field(1, ge=1, le=MAX_SERVERS)
    step_in: int = Field(1, ge=1, le=MAX_SERVERS)
    memory_idle: Share = Field(0.3, description="memory of an idle server, as a share")
    memory_per_call: Share = 0.01


class Place(Part):
    """Where a server of a placed station stands; the first `servers` of them are in use."""

    name: str
    latitude: float = Field(ge=-90, le=90)
    longitude: float = Field(ge=-180, le=180)


class Station(Part):
    """A pool of servers behind a balancer. `calls` are asked while the caller waits; `then` is where a call goes on to."""

    name: Name
    label: str = "Servers"
    kind: Literal["servers", "edge", "cache", "store", "database"] = "servers"
    servers: int = Field(1, ge=1, le=MAX_SERVERS)
    workers: int = Field(1, ge=1, le=MAX_WORKERS)
    service_time: Seconds = 0.010
    variability: float = Field(1.0, ge=0, le=100)
    distribution: Literal["by-variability", "lognormal", "pareto"] = "by-variability"
    slow_share: Share = Field(0.0, description="of calls that take slow_time instead; both exponential, variability unused")
    slow_time: Seconds = 0.300
    growth: float = Field(0.0, ge=0, le=1000, description="service time × (1 + growth × data)")
    data: float = Field(0.0, ge=0, le=1_000_000)
    discipline: Literal["fifo", "lifo", "priority", "processor-sharing", "delay"] = "fifo"
    queue_limit: int = Field(1000, ge=0, le=1_000_000)
    when_full: Literal["drop-newest", "drop-oldest", "block"] = "drop-newest"
    drop_expired: bool = Field(False, description="a request whose deadline is over is dropped, not started")
    strategy: Strategy = "round-robin"
    hash_by: Literal["client", "object"] = "client"
    virtual_nodes: int = Field(100, ge=1, le=500)
    load_bound: float = Field(1.25, ge=1, le=100)
    balancers: int = Field(1, ge=1, le=4, description="that share nothing")
    weights: tuple[Positive, ...] = ()
    speeds: tuple[Positive, ...] = ()
    zones: int = Field(1, ge=1, le=8)
    slow_factor: float = Field(0.5, gt=0, le=1)
    fast_fail_time: Seconds = 0.001
    boot_time: Span = 1.0
    boot_failure: float = Field(0.0, ge=0, lt=1)
    drain_time: Span = Field(5.0, description="of a rolling deploy, before each restart")
    slow_start: Span = 0.0
    contention: float = Field(0.0, ge=0, le=1)
    coherency: float = Field(0.0, ge=0, le=1)
    price: float = Field(0.10, ge=0, le=1000, description="$ per hour")
    price_per: Literal["server", "worker"] = "server"
    price_per_million: float = Field(0.0, ge=0, le=1_000_000, description="$ per million calls")
    calls: tuple[Name, ...] = Field((), max_length=MAX_CALLEES)
    visits: int = Field(1, ge=1, le=200, description="of each callee, per call here")
    parallel: bool = Field(False, description="all visits at once, or one after another")
    holds_worker: bool | None = Field(None, description="while it calls; by default servers do, caches do not")
    then: Name | None = None
    pool: int = Field(0, ge=0, le=10_000, description="connections per server to what it calls; 0 = no limit")
    asked: Ask = Field(Ask(), description="how other stations ask this one")
    health_check: HealthCheck = HealthCheck()
    ejection: Ejection = Ejection()
    gate: Gate = Gate()
    tls: Tls = Tls()
    sessions: Sessions = Sessions()
    cache: Cache = Cache()
    database: Database = Database()
    autoscale: Autoscale = Autoscale()
    places: tuple[Place, ...] = Field((), max_length=MAX_SERVERS)

    @model_validator(mode="after")
    def _consistent(self) -> "Station":
        if self.calls and self.then:
            raise ValueError("a station either calls others or sends on to one (`then`), not both")
        if self.kind in ("edge", "cache") and not (self.calls or self.then):
            raise ValueError("a cache needs `calls`: where it fetches what it does not hold")
        if self.kind in ("edge", "cache") and self.cache.hit_ratio is None and not self.calls:
            raise ValueError("a cache that keeps what it fetched needs `calls`; with `then` it never sees the answer")
        if self.kind == "database" and self.strategy not in READ_STRATEGIES:
            raise ValueError(f"a database's reads are spread by {', '.join(READ_STRATEGIES)}, not by {self.strategy}")
        if self.sessions.where == "store" and not self.sessions.store:
            raise ValueError("sessions in a store need `store`: the station that holds them")
        if self.strategy == "nearest" and len(self.places) < self.servers:
            raise ValueError(f"`nearest` needs a place for each of the {self.servers} servers")
        if self.when_full == "block" and self.strategy not in ("shared-queue", "least-connections") and self.servers > 1:
            raise ValueError("blocking needs one server, or the strategy shared-queue or least-connections")
        return self

    @property
    def holds(self) -> bool:
        """Whether a call keeps its worker while it waits for others."""
        return self.kind in ("servers", "store", "database") if self.holds_worker is None else self.holds_worker

    @property
    def members(self) -> int:
        """Servers in use: shards × (1 + replicas) for a database, the pool's size otherwise."""
        return self.servers * (1 + self.database.replicas) if self.kind == "database" else self.servers
