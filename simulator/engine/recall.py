"""A call is taken back by its caller: the loser of a hedge that is cancelled."""

from simulator.engine.calls import give_back
from simulator.engine.codes import END, FAILING, IN_SERVICE, NOBODY, SHARING, WAITING
from simulator.engine.compiled import inner
from simulator.engine.events import event, remove
from simulator.engine.inflight import count_out
from simulator.engine.layout import Out, State
from simulator.engine.queues import unqueue
from simulator.engine.service import let_go
from simulator.engine.sharing import unshare


@inner
def take_back(run: State, out: Out, t: int, c: int) -> None:
    """Cancel call `c`: out of its queue or off its worker. What has gone further (it calls, it travels) goes on for nobody."""
    call = run.calls[c]
    station = run.stations[call.station]
    call.ask = -1
    call.parent = NOBODY
    if call.state == WAITING:
        if call.server < 0:
            unqueue(run, station, c)
        else:
            unqueue(run, run.servers[call.server], c)
        if run.detailed == 1:
            station.waiting_area += t
    elif call.state == IN_SERVICE or call.state == FAILING:
        if station.discipline == SHARING:
            unshare(run, t, call.server, c)
        elif run.servers[call.server].hung == 0:
            remove(run, event(call.ends, END, c))
        let_go(run, out, t, c)
    else:
        return
    if call.joined == 1:
        count_out(run, station, call.server, c)
    give_back(run, c)
