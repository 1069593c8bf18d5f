"""Static files in tests: plain names, but only of files that are there."""

from django.contrib.staticfiles.finders import find
from django.contrib.staticfiles.storage import StaticFilesStorage


class OnlyWhatShips(StaticFilesStorage):
    """Refuses what the hashing storage of production refuses too: a page that names a file which the site does not have."""

    def url(self, name: str | None) -> str:
        """The address; ValueError for a missing file."""
        if not find(name or ""):
            raise ValueError(f"a page names static/{name}, which is not there")
        return super().url(name)
