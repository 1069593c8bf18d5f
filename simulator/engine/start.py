"""A segment begins: its instants, its sample of the requests, and how the run stands."""

from simulator.engine.codes import BUCKETS, FREE, WAITING
from simulator.engine.compiled import inner
from simulator.engine.draw import client_of
from simulator.engine.layout import MAX_GRID, MAX_STANDING, Out, State
from simulator.engine.trace import sampled


@inner
def grid_step(span: int) -> int:
    """The least of 1, 2, 5 × 10^k µs of which fewer than MAX_GRID fit into `span` µs."""
    step = 1
    while True:
        for factor in (1, 2, 5):
            if span // (step * factor) < MAX_GRID:
                return step * factor
        step *= 10


@inner
def start_segment(run: State, out: Out, mask: int, until: int) -> None:
    """Set an output up that is switched off: for a segment from the clock to `until` (µs), one request in mask + 1 drawn."""
    out.tracing = 1
    out.sample_mask = mask
    step = grid_step(until - run.clock)
    first = run.clock // step + 1
    out.grid_used = until // step - first + 1
    for n in range(out.grid_used):
        out.grid[n] = (first + n) * step
    out.begun = run.clock
    for bucket in range(BUCKETS):
        out.histogram[bucket] = run.histogram[bucket]
    for s in range(run.stations_used):
        out.arrived[s] = run.stations[s].arrived
    for v in range(run.servers_used):
        out.sent[v] = run.servers[v].sent
    list_standing(run, out)


@inner
def list_standing(run: State, out: Out) -> None:
    """List the sampled requests that are in the system at the clock."""
    out.standing_used = 0
    for c in range(run.calls_high):
        call = run.calls[c]
        if (
            call.state == FREE
            or (call.joined == 0 and call.state != WAITING)
            or not sampled(out, call.id)
            or out.standing_used >= MAX_STANDING
        ):
            continue
        row = out.standing[out.standing_used]
        out.standing_used += 1
        row.id = call.id
        row.client = client_of(run, call.id)
        row.joined = call.arrived
        row.server = call.server
        started = call.held == 1
        row.started = call.started if started else -1
        row.ends = call.ends if started else -1
        if started and run.servers[call.server].hung == 1:
            row.ends += run.clock  # what is left, from when it goes on
        row.worker = call.worker if started else -1
