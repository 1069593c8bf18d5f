"""What a simulation may cost, counted in simulated requests: the unit that prices, limits and purses share.

One core simulates about RATE requests a second (a segment of 200,000 requests at 12 servers: 6.1 million/s; one of
1,000: the building dominates, hence OVERHEAD). Every limit below is a share of a core's time times that rate.
"""

import ipaddress
import math
import time
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Any

from lessons.messages import Refused

RATE = 5_000_000  # simulated requests in one second of one core
OVERHEAD = 5_000  # building one segment, 1 ms
HIT = 500  # sending one that somebody else has paid for; also what a refused message costs
READING = 40  # a change of a timeline that comes with a message: 8 µs to check and to remember, 200 of them at most
LETTER = 4  # one of a link, in which a change takes about ten
DEAREST = RATE // 10  # a segment: 0.1 s, a tenth of a second that other learners' heavy work waits
REPLAY = 4 * RATE  # a replay up to where a segment begins; done in slices of DEAREST
CONNECTION = 0.1  # of a core, on average, that one connection may use
BURST = REPLAY + 4 * RATE  # simulated requests at once, after a while of silence
ADDRESSES = 10_000  # addresses that are remembered, about 2 MiB
PATIENCE = 12  # refusals in a row before the connection is closed


@dataclass(slots=True)
class Purse:
    """A token bucket in simulated requests: what may be simulated now, and how fast that grows again."""

    rate: float = CONNECTION * RATE  # per second
    burst: float = float(BURST)
    left: float = math.inf
    at: float = field(default_factory=time.monotonic)

    def holds(self) -> float:
        """How much is in it now."""
        now = time.monotonic()
        self.left = min(self.burst, self.left + (now - self.at) * self.rate)
        self.at = now
        return self.left

    def lacks(self, price: float) -> float:
        """Seconds until the price is there; 0 when it is."""
        return max(0.0, (price - self.holds()) / self.rate)


def reading(message: dict[str, Any]) -> int:
    """What it takes to look at a message that brings a whole timeline; it is paid before anybody looks."""
    timeline, link = message.get("timeline", ()), message.get("link", "")
    return HIT + READING * len(timeline) + LETTER * len(link) if timeline or link else 0


def pay(price: float, *purses: Purse) -> None:
    """Take the price from every purse, or Refused with the seconds to `wait` and nothing taken."""
    wait = max(purse.lacks(price) for purse in purses)
    if wait:
        raise Refused("too_many", "This page asks for more than its share; it goes on in a moment.", wait=round(wait + 0.05, 2))
    for purse in purses:
        purse.left -= price


class Addresses:
    """A purse per client address, in bounded memory.

    When the table is full, the address that was silent longest leaves, but only if its purse is full again, so that
    nobody gains by making others be forgotten; while no place is free, newcomers share one purse.
    """

    def __init__(self, rate: float, most: int = ADDRESSES) -> None:
        self.rate, self.most = rate, most
        self._purses: OrderedDict[str, Purse] = OrderedDict()
        self._shared = Purse(rate)

    def __len__(self) -> int:
        return len(self._purses)

    def purse(self, address: str) -> Purse:
        """The purse of an address; all of an IPv6 network of 64 bits, which one customer holds, share one."""
        key = network(address)
        found = self._purses.get(key)
        if found is None:
            if len(self._purses) >= self.most:
                oldest, purse = next(iter(self._purses.items()))
                if purse.holds() < purse.burst:
                    return self._shared
                del self._purses[oldest]
            found = self._purses[key] = Purse(self.rate)
        self._purses.move_to_end(key)
        return found


def network(address: str) -> str:
    """What stands for a client: its IPv4 address, or the first 64 bits of its IPv6 address."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address[:64]
    if isinstance(found, ipaddress.IPv4Address):
        return str(found)
    if found.ipv4_mapped:
        return str(found.ipv4_mapped)
    return str(ipaddress.ip_network((found, 64), strict=False))
