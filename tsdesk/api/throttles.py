"""How often one API key may call."""

from django.core.cache import caches
from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle
from rest_framework.views import APIView


class PerKeyThrottle(SimpleRateThrottle):
    """Counted in the database's cache, so that the bound holds while Valkey is away."""

    scope = "per_key"

    @property
    def cache(self):  # type: ignore[no-untyped-def,override]
        return caches["throttle"]

    def get_cache_key(self, request: Request, view: APIView) -> str | None:
        if request.auth is None:
            return None
        return self.cache_format % {"scope": self.scope, "ident": getattr(request.auth, "pk", "")}
