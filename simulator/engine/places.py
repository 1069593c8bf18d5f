"""Where things stand in the records of `layout.py`, which is all that NumPy needs to come to them quickly."""

from typing import Any

from simulator.engine import layout

FIELDS: Any = layout.RUN.fields
HEAD = int(FIELDS[layout.TAILS[0]][1])  # bytes before the first tail
USED = {  # which field says how many items of a tail are in use; of the entries only those of some caches are
    "stations": "stations_used",
    "links": "stations_used",
    "servers": "servers_used",
    "heap": "heap_size",
    "calls": "calls_high",
    "asks": "asks_high",
    "classes": "classes_used",
    "clients": "clients_used",
    "objects": "objects_used",
    "ring": "ring_used",
}
PLACES: dict[str, tuple[int, int, int]] = {  # offset, bytes of an item, how many there can be
    name: (int(FIELDS[name][1]), layout.RUN[name].base.itemsize, layout.RUN[name].shape[0]) for name in layout.TAILS
}


def word(kind: Any, name: str) -> int:
    """Where a field stands in a record of a kind (a dtype), in words of 64 bits."""
    return int(kind.fields[name][1]) // 8
