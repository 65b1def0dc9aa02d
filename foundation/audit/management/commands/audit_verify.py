"""Whether the trail is what it was."""

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from foundation.audit.verification import Anchor, verify


class Command(BaseCommand):
    help = (
        "Verify the whole trail. The last line is JSON; kept outside, it is the anchor of a later run:"
        " that run fails when the chain was cut or written anew. Exit code 1 when the chain does not hold."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--anchor", type=Path, help="a file whose last line is that of an earlier run")

    def handle(self, *args: Any, anchor: Path | None, **options: Any) -> None:
        verdict = verify(_read(anchor) if anchor else None)
        if not verdict.holds:
            self.stderr.write(verdict.why)
        self.stdout.write(json.dumps(verdict._asdict()))
        if not verdict.holds:
            raise SystemExit(1)


def _read(path: Path) -> Anchor:
    try:
        written = json.loads(path.read_text().strip().splitlines()[-1])
        return Anchor(int(written["seals"]), str(written["head"]))
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise CommandError(f"{path} holds no anchor: its last line must be that of an earlier audit_verify.") from error
