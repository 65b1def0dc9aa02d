"""`manage load_demo`: what `./desk run` calls the first time."""

import time
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from tsdesk.demo.loading import SEED, load
from tsdesk.demo.stories import CASES


class Command(BaseCommand):
    help = "Load staff and made-up cases; does nothing where there are cases. Only for a demo on a loopback address."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--seed", type=int, default=SEED, help="another seed tells other stories")
        parser.add_argument("--cases", type=int, default=CASES, help="about how many")

    def handle(self, *args: Any, seed: int, cases: int, **options: Any) -> None:
        if not (settings.DEMO and settings.ON_LOOPBACK):
            raise CommandError(
                "The demo's passwords are known to everybody: it is loaded by ./desk run, on loopback only."
            )
        began = time.monotonic()
        loaded = load(now=timezone.now(), seed=seed, cases=cases, progress=self._tell)
        said = (
            f"demo: {loaded} cases in {time.monotonic() - began:.0f} s" if loaded else "demo: there are cases already"
        )
        self.stderr.write(said)

    def _tell(self, done: int, of: int) -> None:
        if done * 10 // of > (done - 1) * 10 // of:
            self.stderr.write(f"demo: {done * 100 // of} %")
