"""What one builds first: a plain Channels consumer that pushes 20 frames a second, on Daphne as it comes.

`python -m benchmarks.pushing PORT` serves it at /ws/. Each frame is 50 ms of the same simulation, as the same segment.
"""

import asyncio
import json
import os
import sys
from typing import Any

import django
from daphne.server import Server  # first: it installs the reactor

# isort: split
from channels.generic.websocket import AsyncWebsocketConsumer
from channels.routing import ProtocolTypeRouter, URLRouter
from django.urls import path

from simulator import Change, Experiment, Run, load_scenario

FRAME = 0.05


class Pushing(AsyncWebsocketConsumer):
    """One learner: a task that advances the run by a frame and sends it, twenty times a second."""

    task: "asyncio.Task[None] | None" = None

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """The first message says what to run; later ones move a control."""
        said = json.loads(text_data or "{}")
        if self.task is None:
            timeline = tuple(Change(*row) for row in said["timeline"])
            self.run = Run(Experiment(load_scenario("load-balancing-strategies"), said["seed"], timeline))
            self.task = asyncio.create_task(self.push())
        else:
            self.run.change(self.run.now, said["control"], said["value"])

    async def push(self) -> None:
        """Frame after frame, each at its time."""
        loop = asyncio.get_running_loop()
        begun, count = loop.time(), 0
        while True:
            count += 1
            frame = self.run.advance(round(count * FRAME, 6)).to_json()
            await self.send(text_data=json.dumps(frame))
            await asyncio.sleep(max(0.0, begun + count * FRAME - loop.time()))

    async def disconnect(self, code: int) -> None:
        """The learner is gone."""
        if self.task:
            self.task.cancel()


consumer: Any = Pushing.as_asgi()
application = ProtocolTypeRouter({"websocket": URLRouter([path("ws/", consumer)])})

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "courseware.settings")
    os.environ.setdefault("DEBUG", "1")
    django.setup()
    Server(application, endpoints=[f"tcp:port={sys.argv[1]}:interface=127.0.0.1"]).run()
