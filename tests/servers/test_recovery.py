"""The site on a real PostgreSQL and a real Redis, both of which go away and come back: what was answered is there."""

import http.cookiejar
import re
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers.running import Postgres, Redis, servers
from tests.site import Site

QUESTION = "/tracks/system-scaling/questions/1/"


class Visitor:
    """A browser with cookies and nothing else."""

    def __init__(self, site: Site) -> None:
        self.site = site
        jar = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        self.opener = urllib.request.build_opener(jar)

    def get(self, path: str, form: dict[str, str] | None = None) -> tuple[int, str]:
        data = urllib.parse.urlencode(form).encode() if form else None
        try:
            with self.opener.open(self.site.url + path, data, timeout=20) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def answer(self) -> str:
        """Answer the first question, a number, wrongly; the page that comes back."""
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', self.get(QUESTION)[1])
        assert token is not None
        return self.get(QUESTION, {"csrfmiddlewaretoken": token[1], "value": "4711"})[1]

    def until(self, path: str, status: int) -> str:
        for _ in range(100):
            found, page = self.get(path)
            if found == status:
                return page
            time.sleep(0.1)
        raise AssertionError(f"{path} stayed at {found}, not {status}")


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Site, Postgres, Redis]]:
    folder: Path = tmp_path_factory.mktemp("course")
    with servers() as (postgres, redis):
        site = Site(folder, servers={"DATABASE_URL": postgres.url, "REDIS_URL": redis.url})
        site.prepare()
        site.start()
        yield site, postgres, redis
        site.kill()


def test_an_answer_outlives_a_restart_of_the_database(course):
    site, postgres, _ = course
    visitor = Visitor(site)
    assert "Not this time" in visitor.answer()
    postgres.stop()
    visitor.until("/healthz", 503)
    assert visitor.get(QUESTION)[0] >= 500
    postgres.start()
    visitor.until("/healthz", 200)
    assert "Not this time" in visitor.until(QUESTION, 200)


def test_pages_do_without_redis_and_it_comes_back(course):
    site, _, redis = course
    visitor = Visitor(site)
    redis.stop()
    visitor.until("/healthz", 503)
    assert visitor.get("/")[0] == 200
    assert "Not this time" in visitor.answer()
    redis.start()
    visitor.until("/healthz", 200)
    assert "Not this time" in visitor.get(QUESTION)[1]


def test_an_answer_outlives_a_killed_server(course):
    site, _, _ = course
    visitor = Visitor(site)
    assert "Not this time" in visitor.answer()
    site.kill()
    site.start()
    assert "Not this time" in visitor.get(QUESTION)[1]
