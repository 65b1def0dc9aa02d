"""Idempotency-Key: a call that is sent again, because its answer was lost on the way, has no second effect.

The answer is stored in the transaction of what it tells of, so there is never an effect without it, nor the other way
round; a call that was refused leaves nothing, and may be sent again as it is. Kept for 30 days, for each caller.
"""

import hashlib
import json
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, cast

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiParameter
from rest_framework import status
from rest_framework.exceptions import APIException, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.encoders import JSONEncoder

from foundation.accounts.models import AnsweredCall
from foundation.audit.actors import Acting

HEADER = "Idempotency-Key"
KEPT_FOR = timedelta(days=30)
KEPT_HEADERS = ("ETag", "Location")
_SHAPE = re.compile(r"[!-~]{1,200}")

IDEMPOTENCY_KEY = OpenApiParameter(
    HEADER,
    {"type": "string", "pattern": "^[!-~]{1,200}$"},
    OpenApiParameter.HEADER,
    description="Chosen by the caller, new for every call: the same key and body again get the same answer for 30 days.",
)


class AnotherBody(APIException):
    status_code = status.HTTP_422_UNPROCESSABLE_ENTITY
    default_detail = _("This Idempotency-Key was used with another body.")
    default_code = "another_body"


class StillAnswering(APIException):
    status_code = status.HTTP_409_CONFLICT
    default_detail = _("The first call with this Idempotency-Key is still being answered.")
    default_code = "still_answering"


def once(request: Request, deed: Callable[[], Response]) -> Response:
    """Do the deed and answer it; for a key that was answered before, give that answer again and do nothing.

    Raises AnotherBody when the key came with another body, StillAnswering while the first call is on its way.
    """
    key = request.headers.get(HEADER)
    if key is None:
        return deed()
    if _SHAPE.fullmatch(key) is None:
        raise ValidationError({HEADER: [_("At most 200 visible ASCII characters.")]})
    caller = cast(Acting, request.user).actor
    body = _digest(request)
    with transaction.atomic():
        if not _first_in_turn(f"call:{caller.kind}:{caller.id}:{key}"):
            raise StillAnswering
        known = AnsweredCall.objects.filter(caller_kind=caller.kind, caller_id=caller.id, key=key).first()
        if known is not None:
            if known.body_sha256 != body:
                raise AnotherBody
            return Response(known.answer, status=known.status, headers=known.headers | {"Idempotency-Replayed": "true"})
        response = deed()
        AnsweredCall.objects.create(
            caller_kind=caller.kind,
            caller_id=caller.id,
            key=key,
            body_sha256=body,
            status=response.status_code,
            answer=json.loads(json.dumps(response.data, cls=JSONEncoder)),
            headers={name: response[name] for name in KEPT_HEADERS if name in response},
            answered_at=timezone.now(),
        )
    return response


def forget_answers(*, now: datetime) -> int:
    """Forget the answers that were kept long enough; how many. Safe to run twice and at once."""
    return AnsweredCall.objects.filter(answered_at__lt=now - KEPT_FOR).delete()[0]


def _digest(request: Request) -> str:
    """What was asked, whatever the order of its keys."""
    asked: Any = [request.method, request.path, request.data]
    return hashlib.sha256(json.dumps(asked, sort_keys=True, cls=JSONEncoder).encode()).hexdigest()


def _first_in_turn(name: str) -> bool:
    """Whether nobody else holds this name in a transaction that has not ended."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))", [name])
        return bool(cursor.fetchone()[0])
