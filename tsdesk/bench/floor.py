"""The floor: views behind the same sign-in and server that run one hand-written statement and print its rows.

With ``?octets=`` the answer is filled up to the bytes of the page that it is compared with: sending them is no fault of hers.
"""

from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.utils.html import escape
from django.views.decorators.csrf import csrf_exempt

from foundation.accounts.guards import StaffRequest, public, signed_in

ROWS = 25
"""As many as a page of the queue holds."""

_QUEUE = """
    SELECT c.reference, c.title, c.severity, c.state, c.last_contact_at, u.name,
           (SELECT string_agg(p.name, ', ') FROM cases_party y JOIN people_person p ON p.id = y.person_id WHERE y.case_id = c.id),
           (SELECT min(k.due_at) FROM cases_clock k WHERE k.case_id = c.id AND k.state = 'running')
    FROM cases_case c LEFT JOIN accounts_user u ON u.id = c.assignee_id
    WHERE c.state IN ('new', 'open', 'waiting') AND c.confidentiality <= 3
    ORDER BY c.band, c.urgent_at, c.id LIMIT %s
"""
_CASE = """
    SELECT e.event, e.recorded_at, e.data::text FROM audit_entry e
    WHERE e.subject_kind = 'case' AND e.subject_id = %s ORDER BY e.id DESC LIMIT 50
"""
_SEARCH = """
    SELECT c.reference, c.title, c.received_at FROM cases_case c
    WHERE c.id IN (SELECT t.case_id FROM cases_casetext t WHERE t.words @@ to_tsquery('simple', %s) LIMIT 5000)
    ORDER BY c.received_at DESC, c.id DESC LIMIT %s
"""


@signed_in
def queue(request: StaffRequest) -> HttpResponse:
    return _table(request, _QUEUE, [ROWS])


@signed_in
def case(request: StaffRequest, pk: int) -> HttpResponse:
    return _table(request, _CASE, [str(pk)])


@signed_in
def search(request: StaffRequest, word: str) -> HttpResponse:
    return _table(request, _SEARCH, [f"{word}:*", ROWS])


@signed_in
def page(request: StaffRequest, size: int) -> HttpResponse:
    """A constant page of so many bytes."""
    return HttpResponse(b"x" * min(size, 1_000_000))


@csrf_exempt
@public
def create(request: HttpRequest) -> HttpResponse:
    """The rows that a case needs at the least, by one statement: the case, its text and an entry of the trail."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH made AS (
                INSERT INTO cases_case (reference, kind, state, title, description, severity, severity_suggested, severity_reason,
                    confidentiality, team_id, channel, market, language, external_id, content_sha256, waiting_on, outcome,
                    flagged_for_legal, legal_hold, received_at, created_at, updated_at, last_contact_role,
                    urgent_at, band, version)
                SELECT 'FL-' || nextval('cases_case_id_seq'), kind, 'new', title, description, severity, severity_suggested,
                    severity_reason, confidentiality, team_id, channel, market, language, '', '', '', '', false, false, now(),
                    now(), now(), '', now(), 3, 1
                FROM cases_case ORDER BY id LIMIT 1 RETURNING id, title
            ), said AS (
                INSERT INTO cases_casetext (case_id, compartment, words) SELECT id, '', to_tsvector('simple', title) FROM made
            )
            INSERT INTO audit_entry (event, actor_kind, actor_id, subject_kind, subject_id, data, texts)
            SELECT 'case.created', 'system', 'bench', 'case', id::text, '{}', '{}' FROM made
            """
        )
    return HttpResponse(status=201)


def _table(request: HttpRequest, statement: str, parameters: list[str | int]) -> HttpResponse:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        rows = cursor.fetchall()
    cells = ("".join(f"<td>{escape(str(value))}</td>" for value in row) for row in rows)
    table = "<table>" + "".join(f"<tr>{row}</tr>" for row in cells) + "</table>"
    return HttpResponse(table.ljust(min(int(request.GET.get("octets", 0)), 1_000_000)))
