"""Completions of the last word of a search: keys first, then the values a key takes."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from cases.models import CategoryVersion
from cases.models.case import Channel, Kind
from cases.search_language import IS, KEYS, OFF_SHIFT
from cases.workflow import Outcome, WaitingOn
from foundation.accounts.models import Team, User

LIMIT = 10


class Suggestion(NamedTuple):
    """A completion: the word to put in, and what it means."""

    value: str
    meaning: str


def suggestions(word: str, *, reader: User) -> list[Suggestion]:
    """What the word being typed may become, at most LIMIT. A word that is no key yields keys that begin so."""
    minus = "-" if word.startswith("-") else ""
    key, colon, value = word.removeprefix("-").partition(":")
    if not colon:
        return [
            Suggestion(f"{minus}{name}:", str(meaning))
            for name, meaning in KEYS.items()
            if key and name.startswith(key.lower())
        ][:LIMIT]
    done, comma, last = value.rpartition(",")
    low = last.lower()
    offered = [
        (name, meaning)
        for name, meaning in _values(key.lower(), last, reader)
        if name.lower().startswith(low) or (key.lower() == "owner" and meaning.lower().startswith(low))
    ]
    return [Suggestion(f"{minus}{key}:{done}{comma}{name}", meaning) for name, meaning in offered[:LIMIT]]


def _values(key: str, typed: str, reader: User) -> list[tuple[str, str]]:
    """What a key takes, each with its meaning."""
    if key in _FIXED:
        return [(value, str(meaning)) for value, meaning in _FIXED[key]]
    match key:
        case "owner":
            staff = User.objects.active().filter(name__istartswith=typed).exclude(pk=reader.pk).order_by("name")[:LIMIT]
            fixed = [("me", reader.name), ("none", _("Nobody")), (OFF_SHIFT, _("Somebody off shift"))]
            return [*fixed, *((user.email, user.name) for user in staff)]
        case "team":
            return [(team.slug, team.name) for team in Team.objects.filter(is_active=True)[:50]]
        case "cat":
            language = get_language() or "en"
            current = CategoryVersion.objects.filter(is_current=True, category__parent__isnull=False)
            versions = current.select_related("category").order_by("category__slug")[:200]
            return [(version.category.slug, version.name(language)) for version in versions]
        case _:
            return []


_FIXED: Mapping[str, Sequence[tuple[str, str | Promise]]] = {
    "is": list(IS.items()),
    "sev": [(str(number), f"SEV-{number}") for number in range(1, 5)],
    "level": [(f"c{number}", f"C{number}") for number in range(1, 5)],
    "waiting": WaitingOn.choices,
    "kind": Kind.choices,
    "channel": Channel.choices,
    "outcome": Outcome.choices,
    "last": [("in", gettext_lazy("they wrote last")), ("out", gettext_lazy("we wrote last"))],
    "opened": [(value, "") for value in ("<1d", "<7d", ">3d", ">14d")],
    "clock": [(value, "") for value in ("first<1h", "reply<1h", "resolve<1d", "any<4h")],
}
