"""The pages of the course as a reader meets them."""

import pytest
from django.urls import reverse

from tests.lessons.conftest import signed_in


@pytest.mark.parametrize(
    "path",
    ["/tracks/nowhere/", "/tracks/nowhere/beginning/", "/tracks/system-scaling/nothing/",
     "/tracks/nowhere/questions/1/", "/tracks/system-scaling/questions/9/", "/tracks/nowhere/questions/score/"],
)  # fmt: skip
def test_an_unknown_address_is_a_friendly_404(free, client, path):
    response = client.get(path)
    assert response.status_code == 404
    assert b"<h1" in response.content


def test_a_lesson_reads_top_to_bottom(free, client):
    response = client.get(reverse("lessons:lesson", args=[free.slug, "beginning"]))
    page = response.content.decode()
    assert page.index("Opening words") < page.index("Experiment: system-beginning") < page.index("BODY-OF-system-beginning")
    view = response.context["parts"][1]["simulation"]
    assert view.socket_path == "/ws/tracks/system-scaling/beginning/strategies/"
    rate = next(control for control in view.scenario["controls"] if control["name"] == "arrival_rate")
    assert rate["default"] == 500
    assert response.context["next"].slug == "middle"
    assert response.context["previous"] is None


def test_the_outline_knows_where_you_are(free, locked, client):
    client.post(reverse("lessons:complete", args=[free.slug, "beginning"]))
    outline = client.get(reverse("lessons:lesson", args=[free.slug, "middle"])).context["outline"]
    assert [state for _, state in outline[0].lessons] == ["done", "here"]
    assert [state for _, state in outline[1].lessons] == ["locked", "locked"]
    assert (outline[0].current, outline[0].done, outline[1].questions_state) == (True, 1, "locked")


def test_the_catalogue_resumes_where_you_stopped(free, locked, client):
    assert client.get("/").context["resume"].slug == "beginning"
    client.post(reverse("lessons:complete", args=[free.slug, "beginning"]))
    assert client.get("/").context["resume"].slug == "middle"


@pytest.mark.parametrize("name", ["catalogue", "track", "lesson"])
def test_the_pages_cost_few_queries(free, locked, bob, name, django_assert_max_num_queries):
    client = signed_in(bob)
    arguments = {"catalogue": [], "track": [free.slug], "lesson": [free.slug, "beginning"]}[name]
    url = reverse(f"lessons:{name}", args=arguments)
    client.get(url)
    with django_assert_max_num_queries(12):
        client.get(url)


def test_a_visitor_costs_fewer(free, locked, client, django_assert_max_num_queries):
    with django_assert_max_num_queries(3):
        client.get("/")
