"""The plot of a simulation as a Bokeh server serves it: one process, one document a learner, twenty patches a second.

`python -m benchmarks.bokeh_app PORT` serves it at / with the Python of .venv-bench (requirements/bench.txt); `?seed=N` says what
to run. The simulator and what it needs are not in that environment: they come from the site's, named by PYTHONPATH, with the same
Python and, as bench.txt is constrained by dev.txt, the same versions. Each patch is 50 ms of the same simulation as a frame of
benchmarks/pushing.py, cut down to what three charts show (percentiles, queue per server, throughput beside the arrival rate), as
one row: twice as many points as the panel's charts have. It goes as lists: arrays would cost two more websocket frames a column.
"""

import math
import sys
import time
from typing import Any

from bokeh.document import Document
from bokeh.layouts import column
from bokeh.models import ColumnDataSource, Slider
from bokeh.palettes import Category20
from bokeh.plotting import figure
from bokeh.server.server import Server

from simulator import Change, Experiment, Run, load_scenario

FRAME = 0.05  # seconds
ROWS = 400  # of the plot's source, twenty seconds
SERVERS = 12
PRESET = (Change(0.0, "servers", SERVERS), Change(0.0, "arrival_rate", 1000))
SCENARIO = load_scenario("load-balancing-strategies")
PERCENTILES = ("p50", "p95", "p99")
QUEUES = tuple(f"queue_{n + 1}" for n in range(SERVERS))
CHARTS = (
    ("Latency percentiles, s", PERCENTILES),
    ("Queue per server", QUEUES),
    ("Throughput and arrival rate, requests/s", ("throughput", "arrival_rate")),
)


class Learner:
    """One session: a run, and the source that its charts draw."""

    def __init__(self, document: Document, seed: int) -> None:
        self.run = Run(Experiment(SCENARIO, seed, PRESET))
        names = ("at", *(name for _, lines in CHARTS for name in lines))
        self.source = ColumnDataSource({name: [] for name in names})
        slider = Slider(title="Arrival rate, requests/s", start=20, end=1000, step=10, value=1000)
        slider.on_change("value", self.move)
        document.add_root(column(slider, *(self.chart(title, lines) for title, lines in CHARTS)))
        self.begun, self.count = time.monotonic(), 0
        document.add_periodic_callback(self.tick, round(FRAME * 1000))

    def chart(self, title: str, lines: tuple[str, ...]) -> figure:
        """A chart that follows the run."""
        found = figure(title=title, width=720, height=240)
        for name, colour in zip(lines, Category20[20], strict=False):
            found.line("at", name, source=self.source, color=colour)
        return found

    def move(self, attribute: str, old: float, new: float) -> None:
        """The slider was moved: it holds from here on."""
        self.run.change(self.run.now, "arrival_rate", new)

    def tick(self) -> None:
        """A frame, and those that the timer left out: it counts each period from the end of the last."""
        due = int((time.monotonic() - self.begun) / FRAME)
        while self.count < due:
            self.count += 1
            self.source.stream(self.frame(round(self.count * FRAME, 6)), rollover=ROWS)

    def frame(self, until: float) -> dict[str, list[Any]]:
        """The row at `until` seconds."""
        segment = self.run.advance(until)
        series = {name: segment.series[name][-1] for name in (*PERCENTILES, "throughput")}
        queues = {name: row[-1] for name, row in zip(QUEUES, segment.servers["queue_length"], strict=True)}
        rate = segment.settings["arrival_rate"]
        row = {"at": segment.at[-1], **series, **queues, "arrival_rate": float(rate)}
        return {name: [math.nan if value is None else value] for name, value in row.items()}


def application(document: Document) -> None:
    """A document of its own for each page."""
    arguments = document.session_context.request.arguments
    Learner(document, int(arguments.get("seed", [b"1"])[0]))


if __name__ == "__main__":
    port = int(sys.argv[1])
    server = Server({"/": application}, port=port, address="127.0.0.1", allow_websocket_origin=[f"127.0.0.1:{port}"])
    server.run_until_shutdown()
