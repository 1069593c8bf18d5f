"""`manage.py import_content DIR`: make the site hold what a folder holds, all or nothing."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from lessons.importer import import_content
from lessons.markdown import ContentErrors


class Command(BaseCommand):
    """Import tracks, lessons and questions."""

    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The folder."""
        parser.add_argument("directory", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        """Import, or print every mistake and change nothing."""
        try:
            report = import_content(options["directory"])
        except ContentErrors as found:
            raise CommandError(f"{found}\nNothing was imported.") from found
        self.stdout.write(str(report))
