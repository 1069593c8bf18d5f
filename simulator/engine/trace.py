"""What a segment records of single requests and servers while the kernel runs."""

import numpy as np

from simulator.engine.compiled import apart, inlined, inner
from simulator.engine.draw import client_of, mix
from simulator.engine.layout import MAX_TRACE, Out, State

SAMPLE_KEY = np.uint64(0x5EED0FA5A3B1C2D7)  # not from the seed: the sample is a property of the request's number


@inner
def sampled(out: Out, k: int) -> bool:
    """Whether request `k` is drawn: by a hash of its number, so that a smaller sample lies inside a larger."""
    return (mix(SAMPLE_KEY, k) & out.sample_mask) == np.uint64(0)


@apart
def note(run: State, out: Out, t: int, kind: int, k: int, server: int, worker: int, reason: int, ends: int) -> None:
    """Write one row of the trace; what does not fit any more is left out."""
    place = out.trace_used
    if place >= MAX_TRACE:
        return
    out.trace_used = place + 1
    row = out.trace[place]
    row.t = t
    row.kind = kind
    row.id = k
    row.server = server
    row.worker = worker
    row.reason = reason
    row.ends = ends
    row.client = client_of(run, k) if k >= 0 else -1


@inlined
def note_request(run: State, out: Out, t: int, kind: int, k: int, server: int, worker: int, reason: int, ends: int) -> None:
    """A row about request `k`, if anything is traced and this request is in the sample."""
    if out.tracing == 1 and sampled(out, k):
        note(run, out, t, kind, k, server, worker, reason, ends)


@inner
def note_server(run: State, out: Out, t: int, kind: int, server: int) -> None:
    """A row about a server; these are never sampled away."""
    if out.tracing == 1:
        note(run, out, t, kind, -1, server, -1, -1, 0)


@inner
def note_boot(run: State, out: Out, t: int, kind: int, server: int, ends: int) -> None:
    """A row about a server that boots until `ends`."""
    if out.tracing == 1:
        note(run, out, t, kind, -1, server, run.servers[server].booting, -1, ends)
