"""What tests of cases ask of the trail and of the outbox."""

from collections.abc import Callable

import pytest

from cases.models import Case
from foundation.accounts.models import User
from foundation.audit.models import Entry
from foundation.notifications.models import OutboxMessage


@pytest.fixture
def happened() -> Callable[[Case], list[str]]:
    """The codes of what happened to a case, oldest first."""

    def read(case: Case) -> list[str]:
        entries = Entry.objects.filter(subject_kind="case", subject_id=str(case.pk))
        return list(entries.order_by("id").values_list("event", flat=True))

    return read


@pytest.fixture
def told() -> Callable[[User], list[str]]:
    """The notices in the outbox for somebody's inbox, oldest first."""

    def read(user: User) -> list[str]:
        messages = OutboxMessage.objects.filter(recipient=user, channel="in_app")
        return list(messages.order_by("id").values_list("notice", flat=True))

    return read
