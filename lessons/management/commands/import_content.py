"""manage.py import_content DIR."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from lessons.importer import import_content
from lessons.markdown import ContentErrors

SHIPPED = Path(__file__).resolve().parents[2] / "content"


class Command(BaseCommand):
    """Brings the database to what a folder of content holds."""

    help = "Import tracks, lessons and questions from a folder: all or nothing, safe to repeat."

    def add_arguments(self, parser: CommandParser) -> None:
        """One folder; the shipped content by default."""
        parser.add_argument("directory", nargs="?", default=str(SHIPPED))

    def handle(self, *args: Any, **options: Any) -> None:
        """Import, or list every mistake and change nothing."""
        try:
            report = import_content(options["directory"])
        except ContentErrors as error:
            count = len(error.errors)
            raise CommandError(f"{error}\nNothing was imported: {count} mistake{'s' * (count != 1)}.") from error
        self.stdout.write(f"Content: {report}.")
