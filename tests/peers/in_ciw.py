"""Systems written in Ciw. Rows: answered at, class, response time (None = turned away)."""

import ciw


def rows_of(network, seed, until, *, node_class=None, nodes=1):
    """Play a network; a customer's response time runs from its arrival at the first node to its exit from the last."""
    ciw.seed(seed)
    simulation = ciw.Simulation(network, node_class=node_class)
    simulation.simulate_until_max_time(until)
    began, rows = {}, []
    for record in simulation.get_all_records():
        kind = record.customer_class if len(network.customer_class_names) > 1 else None
        if record.record_type == "rejection":
            rows.append((record.arrival_date, kind, None))
        else:
            began[record.id_number] = min(record.arrival_date, began.get(record.id_number, record.arrival_date))
            if record.node == nodes:
                rows.append((record.exit_date, kind, record.exit_date, record.id_number))
    return [row if len(row) == 3 else (row[0], row[1], row[2] - began[row[3]]) for row in rows]


def exponential(mean):
    return ciw.dists.Exponential(1 / mean)


def queue(seed, until, rate, service, workers=1, limit=float("inf")):
    network = ciw.create_network(
        arrival_distributions=[ciw.dists.Exponential(rate)],
        service_distributions=[service],
        number_of_servers=[workers],
        queue_capacities=[limit],
    )
    return rows_of(network, seed, until)


def row(seed, until, rate, services, workers, limits):
    """Stations one after another; a full one blocks the worker before it (blocking after service)."""
    after = len(services)
    network = ciw.create_network(
        arrival_distributions=[ciw.dists.Exponential(rate)] + [None] * (after - 1),
        service_distributions=services,
        number_of_servers=workers,
        queue_capacities=limits,
        routing=[[1.0 if to == here + 1 else 0.0 for to in range(after)] for here in range(after)],
    )
    return rows_of(network, seed, until, nodes=after)


def classes(seed, until, rates, services, workers, priorities=None, nodes=1):
    """Classes by name, each with its rate and its service at each of `nodes` stations in a row; perhaps with priorities."""
    network = ciw.create_network(
        arrival_distributions={name: [ciw.dists.Exponential(rate)] + [None] * (nodes - 1) for name, rate in rates.items()},
        service_distributions=services,
        number_of_servers=workers,
        routing={name: [[1.0 if to == here + 1 else 0.0 for to in range(nodes)] for here in range(nodes)] for name in rates},
        **({"priority_classes": priorities} if priorities else {}),
    )
    return rows_of(network, seed, until, nodes=nodes)


def shared(seed, until, rate, service, workers):
    """Processor sharing: beyond `workers` customers each is served slower."""
    network = ciw.create_network(
        arrival_distributions=[ciw.dists.Exponential(rate)],
        service_distributions=[service],
        number_of_servers=[float("inf")],
        ps_thresholds=[workers],
    )
    return rows_of(network, seed, until, node_class=ciw.PSNode)
