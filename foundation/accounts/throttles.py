"""How many calls of the API a key or a person may make in a time."""

from typing import Any

from django.conf import settings
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle, SimpleRateThrottle

from foundation.accounts.counting import throttle


class PerKeyThrottle(BaseThrottle):
    """So many calls in a window for each key, or each person in a session; the rate is DEFAULT_THROTTLE_RATES["per_key"].

    Every answer says what is left (see RateLimitHeadersMiddleware). Calls of nobody are not counted: without a
    key there is nothing to call but the schema.
    """

    def allow_request(self, request: Request, view: Any) -> bool:
        caller = request.auth or request.user
        if caller is None or not caller.is_authenticated:
            return True
        limit, seconds = _rate(settings.REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"]["per_key"])
        count = throttle().count(f"api:{caller.subject.kind}:{caller.subject.id}", seconds=seconds)
        self.seconds_left = count.seconds_left
        request._request.rate_limit = (limit, max(limit - count.times, 0), count.seconds_left)
        return count.times <= limit

    def wait(self) -> float | None:
        return self.seconds_left


def _rate(text: str) -> tuple[int, int]:
    """Calls and seconds of a rate as DRF writes it: "600/min"."""
    calls, seconds = SimpleRateThrottle.parse_rate(None, text)
    return calls, seconds
