"""What answers under /api/v1/ where no resource is: a problem document, never a page."""

from typing import Any, NoReturn

from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.views import APIView

from foundation.accounts.guards import PUBLIC


class Nowhere(APIView):
    permissions = dict.fromkeys(("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "TRACE"), PUBLIC)
    schema = None

    def _missing(self, request: Request, *args: Any, **kwargs: Any) -> NoReturn:
        raise NotFound

    get = head = options = post = put = patch = delete = trace = _missing
