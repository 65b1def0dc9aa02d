"""Opening a case from a report: what it becomes, what comes with it, and what is refused."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from cases.models import Case, CaseGrant, CaseText, Check, Contact, Incident, Party
from cases.models.case import Band
from cases.operations.opening import AlreadyReported, open_incident
from cases.reports import IncidentReport, ReportRefused
from foundation.accounts.models import ApiKey, Integration
from foundation.audit.models import Entry
from foundation.escalation.models import Escalation
from people.models import Person
from people.reported import ReportedBooking, ReportedPerson, ReportedPet

REPORTER = ReportedPerson(name="Hannah Whitcombe", email="hannah@example.com", role="owner")
RESPONDENT = ReportedPerson(name="Curtis Hale", email="curtis@example.com", role="sitter")


@pytest.fixture
def key(integration, now):
    """A key of the marketplace that may write cases."""
    return ApiKey.objects.create(
        integration=integration, prefix="tsk_test", sha256="0" * 64, scopes=["cases:write"], created_at=now
    )


@pytest.fixture
def report(integration):
    """A report as the marketplace sends one."""

    def make(**fields):
        told = {
            "title": "Scout came home limping",
            "description": "He was fine in the morning.",
            "category": "injury-to-pet",
            "channel": "api",
            "market": "US",
            "integration": integration,
            "external_id": "inc-1",
        }
        return IncidentReport(**(told | fields))

    return make


def entries_of(case):
    return list(
        Entry.objects.filter(subject_kind="case", subject_id=str(case.pk))
        .order_by("id")
        .values_list("event", flat=True)
    )


def test_a_report_becomes_a_new_case_of_the_team_of_its_market(report, key, team, now):
    case = open_incident(report(reporter=REPORTER, respondent=RESPONDENT), by=key, now=now)

    assert case.reference.startswith("TS-")
    assert int(case.reference.removeprefix("TS-")) > 10_000
    assert (case.state, case.team, case.band) == ("new", team, Band.PERSON_WAITING)
    assert (case.severity, case.severity_suggested, case.confidentiality) == (2, 2, 2)
    assert {(party.capacity, party.role, party.person.name) for party in case.parties.all()} == {
        ("reporter", "owner", "Hannah Whitcombe"),
        ("respondent", "sitter", "Curtis Hale"),
    }
    assert entries_of(case) == ["case.created", "clock.started", "clock.started"]


def test_references_are_drawn_in_order_and_never_twice(report, key, team, now):
    references = [open_incident(report(external_id=f"inc-{n}"), by=key, now=now).reference for n in range(3)]

    numbers = [int(reference.removeprefix("TS-")) for reference in references]
    assert numbers == [numbers[0], numbers[0] + 1, numbers[0] + 2]


def test_its_clocks_count_from_when_it_was_received(report, key, team, now):
    received_at = now - timedelta(minutes=10)
    case = open_incident(report(received_at=received_at), by=key, now=now)

    clocks = {clock.metric: clock for clock in case.clocks.all()}
    assert clocks["first_response"].due_at == received_at + timedelta(hours=1)
    assert clocks["resolution"].due_at == received_at + timedelta(days=3)
    assert clocks["first_response"].next_fire_at == received_at + timedelta(minutes=45)
    assert {event.kind for clock in clocks.values() for event in clock.events.all()} == {"start"}


def test_history_is_opened_without_clocks(report, key, team, now):
    case = open_incident(report(), by=key, now=now, start_clocks=False)

    assert not case.clocks.exists()
    assert case.urgent_at < now + timedelta(hours=24)


def test_a_case_taken_on_the_phone_is_answered_at_once(report, agent, now):
    case = open_incident(
        report(integration=None, external_id="", channel="phone", reporter=REPORTER),
        by=agent,
        now=now,
        on_the_phone=True,
    )

    clock = case.clocks.get(metric="first_response")
    assert (clock.state, clock.met_at, clock.next_fire_at) == ("met", now, None)
    contact = Contact.objects.get(case=case)
    assert (contact.direction, contact.channel, contact.by, contact.occurred_at) == ("out", "phone", agent, now)
    case.refresh_from_db()
    assert (case.last_contact_in, case.last_contact_role, case.band) == (False, "owner", Band.DUE)


def test_the_same_report_again_is_the_case_that_exists(report, key, team, now):
    case = open_incident(report(), by=key, now=now)

    with pytest.raises(AlreadyReported) as known:
        open_incident(report(), by=key, now=now + timedelta(hours=1))

    assert (known.value.case, known.value.same) == (case, True)
    assert Case.objects.count() == 1


def test_another_report_under_the_same_id_is_told_apart(report, key, team, now):
    open_incident(report(), by=key, now=now)

    with pytest.raises(AlreadyReported) as known:
        open_incident(report(description="He bit the neighbour."), by=key, now=now)

    assert not known.value.same


def test_the_same_id_of_another_integration_is_another_case(report, key, team, now):
    open_incident(report(), by=key, now=now)
    telephony = Integration.objects.create(name="telephony", created_at=now)
    open_incident(report(integration=telephony), by=key, now=now)

    assert Case.objects.count() == 2


def test_a_form_sent_twice_opens_one_case(report, agent, now):
    submission = uuid4()
    first = open_incident(report(integration=None, external_id="", submission=submission), by=agent, now=now)

    with pytest.raises(AlreadyReported) as known:
        open_incident(report(integration=None, external_id="", submission=submission), by=agent, now=now)

    assert known.value.case == first


def test_a_refused_report_leaves_nothing_behind(report, key, team, now):
    backwards = ReportedBooking("b-1", starts_at=now, ends_at=now - timedelta(hours=1))

    with pytest.raises(ReportRefused) as refusal:
        open_incident(report(reporter=REPORTER, booking=backwards), by=key, now=now)

    assert set(refusal.value.errors) == {"booking"}
    assert not Case.objects.exists()
    assert not Person.objects.exists()
    assert not Entry.objects.filter(subject_kind__in=["case", "person"]).exists()


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"category": "unicorns"}, "category"),
        ({"category": "animals"}, "category"),
        ({"received_at": datetime(1999, 12, 31, tzinfo=UTC)}, "received_at"),
        ({"received_at": datetime(2027, 1, 1, tzinfo=UTC)}, "received_at"),
        ({"severity": 5}, "severity"),
        ({"title": " "}, "title"),
        ({"reporter_person": 999_999}, "reporter"),
        ({"loss_minor": 100}, "loss_currency"),
    ],
)
def test_what_no_case_can_hold_is_refused_by_field(fields, field, report, key, team, now):
    with pytest.raises(ReportRefused) as refusal:
        open_incident(report(**fields), by=key, now=now)

    assert set(refusal.value.errors) == {field}


def test_a_report_may_be_stamped_five_minutes_ahead(report, key, team, now):
    case = open_incident(report(received_at=now + timedelta(minutes=5)), by=key, now=now)

    assert case.clocks.get(metric="first_response").due_at == now + timedelta(minutes=65)


def test_a_person_who_overrides_the_severity_says_why(report, agent, now):
    with pytest.raises(ReportRefused) as refusal:
        open_incident(report(integration=None, severity=1), by=agent, now=now)
    assert set(refusal.value.errors) == {"severity_reason"}

    case = open_incident(
        report(integration=None, severity=1, severity_reason="Two dogs, both bleeding"), by=agent, now=now
    )
    assert (case.severity, case.severity_suggested, case.severity_reason) == (1, 2, "Two dogs, both bleeding")


def test_a_system_that_overrides_the_severity_is_named_as_the_reason(report, key, team, now):
    case = open_incident(report(severity=1), by=key, now=now)

    assert "marketplace" in case.severity_reason


def test_the_playbook_of_its_category_is_copied_onto_the_case(report, key, team, now):
    case = open_incident(report(category="assault"), by=key, now=now)

    gates = Check.objects.filter(case=case, is_gate=True)
    assert gates.count() == 2
    assert gates[0].text("es") != gates[0].text("en")


@pytest.mark.parametrize("category", ["bite", "theft", "lost-pet", "harassment", "no-show", "other"])
def test_ordinary_categories_have_no_gate_before_resolving(category, report, key, team, now):
    case = open_incident(report(category=category), by=key, now=now)

    assert case.checks.exists()
    assert not case.checks.filter(is_gate=True).exists()


def test_a_new_case_is_found_by_its_words_and_people(report, key, team, now):
    case = open_incident(
        report(reporter=REPORTER, booking=ReportedBooking("BK-77"), pet=ReportedPet(name="Scout", breed="Beagle")),
        by=key,
        now=now,
    )

    words = CaseText.objects.get(case=case, compartment="").words
    assert all(f"'{word}'" in words for word in ("limping", "hannah", "scout", "beagle", "77"))


def test_a_matched_person_wins_over_what_was_told(report, agent, key, now):
    hannah = open_incident(report(reporter=REPORTER), by=key, now=now).parties.get().person

    told = ReportedPerson(name="H. Whitcombe", role="witness")
    case = open_incident(report(integration=None, reporter=told, reporter_person=hannah.pk), by=agent, now=now)

    party = case.parties.get()
    assert (party.person, party.role) == (hannah, "witness")
    assert Person.objects.count() == 1


def test_booking_and_animal_are_stored_with_the_incident(report, key, team, now):
    booking = ReportedBooking("BK-1", starts_at=now - timedelta(days=1), ends_at=now)
    case = open_incident(
        report(
            reporter=REPORTER,
            respondent=RESPONDENT,
            booking=booking,
            pet=ReportedPet(name="Scout"),
            animals_hurt="minor",
        ),
        by=key,
        now=now,
    )

    incident = Incident.objects.get(case=case)
    assert incident.booking.client.name == "Hannah Whitcombe"
    assert incident.booking.provider.name == "Curtis Hale"
    assert [(each.pet.name, each.harm) for each in incident.case_pets.all()] == [("Scout", "minor")]


def test_whoever_opens_a_case_above_her_reads_it_for_twelve_hours(report, agent, now):
    case = open_incident(report(integration=None, category="assault"), by=agent, now=now)

    grant = CaseGrant.objects.get(case=case)
    assert (grant.user, grant.kind, grant.ceiling) == (agent, "opened_here", 3)
    assert grant.expires_at == now + timedelta(hours=12)


def test_whoever_sees_the_case_anyway_gets_no_grant(report, agent, now):
    case = open_incident(report(integration=None), by=agent, now=now)

    assert not CaseGrant.objects.filter(case=case).exists()


def test_a_case_above_everybody_on_shift_calls_the_lead(report, agent, lead, now):
    case = open_incident(report(integration=None, category="assault"), by=agent, now=now)

    escalation = Escalation.objects.get(subject_id=str(case.pk))
    assert (escalation.reason, escalation.severity) == ("level:nobody", 1)


def test_a_routine_case_calls_nobody(report, agent, lead, now):
    open_incident(report(integration=None), by=agent, now=now)

    assert not Escalation.objects.exists()


def test_a_member_of_staff_who_is_a_party_does_not_see_the_case(report, key, agent, now):
    case = open_incident(
        report(respondent=ReportedPerson(name="M. Osei", email=agent.email, role="sitter")), by=key, now=now
    )

    assert not Case.objects.visible_to(agent).filter(pk=case.pk).exists()


def test_a_respondent_reported_before_moves_the_case_up(report, key, team, now):
    first = open_incident(report(respondent=RESPONDENT), by=key, now=now)
    second = open_incident(report(respondent=RESPONDENT, external_id="inc-2"), by=key, now=now)

    assert first.urgent_at - second.urgent_at == timedelta(minutes=30)


def test_opening_by_key_takes_eleven_statements(report, key, team, now, django_assert_max_num_queries):
    open_incident(report(external_id="warm"), by=key, now=now)

    # Two more here are the savepoint that the test's own transaction makes of it.
    with django_assert_max_num_queries(13):
        open_incident(report(external_id="plain"), by=key, now=now)


def test_two_new_people_cost_seven_statements_more(report, key, team, now, django_assert_max_num_queries):
    open_incident(report(external_id="warm"), by=key, now=now)

    with django_assert_max_num_queries(20):
        open_incident(report(reporter=REPORTER, respondent=RESPONDENT), by=key, now=now)
    assert Party.objects.count() == 2
