"""How many statements the pages take, whatever lies on a case: one a panel at the most, none a row."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from cases.models import Case, Check, Party
from cases.operations.contacts import record_contact
from cases.operations.evidence import add_evidence, reveal_evidence
from cases.operations.links import link_cases
from cases.operations.moves import escalate_case, hand_over_case, take_case
from cases.operations.work import add_note, add_task
from foundation.accounts.models import User

pytestmark = pytest.mark.usefixtures("at_the_instant")

MakeCase = Callable[..., Case]


@pytest.fixture
def client(agents_client: Client) -> Client:
    return agents_client


@pytest.fixture
def full(case: Case, make_case: MakeCase, agent: User, colleague: User, now: datetime) -> Case:
    """A case with something in every panel."""
    take_case(case, by=agent, now=now)
    party = case.parties.get(capacity="reporter")
    for number in range(3):
        at = now - timedelta(minutes=number)
        record_contact(
            case, direction="in", channel="email", party=party, body="And?", occurred_at=at, by=agent, now=now
        )
        add_note(case, body=f"Note {number}", by=agent, now=now)
        add_task(case, title=f"Task {number}", assignee=colleague, by=agent, now=now)
        kept = add_evidence(
            case, chunks=[f"Receipt {number}".encode()], name="r.txt", title="Receipt", by=agent, now=now
        )
        link_cases(case, other=make_case(title=f"Other {number}"), kind="related", by=agent, now=now)
        Check.objects.create(case=case, position=100 + number, texts={"en": f"Step {number}"}, is_gate=True)
    reveal_evidence(kept.evidence, by=agent, now=now)
    escalate_case(case, reason="She cannot be calmed", by=agent, now=now)
    hand_over_case(case, to=colleague, by=agent, now=now)
    case.refresh_from_db()
    return case


def statements(client: Client, url: str, **headers: str) -> list[str]:
    client.get(url, headers=headers)
    with CaptureQueriesContext(connection) as caught:
        assert client.get(url, headers=headers).status_code == 200
    return [query["sql"] for query in caught.captured_queries]


def test_the_page_of_a_full_case_takes_twelve_statements(client: Client, full: Case) -> None:
    client.post("/drafts/", {"key": f"case:{full.pk}:note", "note": "She sounded afraid"})
    assert len(statements(client, full.get_absolute_url())) <= 12


def test_a_full_page_shows_what_every_panel_holds(client: Client, full: Case) -> None:
    shown = client.get(full.get_absolute_url()).content.decode()
    for part in ("Task 2", "Step 1", "Other 0", "Receipt", "Offered to", "Note 0", "And?"):
        assert part in shown


def test_a_poll_of_the_timeline_takes_eight_statements(client: Client, full: Case) -> None:
    polled = f"{full.get_absolute_url()}?part=timeline"
    assert len(statements(client, polled, **{"HX-Request": "true"})) <= 8


def test_the_queue_takes_four_statements(client: Client, full: Case, make_case: MakeCase) -> None:
    for number in range(12):
        make_case(title=f"Case {number}")
    assert len(statements(client, "/")) <= 4


def test_a_poll_of_the_queue_takes_three_statements(client: Client, full: Case) -> None:
    assert len(statements(client, "/?part=rows", **{"HX-Request": "true"})) <= 3


def test_a_search_for_words_takes_ten_statements_with_its_entry_in_the_trail(client: Client, full: Case) -> None:
    assert len(statements(client, "/?q=wandered")) <= 10


def test_a_peek_takes_five_statements(client: Client, full: Case) -> None:
    assert len(statements(client, f"/cases/{full.reference}/peek/", **{"HX-Request": "true"})) <= 5


def test_the_history_of_a_person_counts_the_cases_that_the_reader_sees(
    client: Client, case: Case, make_case: MakeCase, other_team: object, now: datetime
) -> None:
    respondent = case.parties.get(capacity="respondent").person
    Party.objects.exclude(case=case).delete()
    assert "1 other case" not in client.get(case.get_absolute_url()).content.decode()
    for other in (make_case(title="Seen"), make_case(title="Oculto", market="ES")):
        other.parties.all().delete()
        Party.objects.create(case=other, person=respondent, role="sitter", capacity="involved", added_at=now)
    assert "1 other case" in client.get(case.get_absolute_url()).content.decode()
