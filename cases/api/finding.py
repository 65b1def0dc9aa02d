"""The search language over what the caller may look into."""

from datetime import datetime
from functools import reduce
from operator import and_

from django.contrib.postgres.lookups import Unaccent
from django.contrib.postgres.search import SearchQuery, SearchVector
from django.db.models import Func, Q, QuerySet, TextField, Value
from django.db.models.functions import Concat
from django.utils.translation import gettext as _
from rest_framework.exceptions import ValidationError

from cases.models import Case
from cases.search_language import MAX_LENGTH, Search, Term, parse
from cases.searching import search_cases, words_query
from foundation.accounts.models import User
from foundation.audit.actors import Acting

OPEN_KEYS = frozenset({"", "is", "sev", "kind", "cat", "level", "market", "lang", "channel", "opened", "clock", "outcome",
                       "waiting", "id"})  # fmt: skip
OPEN_STATES_OF_IS = frozenset({"any", "open", "new", "waiting", "resolved", "closed", "breached", "due", "emergency"})
"""What an integration may search by: the rest would tell it who works on its cases."""


def find_cases(text: str, *, reader: Acting, now: datetime) -> QuerySet[Case]:
    """The cases that fit the search, unordered. Raises ValidationError for a term that cannot be read."""
    if len(text) > MAX_LENGTH:
        raise ValidationError({"q": [_("A search has at most %(most)s characters.") % {"most": MAX_LENGTH}]})
    search = parse(text)
    problems = [f"{term}: {sentence}" for term, sentence in search.problems]
    if not isinstance(reader, User):
        problems += [
            _("%(term)s is not searched by key.") % {"term": term.text} for term in search.terms if not _is_open(term)
        ]
    if problems:
        raise ValidationError({"q": problems})
    found = search_cases(search, reader=reader, now=now)
    return found if isinstance(reader, User) else _in_its_own_words(found, search)


def _is_open(term: Term) -> bool:
    if term.key == "is":
        return {value.lower() for value in term.values} <= OPEN_STATES_OF_IS
    return term.key in OPEN_KEYS


def _in_its_own_words(found: QuerySet[Case], search: Search) -> QuerySet[Case]:
    """Keep of cases found by words those in which the words are the integration's own.

    The index knows the words of notes and calls too; finding a case by these would tell what they say.
    """
    wanted = [_query(term) for term in search.words if not term.excluded]
    conditions = [condition for condition in wanted if condition is not None]
    if not conditions:
        return found
    own = Concat(
        "reference", Value(" "), "title", Value(" "), "description", Value(" "), "external_id", Value(" "),
        "incident__place", output_field=TextField(),
    )  # fmt: skip
    # As cases.words.plain spells them, as far as SQL can.
    plain = Func(
        Unaccent(own), Value(r"[\W_]+"), Value(" "), Value("g"), function="regexp_replace", output_field=TextField()
    )
    words = SearchVector(plain, config="simple")
    return found.annotate(own_words=words).filter(reduce(and_, (Q(own_words=query) for query in conditions)))


def _query(term: Term) -> SearchQuery | None:
    return words_query(" ".join(term.values), phrase=term.phrase)
