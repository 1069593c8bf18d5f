"""What must be true of the engine's record (layout.RUN) between any two events, read with NumPy and plain Python.

`check(state)` raises AssertionError with the first thing that is wrong. It knows the engine's promises, not its code:
every request is somewhere, every call is reachable from exactly one place, counts equal what they count.
"""

# ruff: noqa: I001, PT018 - one line for the codes; an assertion says one thing, which may have two halves

from collections import Counter
from typing import Any

from simulator.engine import codes
from simulator.engine.codes import (
    BACK, BACKING_OFF, BLOCKED, BOOTED, BURST, CALLING, CHECK, CLIENT, DELAY, END, FAILING, FREE, IN_SERVICE, LAST_TIME,
    NEVER, NOBODY, OPEN, POOLED, PROBE, REACH, RETRY, RETURNING, SCALE, SHARE, SHARING, STEP, THINK, TIMER, TRAVELLING,
    TURNED_DOWN, UNUSED, WAITING,
)  # fmt: skip
from simulator.engine.events import KIND_MASK

INDEX_MASK = (1 << codes.INDEX_BITS) - 1
WORKING = (IN_SERVICE, FAILING)


def check(state: Any) -> None:
    """Check everything; `state` is a one-element array of layout.RUN at rest."""
    run = state[0]
    calls = rows(run["calls"][: int(run["calls_high"])])
    asks = rows(run["asks"][: int(run["asks_high"])])
    stations = rows(run["stations"][: int(run["stations_used"])])
    count = max((s["first"] + s["room"] for s in stations), default=0)
    servers = rows(run["servers"][:count])
    events = heap(run)
    free_slots(run, calls, asks)
    conservation(run, calls, asks)
    all_events(run, events, calls, asks, stations, servers)
    queues(calls, stations, servers)
    workers(run, calls, stations, servers, events)
    callers(calls, asks, events)
    timers(run, asks)
    rotations(run, stations, servers)
    areas(run, stations, servers)


def rows(table: Any) -> list[dict[str, Any]]:
    """A part of the record as dictionaries of plain numbers and lists."""
    names = table.dtype.names
    columns = [table[name].tolist() for name in names]
    return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]


def heap(run: Any) -> dict[tuple[int, int], list[int]]:
    """The times of all events by (kind, index), after a check of their order."""
    size, clock = int(run["heap_size"]), int(run["clock"])
    keys = run["heap"][: size + 1].tolist()
    assert keys[size] == NEVER, "the slot behind the last event"
    found: dict[tuple[int, int], list[int]] = {}
    for place in range(size):
        assert place == 0 or keys[(place - 1) // 2] <= keys[place], "the order of the heap"
        time = keys[place] >> codes.TIME_SHIFT
        assert time >= clock, "an event of the past"
        found.setdefault(((keys[place] >> codes.INDEX_BITS) & KIND_MASK, keys[place] & INDEX_MASK), []).append(time)
    assert int(run["next_arrival"]) >= clock
    return found


def free_slots(run: Any, calls: list[dict[str, Any]], asks: list[dict[str, Any]]) -> None:
    """The free lists hold exactly the unused slots."""
    for head, slots, unused in ((run["free_call"], calls, FREE), (run["free_ask"], asks, UNUSED)):
        at, seen = int(head), set()
        while at >= 0:
            assert at not in seen, "a free slot twice in its list"
            assert slots[at]["state"] == unused, "a used slot in the free list"
            seen.add(at)
            at = slots[at]["next"]
        assert len(seen) == sum(slot["state"] == unused for slot in slots), "an unused slot that no list holds"


def conservation(run: Any, calls: list[dict[str, Any]], asks: list[dict[str, Any]]) -> None:
    """arrivals = answered + failed + in the system; and as many are really there."""
    number = int(run["number"])
    assert int(run["arrivals"]) == int(run["answered"]) + int(run["failed"]) + number, "requests are conserved"
    assert int(run["failed"]) == int(run["errors"].sum())
    assert int(run["answered"]) == int(run["histogram"].sum())
    alone = sum(call["state"] != FREE and call["parent"] == CLIENT and call["ask"] < 0 for call in calls)
    asking = sum(ask["state"] in (OPEN, BACKING_OFF, TURNED_DOWN) and ask["parent"] == CLIENT for ask in asks)
    assert number == alone + asking, "a client that waits for nothing, or a request without a client"


def all_events(run: Any, events: Any, calls: Any, asks: Any, stations: Any, servers: Any) -> None:
    """Each event points to something that expects it, and what expects an event has exactly one."""
    for (kind, index), times in events.items():
        if kind != TIMER:
            assert len(times) == 1 or kind == CHECK, f"two events of kind {kind} for {index}"
        if kind == END:
            call = calls[index]
            assert call["state"] in WORKING and min(call["ends"], LAST_TIME) == times[0], "an END of a call that does not end"
        elif kind == REACH:
            assert calls[index]["state"] in (TRAVELLING, BLOCKED), "a REACH of a call that goes nowhere"
        elif kind == BACK:
            assert calls[index]["state"] in (RETURNING, CALLING), "a BACK of a call that is not over"
        elif kind == RETRY:
            assert asks[index]["state"] in (BACKING_OFF, codes.ABANDONED, TURNED_DOWN), "a RETRY of an ask that waits for nothing"
        elif kind == SHARE:
            assert servers[index]["share_end"] >> codes.TIME_SHIFT == times[0], "a SHARE event that its server has forgotten"
        elif kind == BOOTED:
            assert servers[index]["booting"] > 0, "a boot of a server that does not boot"
        elif kind == SCALE:
            assert stations[index]["rule"] > 0, "a look of an autoscaler that is off"
        elif kind == STEP and index < codes.MAX_STATIONS:
            place = abs(stations[index]["deploying"]) - 1
            assert place >= 0 and servers[place]["booting"] != 3, "a step of a deploy that is over, or waits for a boot"
    has = Counter(kind for kind, _ in events)
    for index, call in enumerate(calls):
        hung = call["server"] >= 0 and servers[call["server"]]["hung"] == 1
        sharing = stations[call["station"]]["discipline"] == SHARING
        if call["state"] in WORKING:
            assert ((END, index) in events) == (not hung and not sharing), "a call in service and its END"
        elif call["state"] == TRAVELLING:
            assert (REACH, index) in events, "a call that travels for ever"
        elif call["state"] == RETURNING:
            assert (BACK, index) in events, "an answer that never comes"
        assert call["state"] in (
            FREE, WAITING, IN_SERVICE, FAILING, CALLING, TRAVELLING, RETURNING, BLOCKED, POOLED, codes.JOINED
        ), "a state that no call rests in"  # fmt: skip
    for index, ask in enumerate(asks):
        if ask["state"] in (BACKING_OFF, codes.ABANDONED, TURNED_DOWN):
            assert (RETRY, index) in events, "an ask that never tries again"
    for index, server in enumerate(servers):
        assert (server["booting"] > 0) == ((BOOTED, index) in events), "a boot without an end"
        assert not (server["booting"] > 0 and server["alive"] == 1)
        if server["share_end"] != NEVER:
            assert (SHARE, index) in events
        if server["checking"] > 0:
            assert server["checking"] in events[CHECK, index], "a health check that is waited for for ever"
    for index, station in enumerate(stations):
        if station["probing"] == 1:
            for v in range(station["first"], station["first"] + station["room"]):
                assert (PROBE, v) in events, "a server that is never probed"
        assert (station["rule"] > 0) == ((SCALE, index) in events)
        if station["deploying"] != 0:
            place = abs(station["deploying"]) - 1
            assert station["first"] <= place < station["first"] + station["room"]
            assert ((STEP, index) in events) != (servers[place]["booting"] == 3), "a deploy that never goes on"
    if int(run["law"]) == codes.CLOSED:
        assert has[THINK] + int(run["number"]) == int(run["users_started"]), "a user who neither thinks nor waits"
    assert has[BURST] == (int(run["law"]) == codes.BURSTY)


def listed(calls: Any, owner: Any, place: str) -> list[int]:
    """The calls of an owner's queues, forwards, after a check of both directions."""
    found = []
    for head, tail in zip(owner["heads"], owner["tails"], strict=True):
        at, before = head, -1
        while at >= 0:
            assert len(found) <= len(calls), f"a circle in the queue of {place}"
            assert calls[at]["prev"] == before and calls[at]["state"] == WAITING, f"the queue of {place}"
            found.append(at)
            before, at = at, calls[at]["next"]
        assert tail == before, f"the end of the queue of {place}"
    assert owner["waiting"] == len(found), f"how many wait at {place}"
    return found


def queues(calls: Any, stations: Any, servers: Any) -> None:
    """Every waiting call stands in exactly one queue, where it says; so do the blocked and those without a connection."""
    seen = []
    for v, server in enumerate(servers):
        mine = listed(calls, server, f"server {v}")
        assert all(calls[c]["server"] == v and calls[c]["joined"] == 1 for c in mine)
        assert server["alive"] == 1 or not mine, "calls wait at a dead server"
        seen += mine
    for s, station in enumerate(stations):
        mine = listed(calls, station, f"station {s}")
        assert all(calls[c]["server"] == -1 and calls[c]["station"] == s and calls[c]["joined"] == 0 for c in mine)
        seen += mine
    assert sorted(seen) == [c for c, call in enumerate(calls) if call["state"] == WAITING], "who waits and who is in a queue"
    pooled = []
    for v, server in enumerate(servers):
        at = server["pool_head"]
        for _ in range(server["pool_waiting"]):
            assert calls[at]["state"] == POOLED and calls[at]["server"] == v, "the queue for a connection"
            pooled.append(at)
            at = calls[at]["next"]
    assert sorted(pooled) == [c for c, call in enumerate(calls) if call["state"] == POOLED]


def workers(run: Any, calls: Any, stations: Any, servers: Any, events: Any) -> None:
    """Busy workers are held, and by one call each; the loads that the balancer counts are calls."""
    held, load, out = Counter(), Counter(), Counter()
    taken: dict[int, list[int]] = {}
    for call in calls:
        if call["state"] == FREE:
            continue
        v = call["server"]
        if call["joined"]:
            load[v] += 1
        if call["held"]:
            assert call["joined"] == 1, "a worker held by a call that is not there"
            held[v] += 1
            taken.setdefault(v, []).append(call["worker"])
        if call["state"] in WORKING:
            assert call["held"] == 1
        if call["state"] == CALLING and stations[call["station"]]["pool"] > 0:
            out[v] += 1
        if call["joined"]:
            assert servers[v]["station"] == call["station"], "a call at a server of another station"
            assert servers[v]["alive"] == 1, "a call at a dead server"
    shared_queue = int(codes.SHARED_QUEUE)
    for v, server in enumerate(servers):
        station = stations[server["station"]]
        place = f"server {v}"
        assert int(run["load"][v]) == load[v], f"the load of {place}"
        if station["pool"] > 0:
            assert server["calls_out"] == out[v], f"connections out of {place}"
        if station["discipline"] == SHARING:
            listed_calls, at, least = [], server["share_head"], float("-inf")
            while server["share_count"] and at >= 0:
                assert calls[at]["state"] in WORKING and calls[at]["server"] == v and calls[at]["ends"] >= least
                listed_calls.append(at)
                least, at = calls[at]["ends"], calls[at]["next"]
            assert len(listed_calls) == server["share_count"], f"who shares {place}"
            assert server["share_count"] == sum(c["state"] in WORKING and c["server"] == v for c in calls)
            assert server["busy"] == min(server["share_count"], station["workers"])
            assert server["share_count"] == 0 or server["hung"] == 1 or server["share_end"] != NEVER, "work that never ends"
        elif station["discipline"] == DELAY:
            assert server["busy"] == held[v], f"busy workers of {place}"
        else:
            assert server["busy"] == held[v] == bin(server["mask"]).count("1"), f"busy workers of {place}"
            assert sorted(taken.get(v, [])) == [w for w in range(64) if server["mask"] >> w & 1], f"which workers of {place}"
            usable = server["alive"] == 1 and server["hung"] == 0
            if usable and server["busy"] < station["workers"]:
                assert server["waiting"] == 0, f"{place} has an idle worker and a queue"
                if server["in_rotation"] and station["strategy"] == shared_queue:
                    assert station["waiting"] == 0, f"{place} has an idle worker, and calls wait in the shared queue"
    for s, station in enumerate(stations):
        at, seen = station["blocked_head"], []
        for _ in range(station["blocked"]):
            assert calls[at]["state"] == BLOCKED and stations[calls[at]["station"]]["then"] == s, "the list of blocked calls"
            seen.append(at)
            at = calls[at]["next"]
        called = [c for c, call in enumerate(calls) if call["state"] == BLOCKED and (REACH, c) in events]
        mine = [c for c, call in enumerate(calls) if call["state"] == BLOCKED and stations[call["station"]]["then"] == s]
        assert sorted(seen) == [c for c in mine if c not in called], "blocked calls that no list holds"
        if seen and not any(stations[calls[c]["station"]]["then"] == s for c in called):
            members = [servers[v] for v in range(station["first"], station["first"] + station["room"])]
            idle = [m for m in members if m["in_rotation"] and m["alive"] and not m["hung"] and m["busy"] < station["workers"]]
            assert not idle, "blocked although there is an idle worker"


def callers(calls: Any, asks: Any, events: Any) -> None:
    """A call that waits for answers has as many children as it waits for; every child has a living parent."""
    children: Counter[int] = Counter()
    for c, call in enumerate(calls):
        if call["state"] == FREE:
            continue
        if call["ask"] >= 0:
            ask = asks[call["ask"]]
            assert ask["state"] == OPEN and c in (ask["first"], ask["second"]), "an attempt that its ask has forgotten"
            assert call["parent"] == ask["parent"], "an attempt and its ask have different callers"
        elif call["parent"] >= 0:
            children[call["parent"]] += 1
        assert call["parent"] >= 0 or call["parent"] in (CLIENT, NOBODY)
    for a, ask in enumerate(asks):
        if ask["state"] in (OPEN, BACKING_OFF, TURNED_DOWN) and ask["parent"] >= 0:
            children[ask["parent"]] += 1
        if ask["state"] == OPEN:
            tries = [c for c in (ask["first"], ask["second"]) if c >= 0]
            assert tries and all(calls[c]["state"] != FREE and calls[c]["ask"] == a for c in tries), "an ask without an attempt"
    for parent, number in children.items():
        assert calls[parent]["state"] == CALLING, "a caller that does not wait"
        assert calls[parent]["pending"] == number, "how many answers a caller waits for"
    for c, call in enumerate(calls):
        if call["state"] == CALLING and children[c] == 0:
            assert call["pending"] == 0, "a caller that waits for nothing"


def timers(run: Any, asks: Any) -> None:
    """The lists of time-outs and hedges are in order, and each has an event that is not late."""
    seen = set()
    for link in rows(run["links"][: int(run["stations_used"])]):
        for which in (0, 1):
            at, before, last = link["heads"][which], -1, -1
            while at >= 0:
                ask = asks[at]
                assert ask["state"] == OPEN and ask["timer"] == which + 1 and ask["prev"] == before, "a list of timers"
                assert ask["due"] >= last, "the order of the timers"
                assert at not in seen
                seen.add(at)
                before, at, last = at, ask["next"], ask["due"]
            assert link["tails"][which] == before
            if before >= 0:
                first = asks[link["heads"][which]]["due"]
                assert link["wakes"][which] >> codes.TIME_SHIFT <= first, "a timer comes too late"
            if link["wakes"][which] != NEVER:
                assert link["wakes"][which] in run["heap"][: int(run["heap_size"])], "a timer without its event"
    for a, ask in enumerate(asks):
        if ask["state"] != UNUSED and ask["timer"] > 0:
            assert a in seen, "a timer in no list"


def rotations(run: Any, stations: Any, servers: Any) -> None:
    """The rotation lists the members that are in it, in the order of their numbers."""
    for station in stations:
        first, used = station["first"], station["in_rotation"]
        listed_servers = run["rotation"][first : first + used].tolist()
        members = range(first, first + station["room"])
        assert listed_servers == [v for v in members if servers[v]["in_rotation"] == 1], "the rotation"
        assert [v for v in members if servers[v]["present"] == 1] == list(range(first, first + station["servers"]))
        for v in members:
            server = servers[v]
            assert not (server["in_rotation"] and (server["draining"] or not server["present"])), "who should not be used"
            assert not (server["stopped"] and (server["alive"] or server["booting"] or server["hung"])), "a stopped server runs"


def areas(run: Any, stations: Any, servers: Any) -> None:
    """No integral is below 0, and no server was busy longer than there was time."""
    now = int(run["clock"])
    assert int(run["number_area"]) + int(run["number"]) * now >= int(run["sum_response"]) >= 0
    for server in servers:
        area = server["area"] + server["busy"] * now
        assert area >= 0, "the busy area"
        assert area <= now * codes.MAX_WORKERS or stations[server["station"]]["discipline"] == DELAY
    for s, station in enumerate(stations):
        assert station["rented_area"] + station["servers"] * now >= 0
        if int(run["detailed"]) == 1:
            mine = range(station["first"], station["first"] + station["room"])
            waiting = station["waiting"] + sum(servers[v]["waiting"] for v in mine)
            assert station["waiting_area"] + waiting * now >= 0, f"the area under the queues of station {s}"
