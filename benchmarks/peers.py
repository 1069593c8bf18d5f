"""The pool of `c_loop.py` (10 servers × 4 workers, least connections, 80 %) in SimPy and in Ciw: CPU seconds and requests."""

import random
import time

import ciw
import simpy

RATE, SERVERS, WORKERS, SERVICE_TIME = 3200.0, 10, 4, 0.01


def simpy_seconds(requests: int, seed: int = 1) -> tuple[float, int]:
    """CPU seconds of SimPy for about so many requests, and how many were answered."""
    env, chance, times = simpy.Environment(), random.Random(seed), []
    servers = [simpy.Resource(env, WORKERS) for _ in range(SERVERS)]

    def handle():
        began = env.now
        loads = [server.count + len(server.queue) for server in servers]
        fewest = min(loads)
        server = servers[chance.choice([place for place, load in enumerate(loads) if load == fewest])]
        with server.request() as worker:
            yield worker
            yield env.timeout(chance.expovariate(1 / SERVICE_TIME))
        times.append(env.now - began)

    def clients():
        while True:
            yield env.timeout(chance.expovariate(RATE))
            env.process(handle())

    env.process(clients())
    began = time.thread_time()
    env.run(requests / RATE)
    return time.thread_time() - began, len(times)


def ciw_seconds(requests: int, seed: int = 1) -> tuple[float, int]:
    """CPU seconds of Ciw for about so many requests, and how many were answered. A node without delay is the balancer."""
    nodes = list(range(2, SERVERS + 2))
    network = ciw.create_network(
        arrival_distributions=[ciw.dists.Exponential(RATE)] + [None] * SERVERS,
        service_distributions=[ciw.dists.Deterministic(0)] + [ciw.dists.Exponential(1 / SERVICE_TIME)] * SERVERS,
        number_of_servers=[float("inf")] + [WORKERS] * SERVERS,
        routing=ciw.routing.NetworkRouting(
            routers=[ciw.routing.JoinShortestQueue(destinations=nodes, tie_break="random")] + [ciw.routing.Leave()] * SERVERS
        ),
    )
    ciw.seed(seed)
    simulation = ciw.Simulation(network)
    began = time.thread_time()
    simulation.simulate_until_max_time(requests / RATE)
    return time.thread_time() - began, len(simulation.nodes[-1].all_individuals)
