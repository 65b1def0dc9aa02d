"""Which policy fits a case, and what publishing a new wording does to it."""

from datetime import UTC, datetime

import pytest

from foundation.audit.models import Entry
from foundation.sla.calendar import CalendarError
from foundation.sla.matching import calendar_of, keeping_terms, terms_for
from foundation.sla.models import Calendar, Policy
from foundation.sla.operations import NewTarget, PolicyRefused, publish_calendar, publish_policy

NOW = datetime(2026, 11, 18, 12, 0, tzinfo=UTC)
OFFICE = {"tz": "Europe/Madrid", "hours": {day: {"09:00": "17:00"} for day in ("mon", "tue", "wed", "thu", "fri")}}


@pytest.fixture
def always(db):
    return Calendar.objects.get(slug="always")


@pytest.fixture
def office(lead):
    calendar = Calendar.objects.create(slug="office", name="Office")
    publish_calendar(calendar, spec=OFFICE, by=lead, now=NOW)
    return calendar


@pytest.fixture
def spain(office, lead):
    """A policy of one market, before the shipped one."""
    policy = Policy.objects.create(slug="spain", name="Spain", position=10)
    targets = [NewTarget("first_response", severity, 1_800, office) for severity in (1, 2, 3)]
    publish_policy(policy, targets=targets, markets=["es"], by=lead, now=NOW)
    return policy


def terms(**fields):
    return terms_for(**({"kind": "incident", "team": "us", "market": "US", "severity": 3} | fields))


@pytest.mark.parametrize(
    ("severity", "first_response", "resolution"),
    [(1, 900, 86_400), (2, 3_600, 259_200), (3, 14_400, 604_800), (4, 86_400, 1_209_600)],
)
def test_the_shipped_policy_has_the_targets_of_the_contract(severity, first_response, resolution, db):
    found = terms(severity=severity)

    assert {metric: each.seconds for metric, each in found.items()} == {
        "first_response": first_response,
        "resolution": resolution,
    }
    assert found["first_response"].pause_on == ()
    assert set(found["resolution"].pause_on) == {"reporter", "respondent", "vet", "legal", "law_enforcement"}
    assert calendar_of(found["resolution"].calendar_version).to_spec() == {"tz": "UTC", "always": True}


def test_the_first_policy_that_fits_decides(spain):
    assert terms(market="ES")["first_response"].seconds == 1_800
    assert terms(market="US")["first_response"].seconds == 14_400


def test_whoever_writes_many_reads_the_terms_of_each_kind_once(spain, django_assert_num_queries):
    with keeping_terms():
        kept = terms(market="ES"), terms(market="US")
        with django_assert_num_queries(0):
            assert (terms(market="ES"), terms(market="US")) == kept
    with django_assert_num_queries(1):
        terms(market="ES")


def test_a_metric_that_it_has_no_target_for_has_no_clock(spain):
    assert set(terms(market="ES")) == {"first_response"}
    assert terms(market="ES", severity=4) == {}


def test_the_most_severe_count_around_the_clock_whatever_their_policy_says(spain, always, office):
    assert terms(market="ES", severity=1)["first_response"].calendar_version == always.current.pk
    assert terms(market="ES", severity=2)["first_response"].calendar_version == office.current.pk


def test_a_new_wording_replaces_the_old_one_from_then_on(spain, office, lead):
    before = terms(market="ES")["first_response"]
    publish_policy(
        spain,
        targets=[NewTarget("first_response", 3, 600, office)],
        markets=["ES", "PT"],
        teams=["es"],
        by=lead,
        now=NOW,
    )

    after = terms(market="PT", team="es")["first_response"]
    assert (before.seconds, after.seconds) == (1_800, 600)
    assert terms(market="ES", team="us")["first_response"].seconds == 14_400
    assert spain.versions.count() == 2


def test_a_policy_that_is_switched_off_fits_nothing(spain, office, lead):
    publish_policy(spain, targets=[], markets=["ES"], is_active=False, by=lead, now=NOW)

    assert terms(market="ES")["first_response"].seconds == 14_400


def test_new_hours_are_a_new_version_and_the_same_hours_are_not(office, lead):
    publish_calendar(office, spec=OFFICE, by=lead, now=NOW)
    assert office.versions.count() == 1

    publish_calendar(office, spec=OFFICE | {"hol": ["2026-12-25"]}, by=lead, now=NOW)
    assert office.current.number == 2
    assert Entry.objects.filter(event="calendar.published", subject_id=str(office.pk)).count() == 2


def test_hours_that_cannot_be_used_are_refused(office, lead):
    with pytest.raises(CalendarError):
        publish_calendar(office, spec={"tz": "Mars/Olympus", "hours": {}}, by=lead, now=NOW)


def test_the_calendar_that_is_always_open_stays_so(always, lead):
    with pytest.raises(PolicyRefused):
        publish_calendar(always, spec=OFFICE, by=lead, now=NOW)


@pytest.mark.parametrize(
    "fields",
    [
        {"seconds": 0},
        {"severity": 5},
        {"pause_on": ("vet",)},
        {"warn_percents": (100,)},
        {"warn_seconds": (3_600,)},
    ],
)
def test_targets_that_no_clock_can_keep_are_refused(fields, spain, office, lead):
    target = NewTarget(**({"metric": "first_response", "severity": 2, "seconds": 3_600, "calendar": office} | fields))

    with pytest.raises(PolicyRefused):
        publish_policy(spain, targets=[target], markets=["ES"], by=lead, now=NOW)
    assert spain.versions.count() == 1


def test_one_target_a_metric_and_severity(spain, office, lead):
    twice = [NewTarget("resolution", 2, 3_600, office), NewTarget("resolution", 2, 7_200, office)]

    with pytest.raises(PolicyRefused):
        publish_policy(spain, targets=twice, by=lead, now=NOW)


def test_one_policy_always_fits_every_case(always, lead):
    default = Policy.objects.get(slug="default")

    with pytest.raises(PolicyRefused):
        publish_policy(default, targets=[], markets=["US"], by=lead, now=NOW)
    with pytest.raises(PolicyRefused):
        publish_policy(default, targets=[], is_active=False, by=lead, now=NOW)
    assert default.versions.count() == 1


def test_finding_the_terms_takes_one_statement(spain, django_assert_num_queries):
    with django_assert_num_queries(1):
        terms(market="ES")
