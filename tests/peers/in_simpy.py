"""Systems written in SimPy: pools of servers, callers with policies. Rows: answered at, class, response time (None = failed)."""

import random

import simpy


class Pool:
    """Servers with `workers` each and a queue of `limit` places each; `choose` picks one of them."""

    def __init__(self, env, chance, servers, workers, service, choose="random", limit=float("inf")):
        self.env, self.chance, self.service, self.choose, self.limit = env, chance, service, choose, limit
        self.servers = [simpy.Resource(env, workers) for _ in range(servers)]
        self.turn = 0

    def pick(self, other=None):
        if self.choose == "round-robin":
            self.turn += 1
            return self.servers[self.turn % len(self.servers)]
        if self.choose == "least-connections":
            fewest = min(server.count + len(server.queue) for server in self.servers)
            return self.chance.choice([s for s in self.servers if s.count + len(s.queue) == fewest])
        return self.chance.choice([server for server in self.servers if server is not other])

    def visit(self, server=None, onward=None):
        """A process: True when it was served, False when the queue was full."""
        server = server or self.pick()
        if server.count == server.capacity and len(server.queue) >= self.limit:
            return False
        with server.request() as worker:
            yield worker
            yield self.env.timeout(self.service(self.chance))
            if onward is not None:  # the worker is held meanwhile
                yield from onward()
        return True


def exponential(mean):
    return lambda chance: chance.expovariate(1 / mean)


def stream(env, chance, rate, handle):
    while True:
        yield env.timeout(chance.expovariate(rate))
        env.process(handle())


def run(seed, until, rate, build):
    """Poisson arrivals; `build(env, chance)` gives a generator function that handles one request and returns its success."""
    env, chance, rows = simpy.Environment(), random.Random(seed), []
    serve = build(env, chance)

    def handle():
        began = env.now
        served = yield from serve()
        rows.append((env.now, None, env.now - began if served else None))

    env.process(stream(env, chance, rate, handle))
    env.run(until)
    return rows


def pool(seed, until, rate, **kinds):
    return run(seed, until, rate, lambda env, chance: Pool(env, chance, **kinds).visit)


def nested(seed, until, rate, visits):
    """Two web servers of four workers, which are held while a database of three workers is asked `visits` times in a row."""

    def build(env, chance):
        web = Pool(env, chance, 2, 4, exponential(0.005), "round-robin")
        database = Pool(env, chance, 1, 3, exponential(0.004))

        def onward():
            for _ in range(visits):
                yield env.process(database.visit())

        return lambda: web.visit(onward=onward)

    return run(seed, until, rate, build)


def fanned_out(seed, until, rate, leaves):
    """A root without limit of workers that asks `leaves` of ten servers at once and waits for all of them."""

    def build(env, chance):
        servers = Pool(env, chance, 10, 1, exponential(0.01))

        def serve():
            yield env.timeout(0.001)
            yield env.all_of([env.process(servers.visit()) for _ in range(leaves)])
            return True

        return serve

    return run(seed, until, rate, build)


def retried(seed, until, rate, timeout, retries, base, limit):
    """Callers that give up after `timeout` and try again after base × 2^n; the server works on for them."""

    def build(env, chance):
        servers = Pool(env, chance, 1, 2, exponential(0.01), limit=limit)

        def serve():
            for number in range(retries + 1):
                attempt = env.process(servers.visit())
                yield attempt | env.timeout(timeout)
                if attempt.processed and attempt.value:
                    return True
                if number < retries:
                    yield env.timeout(base * 2**number)
            return False

        return serve

    return run(seed, until, rate, build)


def hedged(seed, until, rate, servers, delay, cancel):
    """A second attempt at another server after `delay`; the first answer counts, the other is taken back or not."""

    def build(env, chance):
        leaves = Pool(env, chance, servers, 1, exponential(0.01))

        def attempt(server):
            try:
                yield from leaves.visit(server)
            except simpy.Interrupt:
                return

        def serve():
            server = leaves.pick()
            attempts = [env.process(attempt(server))]
            yield attempts[0] | env.timeout(delay)
            if not attempts[0].processed:
                attempts.append(env.process(attempt(leaves.pick(server))))
                yield attempts[0] | attempts[1]
                for other in attempts:
                    if cancel and other.is_alive:
                        other.interrupt()
            return True

        return serve

    return run(seed, until, rate, build)


def closed(seed, until, users, think, workers, mean):
    """Users who think, ask, wait and think again."""
    env, chance, rows = simpy.Environment(), random.Random(seed), []
    servers = Pool(env, chance, 1, workers, exponential(mean))

    def user():
        while True:
            yield env.timeout(chance.expovariate(1 / think))
            began = env.now
            yield env.process(servers.visit())
            rows.append((env.now, None, env.now - began))

    for _ in range(users):
        env.process(user())
    env.run(until)
    return rows


def premium_second(seed, until, rate, share):
    """A first-come station, then one that serves the `share` of premium requests first; 10 ms of work at each."""
    env, chance, rows = simpy.Environment(), random.Random(seed), []
    first, second = simpy.Resource(env), simpy.PriorityResource(env)

    def handle():
        premium, began = chance.random() < share, env.now
        for station, order in ((first, {}), (second, {"priority": 0 if premium else 1})):
            with station.request(**order) as worker:
                yield worker
                yield env.timeout(chance.expovariate(100))
        rows.append((env.now, "premium" if premium else "free", env.now - began))

    env.process(stream(env, chance, rate, handle))
    env.run(until)
    return rows
