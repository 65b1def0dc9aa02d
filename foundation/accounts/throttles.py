"""How many calls of the API a key or a person may make in a time."""

from typing import Any

from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle

from foundation.accounts.counting import throttle
from foundation.accounts.models import ApiKey, User


class PerKeyThrottle(SimpleRateThrottle):
    """So many calls in a window for each key, or each person in a session: DEFAULT_THROTTLE_RATES["per_key"].

    Counted in one statement, exactly. Every answer says what is left (RateLimitHeadersMiddleware). Calls of nobody
    are not counted: without a key there is nothing to call but the schema.
    """

    scope = "per_key"
    num_requests: int
    duration: int
    seconds_left: float

    def allow_request(self, request: Request, view: Any) -> bool:
        caller: Any = request.auth or request.user
        if not isinstance(caller, ApiKey | User):
            return True
        count = throttle().count(f"api:{caller.subject.kind}:{caller.subject.id}", seconds=self.duration)
        self.seconds_left = count.seconds_left
        limited: Any = request._request
        limited.rate_limit = (self.num_requests, max(self.num_requests - count.times, 0), count.seconds_left)
        return count.times <= self.num_requests

    def wait(self) -> float | None:
        return self.seconds_left
