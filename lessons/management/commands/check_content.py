"""manage.py check_content [PATH] [--claims]."""

import sys
import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from lessons.claims import check_claims
from lessons.importer import check_content, claims_of
from lessons.management.commands.import_content import SHIPPED


class Command(BaseCommand):
    """Says what is wrong with content, file by file and line by line."""

    help = "Check a folder of content or one file; prints file:line: what was expected."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        """A folder or a file; the shipped content by default."""
        parser.add_argument("path", nargs="?", default=str(SHIPPED))
        parser.add_argument("--claims", action="store_true", help="also run every claim on the simulator")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print every mistake; exit code 1 when there is one."""
        errors = check_content(options["path"])
        said = "No mistakes."
        if not errors and options["claims"]:
            began = time.monotonic()
            claims = claims_of(options["path"])
            errors = check_claims(claims, lambda done: self._progress(done, len(claims)))
            numbers = sum(len(claim.numbers) for claim in claims)
            said = f"No mistakes; {numbers} numbers hold in {len(claims)} experiments ({time.monotonic() - began:.0f} s)."
        if errors:
            count = len(errors)
            raise CommandError("\n".join([*map(str, errors), f"{count} mistake{'s' * (count != 1)}."]))
        self.stdout.write(said)

    def _progress(self, done: int, total: int) -> None:
        if sys.stderr.isatty():
            self.stderr.write(f"\r{done} of {total} claims", ending="" if done < total else "\n")
