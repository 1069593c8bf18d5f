"""manage.py sweep_challenge [PATH | track | track/lesson] [--write]."""

import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from lessons.management.commands.import_content import SHIPPED
from lessons.markdown import ContentErrors
from lessons.sweep import GRID, Sweep, in_words, sweep, tuned
from simulator import ENGINE_VERSION

TABLE = Path(__file__).resolve().parents[3] / "docs" / "challenges.md"
HEAD = """# What passes the challenges

Written by `manage.py sweep_challenge --write`; engine {engine}. Each challenge and each question to tune was graded on its hidden
seeds as it opens, as its author intends, and on a grid over all that may be moved (at most {points} settings each). A
setting was left once it had failed for certain, so “0 of 2” is a failure.

| Question | As it opens | As intended | Of the grid | Pass unmeant |
|---|---|---|---|---|
"""


class Command(BaseCommand):
    """Proves of every challenge that it fails as it opens and passes as intended, and lists what else passes."""

    help = "Grade challenges as they open, as intended and over a grid; prints a table. Fails when one is wrong."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        """What to sweep; everything that ships by default."""
        parser.add_argument("what", nargs="?", default="", help="a folder, a file, a track or track/lesson")
        parser.add_argument("--points", type=int, default=GRID, help="settings of each grid at most; 0: no grid")
        parser.add_argument("--threads", type=int, default=2, help="runs at a time")
        parser.add_argument("--write", action="store_true", help="put the table of all that ships to docs/challenges.md")

    def handle(self, *args: Any, **options: Any) -> None:
        """Sweep, print the table, say what is wrong."""
        if options["write"] and options["what"]:
            raise CommandError("--write is for the table of all that ships: leave out the name.")
        if not 0 <= options["points"] <= 2000 or not 1 <= options["threads"] <= 64:
            raise CommandError("expected 0 to 2,000 points and 1 to 64 threads")
        try:
            asked = list(tuned(found_at(options["what"])))
        except ContentErrors as error:
            raise CommandError(str(error)) from error
        if not asked:
            raise CommandError(f"{options['what'] or 'The content'} has no challenge and no question to tune.")
        sweeps = sweep(asked, points=options["points"], threads=options["threads"], progress=self._progress)
        table = HEAD.format(engine=ENGINE_VERSION, points=options["points"]) + "".join(row(each) for each in sweeps)
        self.stdout.write(table)
        if faults := [fault for each in sweeps for fault in each.faults]:
            raise CommandError("\n".join(faults))
        if options["write"]:
            TABLE.write_text(table, encoding="utf-8")
            self.stdout.write(f"Written to {TABLE.name}.")

    def _progress(self, done: int, total: int) -> None:
        if sys.stderr.isatty():
            self.stderr.write(f"\r{done} of {total} settings", ending="" if done < total else "\n")
        elif done % 50 == 0 or done == total:
            self.stderr.write(f"{done} of {total} settings")


def found_at(what: str) -> Path:
    """The folder or file that is meant by a path, a track's name or track/lesson; CommandError when there is none."""
    if not what:
        return SHIPPED
    track, _, lesson = what.strip("/").partition("/")
    found = [Path(what), SHIPPED / track if not lesson else SHIPPED / track / f"{lesson}.md"]
    found += sorted((SHIPPED / track).glob("[0-9][0-9]-*.md")) if lesson else []
    for each in found[:2]:
        if each.exists():
            return each
    for each in found[2:]:
        if each.stem[3:] == lesson:
            return each
    raise CommandError(f"expected a folder, a file, a track or track/lesson, not {what}")


def row(each: Sweep) -> str:
    """A line of the table."""
    held = "; ".join(f"{in_words(one.setting)}: {one.passed} of {one.ran}" for one in each.intended)
    passing = sum(one.passes for one in each.grid)
    unmeant = "; ".join(f"{in_words(one.setting)}: {one.passed} of {one.ran}" for one in each.unintended) or "none"
    opened = f"{in_words(each.opening.setting)}: {each.opening.passed} of {each.opening.ran}"
    return f"| `{each.uid}` | {opened} | {held} | {passing} of {len(each.grid)} pass | {unmeant} |\n"
