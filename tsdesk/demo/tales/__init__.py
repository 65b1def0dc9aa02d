"""What people of the demo report: a tale is a kind of incident told once, with room for names, places and sums.

A tale of the TOML files beside this one:
    category, titles (one is drawn), service of the booking
    reporter, respondent: roles (contract.md); reporter_is, respondent_is: "f" or "m" where the words need it
    pet: "dog" or "cat"; place: of the incident, "theirs" (the respondent's home), "yours" (the owner's), "street" or ""
    people, animals: harm; care: emergency care; danger; authorities; loss: least and most, in whole units
    waits: on whom its case waits; ends: outcomes that fit; pictures: scenes of demo/pictures.py
    told: the report; more: what the reporter writes later; theirs: notes of the call with the respondent; note: internal
Room in the words: {first} and {me} (reporter), {ofirst} (respondent), {pet}, {breed}, {he}, {him}, {his}, {He},
{town}, {street}, {amount}. phrases.toml holds what the desk itself says.
"""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Tale:
    """One kind of incident, as the file tells it."""

    key: str
    language: str
    category: str
    titles: Sequence[str]
    told: str
    more: str
    note: str
    reporter: str
    waits: str
    ends: Sequence[str]
    theirs: str = ""
    respondent: str = ""
    reporter_is: str = ""
    respondent_is: str = ""
    service: str = ""
    pet: str = ""
    place: str = ""
    people: str = ""
    animals: str = ""
    care: str = ""
    danger: bool = False
    authorities: Sequence[str] = ()
    loss: Sequence[int] = ()
    pictures: Sequence[str] = ()


@cache
def tales() -> Sequence[Tale]:
    """Every tale, in the order of the files. A file's name begins with its language."""
    return tuple(
        Tale(key=f"{file.stem}:{number}", language=file.stem.split("_")[0], **told)
        for file in sorted(HERE.glob("*.toml"))
        if file.stem != "phrases"
        for number, told in enumerate(tomllib.loads(file.read_text(encoding="utf-8"))["tale"])
    )


@cache
def phrases() -> Mapping[str, Any]:
    """What the desk says, by language."""
    return tomllib.loads((HERE / "phrases.toml").read_text(encoding="utf-8"))
