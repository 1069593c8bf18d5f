"""The picture that stands in for a simulation: who is on it, and what a page is told of the servers at the opening."""

import pytest

from lessons.simulations import described, longest_queues
from lessons.still import MOST, _number, still_svg, strips
from simulator import Change, Experiment, load_scenario
from tests.lessons.conftest import import_shipped

pytestmark = pytest.mark.django_db


def test_servers_bear_their_names_and_absent_ones_are_left_out():
    rows = strips(Experiment(load_scenario("architecture"), 1, (Change(0, "servers", 2),)))
    assert list(rows) == ["CDN", "S1", "S2", "D1"]
    assert len({len(row) for row in rows.values()}) == 1


def test_of_many_the_fullest_are_drawn_and_the_others_counted():
    experiment = Experiment(load_scenario("architecture"), 1, (Change(0, "arrival_rate", 190),))
    picture = still_svg(experiment.scenario, experiment)
    assert picture.count("still-line") == MOST
    assert ">D1</text>" in picture, "where the requests wait"
    assert f">{26 - MOST} more: up to " in picture


def test_a_picture_may_be_of_a_later_moment():
    experiment = Experiment(
        load_scenario("pool"), 1, (Change(0, "arrival_rate", 320), Change(0, "servers", 4), Change(20, "stop.1", True))
    )
    calm, after = strips(experiment), strips(experiment, 60.0)
    assert max(map(max, after.values())) > 10 * max(map(max, calm.values())), "a server is gone, and the queue grows"
    picture = still_svg(experiment.scenario, experiment, end=60.0)
    assert ">55 s</text>" in picture
    assert ">60 s</text>" in picture


def test_the_opening_counts_each_station_by_its_own_settings():
    changes = (Change(0, "servers", 4), Change(0, "database.servers", 2), Change(0, "database.replicas", 1))
    stations = described(Experiment(load_scenario("architecture"), 1, changes))["stations"]
    assert [station["servers"] for station in stations] == [1, 4, 4]


def test_a_locked_track_shows_a_picture_in_which_requests_wait(client):
    import_shipped()
    page = client.get("/tracks/surviving-overload/")
    glimpse = page.context["glimpse"]
    pictures = [longest_queues(row.lesson, row.lesson.simulations[0]["id"]) for row in page.context["rows"]]
    assert glimpse.longest == max((rows[0] for rows in pictures), key=lambda each: each[1]), "the one with the longest queue"
    words = " ".join(page.content.decode().split())
    assert f"Five seconds of the run in lesson {glimpse.lesson.number}" in words
    assert f"up to {glimpse.longest[1]} at {glimpse.longest[0]}, at no other more than {glimpse.others}." in words


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(0.0081, "8.1"), (0.0, "0"), (0.00996, "10"), (0.0126, "13"), (0.1234, "123"), (1.2345, "1,234"), (None, None)],
)
def test_few_milliseconds_have_a_tenth_as_on_the_page(seconds, shown):
    assert _number(seconds, {"scale": 1000.0, "digits": 0, "unit": "ms"}) == shown


def test_of_large_numbers_three_figures_are_shown():
    assert [_number(value, {"scale": 1.0, "digits": 1, "unit": "req/s"}) for value in (3.14, 99.94, 99.96, 1_234.5)] == [
        "3.1", "99.9", "100", "1,234"
    ]  # fmt: skip
