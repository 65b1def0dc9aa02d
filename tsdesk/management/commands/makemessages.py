"""`manage makemessages`: gather the words of the sources into locale/, so that the catalogues change only where words do."""

import re
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser
from django.core.management.commands import makemessages

# Words of tests and of pages about the desk are not shown by it.
NOT_SHOWN = ("docs/*", "tests/*", "docker/*", "staticfiles/*", "conftest.py")


class Command(makemessages.Command):
    help = (
        "Gathers the words of the sources into the catalogues in locale/: --all, or -l LANGUAGE. What no source says any"
        " more is removed, and nothing new is guessed from what looks alike."
    )
    msgmerge_options = [*makemessages.Command.msgmerge_options, "--no-fuzzy-matching"]

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.set_defaults(no_wrap=True, add_location="never", no_obsolete=True, ignore_patterns=list(NOT_SHOWN))

    def write_po_file(self, potfile: str, locale: str) -> None:
        """As Django does, without the time of the run: it would change in every catalogue and tell nothing."""
        super().write_po_file(potfile, locale)
        catalogue = Path(potfile).parent / locale / "LC_MESSAGES" / f"{self.domain}.po"
        text = catalogue.read_text(encoding="utf-8")
        catalogue.write_text(re.sub(r'^"POT-Creation-Date:.*\n', "", text, flags=re.MULTILINE), encoding="utf-8")

    def handle(self, *args: Any, **options: Any) -> None:
        super().handle(*args, **options)
        self.stdout.write("Then translate what is empty, and compile with compilemessages.")
