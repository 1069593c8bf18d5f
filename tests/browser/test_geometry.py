"""Where everything stands on a stage: any stations, any width; inside the canvas, nothing on another, in the way's order."""

import itertools
from typing import Any

import pytest
from playwright.sync_api import Page

POOLS: dict[str, list[tuple[str, int]]] = {  # kind and servers of each station
    "one server": [("servers", 1)],
    "six servers": [("servers", 6)],
    "twenty servers": [("servers", 20)],
    "fifty shards": [("database", 50)],
    "servers and a database": [("servers", 4), ("database", 1)],
    "edges to database": [("edge", 3), ("servers", 4), ("cache", 2), ("database", 3)],
    "six stations": [("edge", 2), ("servers", 2), ("servers", 4), ("cache", 2), ("store", 1), ("database", 2)],
}
LAY_OUT = """async ([script, stations, W]) => {
    const { layout, heightFor, serverAt } = await import(new URL('stage/geometry.js', script));
    const { inward, onward } = await import(new URL('stage/paths.js', script));
    const counts = stations.map(s => s.servers), H = heightFor(stations, counts, W, true);
    const L = layout(stations, counts, { W, H, pad: 16, ruler: true });
    const hits = [...L.places.values()].map(r => serverAt(L, (r.x + r.right) / 2, r.y) === r.i);
    const ways = L.groups.flatMap(g => g.rows.flatMap((r, n) => g.from.map(k => {
        const from = k < 0 ? L.clients[0] : L.groups[k].rows.at(-1), way = inward(L, from, g);
        const begins = { x: (from.right ?? from.x - 3) + 3, y: from.y }, arrives = onward(L, g, n).at(-1);
        return { server: r.i, enters: way.at(-1), hub: g.hub, left: way[0], begins, arrives, x: r.x, y: r.y };
    })));
    return { kind: L.kind, H, hits, ways, places: [...L.places.values()],
             groups: L.groups.map(g => ({ x: g.x, right: g.right, box: g.box, hub: g.hub, rows: g.rows.map(r => r.i) })) };
}"""


def laid_out(page: Page, pool: list[tuple[str, int]], width: int) -> dict[str, Any]:
    stations = [
        {"name": f"s{n}", "label": kind, "kind": kind, "servers": count, "max_servers": count, "workers": 2, "queue_limit": 20,
         "mark": kind[0].upper(), "discipline": "delay" if kind in ("edge", "cache") else "fifo",
         "calls": [f"s{n + 1}"] if n + 1 < len(pool) else []}
        for n, (kind, count) in enumerate(pool)
    ]  # fmt: skip
    script = page.evaluate("document.querySelector('script[src*=simulation-panel]').src")
    found: dict[str, Any] = page.evaluate(LAY_OUT, [script, stations, width])
    return found


@pytest.mark.parametrize("width", [1058, 772, 528, 358])
@pytest.mark.parametrize("name", POOLS)
def test_everything_is_inside_and_nothing_overlaps(lesson: Page, name: str, width: int):
    pool = POOLS[name]
    found = laid_out(lesson, pool, width)
    places = found["places"]
    assert [place["i"] for place in places] == list(range(sum(count for _, count in pool))), "global numbers, in order"
    assert all(found["hits"])
    for place in places:
        assert 0 <= place["x"] < place["right"] <= width - 8, place
        assert place["top"] >= 30, place
        assert place["top"] + place["h"] <= found["H"] - 30, place
        assert place["h"] >= (17 if place["dense"] else 38), "room for a line of words, or for one with a line of bars below it"
    for one, other in itertools.combinations(places, 2):
        beside = one["right"] <= other["x"] or other["right"] <= one["x"]
        below = one["top"] + one["h"] <= other["top"] + 0.01 or other["top"] + other["h"] <= one["top"] + 0.01
        assert beside or below, (one, other)


@pytest.mark.parametrize("width", [1058, 358])
@pytest.mark.parametrize("name", POOLS)
def test_every_way_begins_where_it_comes_from_and_ends_at_its_server(lesson: Page, name: str, width: int):
    found = laid_out(lesson, POOLS[name], width)
    assert {way["server"] for way in found["ways"]} == {place["i"] for place in found["places"]}
    for way in found["ways"]:
        assert way["left"] == pytest.approx(way["begins"], abs=1)
        assert way["enters"] == pytest.approx(way["hub"], abs=1)
        assert way["arrives"]["x"] == pytest.approx(way["x"], abs=3)
        assert way["arrives"]["y"] == pytest.approx(way["y"], abs=1)


@pytest.mark.parametrize("name", POOLS)
def test_requests_go_from_left_to_right(lesson: Page, name: str):
    found = laid_out(lesson, POOLS[name], 1058)
    assert found["kind"] == "across"
    kinds = [kind for kind, _ in POOLS[name]]
    behind = {"cache", "store", "database"}
    for (kind, one), (next_kind, other) in itertools.pairwise(zip(kinds, found["groups"], strict=True)):
        if {kind, next_kind} <= behind:
            assert one["x"] == other["x"], "what stands behind shares a column"
        else:
            assert one["right"] < other["x"]
    for group in found["groups"]:
        assert group["hub"]["x"] <= group["x"]
        if group["box"]:
            assert group["box"]["x"] + group["box"]["w"] < group["x"]
