"""History that is put down later: told with the time it happened, and to nobody."""

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from cases.models import Case
from cases.operations.moves import AlreadyTaken, assign_case, take_case
from foundation.accounts.models import User
from foundation.audit.history import telling, told_at
from foundation.audit.models import Entry
from foundation.audit.timeline import entries_about
from foundation.notifications.models import OutboxMessage

pytestmark = pytest.mark.django_db


@pytest.fixture
def long_ago(now: datetime) -> datetime:
    return now - timedelta(days=20)


def test_a_timeline_shows_when_it_happened_and_the_trail_when_it_was_put_down(
    case: Case, agent: User, long_ago: datetime
) -> None:
    with telling(long_ago):
        take_case(case, by=agent, now=long_ago)
    taken = entries_about(case.subject, limit=1)[0]
    assert (taken.event.code, taken.at) == ("case.taken", long_ago)
    assert Entry.objects.get(pk=taken.id).recorded_at > timezone.now() - timedelta(minutes=5)


def test_nobody_is_notified_of_history(
    case: Case, agent: User, colleague: User, lead: User, now: datetime, long_ago: datetime
) -> None:
    with telling(long_ago):
        assign_case(case, to=agent, by=lead, now=long_ago)
    assert not OutboxMessage.objects.exists()
    assign_case(case, to=colleague, by=lead, now=now)
    assert OutboxMessage.objects.filter(recipient=colleague).exists()


def test_whoever_comes_later_is_told_since_when_it_is_taken(
    case: Case, agent: User, colleague: User, now: datetime, long_ago: datetime
) -> None:
    with telling(long_ago):
        take_case(case, by=agent, now=long_ago)
    with pytest.raises(AlreadyTaken) as refused:
        take_case(case, by=colleague, now=now)
    assert refused.value.at == long_ago


def test_the_present_comes_back_even_after_a_mistake(long_ago: datetime) -> None:
    with pytest.raises(ZeroDivisionError), telling(long_ago):
        1 / 0  # noqa: B018
    assert told_at() is None
