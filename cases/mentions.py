"""Finding whom a note mentions: ``@Full Name`` or ``@address``, among staff."""

import re
from collections.abc import Iterable

from foundation.accounts.models import User

_AT = re.compile(r"(?<![\w.@])@(?=\w)")
_ADDRESS = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
MOST = 20
"""People one note can mention; names after that are only words."""


def mentioned(text: str, *, among: Iterable[User]) -> list[User]:
    """Who is mentioned, each once, in the order of the text. Of two names that fit the longer one is meant."""
    starts = [match.end() for match in _AT.finditer(text)]
    if not starts:
        return []
    people = sorted(among, key=lambda person: -len(person.name))
    by_address = {person.email.casefold(): person for person in people}
    found: dict[int, User] = {}
    for start in starts:
        rest = text[start:]
        address = _ADDRESS.match(rest)
        # A full stop after an address ends the sentence and is no part of it: the pattern leaves it out.
        person = by_address.get(address.group().casefold()) if address else _named(rest, people)
        if person is not None:
            found.setdefault(person.pk, person)
        if len(found) == MOST:
            break
    return list(found.values())


def _named(rest: str, people: list[User]) -> User | None:
    folded = rest.casefold()
    for person in people:
        name = person.name.casefold()
        if folded.startswith(name) and not re.match(r"\w", folded[len(name) :]):
            return person
    return None
