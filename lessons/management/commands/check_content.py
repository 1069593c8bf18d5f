"""`manage.py check_content [PATH]`: read content without importing it; file, line and expectation of each mistake."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from lessons.importer import read_content
from lessons.markdown import ContentErrors, parse_lesson, parse_questions

SHIPPED = Path(__file__).resolve().parents[2] / "content"


class Command(BaseCommand):
    """Check a folder of tracks, or one file."""

    help = __doc__
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """What to check; the shipped content when nothing is named."""
        parser.add_argument("path", type=Path, nargs="?", default=SHIPPED)

    def handle(self, *args: Any, **options: Any) -> None:
        """Print what was read, or every mistake."""
        path: Path = options["path"]
        try:
            if path.is_file():
                parse = parse_questions if path.name == "questions.md" else parse_lesson
                parse(path.read_text(), str(path))
                self.stdout.write(f"{path}: no mistakes.")
                return
            tracks = read_content(path)
        except ContentErrors as found:
            raise CommandError(str(found)) from found
        for track in tracks:
            self.stdout.write(f"{track.slug}: {len(track.lessons)} lessons, {len(track.questions)} questions")
