"""Cases from a file of another system."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from cases.csv_files import FileRefused, read_rows, sha256_of
from cases.mappings import MAPPINGS, FileMapping
from cases.operations.importing import SourceRow, Tally, import_rows
from foundation.audit.actors import SYSTEM

ERRORS_SHOWN = 20


class Command(BaseCommand):
    help = (
        "Open or update a case for each row of FILE, clocks off. Safe to repeat. Progress and refused rows go to stderr; "
        "the last line of stdout is JSON with rows, created, updated, skipped, errors."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--mapping", required=True, choices=sorted(MAPPINGS))
        parser.add_argument("--dry-run", action="store_true", help="tell what would happen and write nothing")

    def handle(self, *args: Any, file: Path, mapping: str, dry_run: bool, **options: Any) -> None:
        chosen = MAPPINGS[mapping]
        try:
            tally = import_rows(
                self._rows(file, chosen),
                mapping=chosen,
                file_name=file.name,
                sha256=sha256_of(file),
                by=SYSTEM,
                now=timezone.now(),
                clock=timezone.now,
                dry_run=dry_run,
                progress=self._progress,
            )
        except FileRefused as refused:
            raise CommandError(str(refused)) from refused
        except OSError as error:
            raise CommandError(f"{file}: {error.strerror or error}") from error
        self._report(tally)

    def _rows(self, file: Path, mapping: FileMapping) -> Iterator[SourceRow]:
        return read_rows(file, required=mapping.required, optional=mapping.optional)

    def _progress(self, tally: Tally) -> None:
        self.stderr.write(
            f"{tally.rows} rows, {tally.created} created, {tally.updated} updated, {tally.errors} refused"
        )

    def _report(self, tally: Tally) -> None:
        for error in tally.first_errors[:ERRORS_SHOWN]:
            self.stderr.write(f"row {error.row}, {error.field or 'the whole row'}: {error.message}")
        if len(tally.first_errors) > ERRORS_SHOWN:
            self.stderr.write(f"and {len(tally.first_errors) - ERRORS_SHOWN} more")
        counts = {name: getattr(tally, name) for name in ("rows", "created", "updated", "skipped", "errors")}
        self.stdout.write(json.dumps(counts))
