"""The parts of a scenario that are not stations: clients, how callers ask, classes of requests, the catalogue, regions."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from simulator.engine.codes import MAX_CLIENTS, MAX_OBJECTS, MAX_POINTS, MAX_REGIONS

Rate = Annotated[float, Field(gt=0, le=20_000, allow_inf_nan=False)]
Seconds = Annotated[float, Field(gt=0, le=3600, allow_inf_nan=False)]
Span = Annotated[float, Field(ge=0, le=86_400, allow_inf_nan=False)]  # seconds, 0 = off
Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Factor = Annotated[float, Field(ge=0, le=1000, allow_inf_nan=False)]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=30)]


class Mistake(ValueError):
    """Something in a scenario that contradicts something else; `path` leads to it, for the line in the file."""

    def __init__(self, path: tuple[str | int, ...], message: str) -> None:
        super().__init__(message)
        self.path = path


class Part(BaseModel):
    """A part of a scenario; a field that it does not know is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Burst(Part):
    """Bursty arrivals: `factor` × the mean rate during a `share` of the time, in bursts of `length` seconds on average."""

    factor: float = Field(4.0, gt=1, le=100)
    share: float = Field(0.1, gt=0, lt=1)
    length: Seconds = 2.0

    @model_validator(mode="after")
    def _leaves_something(self) -> "Burst":
        if self.factor * self.share >= 1:
            raise ValueError("factor × share must stay below 1: the bursts alone would exceed the arrival rate")
        return self

    @property
    def calm(self) -> float:
        """The factor between bursts, so that the mean rate is the arrival rate."""
        return (1 - self.factor * self.share) / (1 - self.share)


class Profile(Part):
    """How the rate moves by itself: factors of the arrival rate over simulated time.

    `points` are (seconds, factor), the first at 0. `ramp` joins them with straight lines, `step` holds each until the
    next; after the last point its factor stays, unless the profile repeats every `period` seconds.
    """

    kind: Literal["step", "ramp"] = "ramp"
    points: tuple[tuple[Span, Factor], ...] = Field(min_length=1, max_length=MAX_POINTS)
    period: Span = 0.0

    @model_validator(mode="after")
    def _in_order(self) -> "Profile":
        times = [at for at, _ in self.points]
        if times[0] != 0 or any(b <= a for a, b in zip(times, times[1:], strict=False)):
            raise ValueError("the first point stands at 0 s and each later than the one before")
        if self.period and self.period <= times[-1]:
            raise ValueError("the period must be longer than the last point's time")
        if all(factor == 0 for _, factor in self.points):
            raise ValueError("at least one factor must be above 0")
        return self

    def factor(self, at: float) -> float:
        """The factor in force at a simulated second."""
        at = at % self.period if self.period else at
        place = max(n for n, (start, _) in enumerate(self.points) if start <= at)
        start, factor = self.points[place]
        if self.kind == "step" or place + 1 == len(self.points):
            return factor
        end, following = self.points[place + 1]
        return factor + (following - factor) * (at - start) / (end - start)

    def mean(self, begin: float, end: float) -> float:
        """The mean factor between two simulated seconds, to about 1 %."""
        count = 64
        return sum(self.factor(begin + (end - begin) * (n + 0.5) / count) for n in range(count)) / count


class Ask(Part):
    """How a caller asks: what it does when an answer is late or bad. Everything is off unless it is set."""

    timeout: Span = 0.0
    retries: int = Field(0, ge=0, le=20)
    backoff: Literal["none", "exponential", "jittered"] = "none"
    backoff_base: Seconds = 0.1
    backoff_cap: Seconds = 20.0
    retry_budget: float | None = Field(None, ge=0, le=10, description="retries per request; none = no limit")
    hedge_after: Span = 0.0
    hedge_cap: float = Field(1.0, ge=0, le=1, description="hedges per request")
    cancel_hedges: bool = False
    throttle: float = Field(0.0, ge=0, le=100, description="K of the adaptive throttle; 0 = off")
    breaker: float = Field(0.0, ge=0, le=1, description="share of failures at which it opens; 0 = off")
    breaker_time: Seconds = 5.0
    round_trip_time: Span = 0.0
    handshake_round_trips: float = Field(0.0, ge=0, le=10, description="before the request, on a new connection")
    new_connections: Share = 0.0

    @property
    def has_policy(self) -> bool:
        """Whether the engine must keep an ask for each request."""
        return bool(self.timeout or self.retries or self.hedge_after or self.throttle or self.breaker)


class Region(Part):
    """Where some of the clients are. `round_trip_time` is used where stations have no places of their own."""

    name: Name
    share: float = Field(gt=0, le=1)
    round_trip_time: Span = 0.0
    latitude: float = Field(0.0, ge=-90, le=90)
    longitude: float = Field(0.0, ge=-180, le=180)


class Clients(Ask):
    """Who sends requests: an open stream, or `users` who wait for an answer and think before they ask again."""

    arrival_rate: Rate
    arrivals: Literal["poisson", "deterministic", "bursty", "closed"] = "poisson"
    burst: Burst = Burst()
    profile: Profile | None = None
    users: int = Field(50, ge=1, le=MAX_CLIENTS)
    think_time: Span = 1.0
    clients: int = Field(60, ge=1, le=MAX_CLIENTS)
    deadline: Seconds = 1.0
    spike_factor: float = Field(2.0, gt=0, le=20)
    regions: tuple[Region, ...] = Field((), max_length=MAX_REGIONS)
    path_inflation: float = Field(2.1, ge=1, le=10, description="× the great circle at 200 km/ms")

    @model_validator(mode="after")
    def _whole(self) -> "Clients":
        if self.regions and abs(sum(region.share for region in self.regions) - 1) > 1e-6:
            raise ValueError("the regions' shares must add up to 1")
        return self


class RequestClass(Part):
    """One kind of request: its share, where it enters, which stations it needs, how long it takes there."""

    name: Name
    label: str = ""
    share: float = Field(gt=0, le=1)
    priority: int = Field(0, ge=0, le=3, description="0 is served first")
    enters: Name | None = None
    skips: tuple[Name, ...] = Field((), description="stations that this kind does not call")
    service: dict[Name, Factor] = Field({}, description="station: factor on its service time")
    queue: dict[Name, Share] = Field({}, description="station: share of its queue limit that this kind may fill")
    writes: bool | None = Field(None, description="at a database; none = as its write share says")


class Objects(Part):
    """What is asked for: a catalogue whose popularity follows Zipf's law with an exponent (0 = all alike)."""

    count: int = Field(1000, ge=1, le=MAX_OBJECTS)
    exponent: float = Field(1.0, ge=0, le=3)
