"""Reading a CSV file somebody made somewhere: every row is read or says why not, and one bad row costs itself alone."""

import csv
import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from django.utils.translation import gettext as _

from cases.operations.importing import SourceRow

LONGEST_CELL = 20_000
"""Characters. No field of a case is longer."""

LONGEST_READ = 4_000_000
"""Characters of one cell that are read at all, so that a file without line ends fills no memory."""

MOST_COLUMNS = 200
_OTHER_ENCODINGS = (b"\xff\xfe", b"\xfe\xff")


class FileRefused(Exception):
    """A file that is not what the mapping reads; its text says what is wrong with it."""


def sha256_of(path: Path) -> str:
    """The digest of the file's bytes. Raises OSError."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def read_rows(path: Path, *, required: Sequence[str], optional: Sequence[str] = ()) -> Iterator[SourceRow]:
    """The rows of the file, numbered as a spreadsheet does: the header is row 1. Empty lines are passed over.

    UTF-8, with a byte order mark or without. Raises FileRefused before the first row when the header does not fit, and
    OSError for a file that cannot be read.
    """
    with path.open("rb") as file:
        if file.read(2) in _OTHER_ENCODINGS:
            raise FileRefused(_("The file is in UTF-16. Save it as UTF-8."))
    before = csv.field_size_limit(LONGEST_READ)
    try:
        # A byte that is not UTF-8 comes through as half a surrogate, which the row that holds it is refused for.
        with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
            reader = csv.reader(file, strict=True)
            header = _header(reader, required, optional)
            yield from _rows(reader, header)
    finally:
        csv.field_size_limit(before)


def _header(reader: Iterator[list[str]], required: Sequence[str], optional: Sequence[str]) -> list[str]:
    try:
        header = [name.strip() for name in next(reader)]
    except StopIteration:
        raise FileRefused(_("The file is empty.")) from None
    except csv.Error as error:
        raise FileRefused(_("The header cannot be read: %(why)s.") % {"why": error}) from None
    if len(header) > MOST_COLUMNS:
        raise FileRefused(_("The file has more than %(most)d columns.") % {"most": MOST_COLUMNS})
    twice = [name for name, times in Counter(header).items() if times > 1]
    missing = [name for name in required if name not in header]
    unknown = [name for name in header if name not in required and name not in optional]
    problems = [
        sentence % {"names": ", ".join(repr(name[:60]) for name in names)}
        for sentence, names in (
            (_("These columns are there twice: %(names)s."), twice),
            (_("These columns are missing: %(names)s."), missing),
            (_("These columns are not known: %(names)s."), unknown),
        )
        if names
    ]
    if problems:
        raise FileRefused(" ".join(problems))
    return header


def _rows(reader: Iterator[list[str]], header: list[str]) -> Iterator[SourceRow]:
    number = 1
    while True:
        number += 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield SourceRow(number, {}, _("This row is not CSV: %(why)s.") % {"why": error})
            continue
        if not any(cells):
            continue
        yield SourceRow(number, dict(zip(header, cells, strict=False)), _problem(cells, header))


def _problem(cells: list[str], header: list[str]) -> str:
    """Why a row cannot be used, or nothing."""
    if len(cells) != len(header):
        sentence = _("This row has %(cells)d cells where the header has %(columns)d.")
        return sentence % {"cells": len(cells), "columns": len(header)}
    for name, cell in zip(header, cells, strict=True):
        if len(cell) > LONGEST_CELL:
            sentence = _("%(column)s is longer than %(most)d characters.")
            return sentence % {"column": name, "most": LONGEST_CELL}
        if "\0" in cell:
            return _("%(column)s holds a NUL character.") % {"column": name}
        if any("\ud800" <= character <= "\udfff" for character in cell):
            return _("%(column)s is not UTF-8.") % {"column": name}
    return ""
