"""manage.py check_content [PATH]."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from lessons.importer import check_content
from lessons.management.commands.import_content import SHIPPED


class Command(BaseCommand):
    """Says what is wrong with content, file by file and line by line."""

    help = "Check a folder of content or one file; prints file:line: what was expected."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        """A folder or a file; the shipped content by default."""
        parser.add_argument("path", nargs="?", default=str(SHIPPED))

    def handle(self, *args: Any, **options: Any) -> None:
        """Print every mistake; exit code 1 when there is one."""
        errors = check_content(options["path"])
        if errors:
            count = len(errors)
            raise CommandError("\n".join([*map(str, errors), f"{count} mistake{'s' * (count != 1)}."]))
        self.stdout.write("No mistakes.")
