"""Autoscaling: a rule that looks at a metric every period and changes the number of servers.

`hpa`: desired = ceil(ready × measured / target) unless the ratio is within the tolerance of 1; servers that are not
ready count 0 when the station would grow; it shrinks to the highest recommendation of the stabilisation window
(Kubernetes documentation, "Horizontal Pod Autoscaling", algorithm details; no scaling policies).
`target-tracking`: the same proportion with cool-downs instead of a window; a growth does not wait for the cool-down of
a shrinkage (AWS documentation, "Target tracking scaling policies for Application Auto Scaling").
`steps`: so many servers more above the target, so many fewer below it, with the tolerance for a dead band.
"""

import math

from simulator.engine.codes import CPU, DATABASE, MEMORY, NO_RULE, PROPORTIONAL, REQUEST_RATE, SCALE, STEPS
from simulator.engine.compiled import inner
from simulator.engine.events import event, index_of, pop, push
from simulator.engine.health import remove_events, resize
from simulator.engine.layout import Out, State

HAIR = 1e-9  # a quotient of floats this close above a whole number is that number


@inner
def take_stock(run: State, t: int, station: State) -> None:
    """Remember the totals from which the next look measures."""
    station.scale_at = t
    station.scale_sent = station.arrived
    for v in range(station.first, station.first + station.room):
        server = run.servers[v]
        server.looked_area = server.area + server.busy * t


@inner
def begin_scaling(run: State, t: int, s: int) -> None:
    """The rule of station `s` is new: it looks after one period and knows nothing of before. A database has no rule."""
    station = run.stations[s]
    remove_events(run, SCALE, s)
    station.looks = 0
    station.scaled = 0
    station.desired = station.servers
    if station.rule != NO_RULE and station.kind != DATABASE:
        take_stock(run, t, station)
        push(run, event(t + max(1, station.period), SCALE, s))


@inner
def ready_servers(run: State, station: State) -> int:
    """Members that are up, whether or not the balancer knows."""
    ready = 0
    for v in range(station.first, station.first + station.room):
        ready += run.servers[v].present & run.servers[v].alive
    return ready


@inner
def measured(run: State, t: int, station: State, ready: int) -> float:
    """The rule's metric: a mean over the ready servers, of which there is at least one.

    CPU: the busy part of their workers since the last look (a new server: since it came up), at most 1. Memory: idle part
    plus a part per call in flight, now. Request rate: calls per second and server since the last look. Queue: calls waiting
    per server, now.
    """
    metric = station.metric
    if metric == REQUEST_RATE:
        return (station.arrived - station.scale_sent) / max(1, t - station.scale_at) * 1e6 / ready
    busy = 0
    span = 0
    load = 0
    waiting = station.waiting
    for v in range(station.first, station.first + station.room):
        server = run.servers[v]
        waiting += server.waiting
        if server.present == 1 and server.alive == 1:
            busy += server.area + server.busy * t - server.looked_area
            span += t - max(station.scale_at, server.up_at)
            load += run.load[v]
    if metric == CPU:
        return min(1.0, busy / (span * station.workers)) if span > 0 else 0.0
    if metric == MEMORY:
        return station.memory_idle + station.memory_call * load / ready
    return waiting / ready


@inner
def proportional(station: State, ready: int, ratio: float) -> int:
    """How many servers would bring the metric, `ratio` × the target over the ready ones, to its target."""
    n = station.servers
    if ratio > 1.0 and ready < n:
        damped = ratio * ready / n
        if damped - 1.0 <= station.tolerance + HAIR:
            return n
        return math.ceil(damped * n - HAIR)
    if abs(ratio - 1.0) <= station.tolerance + HAIR:
        return n
    return math.ceil(ratio * ready - HAIR)


@inner
def stabilised(t: int, station: State, desired: int) -> int:
    """The highest recommendation of the window, this one included.

    Only what is above all later ones can still be the highest: a falling row of different numbers of servers, so
    it fits into as many places as there may be servers, however short the period.
    """
    old = 0
    while old < station.looks and station.recommended_at[old] < t - station.stabilisation:
        old += 1
    kept = 0
    for place in range(old, station.looks):
        if station.recommended[place] > desired:
            station.recommended[kept] = station.recommended[place]
            station.recommended_at[kept] = station.recommended_at[place]
            kept += 1
    station.recommended[kept] = desired
    station.recommended_at[kept] = t
    station.looks = kept + 1
    return station.recommended[0]


@inner
def cooling(t: int, station: State, grows: bool) -> bool:
    """Whether the last action is too recent for another one."""
    last = station.scaled
    if last == 0 or (grows and last < 0):
        return False
    return t - (abs(last) - 1) < station.cooldown


@inner
def scale(run: State, out: Out, key: int, t: int) -> None:
    """The autoscaler of a station looks, the first event of the list."""
    s = index_of(key)
    station = run.stations[s]
    pop(run)
    push(run, event(t + max(1, station.period), SCALE, s))
    n = station.servers
    ready = ready_servers(run, station)
    if ready == 0:
        take_stock(run, t, station)
        return
    ratio = measured(run, t, station, ready) / station.target
    take_stock(run, t, station)
    if station.rule == STEPS:
        desired = n
        if ratio > 1.0 + station.tolerance + HAIR:
            desired = n + station.step_out
        elif ratio < 1.0 - station.tolerance - HAIR:
            desired = n - station.step_in
    else:
        desired = proportional(station, ready, ratio)
    desired = max(station.least, min(desired, station.most, station.room))
    if station.rule == PROPORTIONAL:
        highest = stabilised(t, station, desired)
        if desired < n:
            desired = min(n, highest)
    elif desired != n and cooling(t, station, desired > n):
        desired = n
    station.desired = desired
    if desired != n:
        station.scaled = 1 + t if desired > n else -1 - t
        resize(run, out, t, station, desired)
