"""Clocks that are late whoever should have fired them: found by an index each, however many clocks there are."""

from datetime import timedelta

import pytest
from django.db import connection

from cases.models import Clock
from tsdesk.auditing import find_lateness, unfired_clocks, unjudged_clocks

DAY = timedelta(days=1)
CLOCKS = 3_000


@pytest.fixture
def many_clocks(case, now):
    """Clocks of later cycles that fire in days to come, so many that PostgreSQL does not read them for nothing."""
    clock = case.clocks.get(metric="resolution")
    same = {field.attname: getattr(clock, field.attname) for field in Clock._meta.concrete_fields}
    del same["id"], same["cycle"], same["due_at"], same["next_fire_at"]
    Clock.objects.bulk_create(
        Clock(**same, cycle=number + 2, due_at=now + number * DAY, next_fire_at=now + number * DAY)
        for number in range(1, CLOCKS)
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE cases_clock")


@pytest.mark.parametrize(
    ("rows", "index"), [(unfired_clocks, "cases_clock_unfired"), (unjudged_clocks, "cases_clock_unjudged")]
)
def test_each_question_about_late_clocks_has_its_index(many_clocks, now, rows, index):
    plan = rows(now).explain()

    assert index in plan
    assert "Seq Scan" not in plan


def test_a_clock_that_is_late_both_ways_counts_once(case, now):
    due_at = max(case.clocks.values_list("due_at", flat=True))

    (found,) = find_lateness(now=due_at + DAY, watching_since=due_at + DAY)

    assert found.rows == case.clocks.count()
    assert found.oldest_seconds > DAY.total_seconds()


def test_a_warning_that_is_late_is_as_late_as_the_warning(case, now):
    warns_at = min(case.clocks.filter(next_fire_kind="warn").values_list("next_fire_at", flat=True))

    (found,) = find_lateness(now=warns_at + timedelta(minutes=3), watching_since=now + DAY)

    assert found.oldest_seconds == 180
