"""Cases, read and reported."""

from typing import Any, cast

from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.exceptions import NotFound
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from cases.api import shapes_out
from cases.api.errors import ON_READING, ON_WRITING, Conflict, ExistingCase, as_error, problems
from cases.api.finding import find_cases
from cases.api.happenings import entries_for, told
from cases.api.shapes_in import CaseIn
from cases.clock_readings import read_clock
from cases.models import Case
from cases.operations.opening import AlreadyReported, open_incident
from cases.querysets import CaseQuerySet
from cases.reading import find_case, note_reading
from cases.reports import ReportRefused
from foundation.accounts.actors import integration_or_none
from foundation.accounts.idempotency import IDEMPOTENCY_KEY, once
from foundation.accounts.permissions import Permission
from foundation.audit.actors import Acting

REFERENCE = OpenApiParameter(
    "reference",
    {"type": "string", "pattern": "^[-a-zA-Z0-9_]{1,40}$"},
    OpenApiParameter.PATH,
    description="Such as TS-10001.",
)

IF_MATCH = OpenApiParameter(
    "If-Match",
    {"type": "string", "pattern": "^[!-~]{1,200}$"},
    OpenApiParameter.HEADER,
    description="The ETag that the case was read with: where it has changed since, 409 with the one of now.",
)


def caller(request: Request) -> Acting:
    """The key or the member of staff that calls: DenyByDefault lets nobody else through."""
    return cast(Acting, request.user)


def the_case(request: Request, reference: str, among: CaseQuerySet | None = None) -> Case:
    """The case that the path names. Raises NotFound where the caller sees none."""
    case = find_case(reference, reader=caller(request), now=timezone.now(), among=among)
    if case is None:
        raise NotFound
    return case


def etag(case: Case) -> str:
    """What changes with its details, state, people, words, tasks and evidence; links and the access page leave it alone."""
    return f'"{case.version}-{int(case.updated_at.timestamp() * 1_000_000):x}"'


def check_match(request: Request, case: Case) -> None:
    """Raise Conflict where the caller names a state of the case (`If-Match`) that is not this one, which is locked."""
    named = request.headers.get("If-Match", "*")
    if named.strip() != "*" and etag(case) not in (each.strip() for each in named.split(",")):
        raise Conflict(_("The case has changed since it was read."), etag=etag(case))


class Cases(GenericAPIView[Case]):
    """Every case that the caller sees, newest first; and where reports become cases."""

    permissions = {"GET": Permission.CASE_VIEW, "POST": Permission.CASE_OPEN}
    serializer_class = shapes_out.CaseRowOut
    filter_backends = ()

    @extend_schema(
        operation_id="list_cases",
        parameters=[
            OpenApiParameter("q", str, description="The search language of the queue, such as `is:open sev:1,2`.")
        ],
        responses={200: shapes_out.CaseRowOut(many=True), **problems(400, *ON_READING)},
    )
    def get(self, request: Request) -> Response:
        now = timezone.now()
        found = find_cases(request.query_params.get("q", ""), reader=caller(request), now=now)
        rows = found.select_related("team", "assignee", "incident__category__category").prefetch_related("clocks")
        page = self.paginate_queryset(rows.defer("description", "severity_reason"))
        shape = shapes_out.CaseRowOut(page, many=True, context=shapes_out.context(request, now=now))
        return self.get_paginated_response(shape.data)

    @extend_schema(
        operation_id="report_case",
        parameters=[IDEMPOTENCY_KEY],
        request=CaseIn,
        responses={
            201: shapes_out.CaseOut,
            200: shapes_out.CaseOut,
            **problems(*(code for code in ON_WRITING if code != 404), on_409=ExistingCase),
        },
    )
    def post(self, request: Request) -> Response:
        """Report an incident. The same external id with the same content again answers 200 with the case it made."""
        shape = CaseIn(data=request.data)
        shape.is_valid(raise_exception=True)
        return once(request, lambda: self._report(request, shape))

    def _report(self, request: Request, shape: CaseIn) -> Response:
        now, code = timezone.now(), int(status.HTTP_201_CREATED)
        try:
            report = shape.report(integration=integration_or_none(caller(request)))
            case = open_incident(report, by=caller(request), now=now)
        except ReportRefused as refused:
            raise as_error(refused) from None
        except AlreadyReported as known:
            if not known.same:
                sentence = _("This external id belongs to a case with other content.")
                raise Conflict(sentence, field="external_id", reference=known.case.reference) from None
            case, code = known.case, status.HTTP_200_OK
        data = shapes_out.CaseOut(case, context=shapes_out.context(request, now=now)).data
        return Response(data, status=code, headers={"Location": data["url"], "ETag": etag(case)})


class OneCase(GenericAPIView[Case]):
    """One case."""

    permissions = {"GET": Permission.CASE_VIEW}
    serializer_class = shapes_out.CaseDetailOut

    @extend_schema(
        operation_id="read_case",
        parameters=[REFERENCE],
        responses={200: shapes_out.CaseDetailOut, **problems(*ON_READING)},
    )
    def get(self, request: Request, reference: str) -> Response:
        now = timezone.now()
        loaded = CaseQuerySet(Case).select_related(
            "team", "assignee", "incident__category__category", "incident__booking"
        )
        case = the_case(request, reference, loaded.prefetch_related("clocks", "parties__person"))
        note_reading(case, reader=caller(request), now=now)
        data = shapes_out.CaseDetailOut(case, context=shapes_out.context(request, now=now)).data
        return Response(data, headers={"ETag": etag(case)})


class Events(GenericAPIView[Any]):
    """What happened to a case, newest first."""

    permissions = {"GET": Permission.CASE_VIEW}
    serializer_class = shapes_out.EventOut
    filter_backends = ()

    @extend_schema(
        operation_id="list_case_events",
        parameters=[REFERENCE],
        responses={200: shapes_out.EventOut(many=True), **problems(400, *ON_READING)},
    )
    def get(self, request: Request, reference: str) -> Response:
        case = the_case(request, reference)
        note_reading(case, reader=caller(request), now=timezone.now())
        page = self.paginate_queryset(entries_for(case, reader=caller(request))) or []
        return self.get_paginated_response(
            shapes_out.EventOut(told(page, case, reader=caller(request)), many=True).data
        )


class Clocks(GenericAPIView[Any]):
    """The clocks of a case in all their cycles."""

    permissions = {"GET": Permission.CASE_VIEW}
    serializer_class = shapes_out.ClockOut
    pagination_class = None
    filter_backends = ()

    @extend_schema(
        operation_id="list_case_clocks",
        parameters=[REFERENCE],
        responses={200: shapes_out.listed(shapes_out.ClockOut, "ClockList"), **problems(*ON_READING)},
    )
    def get(self, request: Request, reference: str) -> Response:
        case, now = the_case(request, reference), timezone.now()
        readings = [read_clock(clock, now=now) for clock in case.clocks.order_by("pk")[:200]]
        return Response(shapes_out.whole(shapes_out.ClockOut(readings, many=True).data))
