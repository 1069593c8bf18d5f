"""A caller that wants one answer over a link with a policy: time-outs, retries with back-off, hedges, breaker, throttle.

An *ask* makes attempts, each of them a call. What the caller has given up goes on at its server: such a call's
`parent` becomes NOBODY. Timers are not events each: time-outs of one link come due in the order in which they were
set, so a list per link and one TIMER event for its first are enough.
"""

import math

import numpy as np

from simulator.engine.calls import new_call
from simulator.engine.codes import (
    ABANDONED,
    AT_ONCE,
    BACKING_OFF,
    BROKEN,
    CLIENT,
    EXPONENTIALLY,
    FREE,
    FULL,
    GAVE_UP,
    HEDGED,
    MAX_ASKS,
    NOBODY,
    OK,
    OPEN,
    PENDING,
    RETRIED,
    RETRY,
    THROTTLED,
    TIMED_OUT,
    TIMER,
    TURNED_DOWN,
    UNUSED,
)
from simulator.engine.compiled import inner
from simulator.engine.dispatch import send
from simulator.engine.draw import mix, uniform
from simulator.engine.events import bring_forward, event, push
from simulator.engine.layout import Out, State
from simulator.engine.recall import take_back
from simulator.engine.trace import note_request

MOST_TOKENS = 10.0  # that a budget of retries or hedges saves up
MEMORY = 120e6  # µs, over which the throttle's counts fade
ENOUGH_ANSWERS = 20  # before a breaker judges


@inner
def new_ask(run: State) -> int:
    """An unused ask, or -1."""
    a = run.free_ask
    if a >= 0:
        run.free_ask = run.asks[a].next
        return a
    a = run.asks_high
    if a == MAX_ASKS:
        return -1
    run.asks_high = a + 1
    return a


@inner
def close_ask(run: State, a: int) -> None:
    """The ask is over."""
    ask = run.asks[a]
    stop_timer(run, a)
    ask.state = UNUSED
    ask.next = run.free_ask
    run.free_ask = a


@inner
def start_timer(run: State, a: int, which: int, due: int) -> None:
    """Put the ask into the link's list of time-outs (0) or hedges (1); it is nearly always the last to come due."""
    ask = run.asks[a]
    link = run.links[ask.link]
    ask.due = due
    ask.timer = which + 1
    before = link.tails[which]
    after = -1
    while before >= 0 and run.asks[before].due > due:
        after = before
        before = run.asks[before].prev
    ask.prev = before
    ask.next = after
    if before >= 0:
        run.asks[before].next = a
    else:
        link.heads[which] = a
    if after >= 0:
        run.asks[after].prev = a
    else:
        link.tails[which] = a
    key = event(due, TIMER, 2 * ask.link + which)
    if key < link.wakes[which]:
        bring_forward(run, link.wakes[which], key)
        link.wakes[which] = key


@inner
def stop_timer(run: State, a: int) -> None:
    """Take the ask out of its list; the list's event stays and finds nothing due, or something later."""
    ask = run.asks[a]
    if ask.timer == 0:
        return
    which = ask.timer - 1
    link = run.links[ask.link]
    if ask.prev >= 0:
        run.asks[ask.prev].next = ask.next
    else:
        link.heads[which] = ask.next
    if ask.next >= 0:
        run.asks[ask.next].prev = ask.prev
    else:
        link.tails[which] = ask.prev
    ask.timer = 0


@inner
def refusal(run: State, t: int, link: State, k: int, kind: int) -> int:
    """Whether the caller asks at all: OK, or why it does not (breaker open, adaptive throttle).

    The throttle rejects with probability max(0, (asked - K accepted) / (asked + 1)) over the last two minutes
    (Beyer et al., "Site Reliability Engineering", 2016, chapter 21), counted for each class of requests by itself: a class
    that the backend still accepts is not held back for one that it sheds.
    """
    if link.breaker > 0.0 and t < link.open_until:
        return BROKEN
    if link.throttle > 0.0:
        fade = math.exp(-(t - link.decayed[kind]) / MEMORY)
        link.asked[kind] *= fade
        link.accepted[kind] *= fade
        link.decayed[kind] = t
        chance = (link.asked[kind] - link.throttle * link.accepted[kind]) / (link.asked[kind] + 1.0)
        link.asked[kind] += 1.0
        if uniform(mix(link.key_throttle, k)) < chance:
            return THROTTLED
    return OK


@inner
def hear(t: int, link: State, reason: int, kind: int) -> None:
    """An attempt came to an end: the throttle and the breaker take note."""
    if link.throttle > 0.0 and reason == OK:
        link.accepted[kind] += 1.0
    if link.breaker > 0.0 and t >= link.open_until:
        link.seen += 1
        if reason != OK:
            link.seen_bad += 1
        if link.seen >= ENOUGH_ANSWERS:
            if link.seen_bad >= link.breaker * link.seen:
                link.open_until = t + link.breaker_time
            link.seen = 0
            link.seen_bad = 0


@inner
def attempt(run: State, out: Out, t: int, a: int) -> int:
    """Make one attempt; its call, or -1 when there is no slot for it."""
    ask = run.asks[a]
    c = new_call(run, t, ask.id, ask.began, ask.station, ask.kind, ask.parent)
    if c < 0:
        return -1
    call = run.calls[c]
    call.ask = a
    call.attempt = ask.attempts
    call.turn = ask.turn
    call.level = run.classes[ask.kind].level
    ask.attempts += 1
    ask.state = OPEN
    return c


@inner
def first_attempt(run: State, out: Out, t: int, a: int) -> bool:
    """Make an attempt, with its time-out and its hedge; False when there is no slot for it."""
    ask = run.asks[a]
    c = attempt(run, out, t, a)
    if c < 0:
        return False
    ask.first = c
    link = run.links[ask.link]
    hedging = link.hedge > 0 and (link.timeout == 0 or link.hedge < link.timeout)
    if hedging:
        start_timer(run, a, 1, t + link.hedge)
    elif link.timeout > 0:
        start_timer(run, a, 0, t + link.timeout)
    send(run, out, t, c)
    return True


@inner
def begin_ask(run: State, out: Out, t: int, k: int, began: int, parent: int, station: int, turn: int, kind: int) -> bool:
    """Ask `station` on behalf of a client or of call `parent`; False when there is no slot for it."""
    a = new_ask(run)
    if a < 0:
        return False
    ask = run.asks[a]
    link = run.links[station]
    ask.id = k
    ask.began = began
    ask.parent = parent
    ask.first = -1
    ask.second = -1
    ask.link = station
    ask.station = station
    ask.attempts = 0
    ask.retries = 0
    ask.turn = turn
    ask.kind = kind
    ask.timer = 0
    ask.reason = OK
    if link.budget >= 0.0:
        link.tokens = min(link.tokens + link.budget, MOST_TOKENS)
    if link.hedge > 0:
        link.hedge_tokens = min(link.hedge_tokens + link.hedge_cap, MOST_TOKENS)
    reason = refusal(run, t, link, k, kind)
    if reason == OK and first_attempt(run, out, t, a):
        return True
    ask.reason = reason if reason != OK else FULL
    ask.state = TURNED_DOWN
    push(run, event(t, RETRY, a))
    return True


@inner
def back_off(link: State, ask: State) -> int:
    """µs before the next retry: base × 2^n up to a cap; with jitter a uniform part of it ("full jitter")."""
    if link.backoff == AT_ONCE:
        return 0
    span = min(link.base * 2.0 ** min(ask.retries, 40), np.float64(link.cap))
    if link.backoff == EXPONENTIALLY:
        return np.int64(span)
    return np.int64(span * uniform(mix(link.key_backoff, ask.id * 64 + ask.retries)))


@inner
def failed_attempt(run: State, out: Out, t: int, a: int, reason: int) -> int:
    """No attempt is under way any more: try again, now or later (PENDING), or give the reason why it is over."""
    ask = run.asks[a]
    link = run.links[ask.link]
    stop_timer(run, a)
    ask.reason = reason
    if ask.retries >= link.retries or (link.budget >= 0.0 and link.tokens < 1.0):
        return reason
    if link.breaker > 0.0 and t < link.open_until:
        return reason
    if link.budget >= 0.0:
        link.tokens -= 1.0
    link.retried += 1
    span = back_off(link, ask)
    ask.retries += 1
    ask.state = BACKING_OFF
    push(run, event(t + span, RETRY, a))
    return PENDING


@inner
def settle(run: State, out: Out, t: int, a: int, c: int, reason: int) -> int:
    """Attempt `c` of ask `a` is over: OK or a reason when the ask is, PENDING otherwise."""
    ask = run.asks[a]
    link = run.links[ask.link]
    other = ask.second if ask.first == c else ask.first
    hear(t, link, reason, ask.kind)
    if reason == OK:
        if other >= 0:
            if link.cancel == 1:
                take_back(run, out, t, other)
            else:
                orphan(run, other)
        return OK
    if ask.first == c:
        ask.first = -1
    else:
        ask.second = -1
    if other >= 0:
        return PENDING
    return failed_attempt(run, out, t, a, reason)


@inner
def orphan(run: State, c: int) -> None:
    """Nobody waits for call `c` any more; its server does not know."""
    run.calls[c].ask = -1
    run.calls[c].parent = NOBODY


@inner
def give_up(run: State, out: Out, t: int, a: int) -> int:
    """The time-out of ask `a` is over: its calls go on for nobody. PENDING when it tries again, else the reason."""
    ask = run.asks[a]
    link = run.links[ask.link]
    link.timed_out += 1
    note_request(run, out, t, GAVE_UP, ask.id, -1, -1, TIMED_OUT, 0)
    if ask.first >= 0:
        orphan(run, ask.first)
    if ask.second >= 0:
        orphan(run, ask.second)
    ask.first = -1
    ask.second = -1
    hear(t, link, TIMED_OUT, ask.kind)
    return failed_attempt(run, out, t, a, TIMED_OUT)


@inner
def hedge(run: State, out: Out, t: int, a: int) -> None:
    """The first attempt is slow: make a second one beside it, as far as the cap allows."""
    ask = run.asks[a]
    link = run.links[ask.link]
    stop_timer(run, a)
    if link.timeout > 0:
        start_timer(run, a, 0, max(t, t - link.hedge + link.timeout))  # the settings may have changed meanwhile
    if link.hedge_tokens < 1.0 and link.hedge_cap < 1.0:
        return
    c = attempt(run, out, t, a)
    if c < 0:
        return
    link.hedge_tokens -= 1.0
    link.hedged += 1
    ask.second = c
    note_request(run, out, t, HEDGED, ask.id, -1, -1, -1, 0)
    send(run, out, t, c)


@inner
def retry(run: State, out: Out, t: int, a: int) -> int:
    """The back-off of ask `a` is over: PENDING when an attempt is under way, else the reason why it is over."""
    ask = run.asks[a]
    if ask.state == TURNED_DOWN:
        return ask.reason
    note_request(run, out, t, RETRIED, ask.id, -1, -1, ask.reason, 0)
    return PENDING if first_attempt(run, out, t, a) else FULL


@inner
def forsake(run: State, p: int) -> None:
    """Call `p` is gone: what it asked for goes on for nobody, what it was about to ask is not asked."""
    for c in range(run.calls_high):
        call = run.calls[c]
        if call.state != FREE and call.parent == p and call.ask < 0:
            call.parent = NOBODY
    for a in range(run.asks_high):
        ask = run.asks[a]
        if ask.state == UNUSED or ask.parent != p or p == CLIENT:
            continue
        if ask.first >= 0:
            orphan(run, ask.first)
        if ask.second >= 0:
            orphan(run, ask.second)
        if ask.state >= BACKING_OFF:
            ask.state = ABANDONED  # its RETRY event closes it
            ask.parent = NOBODY
        else:
            close_ask(run, a)
