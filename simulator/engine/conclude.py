"""The way back: a call is over, its caller hears of it, and may be over by that itself, up to the client."""

from simulator.engine.asks import begin_ask, close_ask, settle
from simulator.engine.balancing import note_response
from simulator.engine.caches import fetched
from simulator.engine.calls import give_back, new_call, trip_of
from simulator.engine.codes import (
    ANSWER,
    BACK,
    CALLING,
    CLIENT,
    ERROR,
    FULL,
    IN_STORE,
    NOBODY,
    OK,
    PEAK_EWMA,
    PENDING,
    POOLED,
    RETURNING,
)
from simulator.engine.compiled import inner
from simulator.engine.dispatch import send
from simulator.engine.ejection import outcome
from simulator.engine.events import event, push
from simulator.engine.inflight import count_out
from simulator.engine.layout import Out, State
from simulator.engine.measuring import client_done
from simulator.engine.service import let_go
from simulator.engine.trace import note_request


@inner
def ask_for(run: State, out: Out, t: int, k: int, began: int, parent: int, station: int, turn: int, kind: int) -> bool:
    """A client, or call `parent`, asks a station for an answer; False when there is no slot for it."""
    if run.links[station].policy == 1:
        return begin_ask(run, out, t, k, began, parent, station, turn, kind)
    c = new_call(run, t, k, began, station, kind, parent)
    if c < 0:
        return False
    run.calls[c].turn = turn
    run.calls[c].level = run.classes[kind].level
    send(run, out, t, c)
    return True


@inner
def go_on(run: State, out: Out, t: int, p: int) -> bool:
    """Call `p` asks the next of the stations that it needs; False when there is nothing more to ask."""
    call = run.calls[p]
    station = run.stations[call.station]
    route = run.classes[call.kind].route
    while call.stage < station.callees_used:
        target = station.callees[call.stage]
        needed = target != station.store or station.sessions == IN_STORE
        if call.visit < station.visits and (route >> target) & 1 == 1 and needed:
            call.state = CALLING
            count = station.visits if station.parallel == 1 else 1
            call.pending = count  # an answer cannot come before they are all on their way
            started = 0
            for _ in range(count):
                turn = (call.turn * station.visits + call.visit) & 1023
                call.visit += 1
                if ask_for(run, out, t, call.id, call.began, p, target, turn, call.kind):
                    started += 1
            call.pending = started
            if started < count:
                call.reason = FULL
            return started > 0
        call.stage += 1
        call.visit = 0
    return False


@inner
def begin_calling(run: State, out: Out, t: int, c: int) -> bool:
    """Call `c` has done its own work and needs others; it may have to wait for a connection first. False: nothing to ask."""
    call = run.calls[c]
    station = run.stations[call.station]
    if station.pool > 0:
        server = run.servers[call.server]
        if server.calls_out >= station.pool:
            call.state = POOLED
            call.next = -1
            if server.pool_waiting == 0:
                server.pool_head = c
            else:
                run.calls[server.pool_tail].next = c
            server.pool_tail = c
            server.pool_waiting += 1
            return True
        server.calls_out += 1
    if go_on(run, out, t, c):
        return True
    if station.pool > 0 and call.state != CALLING:
        run.servers[call.server].calls_out -= 1
    return False


@inner
def free_connection(run: State, out: Out, t: int, v: int) -> None:
    """A connection of server `v`'s pool is free: the next call that waits for one goes on with it."""
    server = run.servers[v]
    server.calls_out -= 1
    if server.pool_waiting > 0 and server.alive == 1:
        c = server.pool_head
        server.pool_head = run.calls[c].next
        server.pool_waiting -= 1
        server.calls_out += 1
        if not go_on(run, out, t, c):
            if run.calls[c].state == CALLING:
                run.calls[c].reason = FULL
            run.calls[c].state = CALLING
            push(run, event(t, BACK, c))


@inner
def leave(run: State, out: Out, t: int, c: int) -> bool:
    """Call `c` leaves its server with its result; True when that is on its way back now and arrives later."""
    call = run.calls[c]
    v = call.server
    reason = call.reason
    station = run.stations[call.station]
    if call.state == CALLING and station.pool > 0 and call.joined == 1:
        free_connection(run, out, t, v)
    if call.held == 1:
        let_go(run, out, t, c)
    if call.joined == 1:
        count_out(run, station, v, c)
    if call.background == 0:
        server = run.servers[v]
        if reason == OK:
            server.answered += 1
            response = t - call.arrived
            if run.windowed == 1 and response > server.worst:
                server.worst = response
        else:
            server.errors += 1
        note_request(run, out, t, ANSWER if reason == OK else ERROR, call.id, v, call.worker, reason, 0)
        if station.eject_after > 0:
            outcome(run, out, t, v, reason)
        if station.strategy == PEAK_EWMA:
            note_response(run, t, station, c)
        if run.detailed == 1:
            if reason == OK:
                station.answered += 1
                station.sum_response += t - call.arrived
                station.sum_waiting += call.started - call.arrived
            else:
                station.failed += 1
    if call.fills > 0:
        fetched(run, out, t, c, reason)
    trip = trip_of(run, c) if call.parent != NOBODY else 0
    if trip > 0:
        call.state = RETURNING
        push(run, event(t + trip // 2, BACK, c))
        return True
    return False


@inner
def tell(run: State, out: Out, t: int, p: int, kind: int, began: int, waited: int, reason: int) -> int:
    """The caller `p` has its answer; gives the call that is over by that, or -1."""
    if p == CLIENT:
        client_done(run, t, kind, began, waited, reason)
        return -1
    if p == NOBODY:
        return -1
    parent = run.calls[p]
    parent.pending -= 1
    parent.waited += waited
    if reason != OK and parent.reason == OK:
        parent.reason = reason
    if parent.pending > 0 or run.servers[parent.server].hung == 1 or (parent.reason == OK and go_on(run, out, t, p)):
        return -1  # the end of a hang takes up what has stayed
    return p


@inner
def carry_on(run: State, out: Out, t: int, c: int) -> bool:
    """Call `c` has all answers to what it asked: it asks on, or stays where its server hangs. False: it is over."""
    call = run.calls[c]
    if call.state != CALLING or call.pending > 0:
        return False
    return run.servers[call.server].hung == 1 or (call.reason == OK and go_on(run, out, t, c))


@inner
def report(run: State, out: Out, t: int, c: int) -> int:
    """Call `c`'s result is with its caller; gives the caller's own call if that is over now, or -1."""
    call = run.calls[c]
    a, p, kind, began, waited, reason = call.ask, call.parent, call.kind, call.began, call.waited, call.reason
    give_back(run, c)
    if a >= 0:
        reason = settle(run, out, t, a, c, reason)
        if reason == PENDING:
            return -1
        p = run.asks[a].parent
        close_ask(run, a)
    return tell(run, out, t, p, kind, began, waited, reason)


@inner
def conclude(run: State, out: Out, t: int, c: int) -> None:
    """Call `c` is over, for the reason that it holds, and so may be those that wait for it."""
    while c >= 0:
        if leave(run, out, t, c):
            return
        c = report(run, out, t, c)
