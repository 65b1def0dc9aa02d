"""What is done to a case over the API: moves, contacts, notes and evidence."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, cast

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.exceptions import APIException, ValidationError
from rest_framework.generics import GenericAPIView
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from cases.api import shapes_out
from cases.api.errors import ON_READING, ON_WRITING, StaleCase, as_error, problems
from cases.api.moving import make_move, moves_of
from cases.api.shapes_in import ContactIn, EvidenceIn, MoveIn, NoteIn
from cases.api.views import IF_MATCH, REFERENCE, caller, check_match, etag, the_case
from cases.evidence_files import FileRefused
from cases.models import Case
from cases.operations.contacts import record_contact
from cases.operations.evidence import StorageAway, add_evidence
from cases.operations.work import add_note
from foundation.accounts.idempotency import IDEMPOTENCY_KEY, once
from foundation.accounts.models import User
from foundation.accounts.permissions import Permission
from foundation.workflow.moves import MoveRefused

FORM_AROUND_A_FILE = 64 * 1024
"""Bytes of a multipart body besides the file itself."""


class Moves(GenericAPIView[Any]):
    """The moves of a case: which are open to the caller, and making one."""

    permissions = {"GET": Permission.CASE_VIEW, "POST": Permission.CASE_VIEW}
    serializer_class = shapes_out.MoveOut
    pagination_class = None
    filter_backends = ()

    @extend_schema(
        operation_id="list_case_moves",
        parameters=[REFERENCE],
        responses={200: shapes_out.listed(shapes_out.MoveOut, "MoveList"), **problems(*ON_READING)},
    )
    def get(self, request: Request, reference: str) -> Response:
        moves = moves_of(the_case(request, reference), reader=caller(request))
        return Response(shapes_out.whole(shapes_out.MoveOut(moves, many=True).data))

    @extend_schema(
        operation_id="make_case_move",
        parameters=[REFERENCE, IDEMPOTENCY_KEY, IF_MATCH],
        request=MoveIn,
        responses={200: shapes_out.CaseOut, **problems(*ON_WRITING, on_409=StaleCase)},
    )
    def post(self, request: Request, reference: str) -> Response:
        """Make a move. 409 when it is not one now, with the sentence why; a key needs moves:write for it."""
        case = the_case(request, reference)
        asked = _checked(MoveIn(data=request.data))

        def move() -> Response:
            now = timezone.now()
            with _unchanged(request, case, beside=asked["fields"].get("of")):
                moved = make_move(case, asked["move"], asked["fields"], by=caller(request), now=now)
            data = shapes_out.CaseOut(moved, context=shapes_out.context(request, now=now)).data
            return Response(data, headers={"ETag": etag(moved)})

        return once(request, move)


class Contacts(GenericAPIView[Any]):
    """Words with somebody outside: the only thing that moves response clocks."""

    permissions = {"POST": (Permission.CASE_VIEW, Permission.CONTACT_RECORD)}
    serializer_class = shapes_out.ContactOut

    @extend_schema(
        operation_id="record_case_contact",
        parameters=[REFERENCE, IDEMPOTENCY_KEY, IF_MATCH],
        request=ContactIn,
        responses={201: shapes_out.ContactOut, **problems(*ON_WRITING, on_409=StaleCase)},
    )
    def post(self, request: Request, reference: str) -> Response:
        """Record a call or a message, in either direction."""
        case = the_case(request, reference)
        told = _checked(ContactIn(data=request.data))

        def record() -> Response:
            now = timezone.now()
            party = case.parties.filter(capacity=told["party"]).order_by("pk").first() if told["party"] else None
            if told["party"] and party is None:
                raise ValidationError({"party": [_("Nobody stands on that side of this case.")]})
            words = told | {"party": party, "occurred_at": told["occurred_at"] or now}
            with _unchanged(request, case):
                contact = _done(lambda: record_contact(case, by=caller(request), now=now, **words), field="occurred_at")
                left = _etag_of(case)
            shape = shapes_out.ContactOut(contact, context={"asked": case, "reader": caller(request)})
            return Response(shape.data, status=status.HTTP_201_CREATED, headers=left)

        return once(request, record)


class Notes(GenericAPIView[Any]):
    """Internal notes: staff write them, in a session."""

    permissions = {"POST": (Permission.CASE_VIEW, Permission.NOTE_WRITE)}
    serializer_class = shapes_out.NoteOut

    @extend_schema(
        operation_id="write_case_note",
        parameters=[REFERENCE, IDEMPOTENCY_KEY, IF_MATCH],
        request=NoteIn,
        responses={201: shapes_out.NoteOut, **problems(*ON_WRITING, on_409=StaleCase)},
    )
    def post(self, request: Request, reference: str) -> Response:
        """Write an internal note. No scope of a key opens this."""
        case = the_case(request, reference)
        body = _checked(NoteIn(data=request.data))["body"]
        writer = cast(User, request.user)  # no key holds this permission

        def write() -> Response:
            with _unchanged(request, case):
                note = _done(lambda: add_note(case, body=body, by=writer, now=timezone.now()), field="body")
                left = _etag_of(case)
            return Response(shapes_out.NoteOut(note).data, status=status.HTTP_201_CREATED, headers=left)

        return once(request, write)


class TooLarge(APIException):
    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_detail = gettext_lazy("The file is too large.")
    default_code = "too_large"


class Away(APIException):
    status_code = status.HTTP_503_SERVICE_UNAVAILABLE
    default_code = "away"


class EvidenceFiles(GenericAPIView[Any]):
    """Evidence: staff add it, in a session."""

    permissions = {"POST": (Permission.CASE_VIEW, Permission.EVIDENCE_ADD)}
    serializer_class = shapes_out.EvidenceOut
    parser_classes = (MultiPartParser,)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        # Before anything looks into the body: checking the session's CSRF token reads all of it.
        length = request.META.get("CONTENT_LENGTH") or "0"
        if not length.isdecimal() or int(length) > settings.EVIDENCE_MAX_BYTES + FORM_AROUND_A_FILE:
            raise TooLarge
        super().initial(request, *args, **kwargs)

    @extend_schema(
        operation_id="add_case_evidence",
        parameters=[REFERENCE, IF_MATCH],
        request={"multipart/form-data": EvidenceIn},
        responses={
            201: shapes_out.EvidenceOut,
            200: shapes_out.EvidenceOut,
            **problems(*ON_WRITING, 503, on_409=StaleCase),
        },
    )
    def post(self, request: Request, reference: str) -> Response:
        """Add a file. The same bytes again answer 200 with the evidence that is there. No scope of a key opens this."""
        case = the_case(request, reference)
        told = _checked(EvidenceIn(data=request.data))
        file = told.pop("file")
        try:
            added = _done(
                lambda: add_evidence(
                    case,
                    chunks=file.chunks(),
                    name=file.name,
                    unless=lambda locked: check_match(request, locked),
                    by=caller(request),
                    now=timezone.now(),
                    **told,
                ),
                field="file",
            )
        except FileRefused as refused:
            if refused.code == "too_large":
                raise TooLarge(str(refused)) from None
            raise ValidationError({"file": [str(refused)]}) from None
        except StorageAway as away:
            raise Away(str(away)) from None
        code = status.HTTP_200_OK if added.was_there else status.HTTP_201_CREATED
        return Response(shapes_out.EvidenceOut(added.evidence).data, status=code, headers=_etag_of(case))


@contextmanager
def _unchanged(request: Request, case: Case, *, beside: object = None) -> Iterator[None]:
    """Nothing comes between the look at `If-Match` and the deed: the case stays locked from one to the other.

    beside: the reference of another case that the deed will lock too. Both are locked here, in the one order of all.
    """
    with transaction.atomic():
        if "If-Match" in request.headers:
            other = str(beside or "").strip().upper()
            named = Case.objects.visible_to(caller(request)).filter(reference=other).values_list("pk", flat=True)
            # As it was sent: the database takes neither NUL nor half a letter, not even to look for.
            pks = [case.pk, *(named if other.isascii() and other.isprintable() else ())]
            check_match(request, Case.objects.locked_all(pks)[case.pk])
        yield


def _etag_of(case: Case) -> dict[str, str]:
    """The header that names the case as a deed has left it."""
    return {"ETag": etag(Case.objects.only("version", "updated_at").get(pk=case.pk))}


def _checked(shape: Any) -> dict[str, Any]:
    shape.is_valid(raise_exception=True)
    return dict(shape.validated_data)


def _done(deed: Callable[[], Any], *, field: str) -> Any:
    """Do it; what is refused becomes an error of the API."""
    try:
        return deed()
    except MoveRefused as refused:
        raise as_error(refused, field=field) from None
