"""Synthetic cases to measure with."""

import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from cases.operations.seeding import SeedRefused, seed_cases
from foundation.audit.actors import SYSTEM

MOST = 5_000_000


class Command(BaseCommand):
    help = "Make N synthetic cases in bulk, clocks and places consistent; the same seed gives the same cases."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--cases", type=int, required=True, metavar="N")
        parser.add_argument("--seed", type=int, default=1, metavar="S")

    def handle(self, *args: Any, cases: int, seed: int, **options: Any) -> None:
        if not 0 < cases <= MOST:
            raise CommandError(f"--cases takes 1 to {MOST}.")
        if not 0 <= seed < 2**31:
            raise CommandError("--seed takes 0 to 2147483647.")
        began = time.monotonic()
        try:
            seed_cases(cases, seed=seed, by=SYSTEM, now=timezone.now(), progress=self._progress)
        except SeedRefused as refused:
            raise CommandError(str(refused)) from refused
        seconds = time.monotonic() - began
        self.stdout.write(f"{cases} cases in {seconds:.1f} s, {cases / seconds:.0f} a second")

    def _progress(self, done: int) -> None:
        self.stderr.write(f"{done} cases")
