"""When the next request comes: gaps by law, stretched by a profile of rates; bursts; users who think.

An open stream draws gap k in units of requests; the profile's integral turns it into time, so two runs with one
seed and different rates see the same pattern, faster or slower. A change of the rate rescales what is left.
"""

import numpy as np

from simulator.engine.codes import BURST, BURSTY, CLOSED, EVENLY, INDEX_BITS, LAST_TIME, MAX_CLIENTS, THINK
from simulator.engine.compiled import apart, inner
from simulator.engine.draw import exponential
from simulator.engine.events import event, pop, push
from simulator.engine.layout import State

FAR = 1e15  # µs, beyond every run


@inner
def factor_at(run: State, piece: int, into: float, length: float) -> float:
    """The profile's factor `into` µs into a piece of so many µs."""
    here = run.profile_factor[piece]
    if run.profile_steps == 1 or piece + 1 >= run.profile_used or length <= 0.0:
        return here
    return here + (run.profile_factor[piece + 1] - here) * (into / length)


@inner
def piece_at(run: State, t: float) -> int:
    """The piece of the profile in which `t` (µs since its last beginning) lies; point 0 stands at 0."""
    piece = 0
    while piece + 1 < run.profile_used and run.profile_at[piece + 1] <= t:
        piece += 1
    return piece


@inner
def area_between(run: State, t: int, until: int) -> float:
    """The profile's integral from `t` to `until` (factor × µs), piece by piece."""
    period = run.profile_period
    now = np.float64(t % period if period > 0 else t)
    left = np.float64(until - t)
    total = 0.0
    for _ in range(100_000):
        piece = piece_at(run, now)
        last = piece + 1 >= run.profile_used
        if last and period == 0:
            return total + left * run.profile_factor[piece]
        end = np.float64(period if last else run.profile_at[piece + 1])
        length = end - run.profile_at[piece]
        span = min(end - now, left)
        a = factor_at(run, piece, now - run.profile_at[piece], length)
        b = a if last else factor_at(run, piece, now + span - run.profile_at[piece], length)
        total += (a + b) / 2.0 * span
        left -= span
        if left <= 0.0:
            return total
        now = 0.0 if last else end
    return total


@inner
def integral(run: State, t: int, until: int) -> float:
    """The profile's integral from `t` to `until` (factor × µs); whole periods at once, for there may be millions."""
    if run.profile_used == 0:
        return np.float64(until - t)
    period = run.profile_period
    whole = (until - t) // period if period > 0 else 0
    if whole < 2:
        return area_between(run, t, until)
    return whole * area_between(run, 0, period) + area_between(run, t, until - whole * period)


@inner
def stretch(run: State, t: int, need: float) -> float:
    """µs after `t` at which the profile's integral (factor × µs) has grown by `need`; FAR when it never does."""
    if run.profile_used == 0:
        return min(need, FAR)
    period = run.profile_period
    now = np.float64(t % period if period > 0 else t)
    passed = 0.0
    if period > 0 and need > period:  # as in `integral`
        each = area_between(run, 0, period)
        whole = np.floor(need / each) if each > 0.0 else 0.0
        passed = whole * period
        need -= whole * each
        if passed > FAR:
            return FAR
    for _ in range(100_000):  # pieces: a profile of nothing but zeros ends here
        piece = piece_at(run, now)
        last = piece + 1 >= run.profile_used
        if last and period == 0:
            factor = run.profile_factor[piece]
            return min(passed + need / factor, FAR) if factor > 0.0 else FAR
        end = np.float64(period if last else run.profile_at[piece + 1])
        length = end - run.profile_at[piece]
        a = factor_at(run, piece, now - run.profile_at[piece], length)
        b = a if last else factor_at(run, piece, length, length)
        span = end - now
        area = (a + b) / 2.0 * span
        if area >= need and area > 0.0:
            slope = (b - a) / span  # of the factor, per µs; solve a·x + slope·x²/2 = need
            root = a * a + 2.0 * slope * need
            return min(passed + 2.0 * need / (a + np.sqrt(max(root, 0.0))), FAR)
        need -= area
        passed += span
        now = 0.0 if last else end
    return FAR


@inner
def gap(run: State, t: int, k: int) -> int:
    """µs from `t` to arrival `k`, at the present rate and by the profile."""
    need = 1.0 if run.law == EVENLY else exponential(run.key_arrival, k)
    span = need / run.rate
    if run.profile_used > 0:
        span = stretch(run, t, span)
    return np.int64(min(span, FAR) + 0.5)


@inner
def schedule(run: State, t: int, k: int) -> None:
    """Arrival `k` of an open stream; a closed loop has none."""
    run.next_arrival = LAST_TIME if run.law == CLOSED else min(t + gap(run, t, k), LAST_TIME)


@inner
def set_rate(run: State, t: int) -> None:
    """A new rate: what is left of the pending gap is rescaled, so a change shows at once."""
    before = run.rate
    run.rate = run.base_rate * run.spike * run.burst
    if before > 0.0 and run.next_arrival > t and run.law != CLOSED:
        if run.profile_used == 0:
            span = (run.next_arrival - t) * (before / run.rate)
        else:
            span = stretch(run, t, integral(run, t, run.next_arrival) * (before / run.rate))
        run.next_arrival = min(t + np.int64(min(span, FAR) + 0.5), LAST_TIME)


@inner
def next_burst(run: State, t: int) -> None:
    """The present burst, or the calm between two, ends after an exponential time."""
    mean = run.calm_time if run.burst == run.calm_factor else run.burst_time
    span = exponential(run.key_burst, run.bursts) * mean
    run.bursts += 1
    push(run, event(t + max(1, np.int64(min(span, FAR))), BURST, 0))


@inner
def turn_of_burst(run: State, t: int) -> None:
    """A burst begins or ends, the first event of the list (a Markov-modulated stream with two states)."""
    pop(run)
    if run.law != BURSTY:
        return
    run.burst = run.burst_factor if run.burst == run.calm_factor else run.calm_factor
    set_rate(run, t)
    next_burst(run, t)


@apart
def think(run: State, t: int) -> None:
    """A user of a closed loop has its answer and thinks before it asks again."""
    if run.users_started > run.users:
        run.users_started -= 1
        return
    span = exponential(run.key_think, run.thoughts) * run.think_time
    index = run.thoughts & ((1 << INDEX_BITS) - 1)
    run.thoughts += 1
    push(run, event(t + np.int64(min(span, FAR) + 0.5), THINK, index))


@inner
def set_users(run: State, t: int, users: int) -> None:
    """A new number of users: more begin by thinking; fewer go when they have their answers."""
    run.users = min(users, MAX_CLIENTS)
    if run.law != CLOSED:
        return
    while run.users_started < run.users:
        run.users_started += 1
        think(run, t)
