"""Every endpoint of the URLconf, with what it asks of its caller, as the code says it."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from django.urls import URLPattern, URLResolver, get_resolver
from django.urls.converters import get_converters
from rest_framework.views import APIView

from foundation.accounts.api import declared_access
from foundation.accounts.guards import access_of


class Endpoint(NamedTuple):
    """A name in the URLconf. ``view`` is DRF's class where it has one, else the function."""

    name: str
    view: Any
    converters: dict[str, str]
    actions: dict[str, str]

    @property
    def is_api(self) -> bool:
        return isinstance(self.view, type) and issubclass(self.view, APIView)

    def asks(self) -> dict[str, str]:
        """What it asks, by method; under "" for a page, whose guard holds for every method."""
        if not self.is_api:
            access = access_of(self.view)
            return {"": str(access) if access else "UNDECLARED"}
        asked = {}
        for method in self.view.http_method_names:
            action = self.actions.get(method) if self.actions else method
            if method in ("head", "options", "trace") or action is None or not hasattr(self.view, action):
                continue
            access = declared_access(self.view, method.upper(), self.actions.get(method))
            asked[method.upper()] = str(access) if access else "UNDECLARED"
        return asked

    def example(self) -> dict[str, Any]:
        """Values for its path that no record has."""
        values = {
            "int": 999_999_999,
            "slug": "none",
            "str": "none",
            "path": "none",
            "uuid": "0" * 8 + "-0000" * 3 + "-" + "0" * 12,
        }
        return {name: values[kind] for name, kind in self.converters.items()}


def endpoints() -> list[Endpoint]:
    return sorted(_walk(get_resolver(), ()), key=lambda endpoint: endpoint.name)


def _walk(resolver: URLResolver, above: tuple[str, ...]) -> Iterator[Endpoint]:
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLResolver):
            yield from _walk(pattern, (*above, pattern.namespace) if pattern.namespace else above)
        else:
            yield _endpoint(pattern, above)


def _endpoint(pattern: URLPattern, above: tuple[str, ...]) -> Endpoint:
    kinds = {type(converter): kind for kind, converter in get_converters().items()}
    return Endpoint(
        name=":".join((*above, pattern.name or f"(unnamed {pattern.pattern})")),
        view=getattr(pattern.callback, "cls", pattern.callback),
        converters={name: kinds[type(converter)] for name, converter in pattern.pattern.converters.items()},
        actions=getattr(pattern.callback, "actions", {}) or {},
    )
