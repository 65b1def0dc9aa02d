"""How files of other systems become reports: one small class for each kind of file, by name."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from cases.mappings.cases_csv import CasesCsv
from cases.mappings.nyc_dog_bites import NycDogBites
from cases.operations.importing import Reading


class FileMapping(Reading, Protocol):
    """A mapping with the columns that its files have."""

    @property
    def required(self) -> Sequence[str]: ...

    @property
    def optional(self) -> Sequence[str]: ...


MAPPINGS: Mapping[str, FileMapping] = {mapping.name: mapping for mapping in (NycDogBites(), CasesCsv())}
"""Every mapping that `import_cases --mapping` takes."""
