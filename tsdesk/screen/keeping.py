"""Parts of a page that are drawn once and then kept in the memory of the process.

A blank field or a dialog is the same for everybody who reads the same language, and drawing it is the dearest thing on
a page. What is kept lies under everything that it depends on, so that nobody is shown what belongs to another.
"""

from collections.abc import Callable, Hashable, Iterable
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from django.template import Context
from django.template.base import FilterExpression, Node, NodeList, Parser, Token
from django.utils.safestring import SafeString
from django.utils.translation import get_language

P = ParamSpec("P")
T = TypeVar("T")


def by_language(words: Callable[P, T]) -> Callable[P, T]:
    """Look words up once for each language: for a few values that never change, not for anybody's data."""
    known: dict[Hashable, T] = {}

    @wraps(words)
    def said(*args: P.args, **kwargs: P.kwargs) -> T:
        key = (get_language(), args, tuple(kwargs.items()))
        if key not in known:
            known[key] = words(*args, **kwargs)
        return known[key]

    return said


class Kept:
    """Drawn parts under their keys and the reader's language; beyond ``most`` of them the oldest goes."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._parts: dict[Hashable, SafeString] = {}

    def get(self, key: Hashable, draw: Callable[[], SafeString]) -> SafeString:
        whole = (get_language(), key)
        part = self._parts.get(whole)
        if part is None:
            part = self._parts[whole] = draw()
            # Threads share this: two may draw the same part, and none may trip over another's removal.
            for oldest in list(self._parts)[: -self._most]:
                self._parts.pop(oldest, None)
        return part


class KeepNode(Node):
    """What it holds, drawn anew only for a language or for values that were not there before."""

    child_nodelists = ("nodelist",)

    def __init__(self, nodelist: NodeList, values: Iterable[FilterExpression]) -> None:
        self.nodelist = nodelist
        self.values = tuple(values)
        self.kept = Kept(most=32)

    def render(self, context: Context) -> SafeString:
        key = tuple(hashable(value.resolve(context, ignore_failures=True)) for value in self.values)
        return self.kept.get(key, lambda: self.nodelist.render(context))


def keep(parser: Parser, token: Token) -> KeepNode:
    """{% keep [value ...] %}...{% endkeep %}: this part depends on the reader's language and these values.

    On nothing else, and never on a token: the next reader would be shown it.
    """
    _name, *values = token.split_contents()
    expressions = [parser.compile_filter(value) for value in values]
    nodelist = parser.parse(("endkeep",))
    parser.delete_first_token()
    return KeepNode(nodelist, expressions)


def hashable(value: Any) -> Hashable:
    """The same for use in a key: choices come as pairs in lists, attributes in dictionaries."""
    if isinstance(value, list | tuple):
        return tuple(map(hashable, value))
    if isinstance(value, dict):
        return tuple((name, hashable(item)) for name, item in value.items())
    return value if isinstance(value, str | int | float | None) else str(value)
