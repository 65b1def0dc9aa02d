"""Every error of the API as a problem document (RFC 9457), `application/problem+json`.

`errors` maps a field to its sentences; what belongs to no field stands under `""`. Codes: 400 invalid, 401 no key,
403 no scope, 404 unseen, 405, 409 stale or not a move now, 411 no length, 413 too large, 415, 422, 429 too often, 503.
"""

from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.core.exceptions import ValidationError as DjangoValidationError
from django.http import Http404
from django.utils.translation import gettext_lazy as _
from rest_framework import exceptions
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response
from rest_framework.views import set_rollback

TITLES = {
    400: _("The request is not valid."),
    401: _("A valid key is needed."),
    403: _("This key may not do that."),
    404: _("There is nothing here that this key may see."),
    405: _("This method is not offered here."),
    406: _("The answer is offered as JSON only."),
    409: _("This does not fit how things stand now."),
    411: _("The length of the body is needed."),
    413: _("The request is too large."),
    415: _("This kind of body is not taken here."),
    422: _("The Idempotency-Key was used before."),
    429: _("Too many requests; wait a little."),
    503: _("Something the desk stands on does not answer now."),
}


class LengthRequired(exceptions.APIException):
    status_code = 411
    default_detail = _("Send the body with its Content-Length; one in chunks is not taken.")
    default_code = "length_required"


class ProblemRenderer(JSONRenderer):
    media_type = "application/problem+json"


def problem_response(error: Exception, context: dict[str, Any]) -> Response | None:
    """Answer a raised error; None leaves one that nobody foresaw to Django, which logs it and answers 500."""
    error = _as_api_exception(error)
    if not isinstance(error, exceptions.APIException):
        return None
    set_rollback()
    response = Response(problem_document(error), status=error.status_code, content_type=ProblemRenderer.media_type)
    if challenge := getattr(error, "auth_header", None):
        response["WWW-Authenticate"] = challenge
    if wait := getattr(error, "wait", None):
        response["Retry-After"] = f"{wait:.0f}"
    return response


def problem_document(error: exceptions.APIException) -> dict[str, Any]:
    document: dict[str, Any] = {
        "type": "about:blank",
        "title": str(TITLES.get(error.status_code, error.default_detail)),
        "status": error.status_code,
    }
    if isinstance(error.detail, list | dict):
        document["errors"] = _by_field(error.detail)
    else:
        document["detail"] = str(error.detail)
        at_fault = getattr(error, "field", "")
        document["errors"] = {at_fault: [str(error.detail)]} if error.status_code in (400, 409) else {}
    document.update(getattr(error, "extra", {}))
    return document


def _as_api_exception(error: Exception) -> Exception:
    if isinstance(error, Http404):
        return exceptions.NotFound()
    if isinstance(error, PermissionDenied):
        return exceptions.PermissionDenied()
    if isinstance(error, RequestDataTooBig):
        too_large = exceptions.APIException(TITLES[413], code="too_large")
        too_large.status_code = 413
        return too_large
    if isinstance(error, DjangoValidationError):
        detail = error.message_dict if hasattr(error, "error_dict") else {"": error.messages}
        return exceptions.ValidationError(detail)
    return error


def _by_field(detail: Any, path: str = "") -> dict[str, list[str]]:
    """Flatten nested errors: `reporter.email`, `lines.2.amount`; `non_field_errors` belong to what holds them."""
    if isinstance(detail, dict):
        parts = [
            (path if name in ("non_field_errors", "__all__", "") else f"{path}.{name}".lstrip("."), value)
            for name, value in detail.items()
        ]
    elif any(isinstance(value, dict | list) for value in detail):
        parts = [(f"{path}.{index}".lstrip("."), value) for index, value in enumerate(detail)]
    else:
        return {path: [str(sentence) for sentence in detail]} if detail else {}
    found: dict[str, list[str]] = {}
    for name, value in parts:
        values = value if isinstance(value, dict | list) else [value]
        for field, sentences in _by_field(values, name).items():
            found.setdefault(field, []).extend(sentences)
    return found
