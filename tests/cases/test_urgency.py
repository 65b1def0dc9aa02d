"""Where a case stands in the queue: the head starts, the bands, and that the stored place is the computed one."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.models.case import Band
from cases.operations.clocks import meet_clock
from cases.operations.contacts import record_contact
from cases.operations.moves import take_case, wait_case
from cases.operations.placing import placement_of
from cases.urgency import Standing, place
from foundation.sla.models import Metric

NOON = datetime(2026, 11, 18, 12, 0, tzinfo=UTC)

standings = st.builds(
    Standing,
    severity=st.integers(1, 4),
    received_at=st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    next_due_at=st.none() | st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    awaits_response=st.booleans(),
    is_breached=st.booleans(),
    is_waiting=st.booleans(),
    they_wrote_last=st.booleans(),
    in_danger=st.booleans(),
    has_owner=st.booleans(),
    repeat_respondent=st.booleans(),
)


def standing(**fields):
    return Standing(**({"severity": 4, "received_at": NOON, "next_due_at": NOON, "has_owner": True} | fields))


@pytest.mark.parametrize(
    ("fields", "minutes"),
    [
        ({"severity": 1}, 2_880),
        ({"severity": 2}, 480),
        ({"severity": 3}, 60),
        ({"severity": 4}, 0),
        ({"in_danger": True}, 240),
        ({"they_wrote_last": True}, 60),
        ({"has_owner": False}, 30),
        ({"repeat_respondent": True}, 30),
        ({"severity": 2, "in_danger": True, "has_owner": False}, 750),
    ],
)
def test_each_reason_moves_a_case_up_by_its_head_start(fields, minutes):
    placement = place(standing(**fields))

    assert placement.urgent_at == NOON - timedelta(minutes=minutes)
    assert sum(reason.minutes for reason in placement.reasons) == minutes


def test_without_a_clock_a_case_counts_as_due_a_day_after_it_was_received():
    assert place(standing(next_due_at=None)).urgent_at == NOON + timedelta(hours=24)


@pytest.mark.parametrize(
    ("fields", "band"),
    [
        ({}, Band.DUE),
        ({"awaits_response": True}, Band.PERSON_WAITING),
        ({"they_wrote_last": True}, Band.PERSON_WAITING),
        ({"is_breached": True}, Band.PERSON_WAITING),
        ({"severity": 1}, Band.PERSON_WAITING),
        ({"is_waiting": True}, Band.WAITING_ON_OTHERS),
        ({"is_waiting": True, "severity": 1}, Band.WAITING_ON_OTHERS),
        ({"is_waiting": True, "they_wrote_last": True}, Band.WAITING_ON_OTHERS),
        ({"is_waiting": True, "awaits_response": True}, Band.PERSON_WAITING),
    ],
)
def test_the_band_says_who_waits_for_whom(fields, band):
    assert place(standing(**fields)).band == band


@given(standings)
def test_the_reasons_explain_the_place_to_the_minute(standing):
    placement = place(standing)

    base = standing.next_due_at or standing.received_at + timedelta(hours=24)
    assert base - placement.urgent_at == timedelta(minutes=sum(reason.minutes for reason in placement.reasons))
    assert all(reason.minutes > 0 for reason in placement.reasons)
    assert sorted(placement.reasons, key=lambda reason: -reason.minutes) == list(placement.reasons)


@given(standings, st.integers(1, 3))
def test_a_higher_severity_never_moves_a_case_down(standing, severity):
    less = place(standing)
    fields = {name: getattr(standing, name) for name in standing.__slots__}
    more = place(Standing(**(fields | {"severity": min(severity, standing.severity)})))

    assert (more.band, more.urgent_at) <= (less.band, less.urgent_at)


def test_every_deed_leaves_the_case_where_it_belongs(case, agent, now):
    def is_placed(case):
        case.refresh_from_db()
        placement = placement_of(case)
        assert (case.band, case.urgent_at) == (placement.band, placement.urgent_at)
        return case.band

    assert is_placed(case) == Band.PERSON_WAITING
    take_case(case, by=agent, now=now)
    is_placed(case)
    record_contact(case, direction="out", channel="phone", party=None, occurred_at=now, by=agent, now=now)
    assert is_placed(case) == Band.DUE
    wait_case(case, on="reporter", by=agent, now=now)
    assert is_placed(case) == Band.WAITING_ON_OTHERS
    record_contact(case, direction="in", channel="email", party=None, occurred_at=now, by=agent, now=now)
    assert is_placed(case) == Band.PERSON_WAITING


def test_a_later_case_about_the_same_respondent_moves_no_earlier_one(make_case):
    earlier, later = make_case(), make_case()

    for case, minutes in ((earlier, 90), (later, 120)):
        placement = placement_of(case)
        assert (case.band, case.urgent_at) == (placement.band, placement.urgent_at)
        assert sum(reason.minutes for reason in placement.reasons) == minutes


def test_the_reasons_on_the_page_are_those_of_the_place(make_case, agent, now):
    case = make_case(people_hurt="minor", severity=1, severity_reason="Bleeding")

    assert [(str(reason.label), reason.minutes) for reason in placement_of(case).reasons] == [
        ("SEV-1", 2_880),
        ("Somebody was hurt or is in danger", 240),
        ("Nobody has taken it", 30),
    ]


def test_the_earliest_running_clock_decides(case, agent, now):
    before = placement_of(case).urgent_at
    meet_clock(case, Metric.FIRST_RESPONSE, at=now, by=agent, now=now)

    assert placement_of(case).urgent_at - before == timedelta(days=7) - timedelta(hours=4)
