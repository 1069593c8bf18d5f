"""A request's life, event by event: it arrives, is served, asks further stations, is answered.

simulator/README.md has the model.
"""

from simulator.engine.arrivals import schedule
from simulator.engine.asks import close_ask, give_up, hedge, retry
from simulator.engine.codes import (
    ABANDONED,
    ANSWER,
    BLOCK,
    BLOCKED,
    CACHE,
    CLIENT,
    DATABASE,
    FAILED,
    FAILING,
    FULL,
    NEVER,
    NOBODY,
    OK,
    PENDING,
    RETURNING,
    TIMER,
    TRAVELLING,
)
from simulator.engine.compiled import apart, inner
from simulator.engine.conclude import ask_for, begin_calling, carry_on, conclude, report, tell
from simulator.engine.database import apply_write, worked_on
from simulator.engine.dispatch import enter, has_room, send
from simulator.engine.draw import class_of
from simulator.engine.events import bring_forward, event, index_of, pop
from simulator.engine.inflight import count_out
from simulator.engine.layout import Out, State
from simulator.engine.lookup import HIT, JOINS, look_up
from simulator.engine.measuring import client_done
from simulator.engine.service import let_go, unblock
from simulator.engine.sharing import shared_end
from simulator.engine.trace import note_request


@inner
def begin_request(run: State, out: Out, t: int) -> None:
    """The next request sets out from its client."""
    k = run.arrivals
    run.arrivals = k + 1
    run.number += 1
    run.number_area -= t
    kind = class_of(run, k)
    mine = run.classes[kind]
    mine.arrivals += 1
    if not ask_for(run, out, t, k, t, CLIENT, mine.enters, 0, kind):
        client_done(run, t, kind, t, 0, FULL)


@apart
def arrive(run: State, out: Out) -> None:
    """The next request of an open stream, and the one after it is scheduled."""
    t = run.next_arrival
    schedule(run, t, run.arrivals + 1)
    begin_request(run, out, t)


@inner
def user_asks(run: State, out: Out, t: int) -> None:
    """A user of a closed loop has thought, the first event of the list."""
    pop(run)
    if run.users_started > run.users:
        run.users_started -= 1
        return
    begin_request(run, out, t)


@apart
def end(run: State, out: Out, key: int, t: int) -> None:
    """A worker has done its call, the first event of the list, and takes the next one."""
    c = index_of(key)
    call = run.calls[c]
    server = run.servers[call.server]
    pop(run)
    if call.parent == NOBODY and call.background == 0:
        run.wasted += t - call.started
    if call.state == FAILING or (server.zombie == 1 and call.background == 0):
        call.reason = FAILED
    if run.stations[call.station].straight == 1:
        conclude(run, out, t, c)
    else:
        served(run, out, t, c)


@inner
def shared_service_ends(run: State, out: Out, key: int, t: int) -> None:
    """Processor sharing: a call may be done, the first event of the list."""
    c = shared_end(run, key, t)
    if c < 0:
        return
    call = run.calls[c]
    if call.parent == NOBODY and call.background == 0:
        run.wasted += t - call.started
    if call.state == FAILING or (run.servers[call.server].zombie == 1 and call.background == 0):
        call.reason = FAILED
    served(run, out, t, c)


@inner
def served(run: State, out: Out, t: int, c: int) -> None:
    """Call `c` has been worked on: a look-up, further stations, the next one in the row, or the way back."""
    call = run.calls[c]
    station = run.stations[call.station]
    if call.reason == OK and call.background == 0:
        if station.kind == DATABASE:
            worked_on(run, out, t, c)
        found = -1
        if station.kind == CACHE:
            found = look_up(run, out, t, c)
        if found != HIT:
            if station.holds == 0:
                let_go(run, out, t, c)
            if found == JOINS:
                return
            if station.callees_used > 0 and begin_calling(run, out, t, c):
                return
            if station.then >= 0:
                move_on(run, out, t, c)
                return
    conclude(run, out, t, c)


@inner
def move_on(run: State, out: Out, t: int, c: int) -> None:
    """Call `c` goes to the station after this one, or keeps its worker until there is room."""
    call = run.calls[c]
    following = run.stations[run.stations[call.station].then]
    if following.when_full == BLOCK and not has_room(run, following):
        first = call.state == BLOCKED and following.blocked > 0  # it was its turn, and somebody was faster
        call.state = BLOCKED
        call.next = following.blocked_head if first else -1
        if first or following.blocked == 0:
            following.blocked_head = c
        else:
            run.calls[following.blocked_tail].next = c
        if not first:
            following.blocked_tail = c
        following.blocked += 1
        return
    here = run.stations[call.station]
    server = run.servers[call.server]
    here.answered += 1
    here.sum_response += t - call.arrived
    here.sum_waiting += call.started - call.arrived
    server.answered += 1
    note_request(run, out, t, ANSWER, call.id, call.server, call.worker, OK, 0)
    if call.held == 1:
        let_go(run, out, t, c)
    count_out(run, here, call.server, c)
    call.server = -1
    call.worker = -1
    call.station = here.then
    call.stage = 0
    call.visit = 0
    call.level = run.classes[call.kind].level
    call.state = TRAVELLING
    send(run, out, t, c)


@inner
def reach(run: State, out: Out, key: int, t: int) -> None:
    """A call comes to its station, or a blocked one may find room there, the first event of the list."""
    c = index_of(key)
    pop(run)
    call = run.calls[c]
    if call.state == BLOCKED:
        following = run.stations[run.stations[call.station].then]
        move_on(run, out, t, c)
        if call.state != BLOCKED and following.blocked > 0 and has_room(run, following):
            unblock(run, t, following)
    elif call.background == 1:
        apply_write(run, out, t, c)
    else:
        enter(run, out, t, c)


@inner
def back(run: State, out: Out, key: int, t: int) -> None:
    """A call's answer reaches its caller, or a call that waited at its station goes on, the first event of the list."""
    c = index_of(key)
    pop(run)
    if run.calls[c].state == RETURNING:
        conclude(run, out, t, report(run, out, t, c))
    elif not carry_on(run, out, t, c):
        conclude(run, out, t, c)


@inner
def ask_is_over(run: State, out: Out, t: int, a: int, reason: int) -> None:
    """Ask `a` ends without an answer."""
    ask = run.asks[a]
    p, kind, began = ask.parent, ask.kind, ask.began
    close_ask(run, a)
    conclude(run, out, t, tell(run, out, t, p, kind, began, 0, reason))


@inner
def back_off_ends(run: State, out: Out, key: int, t: int) -> None:
    """An ask tries again, or hears that it may not, the first event of the list."""
    a = index_of(key)
    pop(run)
    if run.asks[a].state == ABANDONED:
        close_ask(run, a)
        return
    reason = retry(run, out, t, a)
    if reason != PENDING:
        ask_is_over(run, out, t, a, reason)


@inner
def timer(run: State, out: Out, key: int, t: int) -> None:
    """Time-outs or hedges of a link are due, the first event of the list; the next one is scheduled."""
    index = index_of(key)
    pop(run)
    link = run.links[index >> 1]
    which = index & 1
    link.wakes[which] = NEVER
    while link.heads[which] >= 0 and run.asks[link.heads[which]].due <= t:
        a = link.heads[which]
        if which == 1:
            hedge(run, out, t, a)
        else:
            reason = give_up(run, out, t, a)
            if reason != PENDING:
                ask_is_over(run, out, t, a, reason)
    if link.heads[which] >= 0:
        due = event(run.asks[link.heads[which]].due, TIMER, index)
        if due < link.wakes[which]:  # what was asked meanwhile may have set a later one
            bring_forward(run, link.wakes[which], due)
            link.wakes[which] = due
