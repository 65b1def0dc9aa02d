"""What the operations refuse, as errors of the API; `tsdesk.api.problems` writes the documents."""

from typing import Any

from rest_framework import serializers, status
from rest_framework.exceptions import APIException, NotFound, PermissionDenied, ValidationError

from cases.reports import ReportRefused
from foundation.workflow.moves import MoveRefused


class Conflict(APIException):
    """409: the same thing exists with other content, or the move is not one now. ``extra`` joins the document.

    field: the one whose value is in the way, where it is one's.
    """

    status_code = status.HTTP_409_CONFLICT
    default_code = "conflict"

    def __init__(self, detail: Any = None, *, field: str = "", **extra: Any) -> None:
        super().__init__(detail)
        self.field = field
        self.extra = extra


def as_error(refused: MoveRefused | ReportRefused, *, field: str = "") -> APIException:
    """A refused operation: 403 for whom it is not, 400 for what does not fit (under ``field``), else 409."""
    if isinstance(refused, ReportRefused):
        return ValidationError({name: [str(each) for each in sentences] for name, sentences in refused.errors.items()})
    sentence = str(refused)
    match refused.code:
        case "forbidden" | "hidden":
            return PermissionDenied(sentence)
        case "not_found":
            return NotFound()
        case "invalid" | "not_theirs":
            return ValidationError({field: [sentence]})
        case _:
            return Conflict(sentence)


class Problem(serializers.Serializer[Any]):
    """A problem document (RFC 9457): `errors` maps each field at fault to its sentences, "" what belongs to none."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField(required=False)
    errors = serializers.DictField(  # type: ignore[assignment]
        child=serializers.ListField(child=serializers.CharField())
    )


class ExistingCase(Problem):
    """The problem of a report whose external id belongs to a case already: `reference` names it."""

    reference = serializers.CharField(required=False)


class StaleCase(Problem):
    """The problem of a write that fits the case no more: `etag` is that of now, where `If-Match` named another."""

    etag = serializers.CharField(required=False)


ON_READING = (401, 403, 404, 406, 429)
ON_WRITING = (400, 401, 403, 404, 406, 409, 411, 413, 415, 422, 429)


def problems(*codes: int, **documents: type[Problem]) -> dict[tuple[int, str], type[Problem]]:
    """These statuses for the schema, each answered with a problem document."""
    return {(code, "application/problem+json"): documents.get(f"on_{code}", Problem) for code in codes}
